//! Passkeys: they sign in by themselves and add to what was shown, each answer once, for this node, this browser and this
//! passage; and nobody gets one into an account that is not theirs.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use hufu::base::encoding::base64url;
use serde_json::{Value, json};

use crate::support::span::{minutes, seconds};
use crate::support::{Bend, Browser, Landed, Page, Person, Request, SoftKey, TestNode, answer_with};

const L3: &str = "urn:hufu:acr:l3";
const L4: &str = "urn:hufu:acr:l4";

/// A person with a passkey, made in a browser where she was signed in.
async fn with_passkey(node: &TestNode, name: &str) -> (Person, SoftKey) {
    let person = node.verified_person(name).await;
    let mut browser = node.browser();
    browser.sign_in(&person).await;
    let key = person.make_passkey(&mut browser).await;
    browser.sign_out().await;
    node.deliver().await;
    (person, key)
}

async fn session_of(node: &TestNode, person: &Person) -> Option<(Vec<String>, i32)> {
    let sessions = node.app.sessions.list(&person.id).await.unwrap();
    assert!(sessions.len() <= 1);
    sessions.into_iter().next().map(|session| (session.amr, session.strength))
}

#[track_caller]
fn refused(landed: Landed, browser: &Browser) -> Page {
    let page = landed.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "at {}", page.path);
    page.must_have("problems");
    assert!(browser.session_cookie().is_none());
    page
}

/// The fields of one page, posted with some of them exchanged.
async fn post_with(browser: &mut Browser, page: &Page, changes: &[(&str, &str)]) -> Landed {
    let (action, mut fields) = page.form("passkey-form");
    for (name, value) in changes {
        fields.iter_mut().find(|(field, _)| field == name).unwrap().1 = (*value).to_owned();
    }
    browser.post(&action, &fields).await
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_user_name() {
    let node = TestNode::start().await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    assert!(page.html.contains("autocomplete=\"username webauthn\""), "the browser may offer it by itself");
    let asked: Value = serde_json::from_str(&page.passkey_options()).unwrap();
    assert_eq!(asked["publicKey"]["rpId"], "id.example");
    assert_eq!(asked["publicKey"]["userVerification"], "required");
    assert_eq!(asked["publicKey"]["allowCredentials"], json!([]), "nobody is named");
    key.show(&mut browser, &page).await.page().must_have("account");
    assert_eq!(session_of(&node, &wang).await, Some((vec!["hwk".into(), "user".into()], 4)));
    node.close().await;
}

#[tokio::test]
async fn a_passkey_leads_to_the_highest_level_on_the_way_to_a_service() {
    let node = TestNode::start().await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    wang.raise_to(&node, 4).await;
    let seals = node.client_with("seals", json!({"minimum_acr": L4})).await;
    let request = Request::of(&seals);
    let mut browser = node.browser();
    let page = browser.begin(&request).await.page();
    let callback = key.show(&mut browser, &page).await.callback();
    let tokens = node.redeem(&seals, &request, callback.code()).await.tokens();
    assert_eq!((tokens.claim("acr"), &tokens.claims["amr"]), (L4, &json!(["hwk", "user"])));
    node.close().await;
}

#[tokio::test]
async fn a_passkey_steps_up_on_the_way_to_a_service() {
    let node = TestNode::start().await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    let (_, mut others) = with_passkey(&node, "lina").await;
    wang.raise_to(&node, 4).await;
    let seals = node.client_with("seals", json!({"minimum_acr": L4})).await;
    let request = Request::of(&seals);
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.begin(&request).await.page();
    let asked: Value = serde_json::from_str(&page.passkey_options()).unwrap();
    assert_eq!(asked["publicKey"]["userVerification"], "required", "a level of four needs it");
    assert_eq!(asked["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1, "hers are named");
    // Somebody else's key; and hers, when it does not verify her.
    let page = others.show(&mut browser, &page).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    key.verifies = false;
    let page = key.show(&mut browser, &page).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(session_of(&node, &wang).await, Some((vec!["pwd".into()], 2)));
    key.verifies = true;
    let callback = key.show(&mut browser, &page).await.callback();
    let tokens = node.redeem(&seals, &request, callback.code()).await.tokens();
    assert_eq!((tokens.claim("acr"), &tokens.claims["amr"]), (L4, &json!(["pwd", "hwk", "user"])));
    node.close().await;
}

#[tokio::test]
async fn beside_a_password_a_key_that_does_not_verify_its_user_is_a_second_factor_and_no_more() {
    let node = TestNode::start().await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    wang.wants_to_be_always_asked(&node).await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    let page = browser.log_in(&page, &wang).await.page();
    let asked: Value = serde_json::from_str(&page.passkey_options()).unwrap();
    assert_eq!(asked["publicKey"]["userVerification"], "preferred");
    assert!(browser.session_cookie().is_none());
    key.verifies = false;
    key.show(&mut browser, &page).await.page().must_have("account");
    assert_eq!(session_of(&node, &wang).await, Some((vec!["pwd".into(), "hwk".into()], 3)));
    node.close().await;
}

#[tokio::test]
async fn an_answer_that_is_not_good_signs_nobody_in() {
    let node = TestNode::start().await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    let other_challenge = base64url(&[7; 32]);
    let bent = [
        ("another site", Bend { origin: Some("https://id.example.evil.test"), ..Bend::default() }),
        ("a subdomain", Bend { origin: Some("https://evil.id.example"), ..Bend::default() }),
        ("another port", Bend { origin: Some("https://id.example:8443"), ..Bend::default() }),
        ("without TLS", Bend { origin: Some("http://id.example"), ..Bend::default() }),
        ("bound to another name", Bend { rp_id: Some("evil.test"), ..Bend::default() }),
        ("a registration", Bend { kind: Some("webauthn.create"), ..Bend::default() }),
        ("another challenge", Bend { challenge: Some(&other_challenge), ..Bend::default() }),
        ("in a frame of another site", Bend { cross_origin: true, ..Bend::default() }),
        ("nobody touched it", Bend { absent: true, ..Bend::default() }),
        ("altered after signing", Bend { altered: true, ..Bend::default() }),
        ("no handle", Bend { handle: Some(None), ..Bend::default() }),
        ("another handle", Bend { handle: Some(Some(&[9; 32])), ..Bend::default() }),
    ];
    let mut browser = node.browser();
    let mut answers = Vec::new();
    for (what, bend) in bent {
        let page = browser.get("/sign-in").await.page();
        let answer = key.answer_bent(&page.passkey_options(), bend);
        let page = refused(answer_with(&mut browser, &page, &answer).await, &browser);
        answers.push((what, problem_of(&page)));
    }
    key.verifies = false;
    let page = browser.get("/sign-in").await.page();
    answers.push(("user not verified", problem_of(&refused(key.show(&mut browser, &page).await, &browser))));
    // A key that was never registered, and no answer at all, look the same as any of these.
    let li = node.person("lina").await;
    let mut hers = node.browser();
    hers.sign_in(&li).await;
    let page = hers.get("/account/security/passkey").await.page();
    let (mut unknown, _) = SoftKey::make(&page.passkey_options(), Bend::default());
    hers.sign_out().await;
    node.deliver().await;
    let page = browser.get("/sign-in").await.page();
    answers.push(("unknown", problem_of(&refused(unknown.show(&mut browser, &page).await, &browser))));
    for garbage in ["{}", "x", "[]", "null"] {
        let page = browser.get("/sign-in").await.page();
        answers.push((garbage, problem_of(&refused(answer_with(&mut browser, &page, garbage).await, &browser))));
    }
    for (what, answer) in &answers {
        assert_eq!(answer, &answers[0].1, "{what}");
    }
    assert_eq!(session_of(&node, &wang).await, None);
    key.verifies = true;
    let page = browser.get("/sign-in").await.page();
    key.show(&mut browser, &page).await.page().must_have("account");
    node.close().await;
}

/// What the list of problems says.
fn problem_of(page: &Page) -> String {
    page.html.split("id=\"problems\"").nth(1).unwrap().split("</ul>").next().unwrap().to_owned()
}

#[tokio::test]
async fn an_answer_is_taken_once_also_side_by_side() {
    let node = std::sync::Arc::new(TestNode::start().await);
    let wang = node.verified_person("wangming").await;
    // One that counts, and one that does not: there the mark of the challenge must hold alone.
    for counter in [1, 0] {
        let mut browser = node.browser();
        browser.sign_in(&wang).await;
        if counter == 0 {
            let person = node.app.accounts.find(&wang.id).await.unwrap();
            node.app.signon.remove_factor(&person, &wang.passkeys(&node).await[0]).await.unwrap();
        }
        let mut key = wang.make_passkey_with(&mut browser, Bend { counter: Some(counter), ..Bend::default() }).await;
        let mut browser = node.browser();
        let page = browser.get("/sign-in").await.page();
        let answer = key.answer(&page.passkey_options());
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (mut copy, page, answer) = (browser.clone(), page.clone(), answer.clone());
            all.spawn(async move { answer_with(&mut copy, &page, &answer).await.page().has("account") });
        }
        assert_eq!(all.join_all().await.into_iter().filter(|let_in| *let_in).count(), 1, "{counter}");
        let late = answer_with(&mut browser, &page, &answer).await;
        refused(late, &browser);
    }
    std::sync::Arc::into_inner(node).unwrap().close().await;
}

#[tokio::test]
async fn a_challenge_is_good_in_its_browser_on_its_way_and_for_its_time() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    let answer = key.answer(&page.passkey_options());
    let challenge = page.hidden("challenge").remove(0);
    let taken = [("challenge", challenge.as_str()), ("credential", answer.as_str())];
    // Another browser, which has relayed the question to its victim.
    let mut thief = node.browser();
    let own = thief.get("/sign-in").await.page();
    refused(post_with(&mut thief, &own, &taken).await, &thief);
    // Another passage of the same browser.
    let on_the_way = browser.begin(&Request::of(&matters)).await.page();
    refused(post_with(&mut browser, &on_the_way, &taken).await, &browser);
    // A question that was put to a person who was known already.
    let mut hers = node.browser();
    hers.sign_in(&wang).await;
    let second = hers.get("/account/security/passkey").await.page();
    let asked_of_her = second.hidden("challenge").remove(0);
    let answered_by_her = key.answer(&second.passkey_options());
    hers.sign_out().await;
    node.deliver().await;
    let page_of_hers = hers.get("/sign-in").await.page();
    let mixed = [("challenge", asked_of_her.as_str()), ("credential", answered_by_her.as_str())];
    refused(post_with(&mut hers, &page_of_hers, &mixed).await, &hers);
    // Too late.
    node.pass(minutes(11));
    refused(answer_with(&mut browser, &page, &answer).await, &browser);
    node.close().await;
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_one_that_stands_still_at_zero_is_not() {
    let node = TestNode::start().await;
    let (_, mut key) = with_passkey(&node, "wangming").await;
    let sign_in = async |key: &mut SoftKey| {
        let mut browser = node.browser();
        let page = browser.get("/sign-in").await.page();
        let landed = key.show(&mut browser, &page).await.page();
        if landed.has("account") {
            browser.sign_out().await;
            node.deliver().await;
        }
        landed.status
    };
    key.counter = 40;
    assert_eq!(sign_in(&mut key).await, StatusCode::OK, "41");
    key.counter = 20;
    assert_eq!(sign_in(&mut key).await, StatusCode::UNPROCESSABLE_ENTITY, "21: a copy that was used less");
    key.counter = 40;
    assert_eq!(sign_in(&mut key).await, StatusCode::UNPROCESSABLE_ENTITY, "41 again");
    key.counter = 0;
    assert_eq!(sign_in(&mut key).await, StatusCode::UNPROCESSABLE_ENTITY, "it counted before");
    key.counter = 41;
    assert_eq!(sign_in(&mut key).await, StatusCode::OK, "42: the key itself goes on");
    node.close().await;
}

#[tokio::test]
async fn a_passkey_that_was_removed_or_whose_account_is_locked_opens_nothing() {
    let node = TestNode::start().await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    wang.set_state(&node, AccountState::Locked).await;
    let locked = refused(key.show(&mut browser, &page).await, &browser);
    wang.set_state(&node, AccountState::Active).await;
    let page = browser.get("/sign-in").await.page();
    let person = node.app.accounts.find(&wang.id).await.unwrap();
    let id = wang.passkeys(&node).await.remove(0);
    assert!(node.app.signon.remove_factor(&person, &id).await.unwrap());
    let removed = refused(key.show(&mut browser, &page).await, &browser);
    assert_ne!(problem_of(&locked), problem_of(&removed), "whoever has the passkey may know the state");
    node.close().await;
}

#[tokio::test]
async fn a_new_passkey_needs_what_protects_the_account_already() {
    let node = TestNode::start().await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    let mut browser = node.browser();
    browser.get("/account/security/passkey").await.page().must_have("login-form");
    browser.sign_in(&wang).await;
    // The password alone is not enough any more, neither to look nor to post.
    let page = browser.get("/account/security/passkey").await.page();
    assert_eq!(page.path.split('?').next(), Some("/sign-in/second"));
    let csrf = page.hidden("csrf").remove(0);
    let landed =
        browser.post("/account/security/passkey", &[("csrf", csrf.as_str()), ("credential", "x")]).await.page();
    assert_eq!(landed.path.split('?').next(), Some("/sign-in/second"));
    let hers = wang.passkeys(&node).await;
    let removal = [("csrf", csrf.as_str()), ("factor", hers[0].as_str())];
    let landed = browser.post("/account/security/remove", &removal).await.page();
    assert_eq!(landed.path.split('?').next(), Some("/sign-in/second"), "nor to remove the last one");
    assert_eq!(wang.passkeys(&node).await.len(), 1);
    key.show(&mut browser, &landed).await.page();
    wang.make_passkey(&mut browser).await;
    assert_eq!(wang.passkeys(&node).await.len(), 2);
    // Later it must be shown again.
    node.pass(minutes(20));
    browser.get("/account").await.page().must_have("account");
    node.pass(minutes(20));
    browser.get("/account/security/passkey").await.page().must_have("login-form");
    node.close().await;
}

#[tokio::test]
async fn what_authenticators_are_told_names_nobody_and_excludes_what_is_there() {
    let node = TestNode::start().await;
    let (wang, key) = with_passkey(&node, "wangming").await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    let mut key = key;
    key.show(&mut browser, &page).await.page();
    let page = browser.get("/account/security/passkey").await.page();
    let asked: Value = serde_json::from_str(&page.passkey_options()).unwrap();
    assert_eq!(asked["publicKey"]["excludeCredentials"].as_array().unwrap().len(), 1);
    assert_eq!(asked["publicKey"]["user"]["id"], base64url(key.handle()), "one handle an account");
    assert_eq!(key.handle().len(), 32);
    assert!(page.html.contains("value=\"Firefox · Linux\""), "what it may be called");
    for told in [wang.id.as_str(), &wang.mobile, &wang.name, &wang.number] {
        assert!(!page.passkey_options().contains(told), "{told}");
    }
    let (other, _) = with_passkey(&node, "lina").await;
    let (_, others_key) = with_passkey(&node, "zhaolei").await;
    assert_ne!(others_key.handle(), key.handle());
    assert_eq!(other.passkeys(&node).await.len(), 1);
    node.close().await;
}

#[tokio::test]
async fn nobody_gets_a_passkey_into_another_account() {
    let node = TestNode::start().await;
    let (wang, _) = with_passkey(&node, "wangming").await;
    let li = node.person("lina").await;
    let mut hers = node.browser();
    hers.sign_in(&li).await;
    let page = hers.get("/account/security/passkey").await.page();
    let (key, answer) = SoftKey::make(&page.passkey_options(), Bend::default());
    // Another person signs in in the same browser, and the page that was open is sent.
    let mut same = hers.clone();
    let zhao = node.person("zhaolei").await;
    let sign_in = same.get("/sign-in").await.page();
    same.log_in(&sign_in, &zhao).await.page().must_have("account");
    let landed = answer_with(&mut same, &page, &answer).await.page();
    assert_eq!(landed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(zhao.passkeys(&node).await.is_empty());
    // Once in an account, a credential is in no other; and a page is sent once.
    let own = same.get("/account/security/passkey").await.page();
    answer_with(&mut same, &own, &answer).await.page();
    assert!(zhao.passkeys(&node).await.is_empty(), "made for another challenge");
    let mut hers = node.browser();
    hers.sign_in(&li).await;
    let page = hers.get("/account/security/passkey").await.page();
    let bent = Bend { origin: Some("https://evil.test"), ..Bend::default() };
    let (_, foreign) = SoftKey::make(&page.passkey_options(), bent);
    assert_eq!(answer_with(&mut hers, &page, &foreign).await.page().status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(li.passkeys(&node).await.is_empty());
    let page = hers.get("/account/security/passkey").await.page();
    let again = key.make_again(&page.passkey_options());
    answer_with(&mut hers, &page, &again).await.page().must_have("security");
    let mut other = node.browser();
    other.sign_in(&zhao).await;
    let page = other.get("/account/security/passkey").await.page();
    let stolen = key.make_again(&page.passkey_options());
    assert_eq!(answer_with(&mut other, &page, &stolen).await.page().status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(zhao.passkeys(&node).await.is_empty());
    assert_eq!(wang.passkeys(&node).await.len(), 1);
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn guessing_is_limited_by_address() {
    let node = TestNode::with(&[("accounts.limits.address_failures", "3")]).await;
    let (_, mut key) = with_passkey(&node, "wangming").await;
    let mut browser = node.browser();
    for _ in 0..3 {
        let page = browser.get("/sign-in").await.page();
        refused(answer_with(&mut browser, &page, "{}").await, &browser);
    }
    let page = browser.get("/sign-in").await.page();
    let late = key.show(&mut browser, &page).await.page();
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS, "also the right one");
    node.pass(minutes(16));
    let page = browser.get("/sign-in").await.page();
    key.show(&mut browser, &page).await.page().must_have("account");
    node.close().await;
}

#[tokio::test]
async fn a_node_without_a_name_offers_no_passkeys() {
    let node = TestNode::with(&[("server.issuer", "http://127.0.0.1:9000")]).await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let page = browser.get("/sign-in").await.page();
    assert!(!page.has("passkey-form") && !page.has("passkey-button"));
    browser.get("/sign-in/passkey").await.page().must_have("login-form");
    browser.sign_in(&wang).await;
    let page = browser.get("/account/security/passkey").await.page();
    assert!(!page.has("add-passkey") && !page.has("passkey-form"));
    node.pass(seconds(1));
    node.close().await;
}

#[tokio::test]
async fn a_wish_for_two_factors_is_met_by_a_passkey_at_once() {
    let node = TestNode::start().await;
    let (wang, mut key) = with_passkey(&node, "wangming").await;
    wang.raise_to(&node, 3).await;
    wang.wants_to_be_always_asked(&node).await;
    let matters = node.client("matters").await;
    let request = Request::of(&matters).with("acr_values", L3);
    let mut browser = node.browser();
    let page = browser.begin(&request).await.page();
    let callback = key.show(&mut browser, &page).await.callback();
    assert_eq!(node.redeem(&matters, &request, callback.code()).await.tokens().claim("acr"), L3);
    node.close().await;
}
