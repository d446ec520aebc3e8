//! Pages as values: one file a page, a struct that derives [`askama::Template`], and a `sample` of it for tests and the
//! gallery.
//!
//! A view holds plain values that are ready to show: names already masked, addresses already checked. It chooses words and
//! arranges, and decides nothing. To add a page: a struct here, `templates/pages/<name>.html`, its wording in both
//! languages, and a line in `gallery.rs`; the tests of [`super`] then hold it to the rules of every page.

pub mod account;
pub mod activate;
pub mod agents;
pub mod busy;
pub mod claim;
pub mod closing;
pub mod company;
pub mod consent;
pub mod corrections;
pub mod data;
pub mod document;
pub mod enrol;
pub mod error;
pub mod expired;
pub mod form;
pub mod form_post;
pub mod guardian;
pub mod history;
pub mod home;
pub mod legal;
pub mod level;
pub mod link;
pub mod logout;
pub mod logout_result;
pub mod merge;
pub mod notices;
pub mod passage;
pub mod passkey;
pub mod password;
pub mod real_name;
pub mod recover;
pub mod recover_cancel;
pub mod register;
pub mod scan;
pub mod second_factor;
pub mod security;
pub mod select_account;
pub mod service;
pub mod sign_in;
pub mod sms_sign_in;

pub use account::AccountPage;
pub use activate::ActivatePage;
pub use agents::AgentsPage;
pub use busy::BusyPage;
pub use closing::{ClosePage, ClosingPage};
pub use company::CompaniesPage;
pub use consent::ConsentPage;
pub use corrections::CorrectionsPage;
pub use data::DataPage;
pub use enrol::EnrolPage;
pub use error::ErrorPage;
pub use expired::ExpiredPage;
pub use form::{Interaction, PasswordRule, Problem, Problems};
pub use form_post::FormPostPage;
pub use guardian::{GuardianNeededPage, GuardianPage};
pub use history::HistoryPage;
pub use home::HomePage;
pub use legal::LegalPage;
pub use level::Level;
pub use link::LinkPage;
pub use logout::LogoutPage;
pub use logout_result::LogoutResultPage;
pub use merge::MergePage;
pub use notices::NoticesPage;
pub use passage::PassagePage;
pub use passkey::{PasskeyAsk, PasskeySetupPage, PasskeySignInPage};
pub use password::PasswordPage;
pub use real_name::RealNamePage;
pub use recover::{RecoverPage, RecoverStatusPage, RecoverWaysPage};
pub use recover_cancel::{AccountRecoveryPage, AppealPage, RecoverCancelPage};
pub use register::RegisterPage;
pub use scan::{ScanApprovePage, ScanPage};
pub use second_factor::SecondFactorPage;
pub use security::{MobilePage, RecoveryCodesPage, SecurityPage, TotpSetupPage};
pub use select_account::SelectAccountPage;
pub use service::{Asking, WayBack, WebAddress};
pub use sign_in::SignInPage;
pub use sms_sign_in::SmsSignInPage;
