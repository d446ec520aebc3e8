//! The response: an authorization code, or an error, on its way back to the client's redirect URI.

use serde::{Deserialize, Serialize};

use super::interaction::real_name;
use super::{AuthorizationRequest, Identity, SignedIn};
use crate::base::Timestamp;
use crate::base::id::{AccountId, ClientId, GrantId, MandateId, SessionId};
use crate::oidc::Provider;
use crate::oidc::grant::Authentication;
use crate::proto::oauth::{Challenge, ErrorCode, OAuthError, Scope};
use crate::proto::oidc::{ClaimsRequest, ResponseMode};

/// What codes are sealed for.
pub(in crate::oidc) const CODE_CONTEXT: &[u8] = b"code";

/// A response to be carried to the client by the browser.
#[derive(Clone, Debug)]
pub struct AuthorizationResponse {
    /// Where to.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
    /// What, in order.
    pub params: Vec<(&'static str, String)>,
}

impl AuthorizationResponse {
    /// The URL to redirect to (query and fragment modes).
    #[must_use]
    pub fn location(&self) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.params {
            out.append_pair(name, value);
        }
        let separator = match self.mode {
            ResponseMode::Fragment => '#',
            _ if self.redirect_uri.contains('?') => '&',
            _ => '?',
        };
        format!("{}{separator}{}", self.redirect_uri, out.finish())
    }

    /// The error it carries, if it is one.
    #[must_use]
    pub fn error_code(&self) -> Option<&str> {
        self.params.iter().find(|(name, _)| *name == "error").map(|(_, code)| code.as_str())
    }
}

/// What an authorization code says; sealed, so that nothing is written until it is redeemed. It buys once, because the
/// grant that it names can be written once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Code {
    /// The grant to be.
    #[serde(rename = "g")]
    pub grant_id: GrantId,
    /// For whom.
    #[serde(rename = "c")]
    pub client_id: ClientId,
    /// The redirect URI it was sent to.
    #[serde(rename = "r")]
    pub redirect_uri: String,
    /// Who granted.
    #[serde(rename = "a")]
    pub account_id: AccountId,
    /// In which session.
    #[serde(rename = "s")]
    pub session_id: SessionId,
    /// When that session began: the hard limit counts from there.
    #[serde(rename = "sb")]
    pub session_began: Timestamp,
    /// The mandate by which the person acts for a company; none: for themselves.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub mandate_id: Option<MandateId>,
    /// Granted scope.
    #[serde(rename = "o")]
    pub scope: Scope,
    /// Granted claims.
    #[serde(rename = "l", default, skip_serializing_if = "ClaimsRequest::is_empty")]
    pub claims: ClaimsRequest,
    /// `nonce`.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// PKCE challenge.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
    /// How and when the person authenticated.
    #[serde(rename = "t")]
    pub authentication: Authentication,
    /// Whether it went out by a façade, where a session may be had again for as long as that lets it count.
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    pub by_facade: bool,
    /// When it expires.
    #[serde(rename = "e")]
    pub expires_at: Timestamp,
}

/// The response that carries a code.
pub(super) async fn code(
    provider: &Provider,
    request: &AuthorizationRequest,
    signed_in: SignedIn,
) -> Result<AuthorizationResponse, OAuthError> {
    if !provider.finish_flow(request).await? {
        return Err(OAuthError::new(ErrorCode::InvalidRequest, "this sign-in was finished in another window"));
    }
    if let Some(pushed) = &request.flow.pushed {
        provider.consume_pushed(pushed).await?;
    }
    provider.0.sessions.keep_alive(&signed_in.session).await?;
    let code = contents(provider, request, signed_in);
    let answer = match &request.flow.facade {
        Some(entrance) => entrance.success(provider, &code),
        None => vec![("code", provider.0.codes.seal(&code, CODE_CONTEXT))],
    };
    Ok(respond(provider.issuer(), request, answer))
}

fn contents(provider: &Provider, request: &AuthorizationRequest, signed_in: SignedIn) -> Code {
    let now = provider.0.clock.now();
    let acr = real_name::reported(request, real_name::reached(request, &signed_in));
    Code {
        grant_id: GrantId::new(now, &provider.0.random),
        client_id: request.client.id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        scope: scope_of(request),
        claims: request.claims.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge,
        authentication: Authentication { acr, amr: signed_in.session.amr, auth_time: signed_in.session.auth_time },
        account_id: signed_in.session.account_id,
        session_id: signed_in.session.id,
        session_began: signed_in.session.created_at,
        mandate_id: match &request.identity {
            Identity::Oneself => None,
            Identity::Company(standing) => Some(standing.mandate_id.clone()),
        },
        by_facade: request.flow.facade.is_some(),
        expires_at: now.plus(std::time::Duration::from_secs(provider.0.tokens.code_seconds)),
    }
}

/// What is granted. A mandate that the node above vouches for is good in this session only: nothing offline comes of it.
fn scope_of(request: &AuthorizationRequest) -> Scope {
    let carried = matches!(&request.identity, Identity::Company(standing) if standing.carried);
    request.scope.filtered(|item| !carried || item != "offline_access")
}

/// The response that carries an error.
pub(super) fn error(issuer: &str, request: &AuthorizationRequest, error: &OAuthError) -> AuthorizationResponse {
    let params = match &request.flow.facade {
        Some(entrance) => entrance.failure(error),
        None => vec![("error", error.code.as_str().to_owned()), ("error_description", error.description.to_string())],
    };
    respond(issuer, request, params)
}

/// Adds `state` and `iss` (RFC 9207: in every response, so that no client mixes servers up); a façade knows no `iss`.
fn respond(
    issuer: &str,
    request: &AuthorizationRequest,
    mut params: Vec<(&'static str, String)>,
) -> AuthorizationResponse {
    if let Some(state) = request.params().get("state") {
        params.push(("state", state.to_owned()));
    }
    if request.flow.facade.is_none() {
        params.push(("iss", issuer.to_owned()));
    }
    AuthorizationResponse { redirect_uri: request.redirect_uri.clone(), mode: request.response_mode, params }
}
