//! [`Client`]: a registered relying party, and how it proves who it is.

use std::sync::Arc;

use hufu::base::{Secret, SystemRandom, encoding::base64url};
use hufu::keys::SigningKey;
use hufu::proto::jose::SigningAlg;
use hufu::proto::oauth::{ClientMetadata, RegistrationPolicy};
use serde_json::{Map, Value, json};

use super::TestNode;

/// A registered relying party. The usual one has a secret (`client_secret_basic`), the code and refresh grants, a legal
/// basis (no consent page), one redirect URI `https://NAME.example/callback`, one return address for logouts
/// `https://NAME.example/`, and is told of logouts at the test's sink.
#[derive(Clone)]
pub struct Client {
    pub id: String,
    pub secret: String,
    pub redirect_uri: String,
    pub post_logout_redirect_uri: String,
    pub method: String,
    pub key: Option<Arc<ClientKey>>,
}

impl Client {
    pub(super) async fn put(node: &TestNode, name: &str, members: Value) -> Self {
        Self::write(node, name, members, None).await
    }

    pub(super) async fn write(node: &TestNode, name: &str, members: Value, secret: Option<&str>) -> Self {
        let mut metadata = usual(name, &node.sink.url(name));
        for (member, value) in members.as_object().unwrap() {
            if value.is_null() {
                metadata.remove(member);
            } else {
                metadata.insert(member.clone(), value.clone());
            }
        }
        let method =
            metadata.get("token_endpoint_auth_method").and_then(Value::as_str).unwrap_or("client_secret_basic");
        let method = method.to_owned();
        let key = (method == "private_key_jwt" && !metadata.contains_key("jwks") && !metadata.contains_key("jwks_uri"))
            .then(|| Arc::new(ClientKey::new(SigningAlg::ES256)));
        if let Some(key) = &key {
            metadata.insert("jwks".into(), key.jwks());
        }
        let redirect_uri = metadata["redirect_uris"][0].as_str().unwrap_or_default().to_owned();
        let secret = secret.map_or_else(|| node.app.random.token(), str::to_owned);
        let parsed: ClientMetadata = serde_json::from_value(Value::Object(metadata)).unwrap();
        let policy = RegistrationPolicy { trusted: true, ..node.app.provider.registration_policy().clone() };
        let valid = parsed.validate(&policy).unwrap_or_else(|error| panic!("{name}: {}", error.description));
        let shown = Secret::new(secret.clone());
        let stored = method.starts_with("client_secret").then_some(&shown);
        node.app.provider.put_client(&name.into(), valid, stored).await.unwrap();
        Self {
            id: name.to_owned(),
            secret,
            redirect_uri,
            post_logout_redirect_uri: format!("https://{name}.example/"),
            method,
            key,
        }
    }

    /// `Authorization: Basic …` of this client.
    pub fn basic(&self) -> String {
        use base64::Engine as _;
        let pair = format!("{}:{}", self.id, self.secret);
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
    }
}

fn usual(name: &str, told_at: &str) -> Map<String, Value> {
    let members = json!({
        "redirect_uris": [format!("https://{name}.example/callback")],
        "post_logout_redirect_uris": [format!("https://{name}.example/")],
        "backchannel_logout_uri": told_at,
        "client_name": name,
        "client_name#zh-CN": format!("服务{name}"),
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile realname phone identity_number offline_access",
        "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256",
        "consent": "statutory",
        "legal_basis": "test",
    });
    members.as_object().unwrap().clone()
}

/// A key of a client, for assertions and request objects.
pub struct ClientKey(SigningKey);

impl ClientKey {
    /// A new key.
    pub fn new(alg: SigningAlg) -> Self {
        Self(SigningKey::generate(alg).unwrap())
    }

    /// The key set to register.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.0.public_jwk()]})
    }

    /// A signed token.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        self.0.sign(typ, claims).unwrap()
    }

    /// A signed token with these header parameters besides the usual ones; the key is one for ES256.
    pub fn sign_with(&self, typ: &str, claims: &Value, more: &Value) -> String {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let mut header = json!({"alg": "ES256", "kid": self.0.kid(), "typ": typ});
        header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let message =
            format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.0.to_pkcs8().unwrap()).unwrap();
        let signature = pair.sign(&aws_lc_rs::rand::SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", base64url(signature.as_ref()))
    }

    /// A token with any header, signed with this key over exactly these bytes. Only for what a library would refuse to
    /// write: the signature is right.
    pub fn unsigned(header: &Value, claims: &Value) -> String {
        format!("{}.{}.", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()))
    }

    /// The claims of a good assertion of `client` for `audience` (RFC 7523 §3).
    pub fn assertion(client: &Client, audience: &str, now: i64) -> Value {
        let random: hufu::base::SharedRandom = Arc::new(SystemRandom);
        json!({
            "iss": client.id, "sub": client.id, "aud": audience, "jti": random.short_token(),
            "iat": now, "exp": now + 60,
        })
    }
}
