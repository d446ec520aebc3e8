//! A message gateway asked over HTTP: a signed request (RFC 9421, the profile that authorities are asked in), a short
//! timeout, a bound on the answer, and a circuit breaker of its own for codes; notices are tried again by the outbox.
//!
//! ```text
//! POST /v1/messages
//! {"to":"+8613800135021","template":"code_sign_in","params":{"code":"012345","minutes":"5"},"locale":"zh-CN","text":"…"}
//! ```
//!
//! Any 2xx takes the message; 400, 404, 409 and 422 refuse it for good; everything else may work later. `templates` maps
//! our names to the identifiers that the gateway has approved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::{Message, MessageError, Messenger};
use crate::base::{Secret, SharedClock, SharedRandom};
use crate::outbound::{Breaker, BreakerPolicy, Limits, Outbound, OutboundError, OutboundRequest, Refusal};
use crate::realname::sources::signature::{Party, sign_request};

/// Where messages are posted, below the gateway's URL.
pub const PATH: &str = "/v1/messages";

const PURPOSE: &str = "message";
const MAX_ANSWER: usize = 16 * 1024;

/// How to reach a gateway.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayOptions {
    /// Its base URL; `/v1/messages` is appended.
    pub url: String,
    /// Who asks.
    pub party_id: String,
    /// The secret shared with it.
    #[serde(serialize_with = "Secret::hidden")]
    pub secret: Secret,
    /// Milliseconds for one message.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// The gateway's identifiers of our texts; a text that is not listed goes by our own name.
    #[serde(default)]
    pub templates: BTreeMap<String, String>,
    /// When to leave it alone.
    #[serde(default)]
    pub breaker: BreakerPolicy,
}

const fn default_timeout_ms() -> u64 {
    3_000
}

/// A gateway behind HTTP.
pub struct HttpGateway {
    url: Url,
    party: Party,
    sender: String,
    limits: Limits,
    templates: BTreeMap<String, String>,
    breaker: Arc<Breaker>,
    outbound: Outbound,
    clock: SharedClock,
    random: SharedRandom,
}

impl HttpGateway {
    /// A gateway for texts signed by `sender`.
    ///
    /// # Errors
    /// [`OutboundError::Refused`] when the URL is none, or leads where the guard lets nothing out.
    pub fn new(
        options: GatewayOptions,
        sender: String,
        outbound: Outbound,
        (clock, random): (SharedClock, SharedRandom),
    ) -> Result<Self, OutboundError> {
        let url = format!("{}{PATH}", options.url.trim_end_matches('/'));
        let url: Url = url.parse().map_err(|_| OutboundError::from(Refusal::Url))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Refusal::Url.into());
        }
        outbound.check_url(&url)?;
        let timeout = Duration::from_millis(options.timeout_ms).min(super::LONGEST);
        Ok(Self {
            url,
            party: Party { id: options.party_id, secret: options.secret },
            sender,
            limits: Limits { timeout, max_body: MAX_ANSWER },
            templates: options.templates,
            breaker: Breaker::new(options.breaker, clock.clone()),
            outbound,
            clock,
            random,
        })
    }

    fn request(&self, message: &Message) -> Option<OutboundRequest> {
        let template = message.template();
        let params: serde_json::Map<String, serde_json::Value> =
            message.params().into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let body = json!({
            "to": message.to.e164(),
            "template": self.templates.get(&template).unwrap_or(&template),
            "params": params,
            "locale": message.locale,
            "text": message.text(&self.sender),
        });
        let body: Bytes = serde_json::to_vec(&body).ok()?.into();
        let nonce = self.random.short_token();
        let signed = ("POST", self.url.path(), &body[..]);
        let mut headers = sign_request(&self.party, signed, &message.key, (self.clock.now(), &nonce))?;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (url, limits) = (self.url.clone(), self.limits);
        Some(OutboundRequest { method: Method::POST, url, headers, body, limits, purpose: PURPOSE })
    }

    async fn hand_over(&self, message: &Message) -> Result<(), MessageError> {
        let request = self.request(message).ok_or(MessageError::Refused)?;
        let admission = self.breaker.admit().map_err(|_| MessageError::Unavailable("left alone"))?;
        match self.outbound.send(request).await {
            Ok(response) if response.is_success() => {
                admission.succeeded();
                Ok(())
            }
            Ok(response) if matches!(response.status.as_u16(), 400 | 404 | 409 | 422) => {
                admission.succeeded();
                Err(MessageError::Refused)
            }
            Ok(_) => {
                admission.failed();
                Err(MessageError::Unavailable("status"))
            }
            Err(error) => {
                admission.failed();
                Err(MessageError::Unavailable(error.label()))
            }
        }
    }
}

impl Messenger for HttpGateway {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MessageError>> {
        Box::pin(async move {
            let result = self.hand_over(message).await;
            let label = match &result {
                Ok(()) => "taken",
                Err(MessageError::Unavailable(why)) => why,
                Err(MessageError::Refused | MessageError::NotConfigured) => "refused",
            };
            metrics::counter!("hufu_messages_total", "template" => message.template(), "result" => label).increment(1);
            result
        })
    }

    fn is_ready(&self) -> bool {
        self.breaker.is_closed()
    }

    fn destination(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}
