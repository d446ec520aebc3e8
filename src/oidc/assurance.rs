//! How well a person's name is proven, as a client is told: `verified_claims` (OpenID Connect for Identity Assurance 1.0),
//! a level and a time that belong together, and the level in the code of the client's region.
//!
//! A proof has a level and a time. Whoever asks for a fresh one is never given the level of an old proof with the time of a
//! young one: the pair is always that of one proof.

use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Provider;
use super::claims;
use super::client::Client;
use crate::accounts::{Person, Proof};
use crate::base::Timestamp;
use crate::proto::oidc::{ClaimRequests, VerifiedRequests};
use crate::realname::{DocumentType, RealNameLevel, VerificationMethod};

/// The rules by which names are proven here: the table of levels in `docs/INTEGRATION.md`.
pub const TRUST_FRAMEWORK: &str = "urn:hufu:trust-framework:cn-realname";

/// The claims that can stand in `verified_claims`.
pub const VERIFIED_CLAIMS: &[&str] = &["name", "masked_name", "identity_document"];

/// The members of discovery (Identity Assurance §8).
#[must_use]
pub fn metadata() -> Value {
    json!({
        "verified_claims_supported": true,
        "trust_frameworks_supported": [TRUST_FRAMEWORK],
        "claims_in_verified_claims_supported": VERIFIED_CLAIMS,
        "evidence_supported": ["document", "electronic_record"],
        "documents_supported": ["idcard", "passport", "permanent_resident_card", "residence_permit", "travel_permit", "service_card"],
        "documents_methods_supported": ["pipp"],
        "documents_check_methods_supported": ["vpip", "pvp", "data"],
        "electronic_records_supported": ["population_register", "immigration_register", "service_register", "network_identity"],
    })
}

/// What is asked at one place.
pub struct Wanted<'a> {
    /// The plain claims.
    pub claims: &'a ClaimRequests,
    /// The verified ones.
    pub verified: &'a VerifiedRequests,
}

impl Provider {
    /// Completes the claims about a person that `client` is told: the level and time of the proof it asked for, the code
    /// of its region, and verified claims. Where `sub` is a company they stand in `act`, with the person they are about.
    pub fn assure(&self, out: &mut Map<String, Value>, person: &Person, client: &Client, wanted: &Wanted<'_>) {
        match out.get_mut("act") {
            Some(Value::Object(act)) => self.assure_person(act, person, client, wanted),
            Some(_) => {}
            None => self.assure_person(out, person, client, wanted),
        }
    }

    fn assure_person(&self, out: &mut Map<String, Value>, person: &Person, client: &Client, wanted: &Wanted<'_>) {
        let now = self.0.clock.now();
        let limit = wanted.claims.get("realname_time").and_then(|claim| claim.max_age);
        let youngest = || person.proofs().into_iter().max_by_key(|proof| proof.verified_at);
        if let Some(fresh) =
            limit.and_then(|limit| person.fresh_proof(Duration::from_secs(limit), now).or_else(youngest))
        {
            replace(out, "realname_level", json!(i16::from(fresh.level)));
            replace(out, "realname_time", json!(fresh.verified_at.seconds()));
        }
        let code = client.metadata.region.as_deref().and_then(|region| self.0.regions.code(region, person.level()));
        if let Some(code) = code.filter(|_| out.contains_key("realname_level")) {
            out.insert("realname_level_code".to_owned(), json!(code));
        }
        if wanted.verified.is_empty() {
            return;
        }
        let proofs: Vec<Value> = person.proofs().into_iter().map(|proof| self.verification(proof)).collect();
        let verified = claims::verified(person, VERIFIED_CLAIMS);
        if let Some(answer) = wanted.verified.answer(&proofs, &verified, moment(now)) {
            out.insert("verified_claims".to_owned(), answer);
        }
    }

    /// A proof as `verification` (Identity Assurance schema 1.0 §5.4). No number stands in it: that is a claim, with a
    /// consent of its own.
    fn verification(&self, proof: &Proof) -> Value {
        let time = rfc3339(proof.verified_at);
        let check = |method: &str| json!({"check_method": method, "organization": proof.source, "time": time});
        let evidence = match proof.method {
            VerificationMethod::InPerson => json!({
                "type": "document",
                "method": "pipp",
                "time": time,
                "check_details": [check("vpip"), check("pvp"), check("data")],
                "document_details": {"type": document_type(proof), "issuer": {"country_code": "CHN"}},
            }),
            method => json!({
                "type": "electronic_record",
                "time": time,
                "check_details": checks(method).iter().map(|name| check(name)).collect::<Vec<_>>(),
                "record": {
                    "type": record_type(proof),
                    "source": {"name": self.0.source_name(&proof.source), "country_code": "CHN"},
                },
            }),
        };
        json!({
            "trust_framework": TRUST_FRAMEWORK,
            "assurance_level": level_name(proof.level),
            "assurance_process": {"procedure": proof.method.as_str()},
            "time": time,
            "verification_process": proof.reference,
            "evidence": [evidence],
        })
    }
}

impl super::Inner {
    /// What a source is called, in Chinese: the language of the registers.
    fn source_name(&self, source: &str) -> String {
        self.source_titles.get(source).cloned().unwrap_or_else(|| source.to_owned())
    }
}

fn replace(out: &mut Map<String, Value>, name: &str, value: Value) {
    if let Some(slot) = out.get_mut(name) {
        *slot = value;
    }
}

const fn level_name(level: RealNameLevel) -> &'static str {
    match level {
        RealNameLevel::L0 => "l0",
        RealNameLevel::L1 => "l1",
        RealNameLevel::L2 => "l2",
        RealNameLevel::L3 => "l3",
        RealNameLevel::L4 => "l4",
    }
}

/// How a proof was checked, by the registered words: against data, by a biometric check at a distance, by a token, by
/// cryptography.
const fn checks(method: VerificationMethod) -> &'static [&'static str] {
    match method {
        VerificationMethod::Face => &["data", "bvr"],
        VerificationMethod::NetworkIdentity | VerificationMethod::NodeAbove => &["token"],
        VerificationMethod::Certificate | VerificationMethod::ElectronicIdentity => &["vcrypt", "data"],
        _ => &["data"],
    }
}

fn record_type(proof: &Proof) -> &'static str {
    use DocumentType::{
        HouseholdRegister, OfficerCard, PoliceOfficerCard, ResidentIdentityCard, RetiredOfficerCard, SoldierCard,
        TemporaryIdentityCard,
    };
    match proof.document_type {
        None if proof.method == VerificationMethod::NodeAbove => "platform_above",
        None => "network_identity",
        Some(ResidentIdentityCard | TemporaryIdentityCard | HouseholdRegister) => "population_register",
        Some(OfficerCard | PoliceOfficerCard | SoldierCard | RetiredOfficerCard) => "service_register",
        Some(_) => "immigration_register",
    }
}

fn document_type(proof: &Proof) -> &'static str {
    use DocumentType::*;
    match proof.document_type {
        Some(OrdinaryPassport | DiplomaticPassport | OfficialPassport | ForeignPassport) => "passport",
        Some(ForeignPermanentResidence) => "permanent_resident_card",
        Some(HongKongMacaoTaiwanResidencePermit) => "residence_permit",
        Some(HongKongMacaoTravelPermit | ExitPermitToHongKongMacao | TaiwanTravelPermit) => "travel_permit",
        Some(OfficerCard | PoliceOfficerCard | SoldierCard | RetiredOfficerCard) => "service_card",
        _ => "idcard",
    }
}

fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn rfc3339(at: Timestamp) -> String {
    moment(at).format(&Rfc3339).unwrap_or_default()
}
