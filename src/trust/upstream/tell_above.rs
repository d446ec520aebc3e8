//! Tells the node above that a session which came from it has ended here (standard 6.4 d): a logout token of this node's,
//! new at every try, to the endpoint that the node above publishes.

use futures::future::BoxFuture;
use serde_json::json;

use super::Upstream;
use super::above::{AboveError, LIMITS};
use super::logout_above::LONGEST_LIFE;
use crate::jobs::{Handler, Verdict};
use crate::logout::deliver::{LOGOUT_EVENT, LOGOUT_TOKEN_TYPE, TREE_EVENT};
use crate::logout::{UPWARD, UpwardNotice};
use crate::outbound::{OutboundRequest, OutboundResponse, retry_after};
use crate::proto::jose::SigningAlg;
use crate::store::outbox::JobRow;

/// Longest wait that a `Retry-After` can ask for.
const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_secs(600);

/// The outbox handler of upward logouts; without a node above there is nobody to tell.
pub struct TellAbove(pub Option<Upstream>);

impl Handler for TellAbove {
    fn kind(&self) -> &'static str {
        UPWARD
    }

    fn run<'a>(&'a self, job: &'a JobRow) -> BoxFuture<'a, Verdict> {
        Box::pin(async move { self.tell(job).await.unwrap_or_else(|error| Verdict::Retry { after: None, error }) })
    }
}

impl TellAbove {
    async fn tell(&self, job: &JobRow) -> Result<Verdict, String> {
        let notice: UpwardNotice = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        let Some(upstream) = self.0.as_ref().filter(|upstream| upstream.issuer() == notice.issuer) else {
            return Ok(Verdict::Refused { error: "this is no longer the node above".into() });
        };
        let metadata = upstream.0.above.metadata().await.map_err(|error| error.to_string())?;
        let Some(url) = metadata.hufu_trust_logout_endpoint.clone() else {
            return Ok(Verdict::Refused { error: "the node above takes no logouts from below".into() });
        };
        let token = upstream.upward_token(&notice)?;
        let request = OutboundRequest::form(url, &[("logout_token", &token)], LIMITS, "upward-logout");
        match upstream.0.above.send(request).await {
            Ok(answer) => Ok(upstream.judge(&answer)),
            Err(AboveError::Unreachable(why)) => Err(why),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Upstream {
    fn judge(&self, answer: &OutboundResponse) -> Verdict {
        match answer.status.as_u16() {
            200..=299 => Verdict::Done,
            400 => Verdict::Refused { error: "the node above answered 400".into() },
            status => Verdict::Retry {
                after: retry_after(&answer.headers, self.0.on.clock.now(), LONGEST_WAIT),
                error: format!("the node above answered {status}"),
            },
        }
    }

    fn upward_token(&self, notice: &UpwardNotice) -> Result<String, String> {
        let now = self.0.on.clock.now();
        let claims = json!({
            "iss": self.0.client_id,
            "aud": self.issuer(),
            "sub": notice.subject,
            "sid": notice.sid,
            "iat": now.seconds(),
            "exp": now.plus(LONGEST_LIFE).seconds(),
            "jti": self.0.on.random.short_token(),
            "events": { LOGOUT_EVENT: {}, TREE_EVENT: { "logout_id": notice.tree } },
        });
        let signed = self.0.on.keys.sign(SigningAlg::ES256, LOGOUT_TOKEN_TYPE, &claims);
        signed.map_err(|error| error.to_string())
    }
}
