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
        let claims = peek_claims_unverified(&self.id_token).unwrap();
        claims.get("sid").unwrap().as_str().unwrap().to_owned()
    }
}

/// A relying party.
#[derive(Clone)]
pub struct Party {
    issuer: Url,
    way: Outbound,
    pub id: String,
    secret: String,
    pub address: String,
}

/// Registers a party at `address` (RFC 7591); its id and secret.
pub async fn register(issuer: &Url, token: &str, address: &str) -> Result<Party, Gone> {
    let body = json!({
        "client_name": "crash test",
        "redirect_uris": [format!("{address}/callback")],
        "post_logout_redirect_uris": [format!("{address}/")],
        "backchannel_logout_uri": format!("{address}/logout"),
        "grant_types": ["authorization_code", "refresh_token"],
    });
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    let url = issuer.join("/oauth2/register").unwrap();
    let answer = send(&way(), &url, Method::POST, headers, body.to_string()).await?;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let made = answer.json();
    let text = |name: &str| made.get(name).and_then(Value::as_str).unwrap().to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    Ok(Party { issuer: issuer.clone(), way: way(), id, secret, address: address.to_owned() })
}

impl Party {
    /// The node.
    pub fn issuer(&self) -> &Url {
        &self.issuer
    }

    /// A code by way of a browser that is signed in.
    pub async fn code(&self, visitor: &mut Visitor) -> Result<String, Gone> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", self.id.as_str()),
                ("redirect_uri", &format!("{}/callback", self.address)),
                ("response_type", "code"),
                ("scope", "openid"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ])
            .finish();
        let answer = visitor.get(&format!("/oauth2/authorize?{query}")).await?;
        Ok(answer.param("code").unwrap_or_else(|| panic!("no code at {} {}", answer.url, answer.text)))
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
