//! Kinds of document and ways of proof, in words.

use crate::http::pages::PageContext;
use crate::realname::{DocumentType, VerificationMethod};

/// The wording keys of a kind: its name, and how its number looks.
const fn keys(kind: DocumentType) -> (&'static str, &'static str) {
    match kind {
        DocumentType::ResidentIdentityCard => ("document-resident-card", "document-resident-card-hint"),
        DocumentType::TemporaryIdentityCard => ("document-temporary-card", "document-resident-card-hint"),
        DocumentType::HouseholdRegister => ("document-household-register", "document-household-register-hint"),
        DocumentType::OrdinaryPassport => ("document-passport", "document-passport-hint"),
        DocumentType::DiplomaticPassport => ("document-diplomatic-passport", "document-diplomatic-passport-hint"),
        DocumentType::OfficialPassport => ("document-official-passport", "document-official-passport-hint"),
        DocumentType::ForeignPassport => ("document-foreign-passport", "document-foreign-passport-hint"),
        DocumentType::OfficerCard => ("document-officer-card", "document-service-card-hint"),
        DocumentType::PoliceOfficerCard => ("document-police-card", "document-service-card-hint"),
        DocumentType::SoldierCard => ("document-soldier-card", "document-service-card-hint"),
        DocumentType::RetiredOfficerCard => ("document-retired-card", "document-service-card-hint"),
        DocumentType::HongKongMacaoTravelPermit => ("document-hk-macao-permit", "document-hk-macao-permit-hint"),
        DocumentType::ExitPermitToHongKongMacao => ("document-exit-permit", "document-exit-permit-hint"),
        DocumentType::HongKongMacaoIdentityCard => ("document-hk-macao-card", "document-hk-macao-card-hint"),
        DocumentType::TaiwanTravelPermit => ("document-taiwan-permit", "document-taiwan-permit-hint"),
        DocumentType::HongKongMacaoTaiwanResidencePermit => {
            ("document-residence-permit", "document-residence-permit-hint")
        }
        DocumentType::ForeignPermanentResidence => {
            ("document-permanent-residence", "document-permanent-residence-hint")
        }
    }
}

/// What a kind of document is called.
#[must_use]
pub fn name(ctx: &PageContext, kind: DocumentType) -> String {
    ctx.t(keys(kind).0)
}

/// How the number of a kind looks.
#[must_use]
pub fn hint(ctx: &PageContext, kind: DocumentType) -> String {
    ctx.t(keys(kind).1)
}

/// What a way of proof compares.
#[must_use]
pub fn way(ctx: &PageContext, method: VerificationMethod) -> String {
    ctx.t(match method {
        VerificationMethod::TwoItems => "way-two-items",
        VerificationMethod::ThreeItems => "way-three-items",
        VerificationMethod::FourItems => "way-four-items",
        VerificationMethod::Face => "way-face",
        VerificationMethod::NetworkIdentity => "way-network-identity",
        VerificationMethod::InPerson => "way-in-person",
        VerificationMethod::Certificate => "way-certificate",
        VerificationMethod::ElectronicIdentity => "way-eid",
        VerificationMethod::NodeAbove => "way-node-above",
    })
}
