//! The flow: a request on its way through the pages, sealed, so that nothing is stored before a person authenticates.
//!
//! It carries the parameters as they came and the few steps that leave no other trace. What a person did is read from
//! what it changed (a session's login clock, a consent's date), so a stolen or replayed flow gains nothing.

use serde::{Deserialize, Serialize};

use super::{AuthorizationRequest, Entry, Refusal};
use crate::base::Timestamp;
use crate::base::id::{ClientId, SessionId};
use crate::oidc::Provider;
use crate::proto::oauth::{ErrorCode, OAuthError, Params};

/// What flows are sealed for.
const CONTEXT: &[u8] = b"flow";

/// How long an expired flow can still be started again, in milliseconds: a day.
const RESTARTABLE: i64 = 24 * 3_600_000;

/// A request on its way.
#[derive(Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Names this passage; consumed when a code is issued.
    pub id: String,
    /// When it began: a login or consent counts as an answer only if it is younger.
    pub started_at: Timestamp,
    /// The request as it came.
    pub params: Params,
    /// The account that the person chose on the account page, as the session it was in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<SessionId>,
    /// The person went on without proving the real name that was wished for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declined_real_name: bool,
    /// The person refused to give what was asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub denied: bool,
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
                let open = self.open_flow(&sealed).map_err(refuse)?;
                if open.expired {
                    return Ok(self.begin_flow(open.flow.params));
                }
                if self.is_finished(&open.flow).await.map_err(Refusal::of)? {
                    return Err(refuse(FlowError::Finished));
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
            chosen: None,
            declined_real_name: false,
            denied: false,
        }
    }

    /// Seals a flow for a page or a link.
    #[must_use]
    pub fn seal_flow(&self, flow: &Flow) -> String {
        self.0.flows.seal(flow, CONTEXT)
    }

    /// Opens a flow that a browser brought; an expired one is told apart, for it can be started again.
    pub fn open_flow(&self, sealed: &str) -> Result<OpenFlow, FlowError> {
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
        let life = std::time::Duration::from_secs(self.0.tokens.flow_seconds);
        Ok(self.0.ephemeral.mark(&finished_key(&request.flow.id), life).await?)
    }
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
