//! The logos of clients, fetched through the guard and kept for a while. Browsers get them from this node: a picture that
//! a page loads from the service would tell it who is about to sign in.

use std::time::Duration;

use bytes::Bytes;
use http::header;
use url::Url;

use super::Provider;
use crate::base::Cache;
use crate::base::id::ClientId;
use crate::outbound::{Limits, Outbound, OutboundRequest};
use crate::proto::oauth::OAuthError;

/// How long a logo is kept, and how long it is not asked for again where there was none.
const KEEP: Duration = Duration::from_secs(600);

/// Most bytes of logos that are kept.
const MAX_KEPT: u64 = 16 * 1024 * 1024;

/// About how many fit.
const MANY: usize = 256;

#[expect(clippy::ptr_arg, reason = "the cache weighs by the type of its keys")]
fn weigh(uri: &String, logo: &Option<Logo>) -> u64 {
    (uri.len() + logo.as_ref().map_or(0, |logo| logo.bytes.len())) as u64
}

/// Limits on fetching one.
const FETCH: Limits = Limits { timeout: Duration::from_secs(3), max_body: 256 * 1024 };

/// What can be a logo: types that an `<img>` shows and that run nothing.
const TYPES: [&str; 5] = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml"];

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// Its media type, one of a few.
    pub content_type: &'static str,
    /// The picture as the client serves it.
    pub bytes: Bytes,
}

/// Fetched logos, by URL.
pub struct ClientLogos {
    outbound: Outbound,
    cache: Cache<String, Option<Logo>>,
}

impl ClientLogos {
    /// An empty cache before `outbound`.
    #[must_use]
    pub fn new(outbound: Outbound) -> Self {
        Self { outbound, cache: Cache::weighing(MANY, MAX_KEPT, weigh, KEEP) }
    }

    async fn find(&self, uri: &str) -> Option<Logo> {
        if let Some(known) = self.cache.get(uri) {
            return known;
        }
        let logo = self.fetch(uri).await;
        self.cache.insert(uri.to_owned(), logo.clone());
        logo
    }

    async fn fetch(&self, uri: &str) -> Option<Logo> {
        let mut request = OutboundRequest::get(Url::parse(uri).ok()?, FETCH, "client-logo");
        request.headers.insert(header::ACCEPT, header::HeaderValue::from_static("image/*"));
        let answer = self.outbound.send(request).await.ok().filter(|answer| answer.status == http::StatusCode::OK)?;
        let named = answer.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        Some(Logo { content_type: picture_type(named)?, bytes: answer.body })
    }
}

/// The media type of a `Content-Type`, if it is a picture's.
fn picture_type(content_type: &str) -> Option<&'static str> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    TYPES.into_iter().find(|known| essence.eq_ignore_ascii_case(known))
}

impl Provider {
    /// The logo of a client, when it has one that can be fetched.
    pub async fn logo(&self, id: &ClientId) -> Result<Option<Logo>, OAuthError> {
        let client = self.0.clients.find(id).await?;
        match client.as_ref().and_then(|client| client.metadata.logo_uri.as_deref()) {
            None => Ok(None),
            Some(uri) => Ok(self.0.client_logos.find(uri).await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_are_pictures() {
        assert_eq!(picture_type("image/PNG"), Some("image/png"));
        assert_eq!(picture_type("image/svg+xml; charset=utf-8"), Some("image/svg+xml"));
        for other in ["text/html", "image/svg+xml-not", "application/octet-stream", "", "image/png, text/html"] {
            assert_eq!(picture_type(other), None, "{other}");
        }
    }
}
