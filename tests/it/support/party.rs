//! What a relying party's server says to the node: token, user info, introspection, revocation.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, StatusCode, header};
use hufu::proto::jose::peek_claims_unverified;
use serde_json::{Map, Value};
use tower::ServiceExt as _;

use super::client::ClientKey;
use super::{Client, Request, TestNode};

/// An answer to a relying party.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The JSON of a good answer.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The JSON of any answer.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {:?}", self.status, self.text))
    }

    /// The code of an error.
    #[track_caller]
    pub fn error(&self) -> String {
        assert!(!self.status.is_success(), "no error: {}", self.text);
        self.json()["error"].as_str().unwrap().to_owned()
    }

    /// The tokens of a good token answer.
    #[track_caller]
    pub fn tokens(&self) -> Tokens {
        Tokens::of(&self.ok())
    }
}

/// The tokens of one answer.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: Option<String>,
    pub id_token: String,
    /// The claims of the ID token.
    pub claims: Map<String, Value>,
}

impl Tokens {
    fn of(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        let id_token = text("id_token").unwrap_or_default();
        let claims = if id_token.is_empty() { Map::new() } else { peek_claims_unverified(&id_token).unwrap() };
        Self { access: text("access_token").unwrap(), refresh: text("refresh_token"), id_token, claims }
    }

    /// The refresh token, which must be there.
    #[track_caller]
    pub fn refresh(&self) -> &str {
        self.refresh.as_deref().expect("a refresh token")
    }

    /// A claim of the ID token that is text.
    #[track_caller]
    pub fn claim(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap()
    }
}

impl TestNode {
    /// One request of a server.
    pub async fn call(&self, method: Method, path: &str, headers: &[(header::HeaderName, &str)], body: &str) -> Answer {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([198, 51, 100, 20], 50_000))));
        let response = self.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// A form of `client`, which proves who it is by its own method.
    pub async fn form(&self, path: &str, client: &Client, fields: &[(&str, &str)]) -> Answer {
        let mut fields: Vec<(&str, &str)> = fields.to_vec();
        let assertion;
        let basic = client.basic();
        let mut headers = vec![(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        match client.method.as_str() {
            "client_secret_basic" => headers.push((header::AUTHORIZATION, &basic)),
            "client_secret_post" => {
                fields.extend([("client_id", client.id.as_str()), ("client_secret", &client.secret)])
            }
            "private_key_jwt" => {
                let claims = ClientKey::assertion(client, self.app.provider.issuer(), self.now());
                assertion = client.key.as_ref().unwrap().sign("JWT", &claims);
                fields.extend(assertion_fields(&assertion));
            }
            _ => fields.push(("client_id", &client.id)),
        }
        self.call(Method::POST, path, &headers, &super::browser::encode(&fields)).await
    }

    /// A token request.
    pub async fn token(&self, client: &Client, fields: &[(&str, &str)]) -> Answer {
        self.form("/oauth2/token", client, fields).await
    }

    /// Redeems a code.
    pub async fn redeem(&self, client: &Client, request: &Request, code: &str) -> Answer {
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", request.redirect_uri())];
        fields.extend(request.verifier.as_deref().map(|verifier| ("code_verifier", verifier)));
        self.token(client, &fields).await
    }

    /// Presents a refresh token.
    pub async fn refresh(&self, client: &Client, token: &str) -> Answer {
        self.token(client, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Asks for user info.
    pub async fn userinfo(&self, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.call(Method::GET, "/oauth2/userinfo", &[(header::AUTHORIZATION, &bearer)], "").await
    }

    /// Whether a token is active, as `client` is told.
    pub async fn is_active(&self, client: &Client, token: &str) -> bool {
        let answer = self.form("/oauth2/introspect", client, &[("token", token)]).await.ok();
        answer["active"].as_bool().unwrap()
    }

    /// Revokes a token.
    pub async fn revoke(&self, client: &Client, token: &str) -> Answer {
        self.form("/oauth2/revoke", client, &[("token", token)]).await
    }
}

/// The two fields of a client assertion (RFC 7523 §2.2).
pub fn assertion_fields(assertion: &str) -> [(&str, &str); 2] {
    [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ]
}
