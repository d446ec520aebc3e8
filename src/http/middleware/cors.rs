//! Cross-origin reading, for the routes that pages of other sites may call: discovery, keys, token, user info.
//!
//! No credentials: what such a route answers depends on what the page itself sends, never on cookies (Fetch §3.2).

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures::future::{Either, MapOk, Ready, TryFutureExt, ready};
use tower::{Layer, Service};

/// Lets pages of every site call a route, without cookies.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenToPages;

impl<S> Layer<S> for OpenToPages {
    type Service = Open<S>;

    fn layer(&self, inner: S) -> Open<S> {
        Open(inner)
    }
}

/// A service that pages of every site may call.
#[derive(Clone, Copy, Debug)]
pub struct Open<S>(S);

type Answer<F> = Either<Ready<Result<Response, Infallible>>, MapOk<F, fn(Response) -> Response>>;

impl<S> Service<Request> for Open<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if is_preflight(&request) {
            return Either::Left(ready(Ok(permission())));
        }
        Either::Right(self.0.call(request).map_ok(opened as fn(Response) -> Response))
    }
}

/// Fetch §4.8: the browser asks before it sends.
fn is_preflight(request: &Request) -> bool {
    let asks = |name| request.headers().contains_key(name);
    request.method() == Method::OPTIONS && asks(header::ORIGIN) && asks(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn permission() -> Response {
    let mut response = opened(Response::new(Body::empty()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type, dpop"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    response
}

fn opened(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("www-authenticate, dpop-nonce, retry-after"),
    );
    response
}
