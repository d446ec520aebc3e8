//! Terms of use (用户协议) and privacy notice (个人信息保护政策).

use askama::Template;

use crate::http::pages::{Lang, PageContext, paths};

/// A text of several sections.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/legal.html")]
pub struct LegalPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// Which text.
    pub document: LegalDocument,
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

    /// A sample of `document`.
    #[must_use]
    pub fn sample_of(lang: Lang, document: LegalDocument) -> Self {
        let here = match document {
            LegalDocument::Terms => paths::TERMS,
            LegalDocument::Privacy => paths::PRIVACY,
        };
        Self { ctx: PageContext { here: here.to_owned(), ..PageContext::sample(lang) }, document }
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self::sample_of(lang, LegalDocument::Terms)
    }
}
