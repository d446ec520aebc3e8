//! Acting for a company: what tokens say of it, and as whom a client takes part in a session.
//!
//! `sub` is the company, `act.sub` the person (RFC 8693 §4.1), `entity`, `role` and `agent_valid_until` say the rest: no
//! record shows one without the other. `acr`, `amr` and `auth_time` stay the person's. A client has one identity in a
//! session at a time: changing it is a new `sid` and a new family of tokens, and ends the old ones in the same transaction. Only a
//! node below, which carries identities on to services of its own, has several side by side, each with its `sid`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Provider;
use super::claims::SCOPES;
use super::client::Client;
use crate::base::Timestamp;
use crate::base::id::{AccountId, EntityId, GrantId, MandateId, SessionId};
use crate::entities::{Role, Standing};
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::session::Session;
use crate::store::sessions::SessionClientRow;
use crate::store::{self, StoreError, Transaction};

/// For whom a grant acts, and by what: fixed when the code is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    /// By which mandate.
    pub mandate_id: MandateId,
    /// For which company.
    pub entity_id: EntityId,
    /// Its code.
    pub uscc: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// As what the person acts.
    pub role: Role,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// In what; told only to a node below that carries it on, and there always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matters: Option<Vec<String>>,
}

impl Acting {
    /// What a standing comes to at a client.
    #[must_use]
    pub fn by(standing: Standing, client: &Client) -> Self {
        Self {
            matters: client.metadata.carries_companies.then(|| standing.matters.list().to_vec()),
            mandate_id: standing.mandate_id,
            entity_id: standing.entity_id,
            uscc: standing.code,
            name: standing.name,
            kind: standing.kind.as_str().to_owned(),
            role: standing.role,
            valid_until: standing.valid_until,
        }
    }

    /// The members that ID tokens, access tokens, UserInfo and introspection have alike; `actor` is the person's `sub` at
    /// the party that reads them.
    #[must_use]
    pub fn members(&self, actor: &str) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("act".into(), json!({"sub": actor}));
        out.insert("entity".into(), json!({"name": self.name, "uscc": self.uscc, "type": self.kind}));
        out.insert("role".into(), json!(self.role));
        if let Some(until) = self.valid_until {
            out.insert("agent_valid_until".into(), json!(until.seconds()));
        }
        if let Some(matters) = &self.matters {
            out.insert("agent_matters".into(), json!(matters));
        }
        out
    }

    /// The earlier of a moment and the mandate's end: nothing outlives the power that it comes from.
    #[must_use]
    pub fn no_later(acting: Option<&Self>, moment: Timestamp) -> Timestamp {
        acting.and_then(|acting| acting.valid_until).map_or(moment, |until| until.min(moment))
    }
}

/// The `sub` of a person, or of the company they act for.
pub(super) fn subject(provider: &Provider, client: &Client, account: &AccountId, acting: Option<&Acting>) -> String {
    match acting {
        None => provider.0.subjects.of(account, client),
        Some(acting) => provider.0.subjects.of_entity(&acting.entity_id, client),
    }
}

/// What a client is for, as far as mandates can be bound to it: its matters, and its scopes that say nothing of people.
pub(super) fn served(client: &Client) -> impl Iterator<Item = &str> {
    let scopes = client.metadata.scope.iter().flat_map(|scope| scope.iter());
    let own = scopes.filter(|item| SCOPES.iter().all(|scope| scope.name != *item));
    client.metadata.matters.iter().map(String::as_str).chain(own)
}

/// Whether a mandate reaches into what a client is for. A node below is told how far each reaches, and asks this itself of the
/// services there.
fn reaches(client: &Client, standing: &Standing) -> bool {
    client.metadata.carries_companies || standing.matters.reach(served(client))
}

/// One client's part in a session, as one identity.
pub(super) struct Part<'a> {
    /// The client.
    pub client: &'a Client,
    /// The session.
    pub session: &'a SessionId,
    /// For whom; none for oneself.
    pub acting: Option<&'a Acting>,
    /// The `sub` that the client is told.
    pub subject: &'a str,
    /// The grant that is being written: it makes a new `sid` unlike every earlier one.
    pub grant: &'a GrantId,
}

/// What came of taking part.
pub(super) struct Taken {
    /// The `sid` that the client is told.
    pub sid: String,
    /// Whether another identity has left, so that [`Provider::notices_committed`] must hear of the commit.
    pub parted: bool,
}

impl Provider {
    /// For whom the person may act at a client now, in this session: mandates that are good and reach into what the client is
    /// for. Of two for one company that of this node counts.
    pub(super) async fn standings_at(&self, session: &Session, client: &Client) -> Result<Vec<Standing>, StoreError> {
        if !client.metadata.subject.serves_entities() {
            return Ok(Vec::new());
        }
        let mut all: Vec<Standing> = Vec::new();
        for standing in self.0.entities.standings_in(&session.account_id, &session.id).await? {
            let known = all.iter().any(|earlier| earlier.entity_id == standing.entity_id);
            if !known && reaches(client, &standing) {
                all.push(standing);
            }
        }
        Ok(all)
    }

    /// Whether what a code or grant acts by is still good, for this person at this client; held until the caller's
    /// transaction ends. Asked by every grant type that speaks for a person (threat 12).
    pub(super) async fn still_acting(
        &self,
        tx: &mut Transaction,
        (client, account): (&Client, &AccountId),
        mandate: Option<&MandateId>,
    ) -> Result<Option<Acting>, OAuthError> {
        let over = |why| OAuthError::new(ErrorCode::InvalidGrant, why);
        let serves = client.metadata.subject;
        let Some(mandate) = mandate else {
            return if serves.serves_persons() { Ok(None) } else { Err(over("this client serves companies only")) };
        };
        let standing = self.0.entities.hold(tx, mandate, account).await?;
        let standing = standing.filter(|standing| serves.serves_entities() && reaches(client, standing));
        let standing = standing.ok_or_else(|| over("the person may no longer act for this company here"))?;
        Ok(Some(Acting::by(standing, client)))
    }

    /// Records in the caller's transaction that a client takes part as this identity; any other identity that it had in
    /// this session leaves, and it is told so. The caller holds the session.
    pub(super) async fn take_part(&self, tx: &mut Transaction, part: &Part<'_>) -> Result<Taken, StoreError> {
        let metadata = &part.client.metadata;
        let only_persons = !metadata.subject.serves_entities();
        if part.acting.is_none() && (only_persons || metadata.carries_companies) {
            let sid = self.0.sessions.sid(part.session, &part.client.id, "");
            self.0.sessions.join(tx, self.link(part, &sid)).await?;
            return Ok(Taken { sid, parted: false });
        }
        let acting_for = part.acting.map_or("", |acting| acting.entity_id.as_str());
        let links = store::sessions::links_at(tx, part.session, &part.client.id).await?;
        let (own, mut others): (Vec<_>, Vec<_>) = links.into_iter().partition(|link| link.acting_for == acting_for);
        // The services of a node below have one identity each, not all the same.
        others.retain(|_| !metadata.carries_companies);
        for link in &others {
            self.leave(tx, link).await?;
        }
        if let Some(link) = own.into_iter().next() {
            return Ok(Taken { sid: link.sid, parted: !others.is_empty() });
        }
        let sid = self.0.sessions.sid(part.session, &part.client.id, &format!("{acting_for}\n{}", part.grant));
        store::sessions::join(tx, &self.link(part, &sid)).await?;
        Ok(Taken { sid, parted: !others.is_empty() })
    }

    fn link(&self, part: &Part<'_>, sid: &str) -> SessionClientRow {
        SessionClientRow {
            session_id: part.session.clone(),
            client_id: part.client.id.clone(),
            acting_for: part.acting.map(|acting| acting.entity_id.0.clone()).unwrap_or_default(),
            sid: sid.to_owned(),
            subject: part.subject.to_owned(),
            created_at: self.0.clock.now(),
        }
    }

    /// One identity leaves a client: its tokens end, and the client is told of its `sid`.
    async fn leave(&self, tx: &mut Transaction, link: &SessionClientRow) -> Result<(), StoreError> {
        self.write_notice(tx, link).await?;
        store::grants::end_of_participation(tx, link, self.0.clock.now(), "identity_changed").await?;
        store::sessions::part(tx, link).await?;
        Ok(())
    }
}
