//! Real names (实名): is this person who she says she is, how sure are we, and how sure must a service be?
//!
//! [`document`], [`document_number`], [`name`], [`mobile`] and [`credit_code`] turn what a person typed into checked values;
//! nobody is asked about a number whose check digit is wrong. [`authority`] and [`company`] are the seams to those who know:
//! they answer match, mismatch, not found or invalid, or that they cannot answer now, and these stay different things all
//! the way to the page. [`sources`] are the authorities that can be configured. [`level`] orders how well a name is proven
//! and caps what a login may claim of it.
//!
//! Nothing here stores or encrypts (that is `accounts`, over `keys`), and no level is raised by anything but a verdict.

pub mod age;
pub mod authority;
pub mod bank_card;
pub mod company;
mod country;
pub mod credit_code;
pub mod document;
pub mod document_number;
pub mod identity_number;
pub mod level;
pub mod mobile;
pub mod name;
pub mod network_identity;
#[cfg(test)]
mod properties;
pub mod region;
pub mod sources;
mod typed;

/// The scope by which an access party asks the real-name verification system, granted by the operator (standard 6.4 a).
pub const VERIFY_SCOPE: &str = "realname.verify";

pub use authority::{
    Agreement, Authority, AuthorityError, Further, Outcome, SharedAuthority, Verdict, VerificationMethod,
    VerificationRequest,
};
pub use bank_card::{BankCard, BankCardError};
pub use company::{
    CompanyName, CompanyNameError, CompanyOutcome, CompanyQuestion, CompanyRegistry, CompanyStatus, CompanyVerdict,
    SharedCompanyRegistry,
};
pub use credit_code::{CreditCodeError, CreditCodeWarning, LegalPersonKind, SocialCreditCode};
pub use document::{CodeFamily, DocumentType};
pub use document_number::{DocumentNumber, DocumentNumberError};
pub use identity_number::{IdentityNumber, IdentityNumberError, Sex, today_in_china};
pub use level::{LoginStrength, RealNameLevel, acr};
pub use mobile::{MobileError, MobileNumber};
pub use name::{NameError, PersonName};
pub use network_identity::{NetworkIdentity, NetworkIdentityProvider, SharedNetworkIdentity};
pub use region::{RegionCodes, Regions};
