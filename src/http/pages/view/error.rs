//! The error page: what happened, what to do, a reference number, and a way back.

use askama::Template;

use super::WayBack;
use crate::http::pages::{Lang, PageContext, paths};

/// An error that a person sees (`#error`, `#error-code`, `#error-reference`).
#[derive(Clone, Debug, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// What happened.
    pub kind: ErrorKind,
    /// The stable code of `docs/ERRORS.md`: `invalid_request`.
    pub code: String,
    /// The short number under which the log has the whole story.
    pub reference: String,
    /// What the service's developers need to know; public, in English, without personal data.
    pub detail: Option<String>,
    /// Back to the service that the person came from, when that is safe.
    pub back: Option<WayBack>,
}

/// What happened, as far as it matters to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// No service of this name takes part, or it is suspended.
    UnknownService,
    /// The service named a return address that is not registered for it; following it could hand the sign-in to a stranger.
    WrongReturnAddress,
    /// The service's request is wrong.
    BadRequest,
    /// The proof that came with a request to sign out is not valid.
    LogoutRefused,
    /// The post did not come from the page that was shown: another tab, cookies off, or a forged form.
    NotFromThisPage,
    /// The account may not be used.
    AccountClosed,
    /// The service needs a level that the person did not reach.
    LevelNotReached,
    /// The node above does not answer.
    AboveUnavailable,
    /// The node above did not let the person in.
    AboveRefused,
    /// What came from the node above is not as it must be.
    AboveUntrusted,
    /// The way back from the node above is not good: another browser, used, or too old.
    AboveState,
    /// The company for which somebody wants to act is not taken over from the node above.
    AboveCompany,
    /// There is no such page.
    NotFound,
    /// Something of ours failed.
    Fault,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::UnknownService,
        Self::WrongReturnAddress,
        Self::BadRequest,
        Self::LogoutRefused,
        Self::NotFromThisPage,
        Self::AccountClosed,
        Self::LevelNotReached,
        Self::AboveUnavailable,
        Self::AboveRefused,
        Self::AboveUntrusted,
        Self::AboveState,
        Self::AboveCompany,
        Self::NotFound,
        Self::Fault,
    ];

    /// The wording keys of headline, what happened, and what to do.
    const fn keys(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::UnknownService => ("error-service", "error-service-what", "error-service-do"),
            Self::WrongReturnAddress => ("error-return", "error-return-what", "error-return-do"),
            Self::BadRequest => ("error-request", "error-request-what", "error-request-do"),
            Self::LogoutRefused => ("error-logout", "error-logout-what", "error-logout-do"),
            Self::NotFromThisPage => ("error-page", "error-page-what", "error-page-do"),
            Self::AccountClosed => ("error-account", "error-account-what", "error-account-do"),
            Self::LevelNotReached => ("error-level", "error-level-what", "error-level-do"),
            Self::AboveUnavailable => ("error-above", "error-above-what", "error-above-do"),
            Self::AboveRefused => ("error-above-refused", "error-above-refused-what", "error-above-do"),
            Self::AboveUntrusted => ("error-above-untrusted", "error-above-untrusted-what", "error-above-do"),
            Self::AboveState => ("error-above-state", "error-above-state-what", "error-above-state-do"),
            Self::AboveCompany => ("error-above-company", "error-above-company-what", "error-above-company-do"),
            Self::NotFound => ("error-missing", "error-missing-what", "error-missing-do"),
            Self::Fault => ("error-fault", "error-fault-what", "error-fault-do"),
        }
    }
}

impl ErrorPage {
    /// The headline.
    #[must_use]
    pub fn headline(&self) -> String {
        self.ctx.t(self.kind.keys().0)
    }

    /// What happened.
    #[must_use]
    pub fn what(&self) -> String {
        self.ctx.t(self.kind.keys().1)
    }

    /// What the person can do.
    #[must_use]
    pub fn advice(&self) -> String {
        self.ctx.t(self.kind.keys().2)
    }

    /// A sample of `kind`.
    #[must_use]
    pub fn sample_of(lang: Lang, kind: ErrorKind) -> Self {
        Self {
            ctx: PageContext { here: paths::HOME.to_owned(), ..PageContext::sample(lang) },
            kind,
            code: if kind == ErrorKind::Fault { "server_error" } else { "invalid_request" }.to_owned(),
            reference: "7F3K-92QD".to_owned(),
            detail: Some("redirect_uri is not registered for this client".to_owned()),
            back: WayBack::sample(lang),
        }
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self { code: "invalid_redirect_uri".to_owned(), ..Self::sample_of(lang, ErrorKind::WrongReturnAddress) }
    }
}
