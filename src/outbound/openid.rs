//! Lends the client to the `oauth2` and `openidconnect` crates, which want a function from request to response.

use futures::future::BoxFuture;
use http::{Request, Response};
use url::Url;

use super::client::Outbound;
use super::error::{OutboundError, Refusal};
use super::request::{Limits, OutboundRequest, OutboundResponse};

/// What the closure gives back.
pub type Answer = BoxFuture<'static, Result<Response<Vec<u8>>, OutboundError>>;

impl Outbound {
    /// A closure that those crates take as their HTTP client (`oauth2::AsyncHttpClient`): same guard, limits and metrics.
    pub fn openid_http(
        &self,
        limits: Limits,
        purpose: &'static str,
    ) -> impl Fn(Request<Vec<u8>>) -> Answer + Clone + Send + Sync + 'static {
        let outbound = self.clone();
        move |request| {
            let outbound = outbound.clone();
            Box::pin(async move {
                let request = OutboundRequest::from_openid(request, limits, purpose)?;
                Ok(outbound.send(request).await?.into_openid())
            })
        }
    }
}

impl OutboundRequest {
    /// A request of those crates.
    ///
    /// # Errors
    /// [`OutboundError::Refused`] when its address is none.
    pub fn from_openid(
        request: Request<Vec<u8>>,
        limits: Limits,
        purpose: &'static str,
    ) -> Result<Self, OutboundError> {
        let (head, body) = request.into_parts();
        let url: Url = head.uri.to_string().parse().map_err(|_| OutboundError::from(Refusal::Url))?;
        Ok(Self { method: head.method, url, headers: head.headers, body: body.into(), limits, purpose })
    }
}

impl OutboundResponse {
    /// The answer as those crates take it.
    #[must_use]
    pub fn into_openid(self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body.to_vec());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
