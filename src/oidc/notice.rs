//! Writes down that a client must be told of the end of a `sid` (OIDC Back-Channel Logout 1.0): an outbox row in the
//! transaction of that end. `logout` ends sessions and delivers; a change of identity ends one `sid` here.

use std::collections::HashMap;
use std::slice;

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

/// How many notices are written by one statement.
const AT_ONCE: usize = 500;

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
    /// Writes the notice for one client, if it has an address to be told at. Tell [`Provider::notices_committed`] after the
    /// commit.
    pub async fn write_notice(&self, tx: &mut Transaction, link: &SessionClientRow) -> Result<(), StoreError> {
        self.write_notices(tx, None, slice::from_ref(link), false).await
    }

    /// Writes the notices for all of these, if they have an address to be told at, and want to hear of it where the session
    /// merely ran out. Tell [`Provider::notices_committed`] after the commit.
    pub async fn write_notices(
        &self,
        tx: &mut Transaction,
        logout: Option<&LogoutRow>,
        links: &[SessionClientRow],
        ran_out: bool,
    ) -> Result<(), StoreError> {
        for links in links.chunks(AT_ONCE) {
            let ids: Vec<_> = links.iter().map(|link| link.client_id.as_str()).collect();
            let clients = self.0.clients.all_in(tx, &ids).await?;
            let clients: HashMap<_, _> = clients.iter().map(|client| (&client.id, client)).collect();
            let told = links.iter().filter_map(|link| Some((link, *clients.get(&link.client_id)?)));
            let told = told.filter(|(_, client)| !ran_out || client.metadata.logout_on_expiry);
            let jobs = told.filter_map(|(link, client)| {
                self.notice(logout, client, (Some(link.sid.clone()), link.subject.clone()))
            });
            store::outbox::insert_all(tx, &jobs.collect::<Vec<_>>()).await?;
        }
        Ok(())
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
        let Some(job) = self.notice(None, &client, (None, subject)) else { return Ok(()) };
        store::outbox::insert(tx, &job).await
    }

    /// The row that tells one client; none where it has no address.
    fn notice(
        &self,
        logout: Option<&LogoutRow>,
        client: &Client,
        (sid, subject): (Option<String>, String),
    ) -> Option<JobRow> {
        let uri = client.metadata.backchannel_logout_uri.as_ref()?;
        let now = self.0.clock.now();
        let notice = Notice {
            client_id: client.id.clone(),
            sid,
            subject,
            uri: uri.clone(),
            alg: client.metadata.id_token_signed_response_alg,
            tree: logout.map(|logout| logout.tree_id.clone()),
        };
        Some(JobRow {
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
        })
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
