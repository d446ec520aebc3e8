//! What the federation endpoints answer besides statements: lists, resolved metadata, keys of the past (OpenID Federation
//! 1.0 §8.2, §8.3, §8.7).

use serde_json::{Map, Value, json};

use super::Federation;
use super::chain::TrustChain;
use super::entity_id::EntityIdentifier;
use super::error::FederationError;
use super::statement::Statement;
use crate::store::StoreError;

/// `typ` of a resolved answer.
pub const RESOLVE_RESPONSE: &str = "resolve-response+jwt";
/// `typ` of the keys of the past.
pub const JWK_SET: &str = "jwk-set+jwt";

/// Most entities of one list.
const MOST: usize = 10_000;

/// Which subordinates are listed (§8.2.1).
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Only those that are of all these types.
    pub entity_types: Vec<String>,
    /// Only those that hold a trust mark of this node.
    pub trust_marked: bool,
    /// Only those that hold one of this type.
    pub mark_type: Option<String>,
    /// Only those that vouch for others, or only those that do not.
    pub intermediate: Option<bool>,
}

impl Federation {
    /// The entities that this node vouches for.
    pub async fn list(&self, filter: &ListFilter) -> Result<Vec<String>, FederationError> {
        let marked = match (&filter.mark_type, filter.trust_marked) {
            (Some(mark_type), _) => Some(self.mark_holders(mark_type).await?),
            (None, true) => Some(self.mark_holders("").await?),
            (None, false) => None,
        };
        let (mut listed, mut after) = (Vec::new(), String::new());
        while listed.len() < MOST {
            let page = self.subordinates(&after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.entity_id);
            let fits = page.into_iter().filter(|row| {
                row.state == "active"
                    && filter.entity_types.iter().all(|kind| row.entity_types.0.contains(kind))
                    && filter.intermediate.is_none_or(|wanted| wanted == row.intermediate)
                    && marked.as_ref().is_none_or(|holders| holders.contains(&row.entity_id))
            });
            listed.extend(fits.map(|row| row.entity_id));
        }
        Ok(listed)
    }

    /// Metadata as it counts, with the chain that proves it and the trust marks that hold. Strangers may ask, so that nobody
    /// is searched for on their word: only this node, its own subordinates, and whoever is known already.
    ///
    /// # Errors
    /// [`FederationError::UnknownAnchor`], [`FederationError::NotFound`], [`FederationError::NoTrust`].
    pub async fn resolve(
        &self,
        subject: &EntityIdentifier,
        anchors: &[String],
        entity_types: &[String],
    ) -> Result<String, FederationError> {
        let known = self.anchor_keys();
        if !known.iter().any(|anchor| anchors.iter().any(|asked| asked == anchor.id.as_str())) {
            return Err(FederationError::UnknownAnchor);
        }
        let own = subject == self.id() || self.vouched_for(subject.as_str()).await?.is_some();
        let chain = if own {
            self.trusted(subject).await?
        } else {
            self.known(subject).await?.ok_or(FederationError::NotFound)?
        };
        if !anchors.iter().any(|asked| asked == chain.anchor.as_str()) {
            return Err(FederationError::NotFound);
        }
        let marks = self.standing_marks(&chain).await?;
        let mut metadata = chain.metadata.clone();
        if !entity_types.is_empty() {
            metadata.retain(|kind, _| entity_types.contains(kind));
        }
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(self.id())),
            ("sub".to_owned(), json!(subject)),
            ("iat".to_owned(), json!(self.now().seconds())),
            ("exp".to_owned(), json!(chain.expires_at.seconds())),
            ("metadata".to_owned(), Value::Object(metadata)),
            ("trust_chain".to_owned(), json!(chain.texts())),
        ]);
        if !marks.is_empty() {
            claims.insert("trust_marks".to_owned(), Value::Array(marks));
        }
        self.sign(RESOLVE_RESPONSE, &Value::Object(claims))
    }

    /// The marks of a chain's subject that hold by everything that is known here.
    async fn standing_marks(&self, chain: &TrustChain) -> Result<Vec<Value>, FederationError> {
        let mut standing = Vec::new();
        for presented in chain.configuration().map(Statement::trust_marks).unwrap_or_default() {
            let Ok(mark) = self.judge_mark(&presented, &chain.subject).await else { continue };
            if self.own_revocation(&mark).await?.is_none() && !self.is_noted_revoked(&mark).await? {
                standing.push(json!({ "trust_mark_type": presented.mark_type, "trust_mark": presented.mark }));
            }
        }
        Ok(standing)
    }

    /// The federation keys of the past, signed: what they have signed can be verified for ever, unless they were revoked.
    pub async fn historical_keys(&self) -> Result<String, FederationError> {
        let mut keys = Vec::new();
        for row in self.keys().past().await? {
            let mut jwk: Map<String, Value> =
                serde_json::from_str(&row.jwk).map_err(|_| StoreError::Damaged("past key"))?;
            jwk.insert("iat".to_owned(), json!(row.created_at.seconds()));
            jwk.insert("exp".to_owned(), json!(row.ended_at.seconds()));
            if row.revoked {
                let revoked = json!({ "revoked_at": row.ended_at.seconds(), "reason": "compromised" });
                jwk.insert("revoked".to_owned(), revoked);
            }
            keys.push(Value::Object(jwk));
        }
        self.sign(JWK_SET, &json!({ "iss": self.id(), "iat": self.now().seconds(), "keys": keys }))
    }
}
