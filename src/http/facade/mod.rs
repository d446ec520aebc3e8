//! The façades over HTTP: the addresses, forms and headers of provincial platforms, as they are. Parse, one call, render; where
//! a façade is off, none of its addresses exists. Rules are in `crate::oidc::facade`.

pub mod form;
pub mod gateway;
pub mod tif;

use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::http::error::{self, OAuthFailure};
use crate::http::extract::no_store_json;
use crate::http::interaction;
use crate::http::visit::{Visit, Web};
use crate::oidc::facade::Way;
use crate::proto::facade::FacadeError;
use crate::proto::oauth::{ErrorCode, FacadeKind, OAuthError, Params};

/// Most bytes of a call: what it carries is a ticket or a token.
const MAX_BODY: usize = 16 * 1024;

/// How long to wait before trying again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// `GET …/sso/mobile.do`.
pub async fn mobile(visit: Visit, RawQuery(query): RawQuery) -> Response {
    enter(visit, Way::Mobile, query).await
}

/// `GET …/uc/sso/login`.
pub async fn portal(visit: Visit, RawQuery(query): RawQuery) -> Response {
    enter(visit, Way::Portal, query).await
}

/// `GET …/tif/sso/connect/page/oauth2/authorize`.
pub async fn exchange(visit: Visit, RawQuery(query): RawQuery) -> Response {
    enter(visit, Way::Exchange, query).await
}

/// Begins a sealed flow and hands it to the authorization endpoint.
async fn enter(visit: Visit, way: Way, query: Option<String>) -> Response {
    if !visit.app().provider.serves_facade(way.kind()) {
        return error::not_found(visit).await;
    }
    let params = match Params::parse(query.as_deref().unwrap_or_default()) {
        Ok(params) => params,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    match visit.app().provider.enter_by_facade(way, &params).await {
        Ok(flow) => interaction::resume(&visit, &flow).await,
        Err(refusal) => error::refusal(&visit, &refusal),
    }
}

/// That this façade is served here.
fn served(web: &Web, kind: FacadeKind) -> Result<(), OAuthFailure> {
    if web.app.provider.serves_facade(kind) {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::NotFound, "nothing is here").into())
}

/// The one value of a header.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// An answer with the status that goes with an error: what the field reads is the body, so that a refusal is a 200.
fn coded(error: &FacadeError, body: &Value) -> Response {
    let FacadeError::Engine(cause) = error else {
        tracing::info!(why = %error, "a façade refuses a call");
        return no_store_json(body).into_response();
    };
    tracing::error!(code = cause.code.as_str(), detail = cause.detail(), "a façade cannot answer");
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, no_store_json(body)).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
    response
}
