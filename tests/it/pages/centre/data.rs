//! What is held: masked, shown item by item after a step-up, taken along whole.

use axum::http::header;
use serde_json::Value;

use super::{csrf, node, told, verify_mobile};
use crate::support::span::{minutes, seconds};
use crate::support::{Browser, TestNode};

#[tokio::test]
async fn everything_is_masked_and_one_item_is_shown_for_a_while_in_this_session_only() {
    let node = TestNode::start().await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let plain = |html: &str| [&wang.name, &wang.number, &wang.mobile].map(|value| html.contains(value.as_str()));
    for path in ["/account", "/account/data", "/account/history", "/account/security", "/account/corrections"] {
        assert_eq!(plain(&browser.get(path).await.page().html), [false; 3], "{path}");
    }
    let page = browser.get("/account/data").await.page();
    let page = browser.submit(&page, "show-document", &[]).await.page();
    assert_eq!(plain(&page.html), [false, true, false], "that item and no other");
    let mut elsewhere = node.browser();
    elsewhere.sign_in(&wang).await;
    assert_eq!(plain(&elsewhere.get("/account/data").await.page().html), [false; 3], "this session only");
    node.pass(seconds(121));
    assert_eq!(plain(&browser.get("/account/data").await.page().html), [false; 3], "its time is over");
    let events = node.app.accounts.events(&wang.id, (false, None), 9).await.unwrap();
    assert_eq!((events.len(), events[0].kind.as_str(), events[0].about.as_str()), (1, "unmasked", "document"));
    assert!(browser.get("/account/history?show=changes").await.page().html.contains("查看了身份证号码"));
    node.close().await;
}

#[tokio::test]
async fn nothing_is_shown_or_exported_without_a_fresh_sign_in_with_all_factors() {
    let node = TestNode::start().await;
    let wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    wang.set_up_authenticator(&node).await;
    let token = csrf(&mut browser).await;
    let posts: [(&str, &[(&str, &str)]); 5] = [
        ("/account/data/show", &[("item", "document")]),
        ("/account/data/export", &[]),
        ("/account/username", &[("username", "somebody")]),
        ("/account/close", &[("decision", "close")]),
        ("/account/guardian", &[("answer", "accept"), ("guardianship", "x")]),
    ];
    let refused = async |browser: &mut Browser, element: &str| {
        for (path, fields) in posts {
            let mut all = vec![("csrf", token.as_str())];
            all.extend(fields);
            let page = browser.post(path, &all).await.page();
            page.must_have(element);
            assert!(!page.html.contains(&wang.number), "{path}");
        }
    };
    refused(&mut browser, "otp-form").await;
    node.pass(minutes(29));
    browser.get("/account").await.page();
    node.pass(minutes(2));
    refused(&mut browser, "login-form").await;
    assert!(node.app.accounts.events(&wang.id, (false, None), 9).await.unwrap().is_empty());
    node.close().await;
}

#[tokio::test]
async fn the_file_holds_everything_and_no_secret() {
    let node = node().await;
    let matters = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let company = node.company(&wang).await;
    let mut browser = node.browser();
    browser.sign_in_at(&node, &matters, &wang).await;
    verify_mobile(&node, &mut browser, &wang).await;
    node.pass(minutes(1));
    let app = wang.set_up_authenticator(&node).await;
    node.pass(seconds(30));
    let page = browser.get("/sign-in/second?why=step-up").await.page();
    let page = browser.submit(&page, "second-factor-form", &[("way", "totp")]).await.page();
    browser.submit(page.must_have("otp-form"), "otp-form", &[("code", &app.code(&node))]).await.page();
    let page = browser.get("/account/data").await.page();
    let file = browser.submit(&page, "export-form", &[]).await.page();
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/json");
    assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    assert_eq!(file.headers[header::CACHE_CONTROL], "no-store");
    let held: Value = serde_json::from_str(&file.html).unwrap();
    assert_eq!(held["schema"], hufu::centre::EXPORT_SCHEMA);
    assert_eq!(held["account"]["username"], "wangming");
    assert_eq!(held["account"]["mobile"], wang.mobile.as_str());
    assert_eq!(held["real_name"]["name"], wang.name.as_str());
    assert_eq!(held["real_name"]["number"], wang.number.as_str());
    assert_eq!(held["companies"][0]["company"]["code"], company.code.as_str());
    assert_eq!(held["factors"][0]["kind"], "totp");
    assert_eq!(held["sessions"][0]["services"][0]["client_id"], "matters");
    for list in ["documents", "devices", "sessions", "companies", "verifications", "events"] {
        assert!(!held[list].as_array().unwrap().is_empty(), "{list}");
    }
    for secret in ["argon2", "sealed", "password_hash", "cookie", "refresh"] {
        assert!(!file.html.contains(secret), "{secret}");
    }
    assert!(held["events"].as_array().unwrap().iter().any(|event| event["kind"] == "exported"), "it is on record");
    node.deliver().await;
    assert_eq!(told(&node, &wang.mobile, "notice_data_exported"), 1);
    // The document says what each member is.
    let document = include_str!("../../../../docs/EXPORT.md");
    for (member, _) in held.as_object().unwrap() {
        assert!(document.contains(&format!("`{member}`")), "docs/EXPORT.md does not say what {member} is");
    }
    node.close().await;
}
