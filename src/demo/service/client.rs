//! The relying-party side of OpenID Connect: discovery, code flow with PKCE, ID token, user info, logout token.
//!
//! `openidconnect` does the protocol over the house's HTTP client; a logout token, which that crate does not know, is
//! checked like every other token that comes from elsewhere.

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse,
};
use serde_json::{Map, Value};
use tokio::sync::OnceCell;
use url::Url;

use super::ServiceOptions;
use crate::base::SharedClock;
use crate::logout::deliver::{LOGOUT_EVENT, LOGOUT_TOKEN_TYPE};
use crate::outbound::{Limits, Outbound};
use crate::proto::jose::{Audience, Expectations, PublicJwkSet, SigningAlg, Typ, peek_claims_unverified, verify};

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Algorithms that the service takes from its provider.
const ALGS: &[SigningAlg] = &[SigningAlg::ES256, SigningAlg::RS256];

/// Why a sign-in did not succeed: an OAuth error code, or the service's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed(pub String);

fn failed(why: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Failed {
    move |error| {
        tracing::warn!(%error, why, "a sign-in at a demo service failed");
        Failed(why.to_owned())
    }
}

/// What the service wants of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Whatever is needed.
    AsNeeded,
    /// No page.
    None,
    /// That the person chooses as whom they are here.
    SelectAccount,
}

/// A sign-in under way, kept for the browser that began it.
pub struct Pending {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    /// Whether it was silent.
    pub silent: bool,
}

/// Someone who has signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The subject.
    pub subject: String,
    /// The session at the provider.
    pub sid: String,
    /// The ID token, to sign out with.
    pub id_token: String,
    /// Claims of the ID token and user info, by name.
    pub claims: Map<String, Value>,
}

/// A relying party of one issuer.
pub struct RelyingParty {
    options: ServiceOptions,
    outbound: Outbound,
    clock: SharedClock,
    metadata: OnceCell<CoreProviderMetadata>,
}

impl RelyingParty {
    /// A relying party; it reads discovery when it is first needed.
    #[must_use]
    pub fn new(options: ServiceOptions, outbound: Outbound, clock: SharedClock) -> Self {
        Self { options, outbound, clock, metadata: OnceCell::new() }
    }

    async fn metadata(&self) -> Result<&CoreProviderMetadata, Failed> {
        let http = self.outbound.openid_http(Limits::default(), "demo-discovery");
        let discover = || async {
            let issuer = IssuerUrl::new(self.options.issuer.clone()).map_err(|e| failed("issuer")(&e))?;
            CoreProviderMetadata::discover_async(issuer, &http).await.map_err(|error| failed("discovery")(&error))
        };
        self.metadata.get_or_try_init(discover).await
    }

    async fn client(&self) -> Result<Client, Failed> {
        let metadata = self.metadata().await?.clone();
        let secret = ClientSecret::new(self.options.client_secret.expose().to_owned());
        let id = ClientId::new(self.options.client_id.clone());
        let redirect =
            RedirectUrl::new(format!("{}/callback", self.options.address)).map_err(|e| failed("address")(&e))?;
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(redirect))
    }

    /// Where to send the browser, and what to keep until it comes back.
    pub async fn begin(&self, prompt: Prompt, ui_locales: &str) -> Result<(Url, Pending), Failed> {
        let client = self.client().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge)
            .add_extra_param("ui_locales", ui_locales);
        for item in self.options.scope.split(' ').filter(|item| *item != "openid") {
            request = request.add_scope(Scope::new(item.to_owned()));
        }
        request = match prompt {
            Prompt::AsNeeded => request,
            Prompt::None => request.add_extra_param("prompt", "none"),
            Prompt::SelectAccount => request.add_extra_param("prompt", "select_account"),
        };
        let (url, state, nonce) = request.url();
        Ok((url, Pending { state, nonce, verifier, silent: prompt == Prompt::None }))
    }

    /// Turns the response that the browser brings into someone signed in.
    pub async fn finish(&self, pending: Pending, query: &[(String, String)]) -> Result<SignedIn, Failed> {
        let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        if get("state") != Some(pending.state.secret()) {
            return Err(Failed("state_mismatch".into()));
        }
        if get("iss") != Some(self.options.issuer.as_str()) {
            return Err(Failed("issuer_mismatch".into()));
        }
        if let Some(error) = get("error") {
            return Err(Failed(error.to_owned()));
        }
        let code = AuthorizationCode::new(get("code").unwrap_or_default().to_owned());
        self.redeem(code, pending).await
    }

    async fn redeem(&self, code: AuthorizationCode, pending: Pending) -> Result<SignedIn, Failed> {
        let client = self.client().await?;
        let http = self.outbound.openid_http(Limits::default(), "demo-token");
        let request = client.exchange_code(code).map_err(|e| failed("token_endpoint")(&e))?;
        let tokens = request
            .set_pkce_verifier(pending.verifier)
            .request_async(&http)
            .await
            .map_err(|error| failed("token_request")(&error))?;
        let id_token = tokens.id_token().ok_or_else(|| Failed("no_id_token".into()))?;
        let verifier = client.id_token_verifier();
        let claims = id_token.claims(&verifier, &pending.nonce).map_err(|error| failed("id_token")(&error))?;
        if let Some(expected) = claims.access_token_hash() {
            let alg = id_token.signing_alg().map_err(|e| failed("id_token")(&e))?;
            let key = id_token.signing_key(&verifier).map_err(|e| failed("id_token")(&e))?;
            let actual =
                AccessTokenHash::from_token(tokens.access_token(), alg, key).map_err(|e| failed("at_hash")(&e))?;
            if actual != *expected {
                return Err(Failed("at_hash".into()));
            }
        }
        let subject = claims.subject().clone();
        let info: CoreUserInfoClaims = client
            .user_info(tokens.access_token().clone(), Some(subject.clone()))
            .map_err(|e| failed("userinfo_endpoint")(&e))?
            .request_async(&http)
            .await
            .map_err(|error| failed("userinfo")(&error))?;
        let text = id_token.to_string();
        let mut all = peek_claims_unverified(&text).map_err(|error| failed("id_token")(&error))?;
        let sid = all.get("sid").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Ok(Value::Object(more)) = serde_json::to_value(&info) {
            all.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        }
        all.extend(self.raw_userinfo(tokens.access_token().secret()).await);
        Ok(SignedIn { subject: subject.to_string(), sid, id_token: text, claims: all })
    }

    /// The claims that the library has no names for (`realname_level`, `identity_document`).
    async fn raw_userinfo(&self, token: &str) -> Map<String, Value> {
        let Some(url) = self.metadata().await.ok().and_then(|m| m.userinfo_endpoint().cloned()) else {
            return Map::new();
        };
        let Ok(bearer) = http::HeaderValue::from_str(&format!("Bearer {token}")) else { return Map::new() };
        let mut request = crate::outbound::OutboundRequest::get(url.url().clone(), Limits::default(), "demo-userinfo");
        request.headers.insert(http::header::AUTHORIZATION, bearer);
        match self.outbound.send(request).await {
            Ok(answer) => answer.json().unwrap_or_default(),
            Err(_) => Map::new(),
        }
    }

    /// Where to send the browser to end its session at the provider.
    #[must_use]
    pub fn sign_out_url(&self, id_token: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", id_token)
            .append_pair("post_logout_redirect_uri", &format!("{}/", self.options.address))
            .append_pair("state", "signed-out")
            .finish();
        format!("{}{}?{query}", self.options.issuer, crate::oidc::endpoints::path::LOGOUT)
    }

    /// The `sid` of a logout token, if it is good (OIDC Back-Channel Logout §2.6).
    pub async fn read_logout_token(&self, token: &str) -> Result<String, Failed> {
        let uri = self.metadata().await?.jwks_uri().url().clone();
        let keys = self.outbound.get(uri, Limits::default(), "demo-jwks").await.map_err(|e| failed("jwks")(&e))?;
        let keys = std::str::from_utf8(&keys.body).map_err(|e| failed("jwks")(&e))?;
        let keys = PublicJwkSet::parse(keys).map_err(|e| failed("jwks")(&e))?;
        let expected = Expectations {
            algs: ALGS,
            typ: Typ::Required(LOGOUT_TOKEN_TYPE),
            iss: Some(&self.options.issuer),
            aud: Audience::Contains(&self.options.client_id),
            required: &["iss", "aud", "iat", "exp", "jti", "events", "sid"],
            max_age: None,
            leeway: std::time::Duration::from_secs(10),
            now: self.clock.now(),
        };
        let verified = verify(token, &keys, &expected).map_err(|error| failed("logout_token")(&error))?;
        let event = verified.claims.get("events").is_some_and(|events| events.get(LOGOUT_EVENT).is_some());
        if !event || verified.claims.contains_key("nonce") {
            return Err(Failed("logout_token".into()));
        }
        Ok(verified.claims.get("sid").and_then(Value::as_str).unwrap_or_default().to_owned())
    }
}
