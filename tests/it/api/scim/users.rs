//! People: registered, read, replaced, changed, closed; their names asked of this node's authority again.

use axum::http::{Method, StatusCode, header};
use hufu::demo::authority::Mode;
use serde_json::{Value, json};

use super::{Party, REAL_NAME, refused, user, with};
use crate::support::TestNode;
use crate::support::span::{hours, minutes};

#[tokio::test]
async fn a_person_is_registered_read_changed_and_closed() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let answer = party.post("/Users", &user("e-1", &person)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let made = answer.json();
    let (id, place) = (made["id"].as_str().unwrap(), made["meta"]["location"].as_str().unwrap());
    assert_eq!(answer.headers[header::LOCATION], place);
    assert_eq!(answer.headers[header::ETAG], "W/\"1\"");
    assert_eq!(place, format!("https://id.example/scim/v2/Users/{id}"));
    assert_eq!((&made["name"]["formatted"], &made["meta"]["resourceType"]), (&json!(person.name), &json!("User")));
    let path = format!("/Users/{id}");
    assert_eq!(party.get(&path).await.ok(), made);
    node.pass(minutes(1));
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}]});
    let changed = party.send(Method::PATCH, &path, &patch, Some("W/\"1\"")).await.ok();
    assert_eq!((&changed["active"], &changed["meta"]["version"]), (&json!(false), &json!("W/\"2\"")));
    assert_ne!(changed["meta"]["lastModified"], made["meta"]["lastModified"]);
    assert_eq!(changed["meta"]["created"], made["meta"]["created"]);
    let replaced = party.send(Method::PUT, &path, &with(&changed, "/active", json!(true)), None).await.ok();
    assert_eq!((&replaced["active"], &replaced[REAL_NAME]["level"]), (&json!(true), &json!(2)), "the number stayed");
    assert_eq!(party.send(Method::DELETE, &path, &Value::Null, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(refused(&party.get(&path).await), (404, "not_found".into()));
    assert_eq!(refused(&party.send(Method::DELETE, &path, &Value::Null, None).await), (404, "not_found".into()));
    node.close().await;
}

#[tokio::test]
async fn a_level_from_below_is_checked_again_and_never_believed() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let made = party.register("e-1", &person).await;
    assert_eq!((&made[REAL_NAME]["assertedLevel"], &made[REAL_NAME]["level"]), (&json!(4), &json!(2)));
    assert!(made[REAL_NAME]["checkedAt"].is_string() && made[REAL_NAME]["source"].is_string());
    let low = with(&user("e-2", &node.next_citizen()), &format!("/{REAL_NAME}/assertedLevel"), json!(1));
    assert_eq!(party.post("/Users", &low).await.ok()[REAL_NAME]["level"], 1, "nor raised");
    // Nobody writes what the authority says.
    let mut forged = user("e-3", &node.next_citizen());
    forged[REAL_NAME]["level"] = json!(4);
    forged[REAL_NAME]["source"] = json!("me");
    let made = party.post("/Users", &forged).await.ok();
    assert_eq!(made[REAL_NAME]["level"], 2);
    assert_ne!(made[REAL_NAME]["source"], "me");
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": format!("{REAL_NAME}:level"), "value": 4}]});
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let answer = party.send(Method::PATCH, &path, &patch, None).await;
    assert_eq!((refused(&answer).1.as_str(), &answer.json()["scimType"]), ("read_only", &json!("mutability")));
    // Without a number there is nothing to check.
    let mut unnamed = user("e-4", &node.next_citizen());
    unnamed[REAL_NAME].as_object_mut().unwrap().remove("documentNumber");
    assert_eq!(party.post("/Users", &unnamed).await.ok()[REAL_NAME]["level"], 0);
    node.close().await;
}

#[tokio::test]
async fn a_name_and_a_number_that_do_not_belong_together_are_rejected_with_a_reason() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let (person, other) = (node.next_citizen(), node.next_citizen());
    let good = user("e-1", &person);
    let number = format!("/{REAL_NAME}/documentNumber");
    let wrong = [
        (with(&good, "/name/formatted", json!(other.name)), "mismatch"),
        (with(&good, &number, json!("110101199003071233")), "document_not_found"),
        (with(&good, &number, json!("11010519491231002A")), "bad_document_number"),
        (with(&good, "/name/formatted", json!("<script>")), "bad_name"),
        (with(&good, &format!("/{REAL_NAME}/documentType"), json!("library_card")), "bad_value"),
        (with(&good, &format!("/{REAL_NAME}/assertedLevel"), json!(9)), "bad_level"),
        (with(&good, "/name", json!({})), "missing"),
        (with(&good, "/userName", json!("")), "bad_user_name"),
        (json!({"schemas": []}), "bad_json"),
    ];
    for (document, code) in wrong {
        let answer = party.post("/Users", &document).await;
        assert_eq!(refused(&answer), (400, code.to_owned()), "{document}");
        for told in [&person.document_number, &other.name] {
            assert!(!answer.text.contains(told.as_str()), "{}", answer.text);
        }
    }
    assert_eq!(party.get("/Users").await.ok()["totalResults"], 0, "nothing was kept");
    // A change is judged like a registration, and a refused one changes nothing.
    let made = party.register("e-1", &person).await;
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let renamed = with(&good, "/name/formatted", json!(other.name));
    assert_eq!(refused(&party.send(Method::PUT, &path, &renamed, None).await), (400, "mismatch".into()));
    assert_eq!(party.get(&path).await.ok(), made);
    node.close().await;
}

#[tokio::test]
async fn while_the_authority_is_away_nothing_is_kept_and_the_party_is_told_to_come_back() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let made = party.register("e-1", &person).await;
    node.authority_fails(Mode::Error500).await;
    let answer = party.post("/Users", &user("e-2", &node.next_citizen())).await;
    assert_eq!(refused(&answer), (503, "authority_unavailable".into()));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    // What says nothing new of a name needs no authority, nor does the same sent again.
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let other_name = with(&user("e-1", &person), "/userName", json!("another"));
    assert_eq!(party.send(Method::PUT, &path, &other_name, None).await.ok()["userName"], "another");
    assert_eq!(party.post("/Users", &other_name).await.ok()["id"], made["id"]);
    node.authority_fails(Mode::Ok).await;
    node.pass(minutes(1));
    assert_eq!(party.get("/Users").await.ok()["totalResults"], 1);
    node.close().await;
}

#[tokio::test]
async fn the_same_registration_sent_again_is_the_same_one() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let (person, other) = (node.next_citizen(), node.next_citizen());
    let made = party.register("e-1", &person).await;
    let asked = node.authority_was_asked().await;
    assert_eq!(party.register("e-1", &person).await, made);
    assert_eq!(node.authority_was_asked().await, asked, "the authority is not asked again");
    let answer = party.post("/Users", &user("e-1", &other)).await;
    assert_eq!(
        (refused(&answer), &answer.json()["scimType"]),
        ((409, "external_id_taken".into()), &json!("uniqueness"))
    );
    let same_name = with(&user("e-2", &other), "/userName", json!("name-e-1"));
    assert_eq!(refused(&party.post("/Users", &same_name).await), (409, "name_taken".into()));
    let second = party.register("e-2", &other).await;
    let path = format!("/Users/{}", second["id"].as_str().unwrap());
    let taken = with(&user("e-2", &other), "/userName", json!("name-e-1"));
    assert_eq!(refused(&party.send(Method::PUT, &path, &taken, None).await), (409, "name_taken".into()));
    // Two at once make one.
    let third = user("e-3", &node.next_citizen());
    let (one, two) = tokio::join!(party.post("/Users", &third), party.post("/Users", &third));
    assert_eq!(one.ok()["id"], two.ok()["id"]);
    node.close().await;
}

#[tokio::test]
async fn only_the_version_that_was_read_is_changed() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let made = party.register("e-1", &person).await;
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let renamed = with(&user("e-1", &person), "/userName", json!("second"));
    for (tag, status) in [("W/\"7\"", 412), ("W/\"1\"", 200), ("W/\"1\"", 412), ("*", 200)] {
        let answer = party.send(Method::PUT, &path, &renamed, Some(tag)).await;
        assert_eq!(answer.status.as_u16(), status, "{tag}: {}", answer.text);
    }
    for (method, body) in [(Method::DELETE, Value::Null), (Method::PATCH, json!({"schemas": []}))] {
        let answer = party.send(method, &path, &body, Some("W/\"1\"")).await;
        assert_eq!(refused(&answer), (412, "version_mismatch".into()));
    }
    let bearer = format!("Bearer {}", party.token("scim.read").await);
    let headers = [(header::AUTHORIZATION, bearer.as_str()), (header::IF_NONE_MATCH, "W/\"2\"")];
    let answer = node.call(Method::GET, &format!("/scim/v2{path}"), &headers, "").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    node.close().await;
}

#[tokio::test]
async fn a_party_has_no_more_names_checked_in_a_day_than_it_may() {
    let node = TestNode::with(&[("verification.registrations_per_day", "2")]).await;
    let (party, other) = (Party::new(&node, "city").await, Party::new(&node, "county").await);
    for number in 0..2 {
        party.register(&format!("e-{number}"), &node.next_citizen()).await;
    }
    let answer = party.post("/Users", &user("e-2", &node.next_citizen())).await;
    assert_eq!(refused(&answer), (429, "quota_spent".into()));
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    other.register("e-2", &node.next_citizen()).await;
    node.pass(hours(24));
    party.register("e-2", &node.next_citizen()).await;
    node.close().await;
}
