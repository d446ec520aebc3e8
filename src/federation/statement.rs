//! [`Statement`]: an entity statement (OpenID Federation 1.0 §3), read and checked by its own form. Whom it binds, and to
//! whom, is judged in [`super::chain`].
//!
//! Reading trusts nothing: the signature is checked by [`Statement::verify`] with keys that the caller has from elsewhere.

use serde_json::{Map, Value};
use url::Url;

use super::entity_id::EntityIdentifier;
use super::fault::Fault;
use crate::base::Timestamp;
use crate::proto::jose::{
    Audience, Expectations, JoseError, PublicJwkSet, SigningAlg, Typ, jws, peek_claims_unverified, peek_header, verify,
};

/// `typ` of an entity statement.
pub const ENTITY_STATEMENT: &str = "entity-statement+jwt";

/// Most bytes of one statement, as it travels.
pub const MAX_STATEMENT: usize = jws::MAX_TOKEN;

/// Most trust marks of one entity.
pub const MAX_MARKS: usize = 32;

/// Claims that this standard gives a meaning; `crit` may name none of them (§3.1.1).
const STANDARD: &[&str] = &[
    "iss",
    "sub",
    "iat",
    "exp",
    "nbf",
    "jti",
    "aud",
    "jwks",
    "metadata",
    "crit",
    "authority_hints",
    "trust_anchor_hints",
    "trust_marks",
    "trust_mark_issuers",
    "trust_mark_owners",
    "constraints",
    "metadata_policy",
    "metadata_policy_crit",
    "source_endpoint",
    "trust_anchor",
];

/// Claims for statements about others only, and for statements about oneself only.
const ABOUT_OTHERS: &[&str] = &["constraints", "metadata_policy", "metadata_policy_crit", "source_endpoint"];
const ABOUT_ONESELF: &[&str] =
    &["authority_hints", "trust_anchor_hints", "trust_marks", "trust_mark_issuers", "trust_mark_owners"];

/// The present, and how far clocks may differ.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The present.
    pub now: Timestamp,
    /// How far clocks may differ, for `iat`; an end is an end.
    pub leeway: std::time::Duration,
}

/// A statement as it was read. What it says counts once its signature has been verified.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The signed text.
    pub text: String,
    /// Who says it.
    pub issuer: EntityIdentifier,
    /// About whom.
    pub subject: EntityIdentifier,
    /// When it was said.
    pub issued_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// Everything it says.
    pub claims: Map<String, Value>,
}

/// One entry of `trust_marks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedMark {
    /// `trust_mark_type`.
    pub mark_type: String,
    /// The signed mark.
    pub mark: String,
}

impl Statement {
    /// Reads a statement: form, type, the claims that must be there, and those that must not (§3.2).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let header = peek_header(text).map_err(|error| Fault::Unreadable(error.to_string()))?;
        if !header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case(ENTITY_STATEMENT)) {
            return Err(Fault::Unreadable(format!("its type is not {ENTITY_STATEMENT}")));
        }
        if header.kid.is_none() {
            return Err(Fault::Unreadable("it names no key".into()));
        }
        let claims = peek_claims_unverified(text).map_err(|error| Fault::Unreadable(error.to_string()))?;
        let entity = |name: &str| {
            let id = claims.get(name).and_then(Value::as_str).and_then(EntityIdentifier::parse);
            id.ok_or_else(|| Fault::Unreadable(format!("{name} is not an entity identifier")))
        };
        let date = |name: &str| {
            let seconds = claims.get(name).and_then(Value::as_i64).filter(|at| (0..253_402_300_799).contains(at));
            seconds.map(Timestamp::from_seconds).ok_or_else(|| Fault::Unreadable(format!("{name} is not a date")))
        };
        let read = Self {
            text: text.to_owned(),
            issuer: entity("iss")?,
            subject: entity("sub")?,
            issued_at: date("iat")?,
            expires_at: date("exp")?,
            claims: claims.clone(),
        };
        read.check_claims()?;
        Ok(read)
    }

    /// Whether it is about its own issuer: an entity configuration.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.issuer == self.subject
    }

    fn check_claims(&self) -> Result<(), Fault> {
        let foreign = if self.is_configuration() { ABOUT_OTHERS } else { ABOUT_ONESELF };
        if let Some(name) = foreign.iter().find(|name| self.claims.contains_key(**name)) {
            return Err(Fault::Unreadable(format!("{name} has no place in such a statement")));
        }
        for name in ["metadata", "metadata_policy", "constraints"] {
            if self.claims.get(name).is_some_and(|value| !value.is_object()) {
                return Err(Fault::Unreadable(format!("{name} is not an object")));
            }
        }
        self.check_critical()?;
        self.keys().map(|_| ())
    }

    /// §3.1.1 `crit`: no claim beyond the standard's is understood here, so that any is one too many.
    fn check_critical(&self) -> Result<(), Fault> {
        let Some(critical) = self.claims.get("crit") else { return Ok(()) };
        let names: Option<Vec<&str>> = critical
            .as_array()
            .filter(|names| !names.is_empty())
            .and_then(|all| all.iter().map(Value::as_str).collect());
        let names = names.ok_or_else(|| Fault::Unreadable("crit is not a list of names".into()))?;
        match names.first() {
            Some(name) if STANDARD.contains(name) => Err(Fault::Unreadable(format!("crit names {name}"))),
            Some(name) => Err(Fault::Critical((*name).to_owned())),
            None => Ok(()),
        }
    }

    /// The federation keys of its subject.
    ///
    /// # Errors
    /// There are none, or some that cannot be used.
    pub fn keys(&self) -> Result<PublicJwkSet, Fault> {
        let set = self.claims.get("jwks").ok_or_else(|| Fault::Unreadable("it has no jwks".into()))?;
        let set = PublicJwkSet::from_value(set).map_err(|error| Fault::Unreadable(error.to_string()))?;
        if set.is_empty() { Err(Fault::Unreadable("its jwks has no key that can be used".into())) } else { Ok(set) }
    }

    /// Checks times, and the signature with `keys`.
    ///
    /// # Errors
    /// The first that is wrong.
    pub fn verify(&self, keys: &PublicJwkSet, at: Moment) -> Result<(), Fault> {
        if self.expires_at <= at.now {
            return Err(Fault::Expired);
        }
        let expected = Expectations {
            algs: SigningAlg::ASYMMETRIC,
            typ: Typ::Required(ENTITY_STATEMENT),
            iss: Some(self.issuer.as_str()),
            aud: Audience::Unchecked,
            required: &["iss", "sub", "iat", "exp"],
            max_age: None,
            leeway: at.leeway,
            now: at.now,
        };
        match verify(&self.text, keys, &expected) {
            Ok(_) => Ok(()),
            Err(JoseError::UnknownKey) => Err(Fault::UnknownKey),
            Err(JoseError::Signature) => Err(Fault::Signature),
            Err(JoseError::Expired) => Err(Fault::Expired),
            Err(JoseError::IssuedAt | JoseError::NotYetValid) => Err(Fault::NotYet),
            Err(other) => Err(Fault::Unreadable(other.to_string())),
        }
    }

    /// `authority_hints`; what is no identifier is left out.
    #[must_use]
    pub fn authority_hints(&self) -> Vec<EntityIdentifier> {
        let hints = self.claims.get("authority_hints").and_then(Value::as_array);
        hints.into_iter().flatten().filter_map(Value::as_str).filter_map(EntityIdentifier::parse).collect()
    }

    /// `metadata` by entity type.
    #[must_use]
    pub fn metadata(&self) -> Map<String, Value> {
        self.claims.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// A federation endpoint that it names for itself.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<Url> {
        let text = self.claims.get("metadata")?.get("federation_entity")?.get(name)?.as_str()?;
        Url::parse(text).ok()
    }

    /// `trust_marks`, at most [`MAX_MARKS`].
    #[must_use]
    pub fn trust_marks(&self) -> Vec<PresentedMark> {
        presented(self.claims.get("trust_marks"))
    }
}

/// The entries of a `trust_marks` claim, at most [`MAX_MARKS`]; what is malformed is left out.
#[must_use]
pub fn presented(marks: Option<&Value>) -> Vec<PresentedMark> {
    let entry = |value: &Value| {
        let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        Some(PresentedMark { mark_type: text("trust_mark_type")?, mark: text("trust_mark")? })
    };
    marks.and_then(Value::as_array).into_iter().flatten().filter_map(entry).take(MAX_MARKS).collect()
}
