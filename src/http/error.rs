//! Every error → its response: JSON for protocol endpoints, `WWW-Authenticate` for bearer endpoints, a page for people.
//!
//! What a client or person is told is the code and the public description; the private detail goes to the log, once, here:
//! ours at error, theirs at warn.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::http::extract::no_store_json;
use crate::http::interaction::service_name;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::busy::BusyReason;
use crate::http::pages::view::error::ErrorKind;
use crate::http::pages::view::expired::ExpiredReason;
use crate::http::pages::view::service::WebAddress;
use crate::http::pages::view::{BusyPage, ErrorPage, ExpiredPage, WayBack};
use crate::http::visit::Visit;
use crate::oidc::authorize::{FlowError, Refusal};
use crate::oidc::client::Client;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// Seconds after which a busy server may be asked again.
pub const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// Logs an error at its boundary.
pub fn log(error: &OAuthError) {
    let (code, detail) = (error.code.as_str(), error.detail().unwrap_or(""));
    if error.code.http_status() >= 500 {
        tracing::error!(code, description = %error.description, detail, "request failed");
    } else {
        tracing::warn!(code, description = %error.description, detail, "request refused");
    }
}

/// The HTTP status of an error.
#[must_use]
pub fn status(error: &OAuthError) -> StatusCode {
    StatusCode::from_u16(error.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// An error of a protocol endpoint (RFC 6749 §5.2).
pub struct OAuthFailure {
    error: OAuthError,
    /// Whether the client authenticated by the Authorization header, and so is told the scheme. Others are not: client
    /// libraries take a challenge for an answer to a header that they never sent, and hide the error behind it.
    challenged: bool,
}

impl OAuthFailure {
    /// The failure of a request that came with these headers.
    pub fn answering(headers: &HeaderMap) -> impl Fn(OAuthError) -> Self + use<> {
        let challenged = headers.contains_key(header::AUTHORIZATION);
        move |error| Self { error, challenged }
    }
}

impl From<OAuthError> for OAuthFailure {
    fn from(error: OAuthError) -> Self {
        Self { error, challenged: false }
    }
}

impl IntoResponse for OAuthFailure {
    fn into_response(self) -> Response {
        log(&self.error);
        let mut response = (status(&self.error), body(&self.error)).into_response();
        if self.challenged && self.error.code == ErrorCode::InvalidClient {
            let challenge = HeaderValue::from_static("Basic realm=\"hufu\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        retry_after(&self.error, &mut response);
        response
    }
}

/// An error of an endpoint that takes a bearer token (RFC 6750 §3).
pub struct BearerFailure(Option<OAuthError>);

impl BearerFailure {
    /// No token came: the challenge names no error (RFC 6750 §3.1).
    #[must_use]
    pub const fn no_token() -> Self {
        Self(None)
    }
}

impl From<OAuthError> for BearerFailure {
    fn from(error: OAuthError) -> Self {
        Self(Some(error))
    }
}

impl IntoResponse for BearerFailure {
    fn into_response(self) -> Response {
        let Some(error) = self.0 else {
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer realm=\"hufu\"")]).into_response();
        };
        log(&error);
        let mut response = (status(&error), body(&error)).into_response();
        if matches!(error.code, ErrorCode::InvalidToken | ErrorCode::InsufficientScope) {
            let text = format!(
                "Bearer realm=\"hufu\", error=\"{}\", error_description=\"{}\"",
                error.code.as_str(),
                error.description
            );
            if let Ok(challenge) = HeaderValue::from_str(&text) {
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        retry_after(&error, &mut response);
        response
    }
}

fn body(error: &OAuthError) -> impl IntoResponse + use<> {
    no_store_json(&json!({ "error": error.code.as_str(), "error_description": error.description }))
}

fn retry_after(error: &OAuthError, response: &mut Response) {
    if error.code == ErrorCode::TemporarilyUnavailable {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    }
}

/// A 503 for a browser whose session could not even be looked up.
pub fn unavailable(error: &OAuthError) -> Response {
    OAuthFailure::from(error.clone()).into_response()
}

/// The page of an error that must not be redirected.
pub fn page(visit: &Visit, error: &OAuthError, back: Option<WayBack>) -> Response {
    log(error);
    if error.code == ErrorCode::TemporarilyUnavailable {
        return busy(visit);
    }
    let kind = kind(error);
    let page = ErrorPage {
        ctx: visit.context("/"),
        kind,
        code: error.code.as_str().to_owned(),
        reference: visit.reference.clone(),
        detail: (kind != ErrorKind::Fault).then(|| error.description.to_string()),
        back,
    };
    let status = match status(error) {
        StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST, // no browser can answer a challenge of OAuth
        other => other,
    };
    visit.page(status, &page, FormTargets::ThisNode)
}

fn kind(error: &OAuthError) -> ErrorKind {
    let about_redirect = error.description.contains("redirect_uri");
    match error.code {
        ErrorCode::InvalidClient | ErrorCode::UnauthorizedClient => ErrorKind::UnknownService,
        ErrorCode::InvalidRequest if about_redirect => ErrorKind::WrongReturnAddress,
        ErrorCode::ServerError => ErrorKind::Fault,
        ErrorCode::UnmetAuthenticationRequirements => ErrorKind::LevelNotReached,
        _ => ErrorKind::BadRequest,
    }
}

/// The page of a refused authorization request, with a way back to the service's own home page.
pub fn refusal(visit: &Visit, refusal: &Refusal) -> Response {
    let back = refusal.client.as_ref().and_then(|client| home_of(visit, client));
    match refusal.flow {
        Some(fault) => flow(visit, fault, back),
        None => page(visit, &refusal.error, back),
    }
}

/// The way back to a service's own home page, when it has registered one.
pub fn home_of(visit: &Visit, client: &Client) -> Option<WayBack> {
    let href = WebAddress::new(client.metadata.client_uri.as_deref()?)?;
    Some(WayBack { name: service_name(visit, client), href })
}

/// The way back to a place at this node, below its base path.
pub fn node_home(visit: &Visit, place: &str) -> Option<WayBack> {
    let config = &visit.app().config;
    let href = WebAddress::new(&format!("{}{place}", config.issuer.as_str()))?;
    Some(WayBack { name: config.node.name(visit.lang.tag()).to_owned(), href })
}

/// The page of a flow that cannot go on.
pub fn flow(visit: &Visit, fault: FlowError, back: Option<WayBack>) -> Response {
    let reason = match fault {
        FlowError::Finished => ExpiredReason::Finished,
        FlowError::Expired => ExpiredReason::Expired,
        FlowError::Unreadable => ExpiredReason::OtherBrowser,
    };
    let page = ExpiredPage { ctx: visit.context("/"), reason, back };
    visit.page(StatusCode::BAD_REQUEST, &page, FormTargets::ThisNode)
}

/// The page of a post that another site's page has sent.
pub fn not_from_this_page(visit: &Visit) -> Response {
    tracing::warn!(reference = visit.reference, "a form was posted from another site");
    let page = ErrorPage {
        ctx: visit.context("/"),
        kind: ErrorKind::NotFromThisPage,
        code: "invalid_form_token".to_owned(),
        reference: visit.reference.clone(),
        detail: None,
        back: None,
    };
    visit.page(StatusCode::FORBIDDEN, &page, FormTargets::ThisNode)
}

/// Nothing is here.
pub async fn not_found(visit: Visit) -> Response {
    let page = ErrorPage {
        ctx: visit.context("/"),
        kind: ErrorKind::NotFound,
        code: "not_found".to_owned(),
        reference: visit.reference.clone(),
        detail: None,
        back: None,
    };
    visit.page(StatusCode::NOT_FOUND, &page, FormTargets::ThisNode)
}

/// The page of a node that cannot answer now.
pub fn busy(visit: &Visit) -> Response {
    let page = BusyPage {
        ctx: visit.context("/"),
        reason: BusyReason::Unavailable,
        seconds: 2,
        reference: visit.reference.clone(),
    };
    let mut response = visit.page(StatusCode::SERVICE_UNAVAILABLE, &page, FormTargets::ThisNode);
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}
