//! The gate itself: the steps of [`super`], one after the other, around one handler.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use tower::{Layer, Service};

use super::in_flight::{InFlight, Place};
use super::refusal::{Asker, Refused};
use super::{ClientAddress, Nonce, Plumbing, Reference, Refusal, body, headers, nonce, path, reference};
use crate::telemetry::{Metrics, RequestRecord};

/// What a request is counted under that no route matched: never its path.
const UNMATCHED: &str = "unmatched";

/// Puts the gate before a service.
#[derive(Clone)]
pub struct GateLayer {
    house: Arc<House>,
    sheds: bool,
}

/// What all gates of a node share.
pub(in crate::http) struct House {
    pub(in crate::http) plumbing: Plumbing,
    references: reference::References,
    nonces: nonce::Nonces,
    in_flight: InFlight,
    shed: metrics::Counter,
    under_way: metrics::Gauge,
}

impl House {
    /// The metrics as text, with what is counted elsewhere brought up to date.
    pub(in crate::http) fn render_metrics(&self) -> String {
        self.under_way.set(f64::from(u32::try_from(self.in_flight.count()).unwrap_or(u32::MAX)));
        self.plumbing.metrics.render()
    }
}

impl GateLayer {
    pub(super) fn new(plumbing: Plumbing) -> Self {
        let limit = usize::try_from(plumbing.server.max_in_flight).unwrap_or(usize::MAX);
        let numbers: &Metrics = &plumbing.metrics;
        let house = House {
            references: reference::References::new(&plumbing.random),
            nonces: nonce::Nonces::new(plumbing.random.clone()),
            in_flight: InFlight::new(limit),
            shed: numbers.counter("hufu_http_shed_total", "Requests refused because the node was full.", &[]),
            under_way: numbers.gauge("hufu_http_requests_under_way", "Requests being worked on.", &[]),
            plumbing,
        };
        Self { house: Arc::new(house), sheds: true }
    }

    /// The same gate, for routes that must answer when the node is full.
    pub(super) fn without_shedding(&self) -> Self {
        Self { house: Arc::clone(&self.house), sheds: false }
    }

    pub(in crate::http) fn house(&self) -> Arc<House> {
        Arc::clone(&self.house)
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner, house: Arc::clone(&self.house), sheds: self.sheds }
    }
}

/// A service behind the gate.
#[derive(Clone)]
pub struct Gate<S> {
    inner: S,
    house: Arc<House>,
    sheds: bool,
}

impl<S> Service<Request> for Gate<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (visit, request) = Visit::begin(&self.house, request);
        match admit(&self.house, self.sheds, request) {
            Ok((request, place)) => {
                let work = self.inner.call(request);
                let house = Arc::clone(&self.house);
                Box::pin(async move {
                    let answer = work_within(&house, work, place).await;
                    Ok(visit.end(&house, answer))
                })
            }
            Err(refusal) => Box::pin(ready(Ok(visit.end(&self.house, Err(refusal))))),
        }
    }
}

/// Steps 2 to 5: whether the request may go to its handler.
fn admit(house: &House, sheds: bool, request: Request) -> Result<(Request, Place), Refusal> {
    let server = &house.plumbing.server;
    if !path::is_plain(request.uri().path()) {
        return Err(Refusal::Path);
    }
    let (mut parts, body) = request.into_parts();
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|connection| connection.0.ip());
    // Without a connection (a test that calls the router) the peer is nobody, who is trusted by nobody.
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let client = ClientAddress::find(peer, &parts.headers, &server.trusted_proxies);
    parts.extensions.insert(client.map_err(|_| Refusal::ForwardedAddress)?);
    let limit = usize::try_from(server.body_bytes).unwrap_or(usize::MAX);
    let body = body::bound(&parts, body, limit).map_err(|_| Refusal::BodyTooLarge)?;
    let place = house.in_flight.enter(!sheds).ok_or_else(|| {
        house.shed.increment(1);
        Refusal::Overloaded
    })?;
    Ok((Request::from_parts(parts, body), place))
}

/// Step 6: the handler works, within its time; a panic ends here.
async fn work_within<F>(house: &House, work: F, place: Place) -> Result<Response, Refusal>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    let work = AssertUnwindSafe(work).catch_unwind();
    let answer = tokio::time::timeout(house.plumbing.server.request_time(), work).await;
    drop(place);
    match answer {
        Ok(Ok(Ok(response))) => Ok(response),
        Ok(Ok(Err(never))) => match never {},
        Ok(Err(_)) => Err(Refusal::Broken),
        Err(_) => Err(Refusal::TimedOut),
    }
}

/// What is kept of a request while its handler works.
struct Visit {
    started: Instant,
    reference: Reference,
    nonce: Nonce,
    method: Method,
    route: Option<MatchedPath>,
    asker: Asker,
}

impl Visit {
    /// Step 1.
    fn begin(house: &House, mut request: Request) -> (Self, Request) {
        let visit = Self {
            started: Instant::now(),
            reference: house.references.draw(),
            nonce: house.nonces.draw(),
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            asker: Asker::of(request.headers()),
        };
        request.extensions_mut().insert(visit.reference);
        request.extensions_mut().insert(visit.nonce);
        (visit, request)
    }

    /// Steps 7 and 8.
    fn end(self, house: &House, answer: Result<Response, Refusal>) -> Response {
        let plumbing = &house.plumbing;
        let (started, reference, nonce, method) = (self.started, self.reference, self.nonce, self.method.clone());
        let route = self.route.clone();
        let route = route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
        let mut response = answer.unwrap_or_else(|refusal| self.show(plumbing, refusal, route));
        headers::complete(response.headers_mut(), &reference, &nonce, plumbing.tls_only);
        let (status, elapsed) = (response.status().as_u16(), started.elapsed());
        plumbing.metrics.request(method.as_str(), route, status, elapsed);
        RequestRecord { method: method.as_str(), route, status, elapsed, reference: &reference }.log(&plumbing.log);
        response
    }

    fn show(self, plumbing: &Plumbing, refusal: Refusal, route: &str) -> Response {
        let (reference, code) = (self.reference, refusal.code());
        match refusal {
            Refusal::Broken | Refusal::TimedOut => tracing::error!(%reference, code, route, "request not answered"),
            // Anybody can cause these in any number: the request's own line, if wanted, is enough.
            _ => tracing::debug!(%reference, code, route, "request refused"),
        }
        let refused = Refused { refusal, reference, nonce: self.nonce, asker: self.asker };
        let mut response = (plumbing.refuse)(&refused);
        *response.status_mut() = refusal.status();
        if let Some(seconds) = refusal.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
