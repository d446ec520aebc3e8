//! The real-name page: three answers of the authority, and nobody else who sets a level (threat 15).

use axum::http::StatusCode;
use hufu::demo::authority::Mode;
use hufu::realname::RealNameLevel;

use crate::support::span::minutes;
use crate::support::{Browser, Page, Person, TestNode};

async fn prove(browser: &mut Browser, name: &str, number: &str) -> Page {
    let page = browser.get("/real-name").await.page();
    browser.submit(&page, "realname-form", &[("name", name), ("document_number", number)]).await.page()
}

async fn level(node: &TestNode, person: &Person) -> RealNameLevel {
    node.app.accounts.find(&person.id).await.unwrap().level()
}

#[tokio::test]
async fn a_mismatch_an_unknown_number_and_a_silent_authority_are_three_answers() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let other = node.next_citizen();
    let mismatch = prove(&mut browser, &wang.name, &other.document_number).await;
    let unknown = prove(&mut browser, &wang.name, "110105199003078232").await;
    node.authority_fails(Mode::Error500).await;
    let silent = prove(&mut browser, &wang.name, &wang.number).await;
    node.authority_fails(Mode::Garbage).await;
    let garbled = prove(&mut browser, &wang.name, &wang.number).await;
    assert_eq!(mismatch.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    for unavailable in [&silent, &garbled] {
        assert_eq!(unavailable.status, StatusCode::SERVICE_UNAVAILABLE);
        unavailable.must_have("realname-form");
    }
    let answer =
        |page: &Page| page.html.split("role=\"alert\"").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
    let answers = [answer(&mismatch), answer(&unknown), answer(&silent)];
    assert!(answers[0] != answers[1] && answers[1] != answers[2] && answers[0] != answers[2], "{answers:#?}");
    assert_eq!(level(&node, &wang).await, RealNameLevel::L0, "doubt raises nothing");
    node.authority_fails(Mode::Ok).await;
    node.pass(minutes(1));
    prove(&mut browser, &wang.name, &wang.number).await.must_have("answer-matched");
    assert_eq!(level(&node, &wang).await, RealNameLevel::L2);
    node.close().await;
}

#[tokio::test]
async fn nobody_is_asked_about_a_number_that_cannot_be_one() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let asked = node.authority_was_asked().await;
    let last = if wang.number.ends_with('1') { '2' } else { '1' };
    let wrong_sum = format!("{}{last}", &wang.number[..17]);
    for number in ["", "123", &wrong_sum, "110105199013078230", "99010519900307823X", "11010519900307823Y"] {
        let page = prove(&mut browser, &wang.name, number).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
    }
    for name in ["", "<b>王</b>", "王1", "🐯", "·王"] {
        assert_eq!(prove(&mut browser, name, &wang.number).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
    assert_eq!(node.authority_was_asked().await, asked);
    node.close().await;
}

#[tokio::test]
async fn one_document_belongs_to_one_account_and_one_account_to_one_person() {
    let node = TestNode::start().await;
    let wang = node.verified_person("wangming").await;
    let li = node.person("lina").await;
    let mut browser = node.browser();
    browser.sign_in(&li).await;
    let page = prove(&mut browser, &wang.name, &wang.number).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert_eq!(level(&node, &li).await, RealNameLevel::L0);
    let mut of_wang = node.browser();
    of_wang.sign_in(&wang).await;
    let page = prove(&mut of_wang, &li.name, &li.number).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    prove(&mut of_wang, &wang.name, &wang.number).await.must_have("answer-matched");
    node.close().await;
}

/// Threat 15: what a form says of itself is not believed.
#[tokio::test]
async fn no_form_and_no_request_raises_a_level() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    let forged = [
        ("level", "4"),
        ("realname_level", "4"),
        ("acr", "urn:hufu:acr:l4"),
        ("verified", "true"),
        ("step", "continue"),
        ("name", "王明"),
    ];
    let csrf = browser.sign_in(&wang).await.hidden("csrf").remove(0);
    let mut fields = forged.to_vec();
    fields.push(("csrf", &csrf));
    for path in ["/real-name", "/register", "/sign-in", "/account/password", "/consent"] {
        browser.post(path, &fields).await.page();
    }
    let request =
        crate::support::Request::of(&matters).with("acr_values", "urn:hufu:acr:l4").with("acr", "urn:hufu:acr:l4");
    let code = browser.begin(&request).await.callback().code().to_owned();
    assert_eq!(node.redeem(&matters, &request, &code).await.tokens().claim("acr"), "urn:hufu:acr:l0");
    assert_eq!(level(&node, &wang).await, RealNameLevel::L0);
    node.close().await;
}

#[tokio::test]
async fn name_and_number_are_masked_on_pages_and_sealed_in_the_database() {
    let node = TestNode::start().await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    let account = browser.sign_in(&wang).await;
    for page in [account, browser.get("/").await.page(), browser.get("/logout").await.page()] {
        for open in [&wang.name, &wang.number, &wang.mobile] {
            assert!(!page.html.contains(open.as_str()), "{}: {open}", page.path);
        }
    }
    let mut db = node.app.store.read().await.unwrap();
    let row = hufu::store::real_names::find(&mut db, &wang.id).await.unwrap().unwrap();
    let account = hufu::store::accounts::find(&mut db, &wang.id).await.unwrap().unwrap();
    let held =
        [row.name, row.document, account.mobile.unwrap(), row.document_index.into_bytes(), row.reference.into_bytes()];
    for (bytes, open) in
        held.iter().flat_map(|bytes| [&wang.name, &wang.number, &wang.mobile].map(|open| (bytes, open)))
    {
        let found = bytes.windows(open.len()).any(|window| window == open.as_bytes());
        assert!(!found, "{open} can be read");
    }
    drop(db);
    node.close().await;
}
