//! The federation endpoints over HTTP (OpenID Federation 1.0 §8, §9): parse, one call, render. Where the federation is off,
//! none of them exists. Rules are in `crate::federation`.

pub mod entity;
pub mod marks;
pub mod register;

use axum::extract::{FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::federation::{Federation, FederationError};
use crate::http::error::OAuthFailure;
use crate::http::visit::Web;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// Most parameters of a query; `trust_anchor` and `entity_type` may stand more than once.
const MAX_PARAMETERS: usize = 32;

/// Most bytes of a query.
const MAX_QUERY: usize = 8 * 1024;

/// The federation, where it is on, and the query.
pub struct Asked {
    federation: Federation,
    query: Vec<(String, String)>,
}

impl FromRequestParts<Web> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let federation = on(web).map_err(IntoResponse::into_response)?;
        let query = parts.uri.query().unwrap_or_default();
        if query.len() > MAX_QUERY {
            return Err(request("the query is too long").into_response());
        }
        let query: Vec<_> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().take(MAX_PARAMETERS + 1).collect();
        if query.len() > MAX_PARAMETERS {
            return Err(request("too many parameters").into_response());
        }
        Ok(Self { federation, query })
    }
}

impl Asked {
    /// The one value of a parameter; a parameter without a value counts as left out.
    fn one<'a>(&'a self, name: &'static str) -> Result<Option<&'a str>, OAuthFailure> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() { Err(request("a parameter stands twice")) } else { Ok(first) }
    }

    fn required(&self, name: &'static str) -> Result<&str, OAuthFailure> {
        self.one(name)?.ok_or_else(|| request(&format!("required parameter {name} is missing")))
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.query
            .iter()
            .filter(move |(other, value)| other == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// A parameter that is `true` or `false`.
    fn flag(&self, name: &'static str) -> Result<Option<bool>, OAuthFailure> {
        match self.one(name)? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(request(&format!("{name} is true or false"))),
        }
    }
}

/// The federation of this node, where it is on.
fn on(web: &Web) -> Result<Federation, OAuthFailure> {
    let federation = web.app.federation.clone();
    if federation.config().enabled { Ok(federation) } else { Err(failed(FederationError::Off)) }
}

fn request(why: &str) -> OAuthFailure {
    OAuthError::new(ErrorCode::InvalidRequest, why.to_owned()).into()
}

fn failed(error: FederationError) -> OAuthFailure {
    OAuthError::from(error).into()
}

/// A signed answer of this media type.
fn signed(media_type: &'static str, text: String) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// `GET …/.well-known/openid-federation` (§9).
pub async fn configuration(State(web): State<Web>) -> Result<Response, OAuthFailure> {
    let text = on(&web)?.configuration().map_err(failed)?;
    let headers =
        [(header::CONTENT_TYPE, "application/entity-statement+jwt"), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, text).into_response())
}
