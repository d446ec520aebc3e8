//! `/scim/v2`: what access parties register and keep in step (standard 6.4 a; RFC 7643, 7644).

use axum::http::{Method, header};
use hufu::demo::people::Person;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestNode};

mod attacks;
mod bulk;
mod companies;
mod lists;
mod users;

/// The extension of a user.
pub const REAL_NAME: &str = "urn:hufu:params:scim:schemas:extension:realname:1.0:User";
/// An access party that keeps its registrations in step.
pub struct Party<'a> {
    pub node: &'a TestNode,
    pub client: Client,
}

impl<'a> Party<'a> {
    pub async fn new(node: &'a TestNode, name: &str) -> Self {
        let members = json!({"grant_types": ["client_credentials"], "response_types": [], "redirect_uris": ["https://p.example/"],
            "scope": "scim.read scim.write cases.read"});
        Self { node, client: node.client_with(name, members).await }
    }

    pub async fn token(&self, scope: &str) -> String {
        let fields = [("grant_type", "client_credentials"), ("scope", scope)];
        self.node.token(&self.client, &fields).await.ok()["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn send(&self, method: Method, path: &str, body: &Value, tag: Option<&str>) -> Answer {
        let bearer = format!("Bearer {}", self.token("scim.read scim.write").await);
        let mut headers =
            vec![(header::AUTHORIZATION, bearer.as_str()), (header::CONTENT_TYPE, "application/scim+json")];
        headers.extend(tag.map(|tag| (header::IF_MATCH, tag)));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.node.call(method, &format!("/scim/v2{path}"), &headers, &body).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body, None).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &Value::Null, None).await
    }

    /// Registers somebody; the resource.
    pub async fn register(&self, external: &str, person: &Person) -> Value {
        let answer = self.post("/Users", &user(external, person)).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
        answer.json()
    }
}

/// Somebody as a party registers them.
pub fn user(external: &str, person: &Person) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", REAL_NAME],
        "externalId": external, "userName": format!("name-{external}"), "active": true,
        "name": {"formatted": person.name},
        "phoneNumbers": [{"value": person.mobile, "type": "mobile", "primary": true}],
        REAL_NAME: {
            "documentType": "resident_identity_card", "documentNumber": person.document_number,
            "assertedLevel": 4, "assertedAt": "2026-11-01T08:00:00Z",
        },
    })
}

/// The same with another value somewhere.
pub fn with(document: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = document.clone();
    *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    changed
}

/// Status and code of a refusal.
#[track_caller]
pub fn refused(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert_eq!(body["status"], answer.status.as_str(), "{}", answer.text);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/scim+json");
    (answer.status.as_u16(), code(&body).to_owned())
}

/// The code of an error.
pub fn code(error: &Value) -> &str {
    error["detail"].as_str().and_then(|detail| detail.split_once(": ")).map_or("", |(code, _)| code)
}
