//! Every cell of the table of assurance, as relying parties see it: how well the name is proven × how the person signed in,
//! and the `acr`, `amr` and level that come of it in tokens.

use hufu::realname::MobileNumber;
use hufu::session::{Amr, AuthEvent, Device};

use crate::support::{Person, Request, TestNode};

/// A person whose name is proven to this level.
async fn at_level(node: &TestNode, level: i32) -> Person {
    let name = format!("level{level}");
    match level {
        0 => node.person(&name).await,
        1 => {
            let person = node.person(&name).await;
            let number = MobileNumber::parse(&person.mobile).unwrap();
            let account = node.account(&person).await;
            node.app.signon.set_mobile(&account, &number, &Device::default()).await.unwrap();
            person
        }
        _ => {
            let person = node.verified_person(&name).await;
            person.raise_to(node, level).await;
            person
        }
    }
}

#[tokio::test]
async fn every_cell_is_told_in_tokens_as_the_table_says() {
    let node = TestNode::with(&[("messages.local", "true")]).await;
    let matters = node.client("matters").await;
    let two = AuthEvent::further(&[Amr::Otp]).after(&[Amr::Pwd]).whole();
    // How somebody signed in, and the `acr` by the level of their name: 0 to 4.
    let logins: [(AuthEvent, &[&str], [i32; 5]); 5] = [
        (AuthEvent::password(), &["pwd"], [0, 1, 2, 2, 2]),
        (AuthEvent::sms(), &["sms"], [0, 1, 2, 2, 2]),
        (two, &["pwd", "otp", "mfa"], [0, 1, 2, 3, 3]),
        (AuthEvent::passkey(false), &["hwk"], [0, 1, 2, 3, 3]),
        (AuthEvent::passkey(true), &["hwk", "user"], [0, 1, 2, 3, 4]),
    ];
    for level in 0..=4 {
        let person = at_level(&node, level).await;
        for (event, ways, row) in &logins {
            let mut browser = node.browser();
            browser.sign_in(&person).await;
            let name = browser.cookies.keys().find(|name| name.ends_with("hufu_session")).unwrap().clone();
            let mut tx = node.app.store.begin().await.unwrap();
            let device = Device::default();
            let (_, cookie) = node.app.sessions.open(&mut tx, &person.id, event, (&device, None)).await.unwrap();
            tx.commit().await.unwrap();
            browser.cookies.insert(name, cookie.expose().to_owned());
            let request = Request::of(&matters).with("scope", "openid realname");
            let code = browser.begin(&request).await.callback().code().to_owned();
            let tokens = node.redeem(&matters, &request, &code).await.tokens();
            let reached = usize::try_from(level).map(|level| row[level]).unwrap();
            let what = format!("l{level} by {ways:?}");
            assert_eq!(tokens.claim("acr"), format!("urn:hufu:acr:l{reached}"), "{what}");
            let amr: Vec<&str> =
                tokens.claims["amr"].as_array().unwrap().iter().map(|way| way.as_str().unwrap()).collect();
            assert!(ways.iter().filter(|way| **way != "mfa").all(|way| amr.contains(way)), "{what}: {amr:?}");
            let info = node.userinfo(&tokens.access).await.ok();
            assert_eq!(info["realname_level"].as_i64(), Some(i64::from(level)), "{what}");
        }
    }
    node.deliver().await;
    node.close().await;
}
