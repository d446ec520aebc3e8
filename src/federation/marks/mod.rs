//! Trust marks (信任标识, OpenID Federation 1.0 §7): that an entity was assessed (等级保护, 密码应用安全性评估; standard 6.8
//! d, e), and that it may assert real names at a level for a region.
//!
//! [`Federation::judge_mark`] judges a mark **without asking anybody**: by what the anchors and the issuers were known to say
//! before. It comes before every request that a stranger can cause. [`status`] then asks the issuer whether the mark still
//! holds; [`issue`] is the issuer's own side.

pub mod issue;
pub mod status;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::Federation;
use super::anchors::AnchorView;
use super::entity_id::EntityIdentifier;
use super::error::FederationError;
use super::statement::{Moment, PresentedMark};
use crate::base::Timestamp;
use crate::proto::jose::{
    Audience, Expectations, JoseError, PublicJwkSet, SigningAlg, Typ, peek_claims_unverified, verify,
};

/// `typ` of a trust mark.
pub const TRUST_MARK: &str = "trust-mark+jwt";
/// `typ` of a delegation.
pub const DELEGATION: &str = "trust-mark-delegation+jwt";

/// The marks of this platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkType {
    /// 网络安全等级保护测评, GB/T 22239: `level` 1 to 5.
    MultiLevelProtection,
    /// 密码应用安全性评估, GB/T 39786: `level` 1 to 5.
    CryptographyAssessment,
    /// May assert real names: up to `level` 1 to 4, for people of `region`.
    RealNames,
}

impl MarkType {
    /// Every one.
    pub const ALL: &'static [Self] = &[Self::MultiLevelProtection, Self::CryptographyAssessment, Self::RealNames];

    /// `trust_mark_type`.
    #[must_use]
    pub const fn urn(self) -> &'static str {
        match self {
            Self::MultiLevelProtection => "urn:hufu:trust-mark:gbt-22239",
            Self::CryptographyAssessment => "urn:hufu:trust-mark:gbt-39786",
            Self::RealNames => "urn:hufu:trust-mark:real-names",
        }
    }
}

/// Why a mark does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkFault {
    /// It is not there.
    #[error("the trust mark {0} is missing")]
    Missing(String),
    /// Not a mark of good form.
    #[error("the trust mark is malformed: {0}")]
    Unreadable(String),
    /// Another's.
    #[error("the trust mark is {0}'s")]
    Subject(String),
    /// Its time is over.
    #[error("the trust mark has expired")]
    Expired,
    /// Its issuer may not issue such marks, by the word of no anchor.
    #[error("{0} may not issue such trust marks")]
    Issuer(String),
    /// Nothing is known of its issuer yet.
    #[error("the issuer {0} of the trust mark is not known yet")]
    UnknownIssuer(String),
    /// The signature is not by a key of its issuer.
    #[error("the trust mark is not signed by {0}")]
    Signature(String),
    /// The mark is another's to give, and the issuer holds no good delegation.
    #[error("the issuer of the trust mark has no delegation for it: {0}")]
    Delegation(String),
    /// Its issuer has revoked it.
    #[error("the trust mark has been revoked")]
    Revoked,
    /// Its issuer says that it is none of its marks.
    #[error("the issuer does not know the trust mark")]
    Disowned,
    /// Its issuer cannot be asked now.
    #[error("whether the trust mark still holds cannot be found out now: {0}")]
    StatusUnknown(String),
}

/// A mark that counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// `trust_mark_type`.
    pub mark_type: String,
    /// Whose.
    pub subject: EntityIdentifier,
    /// By whom.
    pub issuer: EntityIdentifier,
    /// Until when; none: it does not end by itself.
    pub expires_at: Option<Timestamp>,
    /// Everything it says.
    pub claims: Map<String, Value>,
    /// The signed text.
    pub text: String,
}

impl Mark {
    /// Reads a mark that `holder` presents; its signature is not looked at yet.
    fn read(presented: &PresentedMark, holder: &EntityIdentifier, at: Moment) -> Result<Self, MarkFault> {
        let claims = peek_claims_unverified(&presented.mark).map_err(|e| MarkFault::Unreadable(e.to_string()))?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let entity = |name: &str| {
            let id = text(name).and_then(EntityIdentifier::parse);
            id.ok_or_else(|| MarkFault::Unreadable(format!("{name} is not an entity identifier")))
        };
        if text("trust_mark_type") != Some(presented.mark_type.as_str()) {
            return Err(MarkFault::Unreadable("it is of another type".into()));
        }
        let (subject, issuer) = (entity("sub")?, entity("iss")?);
        if subject != *holder {
            return Err(MarkFault::Subject(subject.to_string()));
        }
        let expires_at = claims.get("exp").and_then(Value::as_i64).map(Timestamp::from_seconds);
        if expires_at.is_some_and(|end| end <= at.now) {
            return Err(MarkFault::Expired);
        }
        let mark_type = presented.mark_type.clone();
        Ok(Self { mark_type, subject, issuer, expires_at, claims, text: presented.mark.clone() })
    }

    fn check_signature(&self, keys: &PublicJwkSet, at: Moment) -> Result<(), MarkFault> {
        match signed(&self.text, TRUST_MARK, self.issuer.as_str(), keys, at) {
            Ok(_) => Ok(()),
            Err(JoseError::Expired) => Err(MarkFault::Expired),
            Err(JoseError::Signature | JoseError::UnknownKey) => Err(MarkFault::Signature(self.issuer.to_string())),
            Err(other) => Err(MarkFault::Unreadable(other.to_string())),
        }
    }

    /// §7.2: whose the mark is to give, and that the issuer was let give it.
    fn check_delegation(&self, view: &AnchorView, at: Moment) -> Result<(), MarkFault> {
        let delegation = self.claims.get("delegation").and_then(Value::as_str);
        let bad = |why: &str| Err(MarkFault::Delegation(why.to_owned()));
        let Some((owner, keys)) = view.owner(&self.mark_type) else {
            return if delegation.is_some() { bad("the anchor names no owner") } else { Ok(()) };
        };
        let Some(delegation) = delegation else {
            return if owner == self.issuer { Ok(()) } else { bad("it carries none") };
        };
        let claims = match signed(delegation, DELEGATION, owner.as_str(), &keys, at) {
            Ok(claims) => claims,
            Err(error) => return bad(&error.to_string()),
        };
        let says = |name: &str, wanted: &str| claims.get(name).and_then(Value::as_str) == Some(wanted);
        if !says("sub", self.issuer.as_str()) || !says("trust_mark_type", &self.mark_type) {
            return bad("it is for another issuer or another type");
        }
        Ok(())
    }
}

/// The claims of a token of this type by this issuer. `exp` counts where it is there.
fn signed(
    text: &str,
    typ: &str,
    issuer: &str,
    keys: &PublicJwkSet,
    at: Moment,
) -> Result<Map<String, Value>, JoseError> {
    let expected = Expectations {
        algs: SigningAlg::ASYMMETRIC,
        typ: Typ::Required(typ),
        iss: Some(issuer),
        aud: Audience::Unchecked,
        required: &["iss", "sub", "iat", "trust_mark_type"],
        max_age: None,
        leeway: at.leeway,
        now: at.now,
    };
    verify(text, keys, &expected).map(|verified| verified.claims)
}

impl Federation {
    /// Judges one mark without asking anybody (§7.3): form, holder, time, that an anchor lets the issuer give it, signature.
    pub(super) async fn judge_mark(
        &self,
        presented: &PresentedMark,
        holder: &EntityIdentifier,
    ) -> Result<Mark, FederationError> {
        let at = self.moment();
        let mark = Mark::read(presented, holder, at)?;
        let refused = || MarkFault::Issuer(mark.issuer.to_string());
        let anchors = self.anchors();
        let listing = anchors.iter().find(|view| view.issuers(&mark.mark_type).contains(&mark.issuer));
        let view = listing.ok_or_else(refused)?;
        let keys = self.keys_of_issuer(&mark.issuer, view).await?;
        mark.check_signature(&keys, at)?;
        mark.check_delegation(view, at)?;
        Ok(mark)
    }

    /// The keys by which an issuer of marks is known here already.
    async fn keys_of_issuer(
        &self,
        issuer: &EntityIdentifier,
        view: &AnchorView,
    ) -> Result<PublicJwkSet, FederationError> {
        if view.anchor.id == *issuer {
            return Ok(view.anchor.keys.clone());
        }
        let unknown = || MarkFault::UnknownIssuer(issuer.to_string());
        if issuer == self.id() {
            let own = PublicJwkSet::from_value(&self.published_keys());
            return Ok(own.map_err(|_| unknown())?);
        }
        let chain = self.known(issuer).await?.ok_or_else(unknown)?;
        let said = chain.configuration().ok_or_else(unknown)?;
        Ok(said.keys().map_err(|_| unknown())?)
    }

    /// The marks among these that this node demands of a service, judged without asking anybody.
    ///
    /// # Errors
    /// [`MarkFault::Missing`], or what is wrong with the one that is there.
    pub(super) async fn required_marks(
        &self,
        entity: &EntityIdentifier,
        presented: &[PresentedMark],
    ) -> Result<Vec<Mark>, FederationError> {
        let mut held = Vec::new();
        for needed in &self.config().required_marks {
            let mark = presented.iter().find(|mark| mark.mark_type == *needed);
            let mark = mark.ok_or_else(|| MarkFault::Missing(needed.clone()))?;
            held.push(self.judge_mark(mark, entity).await?);
        }
        Ok(held)
    }

    /// Up to which level, 1 to 4, `entity` may assert the real names of people of `region` (six digits of GB/T 2260): by
    /// its trust marks, as they are known here; `None`: not at all. Asks nobody but this node's own register of marks.
    pub async fn may_assert(&self, entity: &EntityIdentifier, region: &str) -> Result<Option<u8>, FederationError> {
        let Some(chain) = self.known(entity).await? else { return Ok(None) };
        let marks = chain.configuration().map(super::statement::Statement::trust_marks).unwrap_or_default();
        let mut most = None;
        for presented in marks.iter().filter(|mark| mark.mark_type == MarkType::RealNames.urn()) {
            let Ok(mark) = self.judge_mark(presented, entity).await else { continue };
            if self.own_revocation(&mark).await?.is_some() || self.is_noted_revoked(&mark).await? {
                continue;
            }
            let level = mark.claims.get("level").and_then(Value::as_u64).and_then(|level| u8::try_from(level).ok());
            let for_region = mark.claims.get("region").and_then(Value::as_str);
            if for_region.is_some_and(|marked| covers(marked, region)) {
                most = most.max(level.filter(|level| (1..=4).contains(level)));
            }
        }
        Ok(most)
    }
}

/// Whether the division `marked` holds `region`: a province's code ends in four zeros, a city's in two, the nation's in six.
fn covers(marked: &str, region: &str) -> bool {
    let well_formed = |code: &str| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    if !well_formed(marked) || !well_formed(region) {
        return false;
    }
    let prefix = match marked {
        "000000" => "",
        province if province.ends_with("0000") => province.get(..2).unwrap_or(province),
        city if city.ends_with("00") => city.get(..4).unwrap_or(city),
        whole => whole,
    };
    region.starts_with(prefix)
}
