//! Many at once.

use axum::http::header;
use hufu::demo::authority::Mode;
use serde_json::{Value, json};

use super::{Party, code, refused, user, with};
use crate::support::TestNode;
use crate::support::span::minutes;

fn message(operations: &[Value]) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
}

fn post(name: &str, data: &Value) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": name, "data": data})
}

fn outcomes(answer: &Value) -> Vec<(&str, &str)> {
    let operations = answer["Operations"].as_array().unwrap().iter();
    operations.map(|done| (done["status"].as_str().unwrap(), code(&done["response"]))).collect()
}

#[tokio::test]
async fn each_row_has_an_answer_of_its_own_and_none_takes_another_with_it() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let people: Vec<_> = (0..4).map(|_| node.next_citizen()).collect();
    let mut rows: Vec<Value> =
        people.iter().enumerate().map(|(at, one)| post(&format!("r-{at}"), &user(&format!("e-{at}"), one))).collect();
    rows[1] = with(&rows[1], "/data/name/formatted", json!(people[0].name));
    rows[2] = json!({"method": "POST", "path": "/Groups", "bulkId": "r-2", "data": {}});
    let answer = party.post("/Bulk", &message(&rows)).await.ok();
    assert_eq!(outcomes(&answer), [("201", ""), ("400", "mismatch"), ("400", "bad_path"), ("201", "")]);
    for (at, done) in answer["Operations"].as_array().unwrap().iter().enumerate() {
        assert_eq!(done["bulkId"], format!("r-{at}"));
        assert_eq!(done["status"] == "201", done["location"].is_string() && done["version"] == "W/\"1\"", "{done}");
    }
    // The whole message again, as after a lost answer: the same resources, and nothing twice.
    let again = party.post("/Bulk", &message(&rows)).await.ok();
    assert_eq!(again, answer);
    assert_eq!(party.get("/Users").await.ok()["totalResults"], 2);
    node.close().await;
}

#[tokio::test]
async fn rows_about_one_resource_go_in_their_order() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let person = node.next_citizen();
    let document = user("e-1", &person);
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "displayName", "value": "小王"}]});
    let rows = [
        post("new", &document),
        json!({"method": "PUT", "path": "/Users/bulkId:new", "version": "W/\"1\"", "data": with(&document, "/active", json!(false))}),
        json!({"method": "PATCH", "path": "/Users/bulkId:new", "version": "W/\"2\"", "data": patch}),
        json!({"method": "PATCH", "path": "/Users/bulkId:old", "data": patch}),
        json!({"method": "PATCH", "path": "/Users/bulkId:new", "version": "W/\"1\"", "data": patch}),
        json!({"method": "DELETE", "path": "/Users/bulkId:new"}),
    ];
    let answer = party.post("/Bulk", &message(&rows)).await.ok();
    let expected =
        [("201", ""), ("200", ""), ("200", ""), ("400", "bad_bulk_id"), ("412", "version_mismatch"), ("204", "")];
    assert_eq!(outcomes(&answer), expected);
    assert_eq!(party.get("/Users").await.ok()["totalResults"], 0);
    node.close().await;
}

#[tokio::test]
async fn after_as_many_failures_as_are_borne_the_rest_is_left_undone() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let wrong = json!({"method": "DELETE", "path": "/Users/nobody"});
    let rows =
        [wrong.clone(), post("a", &user("e-1", &node.next_citizen())), wrong.clone(), wrong, post("b", &json!({}))];
    let mut request = message(&rows);
    request["failOnErrors"] = json!(2);
    let answer = party.post("/Bulk", &request).await.ok();
    assert_eq!(outcomes(&answer), [("404", "not_found"), ("201", ""), ("404", "not_found")]);
    node.close().await;
}

#[tokio::test]
async fn while_the_authority_is_away_each_row_is_told_to_come_back() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let rows: Vec<Value> =
        (0..3).map(|at| post(&format!("r-{at}"), &user(&format!("e-{at}"), &node.next_citizen()))).collect();
    node.authority_fails(Mode::Error500).await;
    let answer = party.post("/Bulk", &message(&rows)).await.ok();
    assert!(outcomes(&answer).iter().all(|outcome| *outcome == ("503", "authority_unavailable")), "{answer}");
    node.authority_fails(Mode::Ok).await;
    node.pass(minutes(1));
    // It is found again by one question; then all are asked.
    party.post("/Bulk", &message(&rows[..1])).await.ok();
    let answer = party.post("/Bulk", &message(&rows)).await.ok();
    assert!(outcomes(&answer).iter().all(|outcome| *outcome == ("201", "")), "{answer}");
    node.close().await;
}

#[tokio::test]
async fn a_bulk_request_has_its_bounds() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let many: Vec<Value> = (0..201).map(|at| json!({"method": "DELETE", "path": format!("/Users/{at}")})).collect();
    assert_eq!(refused(&party.post("/Bulk", &message(&many)).await), (413, "too_many_operations".into()));
    assert_eq!(refused(&party.post("/Bulk", &json!({"Operations": []})).await), (400, "bad_json".into()));
    let large = message(&[post("a", &json!({"userName": "x".repeat(200_000)}))]);
    let answer = party.post("/Bulk", &large).await;
    assert_eq!(answer.status.as_u16(), 413);
    let bearer = format!("Bearer {}", party.token("scim.read").await);
    let answer = node.call(axum::http::Method::POST, "/scim/v2/Bulk", &[(header::AUTHORIZATION, &bearer)], "{}").await;
    assert_eq!(refused(&answer), (403, "insufficient_scope".into()));
    node.close().await;
}
