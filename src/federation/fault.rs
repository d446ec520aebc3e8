//! [`Fault`]: what can be wrong with one link of a trust chain. [`Path`]: a way from an entity towards an anchor as it was
//! found, each link with its verdict. [`NoTrust`]: that there is no good way, with every way that was tried.
//!
//! "Failed to establish the trust" and nothing else is what users of other federations complain of: here a failure always
//! names its link.

use std::fmt;

use super::entity_id::EntityIdentifier;
use super::policy::PolicyError;
use crate::base::Timestamp;

/// What is wrong with one link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It did not come: the server is away, slow, or answered something else.
    #[error("it cannot be fetched: {0}")]
    Unreachable(String),
    /// The superior says that it has no such subordinate (any more).
    #[error("the superior does not vouch for it")]
    NotVouchedFor,
    /// It is not an entity statement of good form.
    #[error("it is not a good statement: {0}")]
    Unreadable(String),
    /// It demands that a claim is understood which is not.
    #[error("it demands that the claim {0} is understood")]
    Critical(String),
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// It is from the future.
    #[error("it is not valid yet")]
    NotYet,
    /// Its key is not among those that are known for its issuer.
    #[error("it is signed with a key that is not known for its issuer")]
    UnknownKey,
    /// The signature is not by the key.
    #[error("its signature does not match")]
    Signature,
    /// It is by another.
    #[error("it is by {0}")]
    Issuer(String),
    /// It is about another.
    #[error("it is about {0}")]
    Subject(String),
    /// The superior has no fetch endpoint.
    #[error("the superior has no federation_fetch_endpoint")]
    NoFetchEndpoint,
    /// It names nobody above it and is no anchor.
    #[error("it names no superior and is no anchor of this node")]
    NoHints,
    /// It names more superiors than are followed.
    #[error("it names {0} superiors, more than the {1} that are followed")]
    TooManyHints(usize, usize),
    /// The way comes back to where it has been.
    #[error("the way comes back to {0}")]
    Loop(String),
    /// The way is longer than this node follows.
    #[error("the way is longer than {0} steps")]
    TooDeep(usize),
    /// Time or number of requests is used up.
    #[error("the search was given up: {0}")]
    GivenUp(&'static str),
    /// `max_path_length`.
    #[error("at most {allowed} intermediates may stand below it, and there are {found}")]
    PathLength {
        /// As the statement says.
        allowed: u64,
        /// As it is.
        found: u64,
    },
    /// `naming_constraints`.
    #[error("the name {0} is outside what it permits")]
    Name(String),
    /// `constraints` of bad form.
    #[error("its constraints are malformed")]
    Constraints,
    /// Metadata policy.
    #[error("{0}")]
    Policy(#[from] PolicyError),
}

/// One statement of a path.
#[derive(Clone, Debug)]
pub struct Link {
    /// Who says it.
    pub issuer: String,
    /// About whom.
    pub subject: String,
    /// Until when it holds, where it could be read.
    pub until: Option<Timestamp>,
    /// Whether it is good.
    pub verdict: Result<(), Fault>,
}

impl Link {
    /// A link that never came to be a statement.
    #[must_use]
    pub fn broken(issuer: impl fmt::Display, subject: impl fmt::Display, fault: Fault) -> Self {
        Self { issuer: issuer.to_string(), subject: subject.to_string(), until: None, verdict: Err(fault) }
    }
}

/// A way from an entity upwards; the entity's own configuration first.
#[derive(Clone, Debug, Default)]
pub struct Path {
    /// Its links.
    pub links: Vec<Link>,
}

impl Path {
    /// Whether every link is good.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.links.iter().all(|link| link.verdict.is_ok())
    }

    /// The first link that is broken, and why.
    #[must_use]
    pub fn broken_link(&self) -> Option<(&Link, &Fault)> {
        self.links.iter().find_map(|link| Some((link, link.verdict.as_ref().err()?)))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.broken_link() {
            None => f.write_str("every link is good"),
            Some((link, fault)) if link.issuer == link.subject => {
                write!(f, "the configuration of {}: {fault}", link.subject)
            }
            Some((link, fault)) => write!(f, "the statement of {} about {}: {fault}", link.issuer, link.subject),
        }
    }
}

/// No way leads from an entity to an anchor.
#[derive(Clone, Debug, thiserror::Error)]
#[error("no trust in {entity}: {}", told(.paths))]
pub struct NoTrust {
    /// The entity.
    pub entity: EntityIdentifier,
    /// Every way that was tried.
    pub paths: Vec<Path>,
}

impl NoTrust {
    /// With one way, of which one link is known.
    #[must_use]
    pub fn at(entity: &EntityIdentifier, link: Link) -> Self {
        Self { entity: entity.clone(), paths: vec![Path { links: vec![link] }] }
    }

    /// Whether a superior has said that it does not vouch (any more), so that waiting mends nothing.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let refused = |path: &Path| {
            path.links.iter().any(|link| link.verdict.as_ref().is_err_and(|fault| *fault == Fault::NotVouchedFor))
        };
        !self.paths.is_empty() && self.paths.iter().all(refused)
    }
}

fn told(paths: &[Path]) -> String {
    let told: Vec<String> = paths.iter().map(ToString::to_string).collect();
    if told.is_empty() { "nothing is known of it".to_owned() } else { told.join("; ") }
}
