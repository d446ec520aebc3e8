//! Isolated clients: every sign-in is their own, and so is every sign-out. The browser's sign-on session stays out of it.

use serde_json::json;

use crate::support::{Browser, Client, Landed, Person, Request, TestNode, Tokens};

struct Stage {
    node: TestNode,
    matters: Client,
    vault: Client,
    wang: Person,
}

impl Stage {
    async fn set() -> Self {
        let node = TestNode::start().await;
        let matters = node.client("matters").await;
        let vault = node.client_with("vault", json!({"isolated": true})).await;
        let wang = node.person("wangming").await;
        Self { node, matters, vault, wang }
    }

    /// Signs in at `client`, which must ask.
    async fn asked_at(&self, browser: &mut Browser, client: &Client, person: &Person) -> Tokens {
        let request = Request::of(client);
        let page = browser.begin(&request).await.page();
        let code = browser.log_in(&page, person).await.callback().code().to_owned();
        self.node.redeem(client, &request, &code).await.tokens()
    }

    async fn silently(&self, browser: &mut Browser, client: &Client) -> Result<(), String> {
        let callback = browser.begin(&Request::of(client).with("prompt", "none")).await.callback();
        callback.params.get("error").cloned().map_or(Ok(()), Err)
    }
}

fn logout(params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    format!("/oauth2/logout?{query}")
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    matches!(browser.get("/account").await, Landed::Here(page) if page.has("account"))
}

/// The cookies of sessions for isolated clients.
fn isolated_cookies(browser: &Browser) -> Vec<(String, String)> {
    let theirs = browser.cookies.iter().filter(|(name, _)| name.starts_with("__Host-hufu_isolated_"));
    theirs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[tokio::test]
async fn an_isolated_client_asks_every_time_and_what_it_is_told_counts_nowhere_else() {
    let stage = Stage::set().await;
    let mut browser = stage.node.browser();
    let first = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    assert!(!is_signed_in(&mut browser).await, "nor at the node itself");
    assert!(browser.session_cookie().is_none());
    for client in [&stage.matters, &stage.vault] {
        assert_eq!(stage.silently(&mut browser, client).await, Err("login_required".into()), "{}", client.id);
    }
    let other = stage.node.client_with("archive", json!({"isolated": true})).await;
    stage.asked_at(&mut browser, &other, &stage.wang).await;
    stage.asked_at(&mut browser, &stage.matters, &stage.wang).await;
    assert_eq!(stage.silently(&mut browser, &stage.matters).await, Ok(()));
    assert_eq!(
        stage.silently(&mut browser, &stage.vault).await,
        Err("login_required".into()),
        "the sign-on is no help"
    );
    let second = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    assert_eq!(first.claim("sub"), second.claim("sub"));
    stage.node.close().await;
}

#[tokio::test]
async fn one_person_keeps_her_isolated_session_and_another_ends_it_without_touching_the_sign_on() {
    let stage = Stage::set().await;
    let li = stage.node.person("lina").await;
    let mut browser = stage.node.browser();
    browser.sign_in(&stage.wang).await;
    let first = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    let again = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    assert_eq!(first.claim("sid"), again.claim("sid"), "a sign-in adds to the session that is there");
    let of_li = stage.asked_at(&mut browser, &stage.vault, &li).await;
    assert_ne!(of_li.claim("sid"), again.claim("sid"));
    assert_eq!(stage.node.deliver().await, 1);
    assert_eq!(stage.node.sink.told_once("vault").text("sid"), first.claim("sid"));
    assert!(stage.node.is_active(&stage.vault, &of_li.access).await);
    assert!(is_signed_in(&mut browser).await, "wang is still signed in at the node");
    assert_eq!(stage.silently(&mut browser, &stage.matters).await, Ok(()));
    stage.node.close().await;
}

#[tokio::test]
async fn the_pages_on_the_way_are_about_whoever_signed_in_for_it() {
    let stage = Stage::set().await;
    let li = stage.node.person("lina").await;
    let members = json!({
        "isolated": true, "consent": "first_use", "legal_basis": null, "minimum_acr": "urn:hufu:acr:l2"
    });
    let vault = stage.node.client_with("vault", members).await;
    let mut browser = stage.node.browser();
    browser.sign_in(&stage.wang).await;
    let request = Request::of(&vault).with("scope", "openid profile");
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &li).await.page();
    let page = browser.prove_name(&page, &li).await.page();
    let landed = browser.submit(page.must_have("consent-form"), "consent-form", &[("decision", "accept")]).await;
    let tokens = stage.node.redeem(&vault, &request, landed.callback().code()).await.tokens();
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l2");
    let info = stage.node.userinfo(&tokens.access).await.ok();
    assert_eq!(info["preferred_username"], "lina");
    let wang = stage.node.app.accounts.find(&stage.wang.id).await.unwrap();
    assert!(wang.real_name.is_none(), "nothing was proven for the person of the sign-on session");
    stage.node.close().await;
}

#[tokio::test]
async fn its_cookie_is_no_sign_on_and_a_sign_on_cookie_is_none_of_its_own() {
    let stage = Stage::set().await;
    let mut browser = stage.node.browser();
    stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    let (name, isolated) = isolated_cookies(&browser).remove(0);
    let mut forged = stage.node.browser();
    forged.cookies.insert("__Host-hufu_session".into(), isolated);
    assert!(!is_signed_in(&mut forged).await);
    assert_eq!(stage.silently(&mut forged, &stage.matters).await, Err("login_required".into()));
    let mut other = stage.node.browser();
    other.sign_in(&stage.wang).await;
    let sign_on = other.session_cookie().unwrap().to_owned();
    let request = Request::of(&stage.vault);
    let mut late = stage.node.browser();
    let page = late.begin(&request).await.page();
    let (_, hidden) = page.form("login-form");
    let flow = hidden.iter().find(|(name, _)| name == "flow").unwrap().1.clone();
    // A sign-on that is younger than the request answers it elsewhere, but not here.
    other.sign_in(&stage.wang).await;
    for value in [other.session_cookie().unwrap().to_owned(), sign_on] {
        late.cookies.insert(name.clone(), value);
        late.get(&format!("/oauth2/authorize?flow={flow}")).await.page().must_have("login-form");
    }
    stage.node.close().await;
}

#[tokio::test]
async fn its_logout_ends_its_own_session_and_every_other_logout_leaves_that() {
    let stage = Stage::set().await;
    let mut browser = stage.node.browser();
    let at_matters = stage.asked_at(&mut browser, &stage.matters, &stage.wang).await;
    let at_vault = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    let back = stage.vault.post_logout_redirect_uri.as_str();
    let hinted = logout(&[("id_token_hint", &at_vault.id_token), ("post_logout_redirect_uri", back)]);
    assert_eq!(browser.get(&hinted).await.callback().whole, back);
    assert_eq!(stage.node.deliver().await, 1);
    assert_eq!(stage.node.sink.told_once("vault").text("sid"), at_vault.claim("sid"));
    assert!(is_signed_in(&mut browser).await);
    assert!(stage.node.is_active(&stage.matters, &at_matters.access).await);
    let at_vault = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    browser.sign_out().await;
    assert_eq!(stage.node.deliver().await, 1);
    assert_eq!(stage.node.sink.told_once("matters").text("sid"), at_matters.claim("sid"));
    assert!(stage.node.is_active(&stage.vault, &at_vault.access).await, "signing out of the node is not about it");
    stage.node.close().await;
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked_about_the_isolated_session_alone() {
    let stage = Stage::set().await;
    let mut browser = stage.node.browser();
    stage.asked_at(&mut browser, &stage.matters, &stage.wang).await;
    let unhinted = logout(&[("client_id", "vault")]);
    browser.get(&unhinted).await.page().must_have("logout-result");
    assert!(is_signed_in(&mut browser).await, "there was nothing of its own to end");
    let at_vault = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    let page = browser.get(&unhinted).await.page();
    assert!(page.html.contains("服务vault") && !page.html.contains("服务matters"));
    let page = browser.submit(&page, "logout-form", &[("decision", "confirm")]).await.page();
    page.must_have("logout-result");
    assert_eq!(stage.node.deliver().await, 1);
    assert_eq!(stage.node.sink.told_once("vault").text("sid"), at_vault.claim("sid"));
    assert!(isolated_cookies(&browser).is_empty());
    assert!(is_signed_in(&mut browser).await);
    stage.node.close().await;
}

#[tokio::test]
async fn the_person_sees_it_and_signing_out_everywhere_ends_it() {
    let stage = Stage::set().await;
    let (mut at_vault, mut elsewhere) = (stage.node.browser(), stage.node.browser());
    let tokens = stage.asked_at(&mut at_vault, &stage.vault, &stage.wang).await;
    let page = elsewhere.sign_in(&stage.wang).await;
    assert!(page.html.contains("服务vault"));
    elsewhere.submit(&page, "end-all", &[]).await.page();
    assert_eq!(stage.node.deliver().await, 1);
    assert_eq!(stage.node.sink.told_once("vault").text("sid"), tokens.claim("sid"));
    assert!(!stage.node.is_active(&stage.vault, &tokens.access).await);
    stage.node.close().await;
}

/// Two isolated services in two tabs of one browser: neither takes the other's session away.
#[tokio::test]
async fn two_isolated_clients_in_one_browser_keep_their_sessions_apart() {
    let stage = Stage::set().await;
    let archive = stage.node.client_with("archive", json!({"isolated": true})).await;
    let mut browser = stage.node.browser();
    let first = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    let other = stage.asked_at(&mut browser, &archive, &stage.wang).await;
    assert_eq!(isolated_cookies(&browser).len(), 2);
    // A second sign-in at the first one adds to the session that it still has.
    let again = stage.asked_at(&mut browser, &stage.vault, &stage.wang).await;
    assert_eq!(first.claim("sid"), again.claim("sid"));
    // Its logout by hint ends its own session, at once and without a question, and leaves the other one.
    let back = stage.vault.post_logout_redirect_uri.as_str();
    let hinted = logout(&[("id_token_hint", &again.id_token), ("post_logout_redirect_uri", back)]);
    assert_eq!(browser.get(&hinted).await.callback().whole, back);
    assert_eq!(stage.node.deliver().await, 1);
    assert!(stage.node.is_active(&archive, &other.access).await);
    assert_eq!(isolated_cookies(&browser).len(), 1);
    let once_more = stage.asked_at(&mut browser, &archive, &stage.wang).await;
    assert_eq!(other.claim("sid"), once_more.claim("sid"));
    stage.node.close().await;
}
