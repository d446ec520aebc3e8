//! Real names (实名): is this person who she says she is, how sure are we, and how sure must a service be?
//!
//! [`document`], [`name`] and [`mobile`] turn what a person typed into checked values that do not print; nobody is asked
//! about a number whose check digit is wrong. [`credit_code`] does the same for legal persons. [`authority`] is the seam to
//! those who know: a [`Authority`] answers match, mismatch or not found, or that it cannot answer now, and these stay four
//! different things all the way to the page.
//! [`sources`] are the authorities that can be configured. [`level`] orders how well a name is proven and caps what a
//! login may claim of it.
//!
//! Nothing here stores or encrypts (that is `accounts`, over `keys`), and no level is raised by anything but a verdict.

pub mod authority;
pub mod credit_code;
pub mod document;
pub mod level;
pub mod mobile;
pub mod name;
pub mod sources;

pub use authority::{
    Authority, AuthorityError, Outcome, SharedAuthority, Verdict, VerificationMethod, VerificationRequest,
};
pub use credit_code::{CreditCodeError, CreditCodeWarning, LegalPersonKind, SocialCreditCode};
pub use document::{DocumentType, IdentityNumber, IdentityNumberError, Sex, today_in_china};
pub use level::{LoginStrength, RealNameLevel, acr};
pub use mobile::{MobileError, MobileNumber};
pub use name::{NameError, PersonName};
