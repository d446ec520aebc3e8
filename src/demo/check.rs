//! `hufu demo --check`: the whole journey over real HTTP, with no browser: register, prove the name, sign in at one service,
//! silently at the next, user info, known at the nodes below, sign out, every service told. One line a step.

mod browser;

use std::time::Duration;

use browser::{Browser, Page};

use super::Demo;
use super::manifest::{Client, User};
use crate::outbound::Outbound;

/// What went wrong at which step.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {why}")]
pub struct Missed {
    step: &'static str,
    why: String,
}

/// How long a service may take to be told of a logout.
const TOLD_WITHIN: Duration = Duration::from_secs(5);

/// A step's result.
type Step<T> = Result<T, Missed>;

/// Drives the journey; `say` gets one line a step.
pub async fn run(demo: &Demo, say: impl Fn(&str)) -> Result<(), Missed> {
    let outbound = Outbound::new(demo.app.config.outbound.clone())
        .map_err(|error| Missed { step: "start", why: error.to_string() })?;
    let username = |place: &str| format!("{place}_{}", demo.app.random.short_token());
    let journey = Journey { browser: Browser::new(outbound.clone()), username: username("check") };
    journey.run(demo, &say).await?;
    if demo.manifest.nodes.len() < 2 {
        return Ok(());
    }
    let below = Journey { browser: Browser::new(outbound), username: username("city") };
    below.sign_in_below(demo, say).await
}

struct Journey {
    browser: Browser,
    username: String,
}

impl Journey {
    async fn run(&self, demo: &Demo, say: impl Fn(&str)) -> Result<(), Missed> {
        let matters = client(demo, "demo-matters")?;
        let licences = client(demo, "demo-licences")?;
        let portal = client(demo, "demo-portal")?;
        let stranger = demo.manifest.users.iter().rev().find(|user| user.username.is_empty());
        let stranger = stranger.ok_or_else(|| missed("start", "nobody is left to register"))?;
        let page = self.register(licences).await?;
        say("ok  register: a new account, on the way to 电子证照");
        let page = self.prove_name(page, stranger).await?;
        say("ok  real name: confirmed by the authority");
        self.continue_to(page, licences, &stranger.name).await?;
        say("ok  sign in: 电子证照 knows who it is");
        let page = self.silently(matters, &stranger.name).await?;
        self.silently(portal, "").await?;
        say("ok  silent sign-in: 网上办事 and 政务门户 know too, and no page was shown");
        user_info(&page)?;
        say("ok  user info: name, level and subject, each as granted");
        let below = self.up_the_chain(demo, &stranger.name).await?;
        if !below.is_empty() {
            say(
                "ok  up the chain: 甲市办事, 甲省办事 and 乙省办事 know too, each by its own node, and no page was shown",
            );
        }
        self.sign_out(matters).await?;
        say("ok  sign out: the session at the node has ended");
        for service in [licences, portal].into_iter().chain(below.iter().copied()) {
            self.told(service).await?;
        }
        say("ok  every service told: each has let go, on every level");
        for service in [licences, portal, matters].into_iter().chain(below) {
            self.gone(service).await?;
        }
        say("ok  signed out everywhere: a silent sign-in is answered login_required");
        Ok(())
    }

    /// Somebody signs in at the city: known at the nation, and signed out of both by one of them.
    async fn sign_in_below(&self, demo: &Demo, say: impl Fn(&str)) -> Result<(), Missed> {
        let step = "trust up";
        let (city, matters) = (client(demo, "demo-city")?, client(demo, "demo-matters")?);
        let page = self.new_account(step, city).await?;
        at(step, &page, &city.address)?;
        expect(step, &page, "data-state=\"signed-in\"")?;
        self.silently(matters, "").await?;
        say("ok  trust up: who has signed in at 甲市 is known at the nation, and no page was shown");
        self.sign_out(city).await?;
        self.told(matters).await?;
        self.gone(matters).await?;
        say("ok  signed out at 甲市: 网上办事 at the nation has let go");
        Ok(())
    }

    /// Known at the nation, known below it: at services of the city, of its province and of another one.
    async fn up_the_chain<'a>(&self, demo: &'a Demo, name: &str) -> Step<Vec<&'a Client>> {
        if demo.manifest.nodes.len() < 2 {
            return Ok(Vec::new());
        }
        let mut below = Vec::new();
        for id in ["demo-city", "demo-province", "demo-neighbour"] {
            let service = client(demo, id)?;
            let page = self.get("up the chain", &format!("{}/silent", service.address)).await?;
            at("up the chain", &page, &service.address)?;
            expect("up the chain", &page, "data-state=\"signed-in\"")?;
            expect("up the chain", &page, name)?;
            below.push(service);
        }
        Ok(below)
    }

    async fn register(&self, licences: &Client) -> Step<Page> {
        let step = "register";
        let page = self.new_account(step, licences).await?;
        expect(step, &page, "id=\"realname-form\"")?;
        Ok(page)
    }

    /// A new account on the way to a service: where that leads.
    async fn new_account(&self, step: &'static str, service: &Client) -> Step<Page> {
        let page = self.get(step, &format!("{}/signin", service.address)).await?;
        expect(step, &page, "id=\"login-form\"")?;
        let link = page.link("register-link").ok_or_else(|| missed(step, "there is no link to register"))?;
        let page = self.get(step, &link).await?;
        expect(step, &page, "id=\"register-form\"")?;
        let fields = [
            ("username", self.username.as_str()),
            ("password", super::seed::PASSWORD),
            ("password_again", super::seed::PASSWORD),
            ("terms", "yes"),
        ];
        self.submit(step, &page, "register-form", &fields).await
    }

    async fn prove_name(&self, page: Page, stranger: &User) -> Step<Page> {
        let step = "real name";
        let wrong = [("name", stranger.name.as_str()), ("document_number", "11010519491231002A")];
        let page = self.submit(step, &page, "realname-form", &wrong).await?;
        expect(step, &page, "id=\"realname-form\"")?;
        let right = [("name", stranger.name.as_str()), ("document_number", stranger.document_number.as_str())];
        let page = self.submit(step, &page, "realname-form", &right).await?;
        expect(step, &page, "id=\"realname-continue\"")?;
        Ok(page)
    }

    async fn continue_to(&self, page: Page, licences: &Client, name: &str) -> Step<()> {
        let step = "sign in";
        let page = self.submit(step, &page, "realname-continue", &[]).await?;
        at(step, &page, &licences.address)?;
        expect(step, &page, "data-state=\"signed-in\"")?;
        expect(step, &page, name)
    }

    async fn silently(&self, matters: &Client, name: &str) -> Step<Page> {
        let step = "silent sign-in";
        let page = self.get(step, &format!("{}/silent", matters.address)).await?;
        at(step, &page, &matters.address)?;
        expect(step, &page, "data-state=\"signed-in\"")?;
        expect(step, &page, name)?;
        Ok(page)
    }

    async fn sign_out(&self, matters: &Client) -> Step<()> {
        let step = "sign out";
        let page = self.get(step, &format!("{}/", matters.address)).await?;
        let page = self.submit(step, &page, "signout", &[]).await?;
        at(step, &page, &matters.address)?;
        expect(step, &page, "data-state=\"signed-out\"")
    }

    async fn told(&self, service: &Client) -> Step<()> {
        let step = "every service told";
        let until = tokio::time::Instant::now() + TOLD_WITHIN;
        loop {
            let page = self.get(step, &format!("{}/", service.address)).await?;
            if page.html.contains("data-state=\"ended\"") {
                return Ok(());
            }
            if tokio::time::Instant::now() > until {
                return Err(Missed { step, why: format!("{} was not told within five seconds", service.client_id) });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn gone(&self, service: &Client) -> Step<()> {
        let step = "signed out everywhere";
        let page = self.get(step, &format!("{}/silent", service.address)).await?;
        expect(step, &page, "login_required")
    }

    async fn get(&self, step: &'static str, url: &str) -> Step<Page> {
        self.browser.get(url).await.map_err(|why| Missed { step, why })
    }

    async fn submit(&self, step: &'static str, page: &Page, form: &str, fields: &[(&str, &str)]) -> Step<Page> {
        self.browser.submit(page, form, fields).await.map_err(|why| Missed { step, why })
    }
}

fn user_info(page: &Page) -> Step<()> {
    let step = "user info";
    for claim in ["realname_level", "sub", "preferred_username", "acr"] {
        expect(step, page, claim)?;
    }
    if page.html.contains("identity_document") {
        return Err(missed(step, "a claim was given that was not granted"));
    }
    Ok(())
}

fn client<'a>(demo: &'a Demo, id: &str) -> Step<&'a Client> {
    demo.manifest.clients.iter().find(|client| client.client_id == id).ok_or_else(|| missed("start", "no such client"))
}

fn missed(step: &'static str, why: &str) -> Missed {
    Missed { step, why: why.to_owned() }
}

fn expect(step: &'static str, page: &Page, text: &str) -> Step<()> {
    if page.html.contains(text) {
        return Ok(());
    }
    Err(Missed { step, why: format!("{text:?} is not on the page at {} ({})", page.url.path(), page.status) })
}

fn at(step: &'static str, page: &Page, address: &str) -> Step<()> {
    if page.url.as_str().starts_with(address) {
        return Ok(());
    }
    Err(Missed { step, why: format!("the browser is at {} and not at {address}", page.url.path()) })
}
