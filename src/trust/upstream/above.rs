//! What the node above publishes: its metadata (OIDC Discovery 1.0) and its keys, fetched through the guard, kept for a
//! while, and whether it answers at all.
//!
//! Nobody's browser is sent to a node that does not answer: before a silent try it must have answered a short while ago.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use parking_lot::Mutex;
use serde::Deserialize;
use url::Url;

use crate::base::{SharedClock, Timestamp};
use crate::outbound::{Breaker, BreakerPolicy, Limits, Outbound, OutboundRequest, OutboundResponse};
use crate::proto::jose::{Expectations, JoseError, PublicJwkSet, Verified, verify};
use crate::proto::oidc::Issuer;

/// How long metadata and keys are kept.
const KEEP: Duration = Duration::from_secs(600);
/// How soon keys may be fetched again because one was missing.
const REFETCH_AFTER: Duration = Duration::from_secs(10);
/// How long an answer counts as a sign of life.
const ALIVE_FOR: Duration = Duration::from_secs(15);
/// How long after a failure nobody is sent there without being asked.
const REST: Duration = Duration::from_secs(30);
/// Limits on one exchange.
pub const LIMITS: Limits = Limits { timeout: Duration::from_secs(3), max_body: 128 * 1024 };

/// Why the node above could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AboveError {
    /// It does not answer, or is left alone because it lately did not.
    #[error("the node above does not answer: {0}")]
    Unreachable(String),
    /// What it answers cannot be used.
    #[error("the node above answers what cannot be used: {0}")]
    Unusable(String),
    /// A token is not one of its own, or not as it must be.
    #[error("a token is not accepted: {0}")]
    Token(#[from] JoseError),
}

/// What the HTTP client that is lent to `openidconnect` gives back.
type Answer = BoxFuture<'static, Result<Response<Vec<u8>>, AboveError>>;

/// Its metadata, as far as it is used here.
#[derive(Clone, Debug, Deserialize)]
pub struct Metadata {
    issuer: String,
    /// Where people sign in.
    pub authorization_endpoint: Url,
    /// Where codes are redeemed.
    pub token_endpoint: Url,
    /// Where it tells of people.
    pub userinfo_endpoint: Url,
    jwks_uri: Url,
    /// Whether every answer of it names it (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// Where it answers questions about people (standard 6.4 a).
    pub hufu_realname_verification_endpoint: Option<Url>,
    /// Where it tells what has changed of people (standard 6.4 b).
    pub hufu_users_endpoint: Option<Url>,
    /// Where it is told of logouts here.
    pub hufu_trust_logout_endpoint: Option<Url>,
    /// Where a browser begins whose sign-in here is passed up.
    pub hufu_trust_begin_endpoint: Option<Url>,
    /// Where it presents its ticket.
    pub hufu_trust_ticket_endpoint: Option<Url>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Timestamp, Arc<Metadata>)>,
    keys: Option<(Timestamp, Arc<PublicJwkSet>)>,
    alive_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
}

/// The node above, as far as it can be known from here.
pub struct Above {
    issuer: Issuer,
    outbound: Outbound,
    clock: SharedClock,
    breaker: Arc<Breaker>,
    known: Mutex<Known>,
    looking: tokio::sync::Mutex<()>,
}

impl Above {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(issuer: Issuer, outbound: Outbound, clock: SharedClock) -> Self {
        let breaker = Breaker::new(BreakerPolicy { failures: 3, open_ms: 5_000 }, clock.clone());
        Self { issuer, outbound, clock, breaker, known: Mutex::default(), looking: tokio::sync::Mutex::default() }
    }

    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// The host of it: the sector of the names by which it is told of people.
    #[must_use]
    pub fn host(&self) -> &str {
        self.issuer.host()
    }

    /// Sends one request to it, and remembers whether it answered.
    ///
    /// # Errors
    /// [`AboveError::Unreachable`]: no answer, or one that only a broken server gives.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, AboveError> {
        let answer = self.exchange(request).await?;
        if answer.status.is_server_error() {
            return Err(AboveError::Unreachable(format!("it answered {}", answer.status)));
        }
        Ok(answer)
    }

    /// The same, where it may say itself that it cannot do what was asked: a problem that it tells (RFC 9457) is an answer,
    /// and a sign of life.
    ///
    /// # Errors
    /// [`AboveError::Unreachable`].
    pub async fn exchange(&self, request: OutboundRequest) -> Result<OutboundResponse, AboveError> {
        let gone = |why: String| AboveError::Unreachable(why);
        let admitted = self.breaker.admit().map_err(|error| gone(error.to_string()))?;
        let outcome = match self.outbound.send(request).await {
            Ok(answer) if answer.status.is_server_error() && !tells_a_problem(&answer) => {
                Err(gone(format!("it answered {}", answer.status)))
            }
            Ok(answer) => Ok(answer),
            Err(error) => Err(gone(error.to_string())),
        };
        let now = self.clock.now();
        let mut known = self.known.lock();
        if outcome.is_ok() {
            admitted.succeeded();
            (known.alive_at, known.failed_at) = (Some(now), None);
        } else {
            admitted.failed();
            (known.alive_at, known.failed_at) = (None, Some(now));
        }
        outcome
    }

    async fn get(&self, url: Url, purpose: &'static str) -> Result<OutboundResponse, AboveError> {
        let answer = self.send(OutboundRequest::get(url, LIMITS, purpose)).await?;
        if answer.status == http::StatusCode::OK {
            return Ok(answer);
        }
        Err(AboveError::Unusable(format!("it answered {} to {purpose}", answer.status)))
    }

    /// Its metadata.
    ///
    /// # Errors
    /// [`AboveError`].
    pub async fn metadata(&self) -> Result<Arc<Metadata>, AboveError> {
        match self.known_metadata(KEEP) {
            Some(metadata) => Ok(metadata),
            None => self.look(KEEP).await,
        }
    }

    fn known_metadata(&self, at_most: Duration) -> Option<Arc<Metadata>> {
        let known = self.known.lock();
        let (at, metadata) = known.metadata.as_ref()?;
        (self.clock.now().since(*at) <= at_most).then(|| Arc::clone(metadata))
    }

    /// Fetches its metadata; of several at once one asks.
    async fn look(&self, at_most: Duration) -> Result<Arc<Metadata>, AboveError> {
        let _one = self.looking.lock().await;
        if let Some(metadata) = self.known_metadata(at_most) {
            return Ok(metadata);
        }
        let unusable = |why: &str| AboveError::Unusable(why.to_owned());
        let url = Url::parse(&format!("{}/.well-known/openid-configuration", self.issuer));
        let url = url.map_err(|_| unusable("its issuer is no address"))?;
        let answer = self.get(url, "upstream-discovery").await?;
        let metadata: Metadata = answer.json().map_err(|_| unusable("its metadata cannot be read"))?;
        // OIDC Discovery §4.3: whoever names another issuer is another one.
        if metadata.issuer != self.issuer.as_str() {
            return Err(unusable("its metadata names another issuer"));
        }
        let endpoints = [
            Some(&metadata.authorization_endpoint),
            Some(&metadata.token_endpoint),
            Some(&metadata.userinfo_endpoint),
            Some(&metadata.jwks_uri),
            metadata.hufu_trust_begin_endpoint.as_ref(),
            metadata.hufu_trust_ticket_endpoint.as_ref(),
        ];
        if !endpoints.iter().flatten().all(|url| url.scheme() == "https" || !self.issuer.is_https()) {
            return Err(unusable("an endpoint of it is not https"));
        }
        let metadata = Arc::new(metadata);
        self.known.lock().metadata = Some((self.clock.now(), Arc::clone(&metadata)));
        Ok(metadata)
    }

    /// Whether a browser may be sent there without anybody having asked for it: it has answered a short while ago, or does
    /// so now.
    pub async fn is_alive(&self) -> bool {
        let now = self.clock.now();
        {
            let known = self.known.lock();
            if known.failed_at.is_some_and(|at| now.since(at) <= REST) {
                return false;
            }
            let lately = known.alive_at.is_some_and(|at| now.since(at) <= ALIVE_FOR);
            if lately && known.metadata.is_some() {
                return true;
            }
        }
        match self.look(ALIVE_FOR).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "nobody is sent to the node above without a page for now");
                false
            }
        }
    }

    async fn keys(&self, at_most: Duration) -> Result<Arc<PublicJwkSet>, AboveError> {
        let now = self.clock.now();
        if let Some((at, keys)) = &self.known.lock().keys
            && now.since(*at) <= at_most
        {
            return Ok(Arc::clone(keys));
        }
        let unusable = |why: String| AboveError::Unusable(why);
        let uri = self.metadata().await?.jwks_uri.clone();
        let answer = self.get(uri, "upstream-jwks").await?;
        let text = std::str::from_utf8(&answer.body).map_err(|error| unusable(error.to_string()))?;
        let keys = Arc::new(PublicJwkSet::parse(text).map_err(|error| unusable(error.to_string()))?);
        self.known.lock().keys = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }

    /// Verifies a token by its keys, which are fetched again once when none fits.
    ///
    /// # Errors
    /// [`AboveError`]; a token that is not as expected is [`AboveError::Token`].
    pub async fn verify(&self, token: &str, expected: &Expectations<'_>) -> Result<Verified, AboveError> {
        let known = self.keys(KEEP).await?;
        match verify(token, &*known, expected) {
            Err(JoseError::UnknownKey | JoseError::Signature) => {
                let fresh = self.keys(REFETCH_AFTER).await?;
                Ok(verify(token, &*fresh, expected)?)
            }
            other => Ok(other?),
        }
    }

    /// What `openidconnect` takes as its HTTP client: requests to this node.
    pub fn openid_http(self: &Arc<Self>, purpose: &'static str) -> impl Fn(Request<Vec<u8>>) -> Answer + use<> {
        let above = Arc::clone(self);
        move |request| {
            let above = Arc::clone(&above);
            Box::pin(async move {
                let request = OutboundRequest::from_openid(request, LIMITS, purpose);
                let request = request.map_err(|error| AboveError::Unusable(error.to_string()))?;
                Ok(above.send(request).await?.into_openid())
            })
        }
    }
}

/// Whether the node itself says what is wrong (RFC 9457), and not something that stands before it.
fn tells_a_problem(answer: &OutboundResponse) -> bool {
    let media_type = answer.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type
        .is_some_and(|value| value.split(';').next().is_some_and(|name| name.trim() == "application/problem+json"))
}
