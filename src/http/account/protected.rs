//! The guard before whatever weakens or widens an account: what protects it is shown first, and recently.
//!
//! Whoever has only the password of an account with a second factor changes nothing there (threat 7). An [`Errand`] says
//! what the person was about, so that showing the factor leads back to it; it is a word of a closed list, never an address.

use std::sync::Arc;

use axum::response::Response;

use super::signed_in;
use crate::accounts::Person;
use crate::http::error;
use crate::http::interaction::Step;
use crate::http::pages::paths;
use crate::http::visit::Visit;
use crate::session::Session;

/// What somebody was about when the node asked for a further factor, and is about again once it was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Security of the account, and whatever has no page of its own to go back to.
    Security,
    /// A new password.
    Password,
    /// Companies and their agents.
    Companies,
    /// Cancel a recovery, perhaps on the way to a service.
    Recovery,
    /// Bind the account to a real name, perhaps on the way to a service.
    RealName,
    /// Link the account to somebody whom a node below knows.
    Passage,
}

impl Errand {
    const ALL: [Self; 6] =
        [Self::Security, Self::Password, Self::Companies, Self::Recovery, Self::RealName, Self::Passage];

    /// The word in `why`.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Security => "step-up",
            Self::Password => "step-up-password",
            Self::Companies => "step-up-companies",
            Self::Recovery => "step-up-recovery",
            Self::RealName => "step-up-real-name",
            Self::Passage => "step-up-passage",
        }
    }

    /// The errand with this word.
    #[must_use]
    pub fn parse(why: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|errand| errand.why() == why)
    }

    /// Where it is gone on with.
    #[must_use]
    pub fn place(self, step: Option<&Step>) -> String {
        let page = match self {
            Self::Security => return paths::SECURITY.to_owned(),
            Self::Password => return paths::PASSWORD.to_owned(),
            Self::Companies => return paths::COMPANIES.to_owned(),
            Self::Passage => return paths::PASSAGE.to_owned(),
            Self::Recovery => paths::ACCOUNT_RECOVERY,
            Self::RealName => paths::REAL_NAME,
        };
        step.map_or_else(|| page.to_owned(), |step| step.here(page))
    }
}

/// Lets through whoever has shown, recently, all that this account is protected by: two factors when it has a second one,
/// else the password. Anyone else is sent to show it, and then back to the page of the account's security.
pub async fn protected(visit: &Visit) -> Result<(Session, Arc<Person>), Response> {
    protected_for(visit, Errand::Security, None).await
}

/// The same, and then back to the errand, on with the same flow.
pub async fn protected_for(
    visit: &Visit,
    errand: Errand,
    step: Option<&Step>,
) -> Result<(Session, Arc<Person>), Response> {
    let (session, person) = signed_in(visit).await?;
    let asking = |page: &str, why: &str| {
        let (place, joint) = step.map_or((page.to_owned(), '?'), |step| (step.here(page), '&'));
        visit.to(&format!("{place}{joint}why={why}"))
    };
    if !visit.app().sessions.is_recent(&session) {
        return Err(asking(paths::SIGN_IN, "again"));
    }
    if has_shown_all(visit, &session, &person).await? {
        return Ok((session, person));
    }
    Err(asking(paths::SECOND_FACTOR, errand.why()))
}

/// The same, but that whoever has no second factor needs no young session: the password is asked for there, or adds nothing.
pub async fn protected_beyond_password(
    visit: &Visit,
    errand: Errand,
    step: Option<&Step>,
) -> Result<(Session, Arc<Person>), Response> {
    let (session, person) = signed_in(visit).await?;
    match visit.app().factors.has_second(&person).await {
        Ok(false) => Ok((session, person)),
        Ok(true) => protected_for(visit, errand, step).await,
        Err(failure) => Err(error::page(visit, &failure.into(), None)),
    }
}

/// Whether this session has shown all that the account is protected by, however long ago.
async fn has_shown_all(visit: &Visit, session: &Session, person: &Person) -> Result<bool, Response> {
    let shown = visit.app().factors.has_shown_all(person, &session.methods()).await;
    shown.map_err(|failure| error::page(visit, &failure.into(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_no_other_is_one() {
        for errand in Errand::ALL {
            assert_eq!(Errand::parse(errand.why()), Some(errand));
        }
        for other in ["", "again", "step-up-", "/account", "https://evil.example"] {
            assert_eq!(Errand::parse(other), None, "{other}");
        }
    }
}
