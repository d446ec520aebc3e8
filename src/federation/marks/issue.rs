//! The issuer's side of trust marks: issued, delegated, revoked, listed.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::super::Federation;
use super::super::entity_id::EntityIdentifier;
use super::super::error::FederationError;
use super::{DELEGATION, MarkFault, MarkType, TRUST_MARK};
use crate::base::Timestamp;
use crate::base::encoding::{base64url, sha256};
use crate::proto::jose::peek_claims_unverified;
use crate::store::issued_trust_marks::{self, IssuedTrustMarkRow};

/// How long after its end a mark's fate can still be told.
const TOLD_AFTER: Duration = Duration::from_secs(2 * 365 * 24 * 3600);

/// Most entities of one list.
const PAGE: i64 = 1_000;

/// A mark to be issued.
#[derive(Clone, Debug)]
pub struct Issue {
    /// `trust_mark_type`.
    pub mark_type: String,
    /// To whom.
    pub subject: EntityIdentifier,
    /// For how long.
    pub life: Duration,
    /// `level`, where the type has one.
    pub level: Option<u8>,
    /// `region`, where the type has one.
    pub region: Option<String>,
    /// Where people can read about it.
    pub reference: Option<String>,
}

impl Issue {
    /// What the types of this platform must say.
    fn check(&self) -> Result<(), FederationError> {
        let refused = |why: &str| Err(FederationError::Request(why.to_owned()));
        let is_region = |code: &String| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let kind = MarkType::ALL.iter().find(|kind| kind.urn() == self.mark_type);
        match (kind, self.level) {
            (Some(MarkType::RealNames), Some(1..=4)) if self.region.as_ref().is_some_and(is_region) => Ok(()),
            (Some(MarkType::RealNames), _) => {
                refused("a mark for real names has a level 1 to 4 and a region of six digits")
            }
            (Some(_), Some(1..=5)) | (None, _) => Ok(()),
            (Some(_), _) => refused("a mark of an assessment has a level 1 to 5"),
        }
    }
}

/// What has become of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkStatus {
    /// It holds.
    Active,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl MarkStatus {
    /// As the standard writes it (§8.4.2).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// Of a row.
    #[must_use]
    pub fn of(row: &IssuedTrustMarkRow, now: Timestamp) -> Self {
        match row.revoked_at {
            Some(_) => Self::Revoked,
            None if row.valid_until <= now => Self::Expired,
            None => Self::Active,
        }
    }
}

/// The name of a mark in the store.
pub(super) fn name_of(mark: &str) -> String {
    base64url(&sha256(mark.as_bytes()))
}

impl Federation {
    /// Issues a mark, and keeps it.
    ///
    /// # Errors
    /// [`FederationError::Request`]: a mark that says too little.
    pub async fn issue_mark(&self, issue: &Issue) -> Result<String, FederationError> {
        issue.check()?;
        let now = self.now();
        let until = now.plus(issue.life);
        let mut claims = Map::from_iter([
            ("iss".to_owned(), json!(self.id())),
            ("sub".to_owned(), json!(issue.subject)),
            ("trust_mark_type".to_owned(), json!(issue.mark_type)),
            ("iat".to_owned(), json!(now.seconds())),
            ("exp".to_owned(), json!(until.seconds())),
            ("jti".to_owned(), json!(self.0.on.random.short_token())),
        ]);
        claims.extend(issue.level.map(|level| ("level".to_owned(), json!(level))));
        claims.extend(issue.region.as_ref().map(|region| ("region".to_owned(), json!(region))));
        claims.extend(issue.reference.as_ref().map(|url| ("ref".to_owned(), json!(url))));
        claims.extend(self.delegation_for(&issue.mark_type).map(|text| ("delegation".to_owned(), json!(text))));
        let mark = self.sign(TRUST_MARK, &Value::Object(claims))?;
        let row = IssuedTrustMarkRow {
            id: name_of(&mark),
            mark_type: issue.mark_type.clone(),
            subject: issue.subject.to_string(),
            mark: mark.clone(),
            issued_at: now,
            revoked_at: None,
            valid_until: until,
            expires_at: until.plus(TOLD_AFTER),
        };
        let mut tx = self.0.on.store.begin().await?;
        issued_trust_marks::insert(&mut tx, &row).await?;
        tx.commit().await?;
        Ok(mark)
    }

    /// The delegation that this node holds for a type.
    fn delegation_for(&self, mark_type: &str) -> Option<&str> {
        let fits = |text: &&String| {
            let claims = peek_claims_unverified(text).unwrap_or_default();
            claims.get("trust_mark_type").and_then(Value::as_str) == Some(mark_type)
        };
        self.config().delegations.iter().find(fits).map(String::as_str)
    }

    /// Lets `issuer` issue marks of a type that is this node's.
    pub fn delegate_marks(
        &self,
        mark_type: &str,
        issuer: &EntityIdentifier,
        life: Duration,
    ) -> Result<String, FederationError> {
        let now = self.now();
        let claims = json!({
            "iss": self.id(), "sub": issuer, "trust_mark_type": mark_type,
            "iat": now.seconds(), "exp": now.plus(life).seconds(),
        });
        self.sign(DELEGATION, &claims)
    }

    /// Revokes the marks of a type that `subject` holds; how many there were. Services of this node that needed one stop.
    pub async fn revoke_marks(&self, mark_type: &str, subject: &EntityIdentifier) -> Result<u64, FederationError> {
        let mut tx = self.0.on.store.begin().await?;
        let revoked = issued_trust_marks::revoke(&mut tx, mark_type, subject.as_str(), self.now()).await?;
        tx.commit().await?;
        if revoked > 0 && self.config().required_marks.iter().any(|needed| needed == mark_type) {
            self.end_trust_in(subject).await?;
        }
        Ok(revoked)
    }

    /// Every mark that was issued, at most a page after `after`.
    pub async fn issued_marks(&self, after: &str) -> Result<Vec<IssuedTrustMarkRow>, FederationError> {
        Ok(issued_trust_marks::list(&mut self.0.on.store.read().await?, after, PAGE).await?)
    }

    /// What has become of a mark that this node issued (§8.4); `None`: it issued no such mark.
    pub async fn mark_status(&self, mark: &str) -> Result<Option<MarkStatus>, FederationError> {
        let row = issued_trust_marks::find(&mut self.0.on.store.read().await?, &name_of(mark)).await?;
        Ok(row.map(|row| MarkStatus::of(&row, self.now())))
    }

    /// The mark of a type that `subject` holds (§8.6).
    pub async fn mark_of(&self, mark_type: &str, subject: &str) -> Result<Option<String>, FederationError> {
        let mut db = self.0.on.store.read().await?;
        Ok(issued_trust_marks::standing(&mut db, mark_type, subject, self.now()).await?.map(|row| row.mark))
    }

    /// Who holds a mark: of a type, or of any when it is empty (§8.5).
    pub async fn mark_holders(&self, mark_type: &str) -> Result<Vec<String>, FederationError> {
        let mut db = self.0.on.store.read().await?;
        Ok(issued_trust_marks::holders(&mut db, mark_type, self.now(), PAGE).await?)
    }

    /// What has become of a mark that this node issued itself, unless it holds; `None` also for marks of others.
    pub(in crate::federation) async fn own_revocation(
        &self,
        mark: &super::Mark,
    ) -> Result<Option<MarkFault>, FederationError> {
        if mark.issuer != *self.id() {
            return Ok(None);
        }
        Ok(match self.mark_status(&mark.text).await? {
            Some(MarkStatus::Active) => None,
            Some(MarkStatus::Expired) => Some(MarkFault::Expired),
            Some(MarkStatus::Revoked) => Some(MarkFault::Revoked),
            None => Some(MarkFault::Disowned),
        })
    }
}
