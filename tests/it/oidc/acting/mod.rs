//! Acting for a company: as whom one is at a service, changing that, and every way to be a company that is not one's own.

mod attacks;
mod choose;
mod exchange;
mod recheck;
mod switch;

use serde_json::json;

use crate::support::{Browser, Client, Company, Landed, Page, Person, Request, TestNode, Tokens};

/// Two companies with their legal representatives, somebody who can become an agent, and a service for all.
pub struct Stage {
    pub node: TestNode,
    /// The legal representative of `tally`.
    pub qin: Person,
    /// Nobody's agent yet.
    pub cui: Person,
    pub tally: Company,
    pub trade: Company,
    /// A service that serves people and companies.
    pub matters: Client,
}

impl Stage {
    pub async fn set() -> Self {
        let node = TestNode::start().await;
        let (qin, cui) = (node.verified_person("qinlei").await, node.verified_person("cuiwenjun").await);
        let zheng = node.verified_person("zhenghaiyan").await;
        let (tally, trade) = (node.company(&qin).await, node.company(&zheng).await);
        let matters = node.client_with("matters", json!({"subject": "either", "matters": ["tax:file"]})).await;
        Self { node, qin, cui, tally, trade, matters }
    }

    /// The same with somebody who is an agent of both companies.
    pub async fn with_agent() -> Self {
        let stage = Self::set().await;
        stage.node.appoint(&stage.tally, &stage.cui, "", 90).await;
        stage.node.appoint(&stage.trade, &stage.cui, "", 30).await;
        stage
    }

    /// Signs in where the person must choose: the page.
    pub async fn asked(&self, browser: &mut Browser, person: &Person) -> Page {
        let page = browser.begin(&Request::of(&self.matters)).await.page();
        let page = browser.log_in(&page, person).await.page();
        page.must_have("identity-form");
        page
    }

    /// Signs in as one of one's identities: its tokens.
    pub async fn enter(&self, browser: &mut Browser, person: &Person, identity: &str) -> Tokens {
        let page = self.asked(browser, person).await;
        self.choose(browser, &page, identity).await
    }

    /// Somebody who is signed in changes to another identity: its tokens.
    pub async fn change(&self, browser: &mut Browser, identity: &str) -> Tokens {
        let request = Request::of(&self.matters).with("prompt", "select_account");
        let page = browser.begin(&request).await.page();
        self.choose(browser, &page, identity).await
    }

    /// Chooses on the page, and redeems the code.
    pub async fn choose(&self, browser: &mut Browser, page: &Page, identity: &str) -> Tokens {
        let landed = browser.submit(page, "identity-form", &[("identity", identity)]).await;
        self.redeem(landed).await
    }

    /// Redeems the code with which a browser has come back.
    pub async fn redeem(&self, landed: Landed) -> Tokens {
        let code = landed.callback().code().to_owned();
        self.node.redeem(&self.matters, &Request::of(&self.matters), &code).await.tokens()
    }
}

/// The parameter by which a client names a company.
pub fn acting_for(code: &str) -> String {
    json!([{"type": "acting_for", "uscc": code}]).to_string()
}
