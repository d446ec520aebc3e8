//! [`Told`]: what another node says of a person and of how they signed in, read out of tokens that were found good: the ID
//! token of the node above, or the assertion of a node below. Nothing in it is believed beyond what the operator allows.

use serde_json::{Map, Value};

use crate::accounts::ToldAbove;
use crate::base::{Secret, Timestamp};
use crate::delegation::Vouched;
use crate::proto::jose::Verified;
use crate::proto::oidc::Acr;
use crate::realname::{CodeFamily, DocumentType, MobileNumber, RealNameLevel};
use crate::session::{Amr, AuthEvent};

/// What another node says. No `Debug`: it holds personal data in the clear.
pub struct Told {
    /// The `sub` by which it knows the person: where somebody acts for a company, the one who acts.
    pub subject: String,
    /// The `sid` by which it knows the session.
    pub sid: String,
    /// The level that it vouches for, and at most what may be taken over.
    pub acr: Acr,
    /// By which methods the person signed in there.
    pub amr: Vec<Amr>,
    /// When: the login clock.
    pub auth_time: Timestamp,
    /// How well the name is proven, at most what may be taken over.
    pub level: RealNameLevel,
    /// Since when: the proof clock.
    pub realname_time: Option<Timestamp>,
    /// The name.
    pub name: Option<Secret>,
    /// Kind and number of the document.
    pub document: Option<(DocumentType, Secret)>,
    /// A mobile number that the node above has verified.
    pub mobile: Option<MobileNumber>,
    /// The company for which the person acts there.
    pub company: Option<Vouched>,
}

impl Told {
    /// Reads a verified ID token and the UserInfo of the same person; nothing in it is believed beyond `most`. `None` when
    /// a claim that must be there has another type.
    pub(super) fn read(id_token: &Verified, userinfo: &Map<String, Value>, most: RealNameLevel) -> Option<Self> {
        let of_person = of_person(userinfo);
        let verified = of_person.get("phone_number_verified").and_then(Value::as_bool).unwrap_or(false);
        let mobile = text(of_person, "phone_number").filter(|_| verified);
        Some(Self {
            subject: person_of(&id_token.claims)?,
            sid: id_token.text("sid")?.to_owned(),
            acr: acr(id_token, most),
            amr: methods(id_token),
            auth_time: id_token.date("auth_time")?,
            level: level(userinfo, most)?,
            realname_time: time(userinfo),
            name: text(of_person, "name").map(Secret::new),
            document: of_person.get("identity_document").and_then(document),
            mobile: mobile.and_then(|number| MobileNumber::parse(&number).ok()),
            company: None,
        })
    }

    /// Reads the verified assertion of a node below (信任传递); nothing in it is believed beyond `most`. `None` when a claim that
    /// must be there has another type.
    pub(super) fn asserted(assertion: &Verified, most: RealNameLevel) -> Option<Self> {
        let nothing = Map::new();
        let verified = match assertion.claims.get("verified_claims") {
            None => &nothing,
            Some(verified) => verified.get("claims")?.as_object()?,
        };
        Some(Self {
            subject: bounded(assertion, "sub")?,
            sid: bounded(assertion, "sid")?,
            acr: acr(assertion, most),
            amr: methods(assertion),
            auth_time: assertion.date("auth_time")?,
            level: level(&assertion.claims, most)?,
            realname_time: time(&assertion.claims),
            name: text(verified, "name").map(Secret::new),
            document: verified.get("identity_document").and_then(document),
            mobile: None,
            company: None,
        })
    }

    /// How the person signed in, as it counts here.
    #[must_use]
    pub fn event(&self) -> AuthEvent {
        AuthEvent::elsewhere(&self.amr, self.auth_time, self.acr.number())
    }

    /// What is said of the real name, for the verifier.
    #[must_use]
    pub fn real_name(&self, issuer: &str) -> ToldAbove {
        ToldAbove {
            source: issuer.to_owned(),
            subject: self.subject.clone(),
            level: self.level,
            verified_at: self.realname_time.unwrap_or(self.auth_time),
            name: self.name.clone(),
            document: self.document.clone(),
        }
    }
}

/// What the node above says of the real name of somebody who has used this node, in the claims that were granted, at most
/// `most`. `None` when a claim has another type, or the name is not among what was granted.
pub(super) fn granted(
    claims: &Map<String, Value>,
    (issuer, subject): (&str, &str),
    most: RealNameLevel,
) -> Option<ToldAbove> {
    claims.get("realname_level")?;
    Some(ToldAbove {
        source: issuer.to_owned(),
        subject: subject.to_owned(),
        level: level(claims, most)?,
        verified_at: time(claims)?,
        name: text(claims, "name").map(Secret::new),
        document: claims.get("identity_document").and_then(document),
    })
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A name that another node has given, of a length that a column holds.
fn bounded(token: &Verified, claim: &str) -> Option<String> {
    token.text(claim).filter(|text| !text.is_empty() && text.len() <= 255).map(str::to_owned)
}

fn acr(token: &Verified, most: RealNameLevel) -> Acr {
    let said = token.text("acr").and_then(Acr::parse).unwrap_or(Acr::L0);
    said.min(Acr::from_number(i32::from(i16::from(most))))
}

fn methods(token: &Verified) -> Vec<Amr> {
    let names = token.claims.get("amr").and_then(Value::as_array).cloned().unwrap_or_default();
    names.iter().filter_map(|name| Amr::parse(name.as_str()?)).collect()
}

fn level(claims: &Map<String, Value>, most: RealNameLevel) -> Option<RealNameLevel> {
    let level = claims.get("realname_level").map_or(Some(0), Value::as_i64)?;
    Some(RealNameLevel::try_from(i16::try_from(level).ok()?).ok()?.min(most))
}

fn time(claims: &Map<String, Value>) -> Option<Timestamp> {
    claims.get("realname_time").and_then(Value::as_i64).map(Timestamp::from_seconds)
}

/// The person's own `sub`: beside a company's it stands in `act` (RFC 8693 §4.1).
pub(super) fn person_of(claims: &Map<String, Value>) -> Option<String> {
    let person = match claims.get("act") {
        None => claims.get("sub"),
        Some(act) => act.get("sub"),
    };
    person?.as_str().map(str::to_owned)
}

/// Where the person's own claims stand: beside a company's in `act`.
fn of_person(claims: &Map<String, Value>) -> &Map<String, Value> {
    claims.get("act").and_then(Value::as_object).unwrap_or(claims)
}

fn document(claim: &Value) -> Option<(DocumentType, Secret)> {
    let text = |name: &str| claim.get(name).and_then(Value::as_str);
    let by_code = || text("type").and_then(|code| DocumentType::with_code(CodeFamily::Gat, code).next());
    let kind = text("kind").and_then(|name| name.parse().ok()).or_else(by_code)?;
    let number = text("number")?;
    let whole = text("country").map_or_else(|| number.to_owned(), |country| format!("{country}:{number}"));
    Some((kind, Secret::new(whole)))
}
