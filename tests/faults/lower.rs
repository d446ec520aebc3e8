//! [`Lower`]: a node below the demo's nation, in the process of the test: it passes sign-ins up (信任传递).

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::routing::get;
use axum::{Json, Router};
use hufu::base::{Clock as _, SharedRandom, SystemClock, SystemRandom};
use hufu::keys::SigningKey;
use hufu::proto::jose::SigningAlg;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use super::visitor::{Answer, Gone, Visitor, send, way};

/// The node.
pub struct Lower {
    issuer: String,
    key: SigningKey,
    random: SharedRandom,
}

impl Lower {
    /// A node that publishes its key.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let key = SigningKey::generate(SigningAlg::ES256).unwrap();
        let keys = json!({"keys": [key.public_jwk()]});
        let router = Router::new().route("/oauth2/jwks", get(async move || Json(keys)));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { issuer, key, random: Arc::new(SystemRandom) }
    }

    /// What the nation is told of it, as `--set`.
    pub fn setting(&self) -> String {
        format!(
            "below=[{{entity_id = \"{}\", name = {{\"zh-CN\" = \"省\", en = \"province\"}}, level = \"province\", \
             region = \"330000\", passes_sign_ins = true, maximum_level = 2}}]",
            self.issuer
        )
    }

    /// Leg 0: the hash of the browser's nonce.
    pub async fn begin(&self, visitor: &mut Visitor) -> String {
        let back = format!("{}/upstream/passed", self.issuer);
        let answer = visitor.get(&format!("/trust/begin?client_id={}&return_uri={back}&state=s", self.issuer)).await;
        answer.unwrap().param("nonce_hash").unwrap()
    }

    /// An assertion of somebody with this name in the browser with this nonce.
    pub fn assertion(&self, target: &Url, subject: &str, nonce_hash: &str) -> String {
        let now = SystemClock.now().seconds();
        let claims = json!({
            "iss": self.issuer, "aud": target.as_str().trim_end_matches('/'), "sub": subject,
            "sid": self.random.token(), "jti": self.random.token(), "iat": now, "exp": now + 60,
            "acr": "urn:hufu:acr:l1", "amr": ["pwd"], "auth_time": now, "nonce_hash": nonce_hash,
        });
        self.key.sign("login-assertion+jwt", &claims).unwrap()
    }

    /// Leg 1: the ticket, or none where it is refused.
    pub async fn exchange(&self, target: &Url, assertion: &str) -> Result<Option<String>, Gone> {
        let now = SystemClock.now().seconds();
        let proof = json!({
            "iss": self.issuer, "sub": self.issuer, "aud": target.as_str().trim_end_matches('/'),
            "jti": self.random.token(), "iat": now, "exp": now + 60,
        });
        let proof = self.key.sign("JWT", &proof).unwrap();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
            .append_pair("requested_token_type", "urn:hufu:params:oauth:token-type:login-ticket")
            .append_pair("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")
            .append_pair("subject_token", assertion)
            .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .append_pair("client_assertion", &proof)
            .finish();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, form)]);
        let answer = send(&way(), &target.join("/oauth2/token").unwrap(), Method::POST, headers, body).await?;
        Ok(answer.json()["access_token"].as_str().map(str::to_owned))
    }

    /// Leg 2.
    pub async fn present(&self, visitor: &mut Visitor, ticket: &str) -> Result<Answer, Gone> {
        visitor.get(&format!("/trust/ticket?client_id={}&ticket={ticket}&state=s", self.issuer)).await
    }
}
