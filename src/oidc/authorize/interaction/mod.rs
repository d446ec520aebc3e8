//! What only a person can answer: who they are, a further factor, as whom they are here, their real name, their consent.
//! Under `prompt=none` never a page: each has its error (`docs/ERRORS.md`).

pub(super) mod consent;
pub(super) mod guardian;
pub(super) mod identity;
pub(super) mod login;
pub(super) mod real_name;
pub(super) mod second_factor;

use super::{Outcome, SignedIn};

pub use consent::ConsentQuestion;
pub(in crate::oidc) use consent::{agreement, still_agreed};
pub use identity::{Identity, IdentityQuestion, ONESELF};
pub use login::LoginReason;

/// The answer to "who is there?".
pub(super) enum Answer {
    /// Someone known.
    Known(SignedIn),
    /// A page must ask.
    Ask(Outcome),
}
