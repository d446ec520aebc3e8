//! May this service register itself (OpenID Federation 1.0 §12)? By a chain to an anchor and the trust marks that this node
//! demands.
//!
//! The order is the control (threat 26): what a request brings along is judged by what is known already, and **nobody is
//! asked anything** before the demanded marks are found good. A made-up client id, whoever's address it names, causes no
//! request. Where no marks are demanded, only a service that brings its whole chain, or is known already, is let in.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Federation;
use super::chain::TrustChain;
use super::config::RegistrationType;
use super::entity_id::EntityIdentifier;
use super::error::FederationError;
use super::fault::{Fault, Link, NoTrust};
use super::marks::MarkFault;
use super::statement::{PresentedMark, Statement, presented};
use crate::base::Timestamp;
use crate::proto::jose::{peek_claims_unverified, peek_header_unverified};

/// The entity type of a service.
const RELYING_PARTY: &str = "openid_relying_party";

/// What a request brings along for its sender.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// A chain, signed texts.
    pub chain: Vec<String>,
    /// Trust marks beside a chain.
    pub marks: Vec<PresentedMark>,
}

impl Evidence {
    /// What a signed request carries: `trust_chain` in its header (§4.3) or its claims, `trust_marks` in its claims. Its
    /// signature is not looked at: all of this is signed by others.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let header = peek_header_unverified(token).unwrap_or_default();
        let claims = peek_claims_unverified(token).unwrap_or_default();
        let chain = header.get("trust_chain").or_else(|| claims.get("trust_chain")).and_then(Value::as_array);
        let chain = chain.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        Self { chain, marks: presented(claims.get("trust_marks")) }
    }

    /// The marks, whether they stand by themselves or in the configuration that heads the chain.
    fn presented(&self) -> Vec<PresentedMark> {
        if !self.marks.is_empty() {
            return self.marks.clone();
        }
        let first = self.chain.first().and_then(|text| Statement::read(text).ok());
        first.map(|statement| statement.trust_marks()).unwrap_or_default()
    }
}

/// A service that may register.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Who it is.
    pub entity: EntityIdentifier,
    /// Its chain.
    pub chain: Arc<TrustChain>,
    /// Its metadata as a relying party, after every policy.
    pub metadata: Map<String, Value>,
    /// Until when: the end of its chain, or of a mark that it must hold.
    pub until: Timestamp,
}

impl Federation {
    /// Whether services may register in this way here.
    ///
    /// # Errors
    /// [`FederationError::Off`].
    fn registers(&self, how: RegistrationType) -> Result<(), FederationError> {
        if self.config().registers(how) { Ok(()) } else { Err(FederationError::Off) }
    }

    /// Admits a service that came with its entity id as client id, and with this evidence.
    ///
    /// # Errors
    /// Why not; [`FederationError::NoTrust`] names the broken link.
    pub async fn admit(&self, entity: &EntityIdentifier, evidence: &Evidence) -> Result<Admission, FederationError> {
        self.registers(RegistrationType::Automatic)?;
        let chain = match self.known(entity).await? {
            Some(chain) => chain,
            None => self.chain_by(entity, evidence).await?,
        };
        let admission = self.admission(entity, chain).await?;
        offers(&admission.metadata, "automatic")?;
        Ok(admission)
    }

    /// A chain that is not known: the one brought along, or the outcome of a search for one who holds the demanded marks.
    async fn chain_by(
        &self,
        entity: &EntityIdentifier,
        evidence: &Evidence,
    ) -> Result<Arc<TrustChain>, FederationError> {
        let brought = if evidence.chain.is_empty() { None } else { Some(self.judge(&evidence.chain)) };
        if let Some(Ok(chain)) = brought {
            if chain.subject != *entity {
                let link = Link::broken(entity, entity, Fault::Subject(chain.subject.to_string()));
                return Err(NoTrust::at(entity, link).into());
            }
            let marks = chain.configuration().map(Statement::trust_marks).unwrap_or_default();
            self.required_marks(entity, &marks).await?;
            return Ok(self.keep(chain).await?);
        }
        if self.config().required_marks.is_empty() {
            let failed = brought.and_then(Result::err);
            let none =
                Link::broken(entity, entity, Fault::Unreachable("nobody is searched for on a stranger's word".into()));
            return Err(failed.unwrap_or_else(|| NoTrust::at(entity, none)).into());
        }
        self.required_marks(entity, &evidence.presented()).await?;
        self.trusted(entity).await
    }

    /// Admits a service by the configuration that it has sent (§12.2.1), and gives that back.
    ///
    /// # Errors
    /// As [`Federation::admit`].
    pub async fn admit_configuration(&self, text: &str) -> Result<(Admission, Statement), FederationError> {
        self.registers(RegistrationType::Explicit)?;
        let said = self.addressed_to_us(text)?;
        let entity = said.subject.clone();
        let keys = said.keys().map_err(|fault| no_trust(&entity, fault))?;
        said.verify(&keys, self.moment()).map_err(|fault| no_trust(&entity, fault))?;
        let evidence = Evidence { chain: Evidence::of(text).chain, marks: said.trust_marks() };
        let chain = if evidence.chain.is_empty() {
            if self.config().required_marks.is_empty() {
                let why = "nobody is searched for on a stranger's word: send the whole chain".to_owned();
                return Err(no_trust(&entity, Fault::Unreachable(why)).into());
            }
            self.required_marks(&entity, &evidence.marks).await?;
            self.search(&entity, Some(said.clone())).await?
        } else {
            // Its own word for this node heads the chain that it has brought.
            let own = std::iter::once(text.to_owned());
            let texts: Vec<String> = own.chain(evidence.chain.into_iter().skip(1)).collect();
            Arc::new(self.judge(&texts)?)
        };
        Ok((self.admission(&entity, chain).await?, said))
    }

    /// Admits a service by the chain that it has sent, and gives back the configuration that heads it.
    ///
    /// # Errors
    /// As [`Federation::admit`].
    pub async fn admit_chain(&self, texts: &[String]) -> Result<(Admission, Statement), FederationError> {
        self.registers(RegistrationType::Explicit)?;
        let first = texts.first().ok_or_else(|| FederationError::Request("the trust chain is empty".into()))?;
        let said = self.addressed_to_us(first)?;
        let chain = Arc::new(self.judge(texts)?);
        Ok((self.admission(&said.subject, chain).await?, said))
    }

    /// A configuration that was made for this node and nobody else (§12.2.2).
    fn addressed_to_us(&self, text: &str) -> Result<Statement, FederationError> {
        let said = Statement::read(text).map_err(|fault| FederationError::Request(fault.to_string()))?;
        let audience = match said.claims.get("aud") {
            Some(Value::String(one)) => Some(one.as_str()),
            Some(Value::Array(all)) if all.len() == 1 => all.first().and_then(Value::as_str),
            _ => None,
        };
        if audience != Some(self.id().as_str()) || !said.is_configuration() {
            return Err(FederationError::Request("the entity configuration is not made for this node: aud".into()));
        }
        Ok(said)
    }

    /// The last word: the marks of the configuration as it is in the chain, and that their issuers have not revoked them.
    async fn admission(&self, entity: &EntityIdentifier, chain: Arc<TrustChain>) -> Result<Admission, FederationError> {
        let held = chain.configuration().map(Statement::trust_marks).unwrap_or_default();
        let marks = self.required_marks(entity, &held).await?;
        for mark in &marks {
            if self.is_noted_revoked(mark).await? {
                return Err(MarkFault::Revoked.into());
            }
            self.ask_status(mark).await?;
        }
        let until = marks.iter().filter_map(|mark| mark.expires_at).fold(chain.expires_at, Timestamp::min);
        let metadata = chain.metadata.get(RELYING_PARTY).and_then(Value::as_object).cloned();
        let metadata =
            metadata.ok_or_else(|| FederationError::Metadata(format!("there is no metadata as {RELYING_PARTY}")))?;
        Ok(Admission { entity: entity.clone(), chain, metadata, until })
    }
}

/// `typ` of the answer to an explicit registration.
pub const REGISTRATION_RESPONSE: &str = "explicit-registration-response+jwt";

impl Federation {
    /// The signed answer to an explicit registration (§12.2.3): what was registered, by which anchor and superior, until
    /// when.
    pub fn registration_response(
        &self,
        admission: &Admission,
        said: &Statement,
        registered: &Map<String, Value>,
    ) -> Result<String, FederationError> {
        let mut claims = json!({
            "iss": self.id(),
            "sub": admission.entity,
            "aud": admission.entity,
            "iat": self.now().seconds(),
            "exp": admission.until.seconds(),
            "trust_anchor": admission.chain.anchor,
            "authority_hints": [admission.chain.superior()],
            "metadata": { (RELYING_PARTY): registered },
        });
        if let (Some(claims), Some(jwks)) = (claims.as_object_mut(), said.claims.get("jwks")) {
            claims.insert("jwks".to_owned(), jwks.clone());
        }
        self.sign(REGISTRATION_RESPONSE, &claims)
    }
}

fn no_trust(entity: &EntityIdentifier, fault: Fault) -> NoTrust {
    NoTrust::at(entity, Link::broken(entity, entity, fault))
}

/// §5.1.2: a service says how it registers.
fn offers(metadata: &Map<String, Value>, how: &str) -> Result<(), FederationError> {
    let types = metadata.get("client_registration_types").and_then(Value::as_array);
    let offered = types.is_some_and(|types| types.iter().any(|kind| kind == how));
    if offered { Ok(()) } else { Err(FederationError::Metadata(format!("client_registration_types: without {how}"))) }
}
