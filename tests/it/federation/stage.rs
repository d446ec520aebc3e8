//! The stage: [`Served`], a node that others reach over HTTP, and [`Entity`], a service or a false node whose every word the
//! test writes itself.
#![expect(clippy::needless_pass_by_value, reason = "a test hands over what it has just made")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::http::{Method, header};
use hufu::base::{Clock as _, ManualClock, SharedRandom, SystemRandom};
use hufu::federation::subordinates::Subordinate;
use hufu::federation::{EntityIdentifier, Federation};
use hufu::keys::SigningKey;
use hufu::proto::jose::SigningAlg;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::{Answer, ClientKey, NOW, Sink, TestNode};

/// A node that others reach.
pub struct Served {
    pub node: TestNode,
    pub id: String,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Served {
    /// A node of a federation; its configuration besides.
    pub async fn start(clock: &ManualClock, overrides: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let id = format!("http://{address}");
        let own = [
            ("server.issuer", id.as_str()),
            ("federation.enabled", "true"),
            // Who goes down is not reached by a connection from before.
            ("outbound.idle_timeout_ms", "1"),
        ];
        let node = TestNode::sharing(clock, &[&own[..], overrides].concat()).await;
        let server = serve(&node, listener);
        Self { node, id, address, server }
    }

    /// Nobody reaches it any more.
    pub async fn go_down(&mut self) {
        self.server.abort();
        while tokio::net::TcpStream::connect(self.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// It is reached again.
    pub async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.server = serve(&self.node, listener);
    }

    /// The test is over.
    pub async fn close(mut self) {
        self.server.abort();
        self.node.finish().await;
    }

    pub fn federation(&self) -> &Federation {
        &self.node.app.federation
    }

    pub fn entity(&self) -> EntityIdentifier {
        EntityIdentifier::parse(&self.id).unwrap()
    }

    /// This node as an anchor in another's configuration.
    pub fn as_anchor(&self) -> String {
        anchor(&self.id, &self.federation().published_keys())
    }

    /// Vouches for an entity with these keys; `members` in place of the usual ones.
    pub async fn vouch(&self, id: &str, jwks: Value, members: Value) {
        let empty = || json!({});
        let member = |name: &str| members.get(name).cloned().unwrap_or_else(empty);
        let types = members.get("entity_types").cloned().unwrap_or_else(|| json!([]));
        let new = Subordinate {
            entity_id: EntityIdentifier::parse(id).unwrap(),
            jwks,
            entity_types: serde_json::from_value(types).unwrap(),
            intermediate: members["intermediate"] == json!(true),
            metadata: member("metadata"),
            metadata_policy: member("metadata_policy"),
            constraints: member("constraints"),
        };
        self.federation().add_subordinate(&new).await.unwrap();
    }

    /// Asks one of its endpoints.
    pub async fn ask(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        self.node.call(Method::GET, &format!("{path}?{query}"), &[], "").await
    }

    /// Posts to one of its endpoints.
    pub async fn post(&self, path: &str, media_type: &str, body: &str) -> Answer {
        self.node.call(Method::POST, path, &[(header::CONTENT_TYPE, media_type)], body).await
    }
}

fn serve(node: &TestNode, listener: TcpListener) -> JoinHandle<()> {
    let service = node.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() })
}

/// An anchor as a row of `[federation] anchors`, written as in an environment variable.
pub fn anchor(id: &str, jwks: &Value) -> String {
    format!("{{entity_id = \"{id}\", jwks = {}}}", written(jwks))
}

fn written(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, value)| format!("{name} = {}", written(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The clock of one test.
pub fn clock() -> ManualClock {
    ManualClock::at(NOW)
}

/// An entity whose every word the test writes.
pub struct Entity {
    pub id: String,
    pub key: SigningKey,
    pub client_key: Arc<ClientKey>,
    path: String,
    sink: Sink,
    clock: ManualClock,
}

impl Entity {
    /// An entity at a path of the sink.
    pub fn new(sink: &Sink, clock: &ManualClock, path: &str) -> Self {
        Self {
            id: sink.url(path),
            key: SigningKey::generate(SigningAlg::ES256).unwrap(),
            client_key: Arc::new(ClientKey::new(SigningAlg::ES256)),
            path: path.to_owned(),
            sink: sink.clone(),
            clock: clock.clone(),
        }
    }

    pub fn entity(&self) -> EntityIdentifier {
        EntityIdentifier::parse(&self.id).unwrap()
    }

    /// Its federation keys.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.key.public_jwk()]})
    }

    fn now(&self) -> i64 {
        self.clock.now().seconds()
    }

    /// Its metadata as a relying party.
    pub fn relying_party(&self) -> Value {
        json!({
            "client_registration_types": ["automatic", "explicit"],
            "redirect_uris": [format!("https://{}.example/callback", self.path)],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": self.client_key.jwks(),
            "client_name": self.path,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "id_token_signed_response_alg": "ES256",
        })
    }

    /// What it says of itself: with these superiors, and `members` besides (`null` leaves one out).
    pub fn configuration(&self, hints: &[&str], members: Value) -> Value {
        let mut claims = json!({
            "iss": self.id, "sub": self.id, "iat": self.now(), "exp": self.now() + 3600, "jwks": self.jwks(),
            "authority_hints": hints, "metadata": {"openid_relying_party": self.relying_party()},
        });
        merge(claims.as_object_mut().unwrap(), members);
        claims
    }

    /// What it says about another.
    pub fn about(&self, subject: &str, jwks: Value, members: Value) -> Value {
        let mut claims =
            json!({"iss": self.id, "sub": subject, "iat": self.now(), "exp": self.now() + 3600, "jwks": jwks});
        merge(claims.as_object_mut().unwrap(), members);
        claims
    }

    /// Signs as an entity statement.
    pub fn sign(&self, claims: &Value) -> String {
        self.key.sign("entity-statement+jwt", claims).unwrap()
    }

    /// Where its configuration is, within the sink.
    pub fn configuration_path(&self) -> String {
        format!("{}/.well-known/openid-federation", self.path)
    }

    /// Publishes a text as its configuration.
    pub fn publish(&self, text: &str) {
        self.sink.serve_as(&self.configuration_path(), "application/entity-statement+jwt", text);
    }

    /// Publishes the usual configuration.
    pub fn publish_under(&self, hints: &[&str], members: Value) {
        self.publish(&self.sign(&self.configuration(hints, members)));
    }

    /// Publishes itself as a superior that says this about everybody.
    pub fn publish_superior(&self, hints: &[&str], says: &str) {
        let endpoint = self.sink.serve_as(&format!("{}/fetch", self.path), "application/entity-statement+jwt", says);
        let metadata = json!({"federation_entity": {"federation_fetch_endpoint": endpoint}});
        self.publish_under(hints, json!({ "metadata": metadata }));
    }

    /// A signed authorization request for `node` with these claims besides and these header parameters.
    pub fn request(&self, node: &str, members: Value, header: Value) -> String {
        let random: SharedRandom = Arc::new(SystemRandom);
        let mut claims = json!({
            "iss": self.id, "aud": node, "client_id": self.id, "exp": self.now() + 300, "iat": self.now(),
            "jti": random.short_token(), "response_type": "code", "scope": "openid", "state": "st", "nonce": "n-1",
            "redirect_uri": format!("https://{}.example/callback", self.path),
        });
        merge(claims.as_object_mut().unwrap(), members);
        self.client_key.sign_with("oauth-authz-req+jwt", &claims, &header)
    }

    /// The path of an authorization request that carries this request object.
    pub fn authorize(&self, object: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("client_id", self.id.as_str()), ("request", object)])
            .finish();
        format!("/oauth2/authorize?{query}")
    }
}

fn merge(claims: &mut Map<String, Value>, members: Value) {
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
}

/// An anchor node and a node that trusts it, with these settings besides.
pub async fn nation_and_city(clock: &ManualClock, settings: &[(&str, &str)]) -> (Served, Served) {
    let nation = Served::start(clock, &[("federation.anchor", "true")]).await;
    let anchors = format!("[{}]", nation.as_anchor());
    let own = [("federation.anchors", anchors.as_str())];
    let city = Served::start(clock, &[&own[..], settings].concat()).await;
    city.federation().refresh().await.unwrap();
    (nation, city)
}

/// The marks of an entity, as its configuration presents them.
pub fn presented(mark_type: &str, mark: &str) -> Value {
    json!([{"trust_mark_type": mark_type, "trust_mark": mark}])
}

/// The claims of a signed answer.
pub fn claims(answer: &Answer) -> Map<String, Value> {
    hufu::proto::jose::peek_claims_unverified(&answer.text).unwrap()
}
