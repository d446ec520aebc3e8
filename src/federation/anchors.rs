//! The anchors: known by keys that the operator had from them by another way, and from then on by what they announce
//! themselves, signed with a key that was known before. So an anchor's keys roll over without anybody's hand.
//!
//! What an anchor has announced is kept in the store, together with the fingerprint of the configured keys: other keys in
//! the configuration begin anew.

use std::sync::Arc;

use serde_json::Value;

use super::chain::Anchor;
use super::collect::fetch_statement;
use super::entity_id::EntityIdentifier;
use super::error::FederationError;
use super::fault::Fault;
use super::statement::{MAX_STATEMENT, Statement};
use super::{Federation, FederationConfig};
use crate::base::Timestamp;
use crate::base::encoding::{base64url, sha256};
use crate::outbound::Limits;
use crate::proto::jose::PublicJwkSet;
use crate::store::trust_chains::TrustChainRow;
use crate::store::{JsonText, trust_chains};

/// An anchor as it is known now.
#[derive(Clone)]
pub struct AnchorView {
    /// The anchor, with the keys that count now.
    pub anchor: Anchor,
    /// What it last said of itself.
    pub configuration: Option<Statement>,
    /// When that was heard.
    pub heard_at: Timestamp,
    /// The fingerprint of the keys in the configuration.
    pin: String,
}

impl AnchorView {
    /// Who may issue marks of this type, by the anchor's word: itself where it lists nobody else.
    #[must_use]
    pub fn issuers(&self, mark_type: &str) -> Vec<EntityIdentifier> {
        let listed = self.claim("trust_mark_issuers", mark_type).and_then(Value::as_array);
        listed.into_iter().flatten().filter_map(Value::as_str).filter_map(EntityIdentifier::parse).collect()
    }

    /// Every issuer of marks that it lists.
    #[must_use]
    pub fn all_issuers(&self) -> Vec<EntityIdentifier> {
        let types = self.configuration.as_ref().and_then(|said| said.claims.get("trust_mark_issuers")?.as_object());
        let names = types.into_iter().flatten().flat_map(|(_, list)| list.as_array().into_iter().flatten());
        let mut all: Vec<_> = names.filter_map(Value::as_str).filter_map(EntityIdentifier::parse).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whose the marks of this type are, and the owner's keys.
    #[must_use]
    pub fn owner(&self, mark_type: &str) -> Option<(EntityIdentifier, PublicJwkSet)> {
        let owner = self.claim("trust_mark_owners", mark_type)?;
        let keys = PublicJwkSet::from_value(owner.get("jwks")?).ok()?;
        Some((EntityIdentifier::parse(owner.get("sub")?.as_str()?)?, keys))
    }

    fn claim(&self, name: &str, mark_type: &str) -> Option<&Value> {
        self.configuration.as_ref()?.claims.get(name)?.get(mark_type)
    }
}

/// The configured anchors, before anything was heard of them.
fn pinned(config: &FederationConfig) -> Result<Vec<AnchorView>, FederationError> {
    let one = |anchor: &super::config::AnchorConfig| {
        let keys = PublicJwkSet::from_value(&anchor.jwks).ok().filter(|keys| !keys.is_empty());
        let unusable = || FederationError::Anchor(anchor.entity_id.to_string(), "not a JWK Set".into());
        Ok(AnchorView {
            anchor: Anchor { id: anchor.entity_id.clone(), keys: keys.ok_or_else(unusable)? },
            configuration: None,
            heard_at: Timestamp::default(),
            pin: base64url(&sha256(anchor.jwks.to_string().as_bytes())),
        })
    };
    config.anchors.iter().map(one).collect()
}

impl Federation {
    /// The anchors as they are known now; this node among them where it is one.
    pub(super) fn anchors(&self) -> Vec<AnchorView> {
        let mut all = self.0.anchors.load().to_vec();
        for view in &mut all {
            // An anchor's word on who may issue marks has an end, as every statement.
            view.configuration = view.configuration.take().filter(|said| said.expires_at > self.now());
        }
        if self.config().anchor {
            match self.own_view() {
                Ok(own) => all.push(own),
                Err(error) => tracing::error!(%error, "this node cannot speak for itself"),
            }
        }
        all
    }

    /// The same, for a search.
    pub(super) fn anchor_keys(&self) -> Vec<Anchor> {
        self.anchors().into_iter().map(|view| view.anchor).collect()
    }

    fn own_view(&self) -> Result<AnchorView, FederationError> {
        let said = self.own_configuration()?;
        let keys = said.keys().map_err(|fault| FederationError::Anchor(self.id().to_string(), fault.to_string()))?;
        let anchor = Anchor { id: self.id().clone(), keys };
        Ok(AnchorView { anchor, configuration: Some(said), heard_at: self.now(), pin: String::new() })
    }

    /// Reads what was heard of the anchors before.
    pub(super) async fn load_anchors(&self) -> Result<(), FederationError> {
        let mut views = pinned(self.config())?;
        for view in &mut views {
            let row = trust_chains::find(&mut self.0.on.store.read().await?, view.anchor.id.as_str()).await?;
            let Some(row) = row else { continue };
            let mut texts = row.statements.0.iter();
            let (Some(text), Some(pin)) = (texts.next(), texts.next()) else { continue };
            if *pin == view.pin
                && let Ok(said) = Statement::read(text)
                && let Ok(keys) = said.keys()
            {
                view.anchor.keys = keys;
                view.configuration = Some(said);
                view.heard_at = row.fetched_at;
            }
        }
        self.0.anchors.store(Arc::new(views));
        Ok(())
    }

    /// Asks the anchors that were not heard of since `before` what they say of themselves. One that does not answer stays
    /// as it is known.
    pub(super) async fn hear_anchors(&self, before: Timestamp) -> Result<(), FederationError> {
        let mut views = self.0.anchors.load().to_vec();
        for view in views.iter_mut().filter(|view| view.heard_at < before) {
            match self.hear(view).await {
                Ok(said) => self.keep_anchor(view, said).await?,
                Err(fault) => tracing::warn!(anchor = %view.anchor.id, %fault, "the anchor was not heard"),
            }
        }
        self.0.anchors.store(Arc::new(views));
        Ok(())
    }

    async fn hear(&self, view: &AnchorView) -> Result<Statement, Fault> {
        let limits = Limits { timeout: std::time::Duration::from_secs(3), max_body: MAX_STATEMENT };
        let url = view.anchor.id.configuration_url().ok_or(Fault::NoHints)?;
        let said = fetch_statement(self.outbound(), url, limits).await?;
        if said.issuer != view.anchor.id || !said.is_configuration() {
            return Err(Fault::Issuer(said.issuer.to_string()));
        }
        said.verify(&view.anchor.keys, self.moment())?;
        // Whoever holds a key that the anchor has given up may hold an old word of it, too.
        match &view.configuration {
            Some(known) if known.issued_at > said.issued_at => Err(Fault::Expired),
            _ => Ok(said),
        }
    }

    async fn keep_anchor(&self, view: &mut AnchorView, said: Statement) -> Result<(), FederationError> {
        let keys = said.keys().map_err(|fault| FederationError::Anchor(said.issuer.to_string(), fault.to_string()))?;
        let row = TrustChainRow {
            entity_id: view.anchor.id.to_string(),
            statements: JsonText(vec![said.text.clone(), view.pin.clone()]),
            fetched_at: self.now(),
            valid_until: said.expires_at,
            expires_at: Timestamp::NEVER,
        };
        let mut tx = self.0.on.store.begin().await?;
        trust_chains::put(&mut tx, &row).await?;
        tx.commit().await?;
        view.anchor.keys = keys;
        view.configuration = Some(said);
        view.heard_at = row.fetched_at;
        Ok(())
    }
}
