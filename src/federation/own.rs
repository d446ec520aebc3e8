//! What this node says of itself: its entity configuration (OpenID Federation 1.0 §3.1.2) and the endpoints in it.

use serde_json::{Map, Value, json};

use super::Federation;
use super::error::FederationError;
use super::marks::MarkType;
use super::statement::{ENTITY_STATEMENT, Statement};
use crate::base::Timestamp;
use crate::proto::jose::{SigningAlg, peek_claims_unverified};

/// Paths below the node; the router and the entity configuration both read them here.
pub mod path {
    /// Statements about subordinates (§8.1).
    pub const FETCH: &str = "/federation/fetch";
    /// The list of subordinates (§8.2).
    pub const LIST: &str = "/federation/list";
    /// Resolved metadata (§8.3).
    pub const RESOLVE: &str = "/federation/resolve";
    /// Whether a trust mark still holds (§8.4).
    pub const MARK_STATUS: &str = "/federation/trust-mark-status";
    /// Who holds a trust mark (§8.5).
    pub const MARK_LIST: &str = "/federation/trust-mark-list";
    /// A trust mark itself (§8.6).
    pub const MARK: &str = "/federation/trust-mark";
    /// Keys of the past (§8.7).
    pub const HISTORICAL_KEYS: &str = "/federation/historical-keys";
    /// Explicit registration (§12.2).
    pub const REGISTER: &str = "/federation/register";
}

impl Federation {
    /// The signed entity configuration, as it is published.
    pub fn configuration(&self) -> Result<String, FederationError> {
        let now = self.now();
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(self.id())),
            ("sub".to_owned(), json!(self.id())),
            ("iat".to_owned(), json!(now.seconds())),
            ("exp".to_owned(), json!(self.until(now).seconds())),
            ("jwks".to_owned(), self.published_keys()),
            ("metadata".to_owned(), Value::Object(self.metadata())),
        ]);
        if !self.config().authority_hints.is_empty() {
            claims.insert("authority_hints".to_owned(), json!(self.config().authority_hints));
        }
        let marks: Vec<Value> = self.config().trust_marks.iter().filter_map(|mark| entry(mark)).collect();
        if !marks.is_empty() {
            claims.insert("trust_marks".to_owned(), Value::Array(marks));
        }
        if self.config().anchor {
            claims.extend(self.as_anchor());
        }
        self.sign(ENTITY_STATEMENT, &Value::Object(claims))
    }

    /// The same, read.
    pub(super) fn own_configuration(&self) -> Result<Statement, FederationError> {
        Statement::read(&self.configuration()?)
            .map_err(|fault| FederationError::Anchor(self.id().to_string(), fault.to_string()))
    }

    /// When a statement ends that is made now.
    pub(super) fn until(&self, now: Timestamp) -> Timestamp {
        now.plus(self.config().statement_life())
    }

    /// The federation keys that verify now, a JWK Set.
    #[must_use]
    pub fn published_keys(&self) -> Value {
        serde_json::from_slice(&self.keys().published().body).unwrap_or_else(|_| json!({ "keys": [] }))
    }

    /// Signs with the federation key.
    pub(super) fn sign(&self, typ: &str, claims: &Value) -> Result<String, FederationError> {
        Ok(self.keys().sign(SigningAlg::ES256, typ, claims)?)
    }

    fn metadata(&self) -> Map<String, Value> {
        let mut metadata = Map::clone(&self.0.declared.load());
        let at = |path: &str| json!(format!("{}{path}", self.0.base));
        let mut entity = Map::from_iter(
            [
                ("federation_fetch_endpoint", path::FETCH),
                ("federation_list_endpoint", path::LIST),
                ("federation_resolve_endpoint", path::RESOLVE),
                ("federation_trust_mark_status_endpoint", path::MARK_STATUS),
                ("federation_trust_mark_list_endpoint", path::MARK_LIST),
                ("federation_trust_mark_endpoint", path::MARK),
                ("federation_historical_keys_endpoint", path::HISTORICAL_KEYS),
            ]
            .map(|(name, path)| (name.to_owned(), at(path))),
        );
        let config = self.config();
        for (name, value) in
            [("organization_name", &config.organization_name), ("organization_uri", &config.organization_uri)]
        {
            entity.extend(value.as_ref().map(|text| (name.to_owned(), json!(text))));
        }
        if !config.contacts.is_empty() {
            entity.insert("contacts".to_owned(), json!(config.contacts));
        }
        metadata.insert("federation_entity".to_owned(), Value::Object(entity));
        metadata
    }

    /// Who may issue which marks, by the word of this anchor: itself those of this platform, and whom it lists (§3.1.2).
    fn as_anchor(&self) -> Map<String, Value> {
        let mut issuers: Map<String, Value> =
            MarkType::ALL.iter().map(|kind| (kind.urn().to_owned(), json!([self.id()]))).collect();
        for (mark_type, listed) in &self.config().mark_issuers {
            let all = issuers.entry(mark_type.clone()).or_insert_with(|| json!([self.id()]));
            if let Value::Array(all) = all {
                all.extend(listed.iter().map(|issuer| json!(issuer)));
            }
        }
        let owners: Map<String, Value> = self
            .config()
            .mark_owners
            .iter()
            .map(|(kind, owner)| (kind.clone(), json!({ "sub": owner.entity_id, "jwks": owner.jwks })))
            .collect();
        let mut claims = Map::from_iter([("trust_mark_issuers".to_owned(), Value::Object(issuers))]);
        if !owners.is_empty() {
            claims.insert("trust_mark_owners".to_owned(), Value::Object(owners));
        }
        claims
    }
}

/// A mark as an entry of `trust_marks`; one that cannot be read is left out.
pub(super) fn entry(mark: &str) -> Option<Value> {
    let kind = peek_claims_unverified(mark).ok()?.remove("trust_mark_type")?;
    Some(json!({ "trust_mark_type": kind, "trust_mark": mark }))
}
