//! The keys of clients: registered by value, or fetched from `jwks_uri` through the guard and kept for a while.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::Provider;
use super::client::Client;
use crate::base::{Cache, SharedClock, Timestamp};
use crate::outbound::{Limits, Outbound};
use crate::proto::jose::{Expectations, JoseError, PublicJwkSet, Verified, verify};

/// How long fetched keys are kept.
const KEEP: Duration = Duration::from_secs(600);

/// How soon keys may be fetched again because one was missing: a client may rotate, an attacker may not make us fetch.
const REFETCH_AFTER: Duration = Duration::from_secs(10);

/// Limits on fetching keys.
const FETCH: Limits = Limits { timeout: Duration::from_secs(3), max_body: 64 * 1024 };

/// Fetched key sets, by URL.
pub struct ClientKeys {
    outbound: Outbound,
    clock: SharedClock,
    cache: Cache<String, (Timestamp, Arc<PublicJwkSet>)>,
}

impl ClientKeys {
    /// An empty cache before `outbound`.
    #[must_use]
    pub fn new(outbound: Outbound, clock: SharedClock) -> Self {
        Self { outbound, clock, cache: Cache::new(2_048, KEEP) }
    }

    /// The key set at `uri`; fetched anew when the copy is older than `at_most`.
    async fn fetch(&self, uri: &str, at_most: Duration) -> Result<Arc<PublicJwkSet>, JoseError> {
        let now = self.clock.now();
        if let Some((at, set)) = self.cache.get(uri)
            && now.since(at) <= at_most
        {
            return Ok(set);
        }
        let url = Url::parse(uri).map_err(|_| JoseError::KeySet("jwks_uri is malformed"))?;
        let response = self.outbound.get(url, FETCH, "client-jwks").await.map_err(|error| {
            tracing::warn!(%error, "a client's jwks_uri cannot be fetched");
            JoseError::KeySet("jwks_uri cannot be fetched")
        })?;
        if response.status != http::StatusCode::OK {
            return Err(JoseError::KeySet("jwks_uri does not answer 200"));
        }
        let text = std::str::from_utf8(&response.body).map_err(|_| JoseError::KeySet("jwks_uri is not UTF-8"))?;
        let set = Arc::new(PublicJwkSet::parse(text)?);
        self.cache.insert(uri.to_owned(), (now, Arc::clone(&set)));
        Ok(set)
    }
}

impl Provider {
    /// Verifies a JWT that a client signed, by the keys it registered; keys behind a URL are fetched again once when none
    /// fits.
    pub async fn verify_by_client(
        &self,
        client: &Client,
        token: &str,
        expected: &Expectations<'_>,
    ) -> Result<Verified, JoseError> {
        if let Some(set) = &client.jwks {
            return verify(token, &**set, expected);
        }
        let uri = client.metadata.jwks_uri.as_deref().ok_or(JoseError::KeySet("the client has no keys"))?;
        let known = self.0.client_keys.fetch(uri, KEEP).await?;
        match verify(token, &*known, expected) {
            Err(JoseError::UnknownKey | JoseError::Signature) => {
                let fresh = self.0.client_keys.fetch(uri, REFETCH_AFTER).await?;
                verify(token, &*fresh, expected)
            }
            other => other,
        }
    }
}
