//! [`Outbound`]: sends one request, reads one bounded answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Response, Uri, Version, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Serialize;
use tokio::sync::Semaphore;
use url::{Position, Url};

use super::connect::{Connector, Guard, Resolver, SystemResolver};
use super::error::{OutboundError, Refusal};
use super::policy::OutboundPolicy;
use super::request::{Limits, OutboundRequest, OutboundResponse};
use super::tls::Tls;

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("hufu/", env!("CARGO_PKG_VERSION")));
/// Bytes and number of headers of an answer's head.
const MAX_HEAD: usize = 32 * 1024;
const MAX_HEADERS: usize = 100;
const IDLE_PER_HOST: usize = 16;
const LOOK_UPS_AT_ONCE: usize = 32;

/// The HTTP client. Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    policy: Arc<OutboundPolicy>,
    client: Client<Connector, Full<Bytes>>,
    in_flight: Semaphore,
    open: Arc<AtomicUsize>,
}

impl Outbound {
    /// A client that keeps to `policy`.
    ///
    /// # Errors
    /// [`OutboundError::CaFile`] when a file in `ca_files` cannot be used.
    pub fn new(policy: OutboundPolicy) -> Result<Self, OutboundError> {
        Self::with_resolver(policy, Arc::new(SystemResolver::new(LOOK_UPS_AT_ONCE)))
    }

    /// A client that asks `resolver` for addresses.
    ///
    /// # Errors
    /// [`OutboundError::CaFile`] when a file in `ca_files` cannot be used.
    pub fn with_resolver(policy: OutboundPolicy, resolver: Arc<dyn Resolver>) -> Result<Self, OutboundError> {
        let tls = Arc::new(Tls::new(&policy.ca_files, policy.native_roots)?);
        let policy = Arc::new(policy);
        let open = Arc::new(AtomicUsize::new(0));
        let guard = Guard { policy: policy.clone(), resolver, open: open.clone() };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(policy.idle_timeout())
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http1_max_buf_size(MAX_HEAD)
            .http1_max_headers(MAX_HEADERS)
            .build(Connector { guard, tls });
        let in_flight = Semaphore::new(policy.places());
        Ok(Self(Arc::new(Inner { policy, client, in_flight, open })))
    }

    /// What can be said about `url` now, without asking the name service: for the moment a URL is registered.
    ///
    /// # Errors
    /// [`OutboundError::Refused`].
    pub fn check_url(&self, url: &Url) -> Result<(), OutboundError> {
        Ok(self.0.policy.check_url(url)?)
    }

    /// Sends `request` once. Any status is an answer, redirects too: they are never followed.
    ///
    /// # Errors
    /// Why there is no whole answer.
    pub async fn send(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let (purpose, limit) = (request.purpose, request.limits.timeout);
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let started = Instant::now();
        let result = match tokio::time::timeout(limit, Box::pin(self.exchange(request))).await {
            Ok(result) => result,
            Err(_) => Err(OutboundError::Timeout),
        };
        observe(purpose, &host, started, &result);
        result
    }

    /// `GET url`.
    ///
    /// # Errors
    /// As [`Outbound::send`].
    pub async fn get(
        &self,
        url: Url,
        limits: Limits,
        purpose: &'static str,
    ) -> Result<OutboundResponse, OutboundError> {
        self.send(OutboundRequest::get(url, limits, purpose)).await
    }

    /// `POST url` with a form.
    ///
    /// # Errors
    /// As [`Outbound::send`].
    pub async fn post_form(
        &self,
        url: Url,
        fields: &[(&str, &str)],
        limits: Limits,
        purpose: &'static str,
    ) -> Result<OutboundResponse, OutboundError> {
        self.send(OutboundRequest::form(url, fields, limits, purpose)).await
    }

    /// `POST url` with JSON.
    ///
    /// # Errors
    /// As [`Outbound::send`], and [`OutboundError::Request`] when the value does not serialise.
    pub async fn post_json<T: Serialize + Sync + ?Sized>(
        &self,
        url: Url,
        value: &T,
        limits: Limits,
        purpose: &'static str,
    ) -> Result<OutboundResponse, OutboundError> {
        self.send(OutboundRequest::json(url, value, limits, purpose)?).await
    }

    async fn exchange(&self, request: OutboundRequest) -> Result<OutboundResponse, OutboundError> {
        let inner = &*self.0;
        inner.policy.check_url(&request.url)?;
        let max_body = request.limits.max_body;
        let _slot = inner.in_flight.acquire().await.map_err(|_| OutboundError::Timeout)?;
        let crowded = inner.policy.is_crowded(inner.open.load(Ordering::Relaxed));
        let message = write_down(request, crowded)?;
        let response = inner.client.request(message).await.map_err(|error| OutboundError::from_chain(&error))?;
        read(response, max_body).await
    }
}

/// The message for the wire. `crowded`: this connection is not kept afterwards.
fn write_down(request: OutboundRequest, crowded: bool) -> Result<Request<Full<Bytes>>, OutboundError> {
    let uri: Uri = request.url[..Position::AfterQuery].parse().map_err(|_| OutboundError::from(Refusal::Url))?;
    let mut message = Request::new(Full::new(request.body));
    *message.method_mut() = request.method;
    *message.uri_mut() = uri;
    *message.version_mut() = Version::HTTP_11;
    *message.headers_mut() = request.headers;
    let headers = message.headers_mut();
    for name in [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
        headers.remove(name);
    }
    headers.insert(header::USER_AGENT, USER_AGENT);
    if crowded {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(message)
}

async fn read(response: Response<Incoming>, max_body: usize) -> Result<OutboundResponse, OutboundError> {
    let (head, mut incoming) = response.into_parts();
    if incoming.size_hint().lower() > max_body as u64 {
        return Err(OutboundError::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| OutboundError::from_chain(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        if body.len() + data.len() > max_body {
            return Err(OutboundError::TooLarge);
        }
        body.extend_from_slice(&data);
    }
    Ok(OutboundResponse { status: head.status, headers: head.headers, body: body.freeze() })
}

/// The host is a registered server, not a person; path, query and body stay unsaid.
fn observe(purpose: &'static str, host: &str, started: Instant, result: &Result<OutboundResponse, OutboundError>) {
    let elapsed = started.elapsed();
    let outcome = match result {
        Ok(response) if response.is_success() => "2xx",
        Ok(response) if response.status.is_redirection() => "3xx",
        Ok(response) if response.status.is_client_error() => "4xx",
        Ok(_) => "5xx",
        Err(error) => error.label(),
    };
    metrics::counter!("hufu_outbound_requests_total", "purpose" => purpose, "outcome" => outcome).increment(1);
    metrics::histogram!("hufu_outbound_seconds", "purpose" => purpose).record(elapsed.as_secs_f64());
    match result {
        Ok(response) => {
            tracing::debug!(purpose, host, status = response.status.as_u16(), ms = elapsed.as_millis(), "sent");
        }
        Err(error) => tracing::debug!(purpose, host, %error, ms = elapsed.as_millis(), "not sent"),
    }
}
