//! User information for access parties (用户信息查询, standard 6.4 b): by a token of the party's own, about people who have used it, as far as
//! they granted, and what has changed since it last asked. A consent that is withdrawn and an account that is closed are changes too, and
//! take every claim along.

use serde_json::{Map, Value};

use super::Provider;
use super::assurance::Wanted;
use super::authorize::agreement;
use super::claims::{self, About};
use super::client::Client;
use crate::accounts::{AccountError, AccountState};
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::proto::oauth::{OAuthError, Scope};
use crate::proto::oidc::ClaimsRequest;
use crate::store::known_people::{self as rows, KnownPersonRow};
use crate::store::{StoreError, Transaction};

/// The scope by which an access party reads people, granted by the operator.
pub const SCOPE: &str = "users.read";

/// How somebody stands at an access party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The claims are told.
    Active,
    /// The account may not be used now.
    Suspended,
    /// The person no longer agrees that the party is told anything.
    Withdrawn,
    /// The account is closed.
    Closed,
}

impl Standing {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Closed => "closed",
        }
    }
}

/// Somebody whom an access party knows.
pub struct KnownPerson {
    /// The `sub`.
    pub subject: String,
    /// How they stand.
    pub standing: Standing,
    /// What they granted; empty in any other standing than active.
    pub claims: Map<String, Value>,
    /// When they last changed.
    pub changed_at: Timestamp,
}

impl Client {
    /// Whether the client was let to read people.
    #[must_use]
    pub fn reads_people(&self) -> bool {
        self.metadata.scope.as_ref().is_some_and(|scope| scope.contains(SCOPE))
    }
}

impl Provider {
    /// Writes down in the caller's transaction that a person uses a party which reads people, and what they granted it.
    pub(in crate::oidc) async fn note_known(
        &self,
        tx: &mut Transaction,
        (client, account, subject): (&Client, &AccountId, &str),
        (scope, wishes): (&Scope, &ClaimsRequest),
    ) -> Result<(), StoreError> {
        let now = self.0.clock.now();
        let row = KnownPersonRow {
            client_id: client.id.clone(),
            subject: subject.to_owned(),
            account_id: account.clone(),
            scope: scope.to_string(),
            claims: serde_json::to_string(wishes).unwrap_or_default(),
            dirty: true,
            changed_at: now,
            created_at: now,
        };
        rows::note(tx, &row).await
    }

    /// Whom `client` knows by this `sub`.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn known_person(&self, client: &Client, subject: &str) -> Result<Option<KnownPerson>, OAuthError> {
        let row = rows::find(&mut self.0.store.read().await?, &client.id, subject).await?;
        match row {
            Some(row) => Ok(Some(self.told_of(client, row).await?)),
            None => Ok(None),
        }
    }

    /// People of `client` who have changed since `after`, in the order of change, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn changed_people(
        &self,
        client: &Client,
        after: (Timestamp, &str),
        limit: i64,
    ) -> Result<Vec<KnownPerson>, OAuthError> {
        let mut tx = self.0.store.begin().await?;
        rows::stamp(&mut tx, &client.id, self.0.clock.now()).await?;
        tx.commit().await?;
        let found = rows::page(&mut self.0.store.read().await?, &client.id, after, limit).await?;
        let mut people = Vec::new();
        for row in found {
            people.push(self.told_of(client, row).await?);
        }
        Ok(people)
    }

    async fn told_of(&self, client: &Client, row: KnownPersonRow) -> Result<KnownPerson, OAuthError> {
        let person = match self.0.accounts.find(&row.account_id).await {
            Err(AccountError::Unknown) => None,
            other => Some(other?),
        };
        let wishes: ClaimsRequest =
            serde_json::from_str(&row.claims).map_err(|_| StoreError::Damaged("granted claims"))?;
        let scope = Scope::parse(&row.scope).unwrap_or_default();
        let (mut told, mut standing) = (Map::new(), Standing::Closed);
        if let Some(person) = person.filter(|person| person.state != AccountState::Closed) {
            let usable = person.state == AccountState::Active && !person.lacks_guardian(self.0.clock.now());
            let agreed = agreement(self, (client, &person.id), (&scope, &wishes)).await?.is_some();
            standing = match (agreed, usable) {
                (false, _) => Standing::Withdrawn,
                (true, false) => Standing::Suspended,
                (true, true) => Standing::Active,
            };
            if standing == Standing::Active {
                told = claims::for_userinfo(About { person: &person, acting: None }, &scope, &wishes);
                let wanted = Wanted { claims: &wishes.userinfo, verified: &wishes.verified_userinfo };
                self.assure(&mut told, &person, client, &wanted);
            }
        }
        Ok(KnownPerson { subject: row.subject, standing, claims: told, changed_at: row.changed_at })
    }
}
