//! The flow: a request on its way through the pages, sealed, so that nothing is stored before a person authenticates.
//!
//! It carries the parameters and the few steps that leave no other trace. What a person did is read from what it changed
//! (a session's login clock, a consent's date), so a stolen or replayed flow gains nothing. A request object or a pushed
//! request is read once, at the first visit: a person who takes their time is not held to its short life.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AuthorizationRequest, Entry, Refusal};
use crate::base::Timestamp;
use crate::base::id::{ClientId, SessionId};
use crate::oidc::Provider;
use crate::oidc::facade::Entrance;
use crate::proto::oauth::{ErrorCode, OAuthError, Params};

/// What flows are sealed for.
const CONTEXT: &[u8] = b"flow";

/// Longest sealed flow that is carried in a URL, in bytes.
const LONGEST_IN_URL: usize = 1_500;

/// What the name of a kept flow begins with; `.` is in no sealed text.
const KEPT: &str = "k.";

/// How long an expired flow can still be started again, in milliseconds: a day.
const RESTARTABLE: i64 = 24 * 3_600_000;

/// How long it is remembered that a pushed request has led to a code: for as long as a flow can carry it.
pub(in crate::oidc) const REMEMBER_PUSHED: Duration = Duration::from_secs(25 * 3600);

/// A request on its way.
#[derive(Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Names this passage; consumed when a code is issued.
    pub id: String,
    /// When it began: a login or consent counts as an answer only if it is younger.
    pub started_at: Timestamp,
    /// The request: as it came, then with the parameters of a pushed request or a request object in place.
    pub params: Params,
    /// Whether they are in place: what was pushed or signed for a minute need not last as long as a person takes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resolved: bool,
    /// The pushed request that it came by, which buys one code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed: Option<String>,
    /// The account that the person chose on the account page, as the session it was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<SessionId>,
    /// As whom the person chose to be there: `self`, or a company's id. It counts while they may be that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The person went on without proving the real name that was wished for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declined_real_name: bool,
    /// The person went on without the further factor that was wished for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declined_factor: bool,
    /// The person refused to give what was asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub denied: bool,
    /// The node above was asked whether it knows who sits there, or cannot be: once is enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked_above: bool,
    /// The session in which the person has signed in at the node above since this began. Its own clock has whole seconds
    /// and is another one than ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_above: Option<SessionId>,
    /// The façade that it came by, whose words the answer takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facade: Option<Entrance>,
    /// The node above was asked for a company, or cannot be: once is enough.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asked_company: bool,
}

/// Why a flow cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// Not one of ours, or altered.
    #[error("the sign-in request is not readable")]
    Unreadable,
    /// Begun too long ago, or before a restart that lost it.
    #[error("the sign-in took too long")]
    Expired,
    /// It has led to a code already.
    #[error("the sign-in is finished")]
    Finished,
}

/// An opened flow and the client that it belongs to.
pub struct OpenFlow {
    /// The flow.
    pub flow: Flow,
    /// Whether it must be started again.
    pub expired: bool,
}

impl Provider {
    /// The flow that a request begins or goes on with.
    pub(super) async fn enter(&self, entry: Entry) -> Result<Flow, Refusal> {
        match entry {
            Entry::Request(params) => Ok(self.begin_flow(params)),
            Entry::Flow(sealed) => {
                let open = self.open_flow(&sealed).await.map_err(Refusal::of)?.map_err(refuse)?;
                if open.expired {
                    return Ok(self.begin_again(open.flow));
                }
                if self.is_finished(&open.flow).await.map_err(Refusal::of)? {
                    let client = self.client_of(&open.flow.params).await.ok();
                    return Err(Refusal { client, ..refuse(FlowError::Finished) });
                }
                Ok(open.flow)
            }
        }
    }

    /// A flow that begins now.
    #[must_use]
    pub fn begin_flow(&self, params: Params) -> Flow {
        Flow {
            id: self.0.random.short_token(),
            started_at: self.0.clock.now(),
            params,
            resolved: false,
            pushed: None,
            chosen: None,
            identity: None,
            declined_real_name: false,
            declined_factor: false,
            denied: false,
            asked_above: false,
            fresh_above: None,
            facade: None,
            asked_company: false,
        }
    }

    /// The same request, begun anew: what the person did on its way no longer counts.
    #[must_use]
    pub fn begin_again(&self, flow: Flow) -> Flow {
        let Flow { resolved, pushed, facade, .. } = flow;
        Flow { resolved, pushed, facade, ..self.begin_flow(flow.params) }
    }

    /// Seals a flow for a page or a link. One that is too long for a URL is kept for as long as it may last, and what
    /// travels is its name.
    pub async fn seal_flow(&self, flow: &Flow) -> Result<String, OAuthError> {
        let sealed = self.0.flows.seal(flow, CONTEXT);
        if sealed.len() <= LONGEST_IN_URL {
            return Ok(sealed);
        }
        let name = self.0.random.token();
        let life = Duration::from_secs(self.0.tokens.flow_seconds);
        self.0.ephemeral.put(&kept_key(&name), sealed.as_bytes(), life).await?;
        Ok(format!("{KEPT}{name}"))
    }

    /// Opens a flow that a browser brought; an expired one is told apart, for it can be started again.
    pub async fn open_flow(&self, sealed: &str) -> Result<Result<OpenFlow, FlowError>, OAuthError> {
        let Some(name) = sealed.strip_prefix(KEPT) else { return Ok(self.unseal_flow(sealed)) };
        if name.len() > 64 {
            return Ok(Err(FlowError::Unreadable));
        }
        let kept = self.0.ephemeral.get(&kept_key(name)).await?;
        let kept = kept.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(kept.map_or(Err(FlowError::Expired), |sealed| self.unseal_flow(&sealed)))
    }

    fn unseal_flow(&self, sealed: &str) -> Result<OpenFlow, FlowError> {
        let flow: Flow = self.0.flows.open(sealed, CONTEXT).map_err(|_| FlowError::Unreadable)?;
        let age = self.0.clock.now().0.saturating_sub(flow.started_at.0);
        if age > RESTARTABLE {
            return Err(FlowError::Expired);
        }
        let limit = i64::try_from(self.0.tokens.flow_seconds).unwrap_or(0).saturating_mul(1000);
        Ok(OpenFlow { expired: age > limit, flow })
    }

    /// The `client_id` of a flow, for the heading of a page.
    #[must_use]
    pub fn flow_client(&self, flow: &Flow) -> Option<ClientId> {
        flow.params.get("client_id").map(ClientId::from)
    }

    async fn is_finished(&self, flow: &Flow) -> Result<bool, OAuthError> {
        Ok(self.0.ephemeral.get(&finished_key(&flow.id)).await?.is_some())
    }

    /// Marks the flow of `request` as finished; false when another tab was faster.
    pub(super) async fn finish_flow(&self, request: &AuthorizationRequest) -> Result<bool, OAuthError> {
        if !request.interacted {
            return Ok(true);
        }
        let life = Duration::from_secs(self.0.tokens.flow_seconds);
        Ok(self.0.ephemeral.mark(&finished_key(&request.flow.id), life).await?)
    }
}

fn kept_key(name: &str) -> String {
    format!("flow:{name}")
}

fn finished_key(id: &str) -> String {
    format!("flow-done:{id}")
}

fn refuse(error: FlowError) -> Refusal {
    let description = match error {
        FlowError::Unreadable => "the sign-in request is not readable",
        FlowError::Expired => "the sign-in took too long, start again from the service",
        FlowError::Finished => "this sign-in is finished, start again from the service",
    };
    Refusal { flow: Some(error), ..Refusal::of(OAuthError::new(ErrorCode::InvalidRequest, description)) }
}
