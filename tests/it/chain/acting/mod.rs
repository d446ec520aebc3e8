//! Acting at a node for a company that is registered at a node above it: carried down the chain, never more than was said there,
//! and ended there is ended here.

mod ends;
mod flow;
mod upper;

use std::time::Duration;

use serde_json::json;

use super::stage::{Arrived, Chain, Reachable, Traveller, Wishes, href};
use crate::support::{Client, Company, Page, Person, Request, Tokens};

/// Two companies at the nation, one who represents the one and one who is an agent of both, with a session there; and company
/// services at province and city.
pub struct Stage {
    pub chain: Chain,
    pub traveller: Traveller,
    /// The agent of both.
    pub cui: Person,
    pub tally: Company,
    pub trade: Company,
    pub of_province: Client,
    pub of_city: Client,
}

/// How long an agent of `tally` is appointed, in days.
pub const DAYS: u32 = 90;

impl Stage {
    pub async fn set() -> Self {
        let carries = [("upstream.companies", "true")];
        Self::with(&carries).await
    }

    /// The same with other settings of the city.
    pub async fn with(city: &[(&str, &str)]) -> Self {
        let carries = [("upstream.companies", "true")];
        let wishes = Wishes { province: &carries, city, below: ", companies = true", ..Wishes::default() };
        let chain = Box::pin(Chain::with(wishes)).await;
        let nation = &chain.nation.node;
        let (qin, cui) = (nation.verified_person("qinlei").await, nation.verified_person("cuiwenjun").await);
        let zheng = nation.verified_person("zhenghaiyan").await;
        let (tally, trade) = (nation.company(&qin).await, nation.company(&zheng).await);
        nation.appoint(&tally, &cui, "", DAYS).await;
        nation.appoint(&trade, &cui, "tax:file", 30).await;
        let members = json!({"subject": "either", "matters": ["tax:file"]});
        let of_province = chain.province.node.client_with("of-province", members.clone()).await;
        let of_city = chain.city.node.client_with("of-city", members).await;
        let mut traveller = chain.traveller();
        traveller.at(&chain.nation).sign_in(&cui).await;
        Self { chain, traveller, cui, tally, trade, of_province, of_city }
    }

    /// Opens a service at a node below, which wants the person to choose: the page there. They have come there by the nation.
    pub async fn asked(&mut self, at: Place, request: &Request) -> Page {
        let service = Request::of(at.service(self));
        let at = at.of(&self.chain);
        self.traveller.begin(at, &service).await;
        let chooses = request.clone().with("prompt", "select_account");
        let page = self.traveller.begin(at, &chooses).await.page_at(at);
        page.must_have("identity-above");
        page
    }

    /// From the chooser of a node up to that of the nation.
    pub async fn up(&mut self, at: Place, page: &Page) -> Page {
        let href = href(page, "identity-above");
        let address = format!("{}{href}", at.of(&self.chain).issuer);
        self.traveller.get(&address).await.page_at(&self.chain.nation)
    }

    /// Chooses at the nation, and comes back.
    pub async fn choose_there(&mut self, page: &Page, identity: &str) -> Arrived {
        self.traveller.submit(&self.chain.nation, page, "identity-form", &[("identity", identity)]).await
    }

    /// Enters the service of a node for a company that is chosen at the nation.
    pub async fn enter(&mut self, at: Place, company: &Company) -> Tokens {
        let request = at.request(self);
        let page = self.asked(at, &request).await;
        let page = self.up(at, &page).await;
        let landed = self.choose_there(&page, company.id.as_str()).await;
        self.redeem(at, landed, &request).await
    }

    pub async fn redeem(&self, at: Place, landed: Arrived, request: &Request) -> Tokens {
        let code = landed.service().code().to_owned();
        at.of(&self.chain).node.redeem(at.service(self), request, &code).await.tokens()
    }

    /// Every notice of the nation and of the nodes below is delivered; time for that passes.
    pub async fn deliver(&self) {
        self.chain.deliver().await;
        self.chain.clock.advance(Duration::from_millis(900));
        self.chain.deliver().await;
    }
}

/// One of the nodes below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Province,
    City,
}

impl Place {
    pub fn of(self, chain: &Chain) -> &Reachable {
        match self {
            Self::Province => &chain.province,
            Self::City => &chain.city,
        }
    }

    pub fn service(self, stage: &Stage) -> &Client {
        match self {
            Self::Province => &stage.of_province,
            Self::City => &stage.of_city,
        }
    }

    pub fn request(self, stage: &Stage) -> Request {
        Request::of(self.service(stage)).with("scope", "openid profile realname")
    }
}

/// The parameter by which a service names a company.
pub fn named(code: &str) -> String {
    json!([{"type": "acting_for", "uscc": code}]).to_string()
}
