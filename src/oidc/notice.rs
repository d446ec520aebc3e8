//! Writes down that a client must be told of the end of a `sid` (OIDC Back-Channel Logout 1.0): an outbox row in the
//! transaction of that end. `logout` ends sessions and delivers; a change of identity ends one `sid` here.

use serde::{Deserialize, Serialize};

use super::Provider;
use super::client::Client;
use crate::base::id::{AccountId, ClientId, JobId, LogoutId};
use crate::proto::jose::SigningAlg;
use crate::store::outbox::{JobRow, LogoutRow};
use crate::store::sessions::SessionClientRow;
use crate::store::{self, StoreError, Transaction};

/// `kind` of the outbox rows.
pub const BACKCHANNEL: &str = "backchannel_logout";

/// What such a row says: all that a delivery needs.
#[derive(Serialize, Deserialize)]
pub struct Notice {
    /// Whom to tell.
    pub client_id: ClientId,
    /// Of which `sid`; none: of every session of that subject there (OIDC Back-Channel Logout §2.4).
    pub sid: Option<String>,
    /// Whose: the `sub` that the client knows.
    pub subject: String,
    /// Where: for a client that is removed meanwhile.
    pub uri: String,
    /// Signed how: for the same.
    pub alg: SigningAlg,
    /// The logout of the whole tree of nodes that it is part of, for a node below to pass on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<LogoutId>,
}

impl Provider {
    /// Writes the notice for one client, if it has an address to be told at, and wants to hear of it where the session
    /// merely ran out. Tell [`Provider::notices_committed`] after the commit.
    pub async fn write_notice(
        &self,
        tx: &mut Transaction,
        logout: Option<&LogoutRow>,
        link: &SessionClientRow,
        ran_out: bool,
    ) -> Result<(), StoreError> {
        let Some(client) = self.0.clients.find_in(tx, &link.client_id).await? else { return Ok(()) };
        if ran_out && !client.metadata.logout_on_expiry {
            return Ok(());
        }
        self.write(tx, logout, &client, (Some(link.sid.clone()), link.subject.clone())).await
    }

    /// Tells one client that a person is gone, by the subject that it knows alone. One that wants a `sid` in every notice
    /// is not told: it says that without one there is nothing for it to end.
    pub async fn write_notice_of_subject(
        &self,
        tx: &mut Transaction,
        client: &ClientId,
        account: &AccountId,
    ) -> Result<(), StoreError> {
        let Some(client) = self.0.clients.find_in(tx, client).await? else { return Ok(()) };
        if client.metadata.backchannel_logout_session_required {
            return Ok(());
        }
        let subject = self.0.subjects.of(account, &client);
        self.write(tx, None, &client, (None, subject)).await
    }

    async fn write(
        &self,
        tx: &mut Transaction,
        logout: Option<&LogoutRow>,
        client: &Client,
        (sid, subject): (Option<String>, String),
    ) -> Result<(), StoreError> {
        let Some(uri) = &client.metadata.backchannel_logout_uri else { return Ok(()) };
        let now = self.0.clock.now();
        let notice = Notice {
            client_id: client.id.clone(),
            sid,
            subject,
            uri: uri.clone(),
            alg: client.metadata.id_token_signed_response_alg,
            tree: logout.map(|logout| logout.tree_id.clone()),
        };
        let job = JobRow {
            id: JobId::new(now, &self.0.random),
            kind: BACKCHANNEL.into(),
            destination: origin(uri),
            logout_id: logout.map(|logout| logout.id.clone()),
            payload: serde_json::to_string(&notice).unwrap_or_default(),
            state: "pending".into(),
            tries: 0,
            due_at: now,
            last_error: None,
            created_at: now,
            ended_at: None,
            expires_at: now.plus(self.0.jobs.give_up_after() + self.0.jobs.keep_dead()),
        };
        store::outbox::insert(tx, &job).await
    }

    /// Notices were committed, and tokens have ended with them: caches forget, the worker wakes.
    pub fn notices_committed(&self) {
        self.tokens_changed();
        self.0.wake.wake();
    }
}

/// Scheme, host and port of a URL: what shares a breaker.
fn origin(uri: &str) -> String {
    url::Url::parse(uri).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}
