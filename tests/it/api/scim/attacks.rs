//! What a party could gain by registering others: nothing (threats 7, 15, 21, 24, 26).

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{Party, REAL_NAME, refused, user, with};
use crate::support::{Request, TestNode};

#[tokio::test]
async fn a_party_sees_and_changes_only_what_it_registered() {
    let node = TestNode::start().await;
    let (party, other) = (Party::new(&node, "city").await, Party::new(&node, "county").await);
    let person = node.next_citizen();
    let made = party.register("e-1", &person).await;
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}]});
    for (method, body) in [
        (Method::GET, Value::Null),
        (Method::PUT, user("e-1", &person)),
        (Method::PATCH, patch),
        (Method::DELETE, Value::Null),
    ] {
        assert_eq!(
            refused(&other.send(method.clone(), &path, &body, None).await),
            (404, "not_found".into()),
            "{method}"
        );
    }
    for filter in ["", "?filter=externalId%20eq%20%22e-1%22", "?filter=active%20eq%20true", "?cursor="] {
        let found = other.get(&format!("/Users{filter}")).await.ok();
        assert_eq!(found["Resources"], json!([]), "{filter}");
    }
    // External ids and names are each party's own.
    let second = other.register("e-1", &person).await;
    assert_ne!(second["id"], made["id"]);
    let path = format!("/Users/{}", second["id"].as_str().unwrap());
    assert_eq!(other.send(Method::DELETE, &path, &Value::Null, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(party.get("/Users").await.ok()["totalResults"], 1);
    node.close().await;
}

#[tokio::test]
async fn a_registration_changes_no_account_and_tells_nobody_whether_there_is_one() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let service = node.client("matters").await;
    let wang = node.verified_person("wangming").await;
    let before = node.app.accounts.find(&wang.id).await.unwrap();
    let rows = node.rows().await;
    let known = hufu::demo::people::Person {
        name: wang.name.clone(),
        document_number: wang.number.clone(),
        ..node.next_citizen()
    };
    let (known, unknown) = (party.register("e-1", &known).await, party.register("e-2", &node.next_citizen()).await);
    let shape = |made: &Value| {
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        (keys(made), keys(&made[REAL_NAME]), made[REAL_NAME]["level"].clone())
    };
    assert_eq!(shape(&known), shape(&unknown), "one answer, whether or not there is an account");
    assert_eq!(node.rows().await, rows, "no account, no name, no session was made");
    let after = node.app.accounts.find(&wang.id).await.unwrap();
    assert_eq!(
        (after.level(), after.updated_at, after.username.as_str()),
        (before.level(), before.updated_at, "wangming")
    );
    assert_eq!(after.verified_mobile().is_some(), before.verified_mobile().is_some());
    // The owner alone signs in, as before, and closing a registration closes no account.
    let path = format!("/Users/{}", known["id"].as_str().unwrap());
    assert_eq!(party.send(Method::DELETE, &path, &Value::Null, None).await.status, StatusCode::NO_CONTENT);
    node.browser().sign_in_at(&node, &service, &wang).await;
    let mut stranger = node.browser();
    stranger.begin(&Request::of(&service)).await;
    assert!(node.app.accounts.find_by_name("name-e-1").await.is_err(), "the party's names are nobody's here");
    assert!(node.app.accounts.find_by_name("name-e-2").await.is_err());
    node.close().await;
}

#[tokio::test]
async fn a_registration_does_not_keep_its_person_from_registering() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let mut wang = node.person("wangming").await;
    let person = hufu::demo::people::Person {
        name: wang.name.clone(),
        document_number: wang.number.clone(),
        ..node.next_citizen()
    };
    party.register("squatting", &person).await;
    assert!(node.app.registrations.beside(&wang.id).await.unwrap().is_empty(), "not proven here yet");
    wang.verify(&node).await;
    let beside = node.app.registrations.beside(&wang.id).await.unwrap();
    assert_eq!(beside.len(), 1, "and from now on its owner can read who has registered them");
    assert_eq!(beside[0].client_id.as_str(), "city");
    let service = node.client("matters").await;
    let mut browser = node.browser();
    browser.sign_in_at(&node, &service, &wang).await;
    let page = browser.get("/account/data").await.page();
    assert!(page.html.contains("id=\"data-registered\"") && page.html.contains("服务city"), "her page says so");
    node.close().await;
}

#[tokio::test]
async fn without_token_and_scope_nothing_is_told_or_changed() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let body = user("e-1", &node.next_citizen()).to_string();
    let call = async |token: Option<String>, method: Method| {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.iter().map(|bearer| (header::AUTHORIZATION, bearer.as_str())).collect();
        let answer = node.call(method, "/scim/v2/Users", &headers, &body).await;
        assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE), "{}", answer.text);
        refused(&answer)
    };
    assert_eq!(call(None, Method::GET).await, (401, "no_token".into()));
    assert_eq!(call(Some("made-up".into()), Method::POST).await, (401, "invalid_token".into()));
    assert_eq!(call(Some(party.token("cases.read").await), Method::GET).await, (403, "insufficient_scope".into()));
    assert_eq!(call(Some(party.token("scim.read").await), Method::POST).await, (403, "insufficient_scope".into()));
    assert_eq!(call(Some(party.token("scim.write").await), Method::GET).await, (403, "insufficient_scope".into()));
    // A person's token is no party's, whatever scope it has.
    let service = node.client_with("matters", json!({"scope": "openid scim.read scim.write"})).await;
    let wang = node.person("wangming").await;
    let tokens = node.browser().sign_in_at(&node, &service, &wang).await;
    assert_eq!(call(Some(tokens.access), Method::POST).await, (401, "invalid_token".into()));
    node.close().await;
}

#[tokio::test]
async fn a_document_number_is_never_told_and_cannot_be_guessed_by_filters() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let made = party.register("e-1", &person).await;
    assert!(!made.to_string().contains(&person.document_number));
    assert_ne!(made[REAL_NAME]["maskedDocumentNumber"], Value::Null);
    let path = format!("/Users/{}?attributes={REAL_NAME}:documentNumber", made["id"].as_str().unwrap());
    assert!(!party.get(&path).await.ok().to_string().contains(&person.document_number));
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": format!("{REAL_NAME}:documentNumber sw \"{}\"", &person.document_number[..6])});
    assert_eq!(refused(&party.post("/Users/.search", &search).await), (400, "bad_filter".into()));
    // At rest it is sealed, and found by nobody without the key.
    let mut db = node.app.store.read().await.unwrap();
    let id = hufu::base::id::RegistrationId::from(made["id"].as_str().unwrap());
    let row = hufu::store::registrations::find(&mut db, (&"city".into(), "User"), &id).await.unwrap().unwrap();
    for told in [person.document_number.as_bytes(), person.name.as_bytes(), person.mobile.as_bytes(), b"e-1"] {
        assert!(!row.sealed.windows(told.len()).any(|part| part == told));
    }
    drop(db);
    node.close().await;
}

#[tokio::test]
async fn guessing_whose_number_it_is_ends_after_a_few() {
    let node = TestNode::with(&[("verification.document_per_day", "3")]).await;
    let party = Party::new(&node, "city").await;
    let (person, other) = (node.next_citizen(), node.next_citizen());
    for number in 0..3 {
        let wrong = with(&user(&format!("e-{number}"), &person), "/name/formatted", json!(other.name));
        assert_eq!(refused(&party.post("/Users", &wrong).await).1, "mismatch");
    }
    assert_eq!(refused(&party.post("/Users", &user("e-9", &person)).await), (429, "quota_spent".into()));
    node.close().await;
}

#[tokio::test]
async fn a_party_that_is_removed_leaves_nothing() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let wang = node.verified_person("wangming").await;
    let person = hufu::demo::people::Person {
        name: wang.name.clone(),
        document_number: wang.number.clone(),
        ..node.next_citizen()
    };
    party.register("e-1", &person).await;
    assert_eq!(node.app.registrations.beside(&wang.id).await.unwrap().len(), 1);
    let mut tx = node.app.store.begin().await.unwrap();
    assert!(hufu::store::clients::delete(&mut tx, &"city".into()).await.unwrap());
    tx.commit().await.unwrap();
    assert!(node.app.registrations.beside(&wang.id).await.unwrap().is_empty());
    node.close().await;
}
