//! Those for whom this node vouches: kept in the store by the operator, and answered for in subordinate statements
//! (OpenID Federation 1.0 §3.1.3). Whoever is suspended or removed is vouched for no more; what this node itself trusts
//! through them ends at once, and everybody else's trust with the statements that are out.

use serde_json::{Map, Value, json};

use super::Federation;
use super::collect::fetch_statement;
use super::constraints::Constraints;
use super::entity_id::EntityIdentifier;
use super::error::FederationError;
use super::policy::MetadataPolicy;
use super::statement::{ENTITY_STATEMENT, MAX_STATEMENT, Statement};
use crate::outbound::Limits;
use crate::proto::jose::PublicJwkSet;
use crate::store::subordinates::{self, SubordinateRow};
use crate::store::{JsonText, StoreError, federation_clients};

/// Rows read in one go.
const PAGE: i64 = 500;

const ACTIVE: &str = "active";
const SUSPENDED: &str = "suspended";

/// An entity to vouch for.
#[derive(Clone, Debug)]
pub struct Subordinate {
    /// Its entity id.
    pub entity_id: EntityIdentifier,
    /// Its federation keys, a JWK Set.
    pub jwks: Value,
    /// Its entity types.
    pub entity_types: Vec<String>,
    /// Whether it vouches for others itself.
    pub intermediate: bool,
    /// Metadata in place of its own, by entity type.
    pub metadata: Value,
    /// Policy for its metadata and that of those below it.
    pub metadata_policy: Value,
    /// Constraints.
    pub constraints: Value,
}

impl Subordinate {
    /// What would only be found out by whoever judges a chain is found out here.
    fn check(&self) -> Result<(), FederationError> {
        let refused = |why: String| FederationError::Metadata(why);
        let keys = PublicJwkSet::from_value(&self.jwks).map_err(|error| refused(format!("jwks: {error}")))?;
        if keys.is_empty() {
            return Err(refused("jwks: no key that can be used".into()));
        }
        MetadataPolicy::read(Some(&self.metadata_policy), None).map_err(|error| refused(error.to_string()))?;
        Constraints::read(Some(&self.constraints)).map_err(|fault| refused(fault.to_string()))?;
        if self.metadata.as_object().is_none_or(|types| types.values().any(|members| !members.is_object())) {
            return Err(refused("metadata: must be objects by entity type".into()));
        }
        Ok(())
    }
}

impl Federation {
    /// Vouches for an entity, in place of what was said of it before.
    ///
    /// # Errors
    /// [`FederationError::Metadata`]: keys, policy, constraints or metadata that would break every chain.
    pub async fn add_subordinate(&self, new: &Subordinate) -> Result<(), FederationError> {
        new.check()?;
        let now = self.now();
        let row = SubordinateRow {
            entity_id: new.entity_id.to_string(),
            state: ACTIVE.to_owned(),
            entity_types: JsonText(new.entity_types.clone()),
            intermediate: new.intermediate,
            jwks: new.jwks.to_string(),
            metadata: new.metadata.to_string(),
            metadata_policy: new.metadata_policy.to_string(),
            constraints: new.constraints.to_string(),
            created_at: now,
            updated_at: now,
        };
        let mut tx = self.0.on.store.begin().await?;
        subordinates::put(&mut tx, &row).await?;
        Ok(tx.commit().await?)
    }

    /// Vouches no more for an entity; false when there is none.
    pub async fn remove_subordinate(&self, entity: &EntityIdentifier) -> Result<bool, FederationError> {
        let mut tx = self.0.on.store.begin().await?;
        let found = subordinates::delete(&mut tx, entity.as_str()).await?;
        tx.commit().await?;
        self.end_trust_in(entity).await?;
        Ok(found)
    }

    /// Vouches for an entity or not, until it is said otherwise; false when there is none.
    pub async fn suspend_subordinate(&self, entity: &EntityIdentifier, suspend: bool) -> Result<bool, FederationError> {
        let state = if suspend { SUSPENDED } else { ACTIVE };
        let mut tx = self.0.on.store.begin().await?;
        let found = subordinates::set_state(&mut tx, entity.as_str(), state, self.now()).await?;
        tx.commit().await?;
        if suspend {
            self.end_trust_in(entity).await?;
        }
        Ok(found)
    }

    /// The entities after `after` in order of id, whatever their state.
    pub async fn subordinates(&self, after: &str) -> Result<Vec<SubordinateRow>, FederationError> {
        Ok(subordinates::list(&mut self.0.on.store.read().await?, after, PAGE).await?)
    }

    /// The entity, if this node vouches for it now.
    pub(super) async fn vouched_for(&self, entity: &str) -> Result<Option<SubordinateRow>, StoreError> {
        let row = subordinates::find(&mut self.0.on.store.read().await?, entity).await?;
        Ok(row.filter(|row| row.state == ACTIVE))
    }

    /// What this node says about an entity that it vouches for (§8.1); `None`: it does not.
    pub async fn statement_about(&self, entity: &str) -> Result<Option<String>, FederationError> {
        let Some(row) = self.vouched_for(entity).await? else { return Ok(None) };
        let now = self.now();
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(self.id())),
            ("sub".to_owned(), json!(row.entity_id)),
            ("iat".to_owned(), json!(now.seconds())),
            ("exp".to_owned(), json!(self.until(now).seconds())),
        ]);
        let parts = [
            ("jwks", &row.jwks),
            ("metadata", &row.metadata),
            ("metadata_policy", &row.metadata_policy),
            ("constraints", &row.constraints),
        ];
        for (name, text) in parts {
            let value: Value = serde_json::from_str(text).map_err(|_| StoreError::Damaged("subordinate"))?;
            if value.as_object().is_some_and(|members| !members.is_empty()) {
                claims.insert(name.to_owned(), value);
            }
        }
        self.sign(ENTITY_STATEMENT, &Value::Object(claims)).map(Some)
    }

    /// The same, read.
    pub(super) async fn about(&self, entity: &EntityIdentifier) -> Result<Option<Statement>, FederationError> {
        let Some(text) = self.statement_about(entity.as_str()).await? else { return Ok(None) };
        let read = Statement::read(&text);
        Ok(Some(read.map_err(|fault| FederationError::Anchor(self.id().to_string(), fault.to_string()))?))
    }

    /// What an entity says of itself, signed by the keys that it names itself: for the operator, who compares the keys with
    /// what the entity has told by another way before vouching for it.
    pub async fn first_contact(&self, entity: &EntityIdentifier) -> Result<Statement, FederationError> {
        let limits = Limits { timeout: std::time::Duration::from_secs(5), max_body: MAX_STATEMENT };
        let failed = |why: String| FederationError::Request(format!("{entity}: {why}"));
        let url = entity.configuration_url().ok_or_else(|| failed("it is no URL".into()))?;
        let said = fetch_statement(self.outbound(), url, limits).await.map_err(|fault| failed(fault.to_string()))?;
        let keys = said.keys().map_err(|fault| failed(fault.to_string()))?;
        said.verify(&keys, self.moment()).map_err(|fault| failed(fault.to_string()))?;
        if said.subject == *entity && said.is_configuration() {
            Ok(said)
        } else {
            Err(failed("it is about another".into()))
        }
    }

    /// Takes over the keys that subordinates announce, signed with one that is known: so their keys roll over without
    /// anybody's hand (§11.2). One that does not answer keeps the keys that are known.
    pub(super) async fn roll_subordinate_keys(&self) -> Result<(), FederationError> {
        let mut after = String::new();
        loop {
            let page = self.subordinates(&after).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.entity_id);
            for row in page.iter().filter(|row| row.state == ACTIVE) {
                if let Err(error) = self.roll_keys_of(row).await {
                    tracing::warn!(entity = row.entity_id, %error, "the keys of a subordinate were not looked at");
                }
            }
        }
    }

    async fn roll_keys_of(&self, row: &SubordinateRow) -> Result<(), FederationError> {
        let Some(entity) = EntityIdentifier::parse(&row.entity_id) else { return Ok(()) };
        let limits = Limits { timeout: std::time::Duration::from_secs(3), max_body: MAX_STATEMENT };
        let Some(url) = entity.configuration_url() else { return Ok(()) };
        let failed = |fault: super::Fault| FederationError::Request(fault.to_string());
        let said = fetch_statement(self.outbound(), url, limits).await.map_err(failed)?;
        let known = PublicJwkSet::parse(&row.jwks).map_err(|_| StoreError::Damaged("subordinate keys"))?;
        said.verify(&known, self.moment()).map_err(failed)?;
        let next = said.claims.get("jwks").map(Value::to_string).unwrap_or_default();
        if said.subject != entity || !said.is_configuration() || next == row.jwks {
            return Ok(());
        }
        tracing::info!(%entity, "a subordinate has new keys");
        let mut tx = self.0.on.store.begin().await?;
        subordinates::roll_keys(&mut tx, &row.entity_id, (&row.jwks, &next), self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Ends what this node trusts through an entity: its own registrations and those of everybody below it.
    pub(super) async fn end_trust_in(&self, entity: &EntityIdentifier) -> Result<(), FederationError> {
        let mut after = String::new();
        loop {
            let page = federation_clients::list(&mut self.0.on.store.read().await?, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.client_id.0);
            for row in page.iter().filter(|row| row.path.0.iter().any(|step| step == entity.as_str())) {
                let (mut tx, now) = (self.0.on.store.begin().await?, self.now());
                federation_clients::trust_until(&mut tx, &row.client_id, now, now).await?;
                tx.commit().await?;
                if let Some(subject) = EntityIdentifier::parse(&row.entity_id) {
                    self.forget(&subject).await?;
                }
            }
        }
        Ok(self.forget(entity).await?)
    }
}
