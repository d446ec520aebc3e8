//! Registrations that access parties keep in step here (注册信息同步, standard 6.4 a), as SCIM resources: people and companies.
//!
//! A party sees and changes what it has registered and nothing else. A registration stands *beside* the account of its person:
//! both have the same document, and that is the whole link. It makes no account, changes none, opens none and tells nobody
//! whether there is one. What a party says of a name is asked of this node's authority again; what it says of a level is
//! believed only downwards.
//!
//! - [`content`]: what is kept of a resource, sealed, and how it is told · [`judge`]: what the authority says of it
//! - [`query`]: lists · [`bulk`]: many at once
//!
//! The web of it is `http::scim`.

mod bulk;
mod content;
mod judge;
mod query;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::base::id::{AccountId, ClientId, RegistrationId};
use crate::base::{SharedClock, SharedRandom, Timestamp};
use crate::keys::{BlindIndex, MasterKey, Sealer};
use crate::proto::scim::{Kind, ScimError, Version, patch};
use crate::realname::SharedCompanyRegistry;
use crate::store::registrations::{self as rows, RegistrationRow};
use crate::store::{Store, StoreError};
use crate::verification::Verifications;

pub use content::Resource;
pub use query::{MOST, Page, Query, USUAL};

use judge::Judged;

/// The scope by which a party reads what it has registered.
pub const READ_SCOPE: &str = "scim.read";
/// The scope by which it changes it.
pub const WRITE_SCOPE: &str = "scim.write";

/// Where the resources are, below the issuer.
pub const BASE: &str = "/scim/v2";

/// The service; clones share everything.
#[derive(Clone)]
pub struct Registrations(Arc<Inner>);

struct Inner {
    store: Store,
    verifications: Verifications,
    registry: SharedCompanyRegistry,
    index: BlindIndex,
    sealer: Sealer,
    clock: SharedClock,
    random: SharedRandom,
    base: String,
}

/// Which resource of whom, and in which version.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The party.
    pub party: &'a ClientId,
    /// The kind.
    pub kind: Kind,
    /// Its id.
    pub id: &'a str,
    /// `If-Match`.
    pub if_match: Option<&'a str>,
}

/// What an access party has registered of somebody, for that person to read.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The party.
    pub client_id: ClientId,
    /// When it registered the person here.
    pub since: Timestamp,
    /// The level that this node's authority confirms for it.
    pub level: i32,
}

/// What became of a wish to create.
pub enum Created {
    /// It was made now.
    New(Resource),
    /// The same was sent before: nothing was made.
    Before(Resource),
}

impl Created {
    /// The resource.
    #[must_use]
    pub fn into_resource(self) -> Resource {
        match self {
            Self::New(resource) | Self::Before(resource) => resource,
        }
    }
}

impl Registrations {
    /// Registrations at the node of this issuer.
    #[must_use]
    pub fn new(
        (store, issuer): (Store, &str),
        verifications: Verifications,
        registry: SharedCompanyRegistry,
        master: &MasterKey,
        (clock, random): (SharedClock, SharedRandom),
    ) -> Self {
        let index = BlindIndex::new(master, "registration");
        let sealer = Sealer::new(master, "registration");
        let base = format!("{issuer}{BASE}");
        Self(Arc::new(Inner { store, verifications, registry, index, sealer, clock, random, base }))
    }

    /// The address below which everything is.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.0.base
    }

    /// Registers a person or a company for `party`. The same document sent again under the same `externalId` is the same
    /// registration.
    ///
    /// # Errors
    /// What is wrong with it, what the authority says of it, or that nobody can say now: nothing is kept then.
    pub async fn create(&self, party: &ClientId, kind: Kind, document: &Value) -> Result<Created, ScimError> {
        let content = kind.read(document)?;
        if let Some(held) = self.same_before(party, kind, &content).await? {
            return Ok(Created::Before(held));
        }
        let judged = self.judge(party, kind, &content, None).await?;
        let now = self.0.clock.now();
        let id = RegistrationId::new(now, &self.0.random);
        let row = self.row((party, kind), id, &content, judged, (1, now));
        let mut tx = self.0.store.begin().await.map_err(unavailable)?;
        let fresh = rows::insert(&mut tx, &row).await.map_err(unavailable)?;
        tx.commit().await.map_err(unavailable)?;
        if fresh {
            metrics::counter!("hufu_registrations_total", "change" => "created").increment(1);
            return Ok(Created::New(self.resource(kind, &row, content)));
        }
        // Two at once: the first one's is everybody's, if it is the same.
        let held = self.same_before(party, kind, &content).await?;
        held.map(Created::Before).ok_or_else(ScimError::not_found)
    }

    /// The registration that the party has made of the same document before.
    async fn same_before(
        &self,
        party: &ClientId,
        kind: Kind,
        content: &Map<String, Value>,
    ) -> Result<Option<Resource>, ScimError> {
        let mut db = self.0.store.read().await.map_err(unavailable)?;
        let own = (party, kind.name());
        if let Some(index) = self.external_index(content)
            && let Some(row) = rows::find_by_external(&mut db, own, &index).await.map_err(unavailable)?
        {
            let held = self.open(&row)?;
            if held == *content {
                return Ok(Some(self.resource(kind, &row, held)));
            }
            return Err(ScimError::taken("external_id_taken", "another registration of yours has this externalId"));
        }
        let index = self.name_index(kind, content);
        if rows::find_by_name(&mut db, own, &index).await.map_err(unavailable)?.is_some() {
            let detail = format!("another registration of yours has this {}", kind.unique());
            return Err(ScimError::taken("name_taken", detail));
        }
        Ok(None)
    }

    /// One registration of the party.
    ///
    /// # Errors
    /// `not_found`: there is none, or it is another party's.
    pub async fn read(&self, party: &ClientId, kind: Kind, id: &str) -> Result<Resource, ScimError> {
        let (row, content) = self.held(party, kind, id).await?;
        Ok(self.resource(kind, &row, content))
    }

    /// Writes a registration anew. A document number that is not sent again stays, as it is never told.
    ///
    /// # Errors
    /// As [`Registrations::create`]; `version_mismatch`: it is not the version that was asked for.
    pub async fn replace(&self, target: Target<'_>, document: &Value) -> Result<Resource, ScimError> {
        let (row, before) = self.held_in_version(&target).await?;
        let mut content = target.kind.read(document)?;
        content::keep_secrets(target.kind, &before, &mut content);
        self.rewrite(&target, (row, before), content).await
    }

    /// Changes a registration by operations, all or none.
    ///
    /// # Errors
    /// As [`Registrations::replace`], and what of the operations cannot be done.
    pub async fn patch(&self, target: Target<'_>, message: &Value) -> Result<Resource, ScimError> {
        let (row, before) = self.held_in_version(&target).await?;
        let mut content = before.clone();
        patch::apply(target.kind, &mut content, message)?;
        content.insert("schemas".into(), target.kind.schemas_of(&content));
        let content = target.kind.read(&Value::Object(content))?;
        self.rewrite(&target, (row, before), content).await
    }

    async fn rewrite(
        &self,
        target: &Target<'_>,
        (row, before): (RegistrationRow, Map<String, Value>),
        content: Map<String, Value>,
    ) -> Result<Resource, ScimError> {
        if content == before {
            return Ok(self.resource(target.kind, &row, content));
        }
        let judged = self.judge(target.party, target.kind, &content, Some((&row, &before))).await?;
        let now = self.0.clock.now().max(row.updated_at);
        let mut next = self.row((target.party, target.kind), row.id, &content, judged, (row.version + 1, now));
        next.created_at = row.created_at;
        let mut tx = self.0.store.begin().await.map_err(unavailable)?;
        let written = match rows::replace(&mut tx, &next).await {
            Err(StoreError::Conflict) => {
                return Err(ScimError::taken(
                    "name_taken",
                    "another registration of yours has this name or externalId",
                ));
            }
            other => other.map_err(unavailable)?,
        };
        tx.commit().await.map_err(unavailable)?;
        if !written {
            return Err(mismatch());
        }
        metrics::counter!("hufu_registrations_total", "change" => "changed").increment(1);
        Ok(self.resource(target.kind, &next, content))
    }

    /// Closes a registration of the party: what was kept of it goes. No account is touched.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`.
    pub async fn remove(&self, target: Target<'_>) -> Result<(), ScimError> {
        let row = self.row_in_version(&target).await?;
        let mut tx = self.0.store.begin().await.map_err(unavailable)?;
        let gone = rows::delete(&mut tx, target.party, (&row.id, row.version)).await.map_err(unavailable)?;
        tx.commit().await.map_err(unavailable)?;
        if !gone {
            return Err(mismatch());
        }
        metrics::counter!("hufu_registrations_total", "change" => "closed").increment(1);
        Ok(())
    }

    /// Who has registered the person of an account, for that person to read.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn beside(&self, account: &AccountId) -> Result<Vec<Beside>, StoreError> {
        let found = rows::of_account(&mut self.0.store.read().await?, account).await?;
        let beside =
            |row: RegistrationRow| Beside { client_id: row.client_id, since: row.created_at, level: row.level };
        Ok(found.into_iter().map(beside).collect())
    }

    async fn held(
        &self,
        party: &ClientId,
        kind: Kind,
        id: &str,
    ) -> Result<(RegistrationRow, Map<String, Value>), ScimError> {
        let id = RegistrationId::from(id);
        let mut db = self.0.store.read().await.map_err(unavailable)?;
        let row = rows::find(&mut db, (party, kind.name()), &id).await.map_err(unavailable)?;
        let row = row.ok_or_else(ScimError::not_found)?;
        let content = self.open(&row)?;
        Ok((row, content))
    }

    async fn row_in_version(&self, target: &Target<'_>) -> Result<RegistrationRow, ScimError> {
        Ok(self.held_in_version(target).await?.0)
    }

    async fn held_in_version(&self, target: &Target<'_>) -> Result<(RegistrationRow, Map<String, Value>), ScimError> {
        let held = self.held(target.party, target.kind, target.id).await?;
        if target.if_match.is_some_and(|tags| !Version(held.0.version).is_among(tags)) {
            return Err(mismatch());
        }
        Ok(held)
    }

    fn row(
        &self,
        (party, kind): (&ClientId, Kind),
        id: RegistrationId,
        content: &Map<String, Value>,
        judged: Judged,
        (version, now): (i64, Timestamp),
    ) -> RegistrationRow {
        RegistrationRow {
            client_id: party.clone(),
            resource: kind.name().into(),
            external_index: self.external_index(content),
            name_index: self.name_index(kind, content),
            proof_index: judged.proof_index,
            sealed: self.seal(&id, content),
            level: judged.level,
            status: judged.status,
            source: judged.source,
            reference: judged.reference,
            checked_at: judged.checked_at,
            version,
            created_at: now,
            updated_at: now,
            id,
        }
    }
}

/// It is not the version that was asked for (RFC 7644 §3.14).
fn mismatch() -> ScimError {
    ScimError::refused(412, "version_mismatch", "the resource has changed since; read it again")
}

/// Our own state cannot be read or written now.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unavailable(error: StoreError) -> ScimError {
    tracing::error!(%error, "registrations cannot be reached");
    not_now()
}

fn not_now() -> ScimError {
    ScimError::later(503, "unavailable", "something that is needed does not answer", Duration::from_secs(5))
}

/// A sealed row that cannot be opened.
fn damaged() -> ScimError {
    ScimError::refused(500, "damaged", "the resource cannot be read")
}
