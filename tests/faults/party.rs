//! [`Party`]: a relying party that registered itself, over real HTTP.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hufu::outbound::Outbound;
use hufu::proto::jose::peek_claims_unverified;
use serde_json::{Value, json};
use url::Url;

use super::visitor::{Answer, Gone, Visitor, send, way};

/// The verifier and its S256 challenge (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The tokens of one answer.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub id_token: String,
}

impl Tokens {
    /// The session at this party.
    pub fn sid(&self) -> String {
        self.claim("sid")
    }

    /// Who it is there.
    pub fn subject(&self) -> String {
        self.claim("sub")
    }

    fn claim(&self, name: &str) -> String {
        let claims = peek_claims_unverified(&self.id_token).unwrap();
        claims.get(name).unwrap().as_str().unwrap().to_owned()
    }
}

/// A relying party.
#[derive(Clone)]
pub struct Party {
    issuer: Url,
    way: Outbound,
    pub id: String,
    secret: String,
    registration_token: String,
    scope: &'static str,
    pub address: String,
}

/// Registers a party at `address` (RFC 7591).
pub async fn register(issuer: &Url, token: &str, address: &str) -> Result<Party, Gone> {
    register_with(issuer, token, (address, None)).await
}

/// Registers one that asks for consent once.
pub async fn register_asking(issuer: &Url, token: &str, address: &str) -> Result<Party, Gone> {
    register_with(issuer, token, (address, Some("first_use"))).await
}

fn metadata(name: &str, address: &str, consent: Option<&str>) -> Value {
    json!({
        "client_name": name,
        "redirect_uris": [format!("{address}/callback")],
        "post_logout_redirect_uris": [format!("{address}/")],
        "backchannel_logout_uri": format!("{address}/logout"),
        "grant_types": ["authorization_code", "refresh_token"],
        "consent": consent,
    })
}

async fn register_with(issuer: &Url, token: &str, (address, consent): (&str, Option<&str>)) -> Result<Party, Gone> {
    let body = metadata("crash test", address, consent);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    let url = issuer.join("/oauth2/register").unwrap();
    let answer = send(&way(), &url, Method::POST, headers, body.to_string()).await?;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let made = answer.json();
    let text = |name: &str| made.get(name).and_then(Value::as_str).unwrap().to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    let registration_token = text("registration_access_token");
    // Nobody is asked about the subject alone.
    let scope = if consent.is_some() { "openid profile" } else { "openid" };
    let (issuer, address) = (issuer.clone(), address.to_owned());
    Ok(Party { issuer, way: way(), id, secret, registration_token, scope, address })
}

impl Party {
    /// A service of the demo, at its node.
    pub fn furnished(issuer: &Url, client: &hufu::demo::manifest::Client) -> Self {
        Self {
            issuer: issuer.clone(),
            way: way(),
            id: client.client_id.clone(),
            secret: client.client_secret.clone(),
            registration_token: String::new(),
            scope: "openid",
            address: client.address.clone(),
        }
    }

    /// The node.
    pub fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// Says its name anew (RFC 7592 §2.2).
    pub async fn rename(&self, name: &str) -> Result<Answer, Gone> {
        let mut body = metadata(name, &self.address, None);
        body["client_id"] = json!(self.id);
        self.manage(Method::PUT, body.to_string()).await
    }

    /// Its name as it is registered.
    pub async fn registered_name(&self) -> String {
        let answer = self.manage(Method::GET, String::new()).await.unwrap();
        answer.json()["client_name"].as_str().unwrap().to_owned()
    }

    async fn manage(&self, method: Method, body: String) -> Result<Answer, Gone> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let bearer = format!("Bearer {}", self.registration_token);
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&bearer).unwrap());
        let url = self.issuer.join(&format!("/oauth2/register/{}", self.id)).unwrap();
        send(&self.way, &url, method, headers, body).await
    }

    /// Whether it authenticates with its secret.
    pub async fn is_let_in(&self) -> bool {
        self.form("/oauth2/introspect", &[("token", "any")]).await.unwrap().status == StatusCode::OK
    }

    /// A code by way of a browser that is signed in.
    pub async fn code(&self, visitor: &mut Visitor) -> Result<String, Gone> {
        let answer = self.asked(visitor).await?;
        Ok(answer.param("code").unwrap_or_else(|| panic!("no code at {} {}", answer.url, answer.text)))
    }

    /// Where an authorization request leads.
    pub async fn asked(&self, visitor: &mut Visitor) -> Result<Answer, Gone> {
        visitor.get(&self.request_path()).await
    }

    /// An authorization request.
    pub fn request_path(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", self.id.as_str()),
                ("redirect_uri", &format!("{}/callback", self.address)),
                ("response_type", "code"),
                ("scope", self.scope),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        format!("/oauth2/authorize?{query}")
    }

    /// The end-session request of this party (OIDC RP-Initiated Logout).
    pub fn sign_out_path(&self, tokens: &Tokens) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", &tokens.id_token)
            .append_pair("post_logout_redirect_uri", &format!("{}/", self.address))
            .finish();
        format!("/oauth2/logout?{query}")
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, Gone> {
        use base64::Engine as _;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", self.id, self.secret));
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Basic {pair}")).unwrap());
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        send(&self.way, &self.issuer.join(path).unwrap(), Method::POST, headers, body).await
    }

    async fn token(&self, fields: &[(&str, &str)]) -> Result<Option<Tokens>, Gone> {
        let answer = self.form("/oauth2/token", fields).await?;
        let body = answer.json();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        match answer.status {
            StatusCode::OK => Ok(Some(Tokens {
                access: text("access_token"),
                refresh: text("refresh_token"),
                id_token: text("id_token"),
            })),
            StatusCode::BAD_REQUEST if text("error") == "invalid_grant" => Ok(None),
            _ => panic!("{} {}", answer.status, answer.text),
        }
    }

    /// Redeems a code; `None` when it is refused.
    pub async fn redeem(&self, code: &str) -> Result<Option<Tokens>, Gone> {
        let redirect_uri = format!("{}/callback", self.address);
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        self.token(&fields).await
    }

    /// Refreshes; `None` when it is refused.
    pub async fn refresh(&self, token: &str) -> Result<Option<Tokens>, Gone> {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Whether a token is active.
    pub async fn is_active(&self, token: &str) -> Result<bool, Gone> {
        let answer = self.form("/oauth2/introspect", &[("token", token)]).await?;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        Ok(answer.json().get("active") == Some(&json!(true)))
    }

    /// Revokes a token.
    pub async fn revoke(&self, token: &str) -> Result<(), Gone> {
        let answer = self.form("/oauth2/revoke", &[("token", token)]).await?;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        Ok(())
    }
}
