//! [`AuthorizationRequest`]: what the checks have found out about a request.

use std::sync::Arc;

use super::{Asked, Flow, Identity};
use crate::base::Timestamp;
use crate::entities::Standing;
use crate::oidc::Provider;
use crate::oidc::client::Client;
use crate::proto::oauth::{Challenge, OAuthError, Params, Scope};
use crate::proto::oidc::{Acr, ClaimsRequest, Prompts, ResponseMode};
use crate::realname::SocialCreditCode;
use crate::session::Session;

/// A request whose client and redirect URI are known; the checks fill in the rest.
pub struct AuthorizationRequest {
    /// The flow that it travels in, with its parameters.
    pub flow: Flow,
    /// Whether a page of ours was on the way.
    pub interacted: bool,
    /// Who asks.
    pub client: Arc<Client>,
    /// Where the answer goes: one of the client's own, exactly.
    pub redirect_uri: String,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// What is asked for, less what this client may not have or this server does not know.
    pub scope: Scope,
    /// `nonce`, to be repeated in the ID token.
    pub nonce: Option<String>,
    /// PKCE challenge.
    pub challenge: Option<Challenge>,
    /// Prompts.
    pub prompts: Prompts,
    /// `max_age` or the client's default, in seconds.
    pub max_age: Option<u64>,
    /// Levels wished for, in order of preference.
    pub acr_wishes: Vec<Acr>,
    /// The least level that is demanded: essential `acr`, or the client's minimum.
    pub acr_demand: Option<Acr>,
    /// How fresh the proof of the real name must be, in seconds, and whether the client insists.
    pub proof_max_age: Option<(u64, bool)>,
    /// The `claims` parameter.
    pub claims: ClaimsRequest,
    /// The `sub` that an ID token hint or the `claims` parameter names.
    pub expected_subject: Option<String>,
    /// The `act.sub` that an ID token hint names beside it.
    pub expected_actor: Option<String>,
    /// The company that `authorization_details` names.
    pub named_company: Option<SocialCreditCode>,
    /// The company that an ID token hint speaks of.
    pub hinted_company: Option<SocialCreditCode>,
    /// For whom the person may act at this client, once it is known who they are.
    pub standings: Vec<Standing>,
    /// As whom the person is here, once they or the client have said.
    pub identity: Identity,
}

impl AuthorizationRequest {
    /// The parameters, those of a request object or pushed request in place.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.flow.params
    }

    /// Whether no page may be shown.
    #[must_use]
    pub fn silent(&self) -> bool {
        self.prompts.forbids_pages()
    }

    /// Whether something done at `at` answers this request.
    #[must_use]
    pub fn answered_by(&self, at: Timestamp) -> bool {
        at >= self.flow.started_at
    }

    /// Whether the sign-in of a session answers this request: made since it began, here or at the node above.
    #[must_use]
    pub fn answered_in(&self, session: &Session) -> bool {
        self.answered_by(session.auth_time) || self.flow.fresh_above.as_ref() == Some(&session.id)
    }

    /// A question for the person, with what its page needs.
    pub(super) async fn asked<T>(&self, provider: &Provider, question: T) -> Result<Asked<T>, OAuthError> {
        Ok(Asked {
            flow: provider.seal_flow(&self.flow).await?,
            client: Arc::clone(&self.client),
            login_hint: self.params().get("login_hint").map(str::to_owned),
            ui_locales: self.params().get("ui_locales").map(str::to_owned),
            question,
        })
    }
}
