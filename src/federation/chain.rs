//! [`TrustChain`] (信任链): statements from an entity up to an anchor, judged as a whole (OpenID Federation 1.0 §10.2).
//!
//! Pure: statements, the anchor's keys and the present come in; the chain with the metadata as it counts comes out, or the
//! whole path with the verdict of every link. Who fetched the statements is not asked: [`super::collect`], the store, or a
//! stranger who sent them along.

use serde_json::{Map, Value};

use super::constraints::Constraints;
use super::entity_id::EntityIdentifier;
use super::fault::{Fault, Link, Path};
use super::policy::MetadataPolicy;
use super::statement::{Moment, Statement};
use crate::base::Timestamp;
use crate::proto::jose::PublicJwkSet;

/// Most statements of one chain that is looked at.
pub const MAX_STATEMENTS: usize = 12;

/// An anchor (信任锚), and the keys by which it is known here.
#[derive(Clone)]
pub struct Anchor {
    /// Its entity id.
    pub id: EntityIdentifier,
    /// Its keys: as configured, and as it has announced since.
    pub keys: PublicJwkSet,
}

/// A chain that was found good.
#[derive(Clone, Debug)]
pub struct TrustChain {
    /// Whom it is about.
    pub subject: EntityIdentifier,
    /// Where it ends.
    pub anchor: EntityIdentifier,
    /// The statements: the subject's configuration first, the anchor's last where it was there.
    pub statements: Vec<Statement>,
    /// The subject's metadata after every policy, by entity type.
    pub metadata: Map<String, Value>,
    /// When the first of its statements ends.
    pub expires_at: Timestamp,
}

impl TrustChain {
    /// The subject's own configuration.
    #[must_use]
    pub fn configuration(&self) -> Option<&Statement> {
        self.statements.first()
    }

    /// Entity ids from the subject to the anchor.
    #[must_use]
    pub fn path(&self) -> Vec<EntityIdentifier> {
        let mut path = vec![self.subject.clone()];
        for statement in &self.statements {
            if path.last() != Some(&statement.issuer) {
                path.push(statement.issuer.clone());
            }
        }
        path
    }

    /// Who vouches for the subject directly; the anchor for itself.
    #[must_use]
    pub fn superior(&self) -> &EntityIdentifier {
        self.statements.get(1).map_or(&self.anchor, |statement| &statement.issuer)
    }

    /// The signed texts.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.statements.iter().map(|statement| statement.text.as_str()).collect()
    }

    /// Judges statements that claim to lead from their first subject to `anchor`.
    ///
    /// # Errors
    /// The path with the verdict of every link.
    pub fn validate(statements: Vec<Statement>, anchor: &Anchor, at: Moment) -> Result<Self, Path> {
        let verdicts = verdicts(&statements, anchor, at);
        let mut path =
            Path { links: statements.iter().zip(verdicts).map(|(one, verdict)| link(one, verdict)).collect() };
        let Some(first) = statements.first().filter(|_| path.is_good()) else { return Err(path) };
        let (subject, mut metadata) = (first.subject.clone(), first.metadata());
        if let Err((index, fault)) =
            constrain(&statements, &mut metadata).and_then(|()| apply(&statements, &mut metadata))
        {
            if let Some(link) = path.links.get_mut(index) {
                link.verdict = Err(fault);
            }
            return Err(path);
        }
        let expires_at = statements.iter().map(|statement| statement.expires_at).min().unwrap_or_default();
        Ok(Self { subject, anchor: anchor.id.clone(), statements, metadata, expires_at })
    }
}

fn link(statement: &Statement, verdict: Result<(), Fault>) -> Link {
    Link {
        issuer: statement.issuer.to_string(),
        subject: statement.subject.to_string(),
        until: Some(statement.expires_at),
        verdict,
    }
}

/// Signatures, times, and that each statement is by the one whom the next is about (§10.2).
fn verdicts(statements: &[Statement], anchor: &Anchor, at: Moment) -> Vec<Result<(), Fault>> {
    let judge = |(index, statement): (usize, &Statement)| {
        let above = statements.get(index + 1);
        if index == 0 {
            if !statement.is_configuration() {
                return Err(Fault::Issuer(statement.issuer.to_string()));
            }
            statement.verify(&statement.keys()?, at)?;
        }
        match above {
            Some(above) if above.subject != statement.issuer => Err(Fault::Issuer(statement.issuer.to_string())),
            // A configuration in the middle would let an entity vouch for itself.
            Some(_) if index > 0 && statement.is_configuration() => Err(Fault::Subject(statement.subject.to_string())),
            Some(above) => statement.verify(&above.keys()?, at),
            None if statement.issuer != anchor.id => Err(Fault::NoHints),
            None => statement.verify(&anchor.keys, at),
        }
    };
    statements.iter().enumerate().map(judge).collect()
}

/// The statements about others, with their place.
fn about_others(statements: &[Statement]) -> impl DoubleEndedIterator<Item = (usize, &Statement)> {
    statements.iter().enumerate().filter(|(_, statement)| !statement.is_configuration())
}

/// §6.2: each statement's constraints, by themselves; then the superior's metadata, and the types that are left.
fn constrain(statements: &[Statement], metadata: &mut Map<String, Value>) -> Result<(), (usize, Fault)> {
    if let Some((_, superior)) = about_others(statements).next() {
        overlay(metadata, &superior.metadata());
    }
    let mut below = Vec::new();
    for (index, statement) in about_others(statements) {
        below.push(statement.subject.clone());
        let constraints = Constraints::read(statement.claims.get("constraints")).map_err(|fault| (index, fault))?;
        constraints.check(&below).map_err(|fault| (index, fault))?;
        constraints.filter(metadata);
    }
    Ok(())
}

/// What the superior says of its immediate subordinate stands in place of its own words; it makes no new types.
fn overlay(metadata: &mut Map<String, Value>, by_superior: &Map<String, Value>) {
    for (entity_type, members) in by_superior {
        if let (Some(Value::Object(own)), Value::Object(members)) = (metadata.get_mut(entity_type), members) {
            own.extend(
                members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())),
            );
        }
    }
}

/// §6.1.4: the policies from the anchor down, merged, then applied.
fn apply(statements: &[Statement], metadata: &mut Map<String, Value>) -> Result<(), (usize, Fault)> {
    let mut policy = MetadataPolicy::default();
    for (index, statement) in about_others(statements).rev() {
        let read =
            MetadataPolicy::read(statement.claims.get("metadata_policy"), statement.claims.get("metadata_policy_crit"));
        policy = read.and_then(|read| policy.merged(read)).map_err(|error| (index, error.into()))?;
    }
    policy.apply(metadata).map_err(|error| (0, error.into()))
}
