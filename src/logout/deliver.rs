//! Tells one client that a session has ended (OIDC Back-Channel Logout 1.0 §2.5), with a new token at every try.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::json;
use url::Url;

use super::{BACKCHANNEL, Notice, TOKEN_LIFE};
use crate::base::id::ClientId;
use crate::base::{SharedClock, SharedRandom};
use crate::jobs::{Handler, Verdict};
use crate::keys::KeyService;
use crate::oidc::Provider;
use crate::outbound::{Limits, Outbound, OutboundResponse, retry_after};
use crate::proto::jose::SigningAlg;
use crate::store::outbox::JobRow;

/// `typ` of a logout token (OIDC Back-Channel Logout §2.4).
pub const LOGOUT_TOKEN_TYPE: &str = "logout+jwt";

/// The member of `events` that makes a JWT a logout token.
pub const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The member of `events` by which nodes know one logout of the whole tree: `{"logout_id": …}`.
pub const TREE_EVENT: &str = "urn:hufu:event:logout";

/// Longest time one delivery may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait that a `Retry-After` can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The outbox handler for back-channel logout.
pub struct BackchannelLogout {
    /// The provider whose clients are told.
    pub provider: Provider,
    /// Signs the logout tokens.
    pub keys: KeyService,
    /// The way out.
    pub outbound: Outbound,
    /// The time.
    pub clock: SharedClock,
    /// Names for tokens.
    pub random: SharedRandom,
    /// The clients that are nodes: they pass a logout on under the name that it has in the whole tree.
    pub nodes: HashSet<ClientId>,
}

impl Handler for BackchannelLogout {
    fn kind(&self) -> &'static str {
        BACKCHANNEL
    }

    fn prepare<'a>(&'a self, jobs: &'a [&'a JobRow]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let told: Vec<_> =
                jobs.iter().filter_map(|job| serde_json::from_str::<Notice>(&job.payload).ok()).collect();
            let ids: Vec<_> = told.iter().map(|notice| notice.client_id.as_str()).collect();
            // Each delivery asks once more, and says what is wrong.
            if let Err(error) = self.provider.clients().expect(&ids).await {
                tracing::warn!(%error, "clients that are to be told cannot be read together");
            }
        })
    }

    fn run<'a>(&'a self, job: &'a JobRow) -> BoxFuture<'a, Verdict> {
        Box::pin(async move { self.deliver(job).await.unwrap_or_else(|error| Verdict::Retry { after: None, error }) })
    }
}

impl BackchannelLogout {
    async fn deliver(&self, job: &JobRow) -> Result<Verdict, String> {
        let notice: Notice = serde_json::from_str(&job.payload).map_err(|error| error.to_string())?;
        let client = self.provider.clients().find(&notice.client_id).await.map_err(|error| error.to_string())?;
        // As it is registered now; one that is gone is told where and how it was known.
        let (uri, alg) = match &client {
            None => (Some(&notice.uri), notice.alg),
            Some(client) => {
                (client.metadata.backchannel_logout_uri.as_ref(), client.metadata.id_token_signed_response_alg)
            }
        };
        // Not "told": somebody has to see it.
        let Some(uri) = uri else { return Ok(Verdict::Refused { error: "the client has no address any more".into() }) };
        let url = Url::parse(uri).map_err(|error| error.to_string())?;
        let token = self.logout_token(alg, &notice)?;
        let limits = Limits { timeout: TIMEOUT, max_body: 16 * 1024 };
        let form = [("logout_token", token.as_str())];
        match self.outbound.post_form(url, &form, limits, "backchannel-logout").await {
            Ok(response) => Ok(self.judge(&response)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn judge(&self, response: &OutboundResponse) -> Verdict {
        let status = response.status.as_u16();
        match status {
            200..=299 => Verdict::Done,
            400 => Verdict::Refused { error: "the client answered 400".into() },
            _ => Verdict::Retry {
                after: retry_after(&response.headers, self.clock.now(), LONGEST_WAIT),
                error: format!("the client answered {status}"),
            },
        }
    }

    fn logout_token(&self, alg: SigningAlg, notice: &Notice) -> Result<String, String> {
        let now = self.clock.now();
        let mut events = json!({ LOGOUT_EVENT: {} });
        if let (Some(tree), Some(members)) = (&notice.tree, events.as_object_mut())
            && self.nodes.contains(&notice.client_id)
        {
            members.insert(TREE_EVENT.into(), json!({ "logout_id": tree }));
        }
        let mut claims = json!({
            "iss": self.provider.issuer(),
            "sub": notice.subject,
            "aud": notice.client_id,
            "iat": now.seconds(),
            "exp": now.plus(TOKEN_LIFE).seconds(),
            "jti": self.random.short_token(),
            "events": events,
        });
        if let (Some(sid), Some(members)) = (&notice.sid, claims.as_object_mut()) {
            members.insert("sid".into(), json!(sid));
        }
        self.keys.sign(alg, LOGOUT_TOKEN_TYPE, &claims).map_err(|error| error.to_string())
    }
}
