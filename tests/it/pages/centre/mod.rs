//! The account centre: what is held of a person and what they do about it, and what an attacker cannot do.

mod closing;
mod consents;
mod corrections;
mod data;
mod guardians;
mod history;

use hufu::base::id::AccountId;
use hufu::store::JsonText;
use hufu::store::real_names::RealNameRow;

use crate::support::{Browser, Person, TestNode};

/// A node that keeps its messages.
async fn node() -> TestNode {
    TestNode::with(&[("messages.local", "true")]).await
}

/// The last code that went to a number.
fn code_to(node: &TestNode, mobile: &str) -> Option<String> {
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    sent.into_iter().filter(|sent| sent.to == mobile).find_map(|sent| sent.code)
}

/// How many messages of this kind went to a number.
fn told(node: &TestNode, mobile: &str, template: &str) -> usize {
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    sent.into_iter().filter(|sent| sent.to == mobile && sent.template == template).count()
}

/// Shows the person's number to be theirs, as the account centre does.
async fn verify_mobile(node: &TestNode, browser: &mut Browser, person: &Person) {
    let page = browser.get("/account/security/mobile").await.page();
    let page = browser.submit(&page, "mobile-form", &[("mobile", &person.mobile)]).await.page();
    let code = code_to(node, &person.mobile).unwrap();
    browser.submit(&page, "otp-form", &[("code", &code)]).await.page().must_have("security");
    node.deliver().await;
    node.pass(crate::support::span::minutes(2));
}

/// The form token of a browser that is signed in.
async fn csrf(browser: &mut Browser) -> String {
    browser.get("/account/password").await.page().hidden("csrf").remove(0)
}

/// Writes what an authority would have confirmed of somebody born on this day (`20150601`).
async fn born(node: &TestNode, id: &AccountId, (name, birth): (&str, &str), level: i32) {
    let body = format!("110105{birth}123");
    let check = hufu::realname::identity_number::check_character(&body).unwrap();
    let row = RealNameRow {
        account_id: id.clone(),
        level,
        name: node.app.accounts.seal(id, name),
        document_type: "resident_identity_card".into(),
        document: node.app.accounts.seal(id, &format!("{body}{check}")),
        document_index: format!("born-{id}"),
        method: "two_items".into(),
        source: "population".into(),
        reference: "A1".into(),
        verified_at: crate::support::NOW,
        proofs: JsonText(Vec::new()),
        birth: None,
    };
    let mut tx = node.app.store.begin().await.unwrap();
    assert!(hufu::store::real_names::put(&mut tx, &row, None).await.unwrap());
    tx.commit().await.unwrap();
    node.app.accounts.changed(id);
}
