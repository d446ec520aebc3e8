//! Lends the client to the `oauth2` and `openidconnect` crates, which want a function from request to response.

use futures::future::BoxFuture;
use http::{Request, Response};
use url::Url;

use super::client::Outbound;
use super::error::{OutboundError, Refusal};
use super::request::{Limits, OutboundRequest};

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
                let (head, body) = request.into_parts();
                let url: Url = head.uri.to_string().parse().map_err(|_| OutboundError::from(Refusal::Url))?;
                let (method, headers) = (head.method, head.headers);
                let request = OutboundRequest { method, url, headers, body: body.into(), limits, purpose };
                let answer = outbound.send(request).await?;
                let mut response = Response::new(answer.body.to_vec());
                *response.status_mut() = answer.status;
                *response.headers_mut() = answer.headers;
                Ok(response)
            })
        }
    }
}
