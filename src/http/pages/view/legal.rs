//! Terms of use (用户协议) and privacy notice (个人信息保护政策).

use askama::Template;
use askama::filters::Safe;

use crate::http::pages::{Lang, PageContext, paths};

/// A text of several sections.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/legal.html")]
pub struct LegalPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// Which text.
    pub document: LegalDocument,
    /// What the texts promise, as this node is configured.
    pub kept: Kept,
}

/// How long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The record of a sign-in, in days from its end.
    pub sign_in_days: u64,
    /// The record of a sign-out, in days.
    pub sign_out_days: u64,
    /// For how many hours a service is told of a sign-out.
    pub told_hours: u64,
}

impl Kept {
    /// A sample.
    pub const SAMPLE: Self = Self { sign_in_days: 190, sign_out_days: 90, told_hours: 72 };
}

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegalDocument {
    /// 用户协议
    Terms,
    /// 个人信息保护政策
    Privacy,
}

const TERMS: [(&str, &str); 5] = [
    ("terms-account", "terms-account-text"),
    ("terms-use", "terms-use-text"),
    ("terms-safety", "terms-safety-text"),
    ("terms-logout", "terms-logout-text"),
    ("terms-changes", "terms-changes-text"),
];

const PRIVACY: [(&str, &str); 7] = [
    ("privacy-what", "privacy-what-text"),
    ("privacy-why", "privacy-why-text"),
    ("privacy-who", "privacy-who-text"),
    ("privacy-sensitive", "privacy-sensitive-text"),
    ("privacy-keep", "privacy-keep-text"),
    ("privacy-cookies", "privacy-cookies-text"),
    ("privacy-rights", "privacy-rights-text"),
];

impl LegalPage {
    /// The wording keys of title and introduction.
    #[must_use]
    pub const fn opening(&self) -> (&'static str, &'static str) {
        match self.document {
            LegalDocument::Terms => ("terms-title", "terms-intro"),
            LegalDocument::Privacy => ("privacy-title", "privacy-intro"),
        }
    }

    /// The wording keys of every section's headline and text.
    #[must_use]
    pub const fn sections(&self) -> &'static [(&'static str, &'static str)] {
        match self.document {
            LegalDocument::Terms => &TERMS,
            LegalDocument::Privacy => &PRIVACY,
        }
    }

    /// A section's text with the numbers that hold at this node.
    #[must_use]
    pub fn text(&self, key: &str) -> Safe<String> {
        let Kept { sign_in_days, sign_out_days, told_hours } = &self.kept;
        let text = self.ctx.say(key).count("sign-in-days", sign_in_days).count("sign-out-days", sign_out_days);
        text.count("told-hours", told_hours).html()
    }

    /// A sample of `document`.
    #[must_use]
    pub fn sample_of(lang: Lang, document: LegalDocument) -> Self {
        let here = match document {
            LegalDocument::Terms => paths::TERMS,
            LegalDocument::Privacy => paths::PRIVACY,
        };
        Self { ctx: PageContext { here: here.to_owned(), ..PageContext::sample(lang) }, document, kept: Kept::SAMPLE }
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self::sample_of(lang, LegalDocument::Terms)
    }
}
