//! Companies: the register of this node is asked again.

use axum::http::{Method, StatusCode};
use hufu::demo::companies::Company;
use serde_json::{Value, json};

use super::{Party, refused, with};
use crate::support::TestNode;

fn company(external: &str, known: &Company) -> Value {
    json!({
        "schemas": ["urn:hufu:params:scim:schemas:core:1.0:Company"],
        "externalId": external, "uscc": known.code, "companyName": known.name, "active": true,
        "representative": {
            "formatted": known.representative, "documentType": known.document_type.name(), "documentNumber": known.document_number,
        },
    })
}

fn known() -> Vec<Company> {
    crate::support::registered()
}

#[tokio::test]
async fn a_company_is_confirmed_by_the_register_or_rejected_with_a_reason() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let all = known();
    let first = company("c-1", &all[0]);
    let answer = party.post("/Companies", &first).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let made = answer.json();
    assert_eq!((&made["confirmed"], &made["uscc"]), (&json!(true), &json!(all[0].code)));
    assert!(made["status"].is_string() && !made.to_string().contains(&all[0].document_number));
    let path = format!("/Companies/{}", made["id"].as_str().unwrap());
    assert_eq!(party.get(&path).await.ok(), made);
    assert_eq!(party.post("/Companies", &first).await.ok()["id"], made["id"], "the same again");
    let other = company("c-2", &all[1]);
    for (document, code) in [
        (with(&other, "/companyName", json!(all[0].name)), "company_mismatch"),
        (with(&other, "/uscc", json!("91350100M000100Y4X")), "bad_uscc"),
        (with(&other, "/companyName", json!("<script>")), "bad_company_name"),
        (with(&other, "/representative/documentType", Value::Null), "missing"),
    ] {
        assert_eq!(refused(&party.post("/Companies", &document).await), (400, code.to_owned()), "{document}");
    }
    let found = party.get(&format!("/Companies?filter=uscc%20eq%20%22{}%22", all[0].code)).await.ok();
    assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&json!(1), &made["id"]));
    assert_eq!(party.get("/Users").await.ok()["totalResults"], 0);
    assert_eq!(party.send(Method::DELETE, &path, &Value::Null, None).await.status, StatusCode::NO_CONTENT);
    node.close().await;
}
