//! What every page knows besides its own content.

use askama::filters::Safe;

use super::phrase::Phrase;
use super::preference::{ELDER_VIEW, STANDARD_VIEW};
use super::{Lang, assets, moment, paths};
use crate::base::Timestamp;

/// The surroundings of a page, filled once a request.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// The page's language.
    pub lang: Lang,
    /// The path under which the issuer lives, without a slash at its end; empty at the root. Every link begins with it.
    pub base: String,
    /// Which node this is, in the page's language: 国家节点.
    pub node_name: String,
    /// Elder mode: larger type and fewer items.
    pub elder: bool,
    /// The nonce of this response's Content-Security-Policy.
    pub nonce: String,
    /// Where the person is, path and query below `base`, such that a GET shows this page again. The language switch leads
    /// back to it, so it must not carry personal data.
    pub here: String,
    /// The masked name of the person who is signed in, if anybody is.
    pub person: Option<String>,
    /// The moment for which the page is made; times are told as seen from it.
    pub now: Timestamp,
}

impl PageContext {
    /// The wording of `key`.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.lang.text(key)
    }

    /// The wording of `key`, to be filled with values.
    pub fn say<'a>(&self, key: &'a str) -> Phrase<'a> {
        Phrase::new(self.lang, key)
    }

    /// The address of a place of this node (`paths::…`) with the base path before it.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The address of an asset; see [`assets`].
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        self.link(&assets::address(name).unwrap_or_default())
    }

    /// `at` as people read it, as a `<time>` element.
    #[must_use]
    pub fn moment(&self, at: &Timestamp) -> Safe<String> {
        moment::html(self.lang, *at, self.now)
    }

    /// The same page in the other language.
    #[must_use]
    pub fn switch_language(&self) -> String {
        self.preference("lang", self.lang.other().tag())
    }

    /// The same page with elder mode turned over.
    #[must_use]
    pub fn switch_elder(&self) -> String {
        self.preference("view", if self.elder { STANDARD_VIEW } else { ELDER_VIEW })
    }

    fn preference(&self, name: &str, value: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .append_pair("back", &self.here)
            .finish();
        format!("{}?{query}", self.link(paths::PREFERENCES))
    }

    /// The surroundings of a sample page.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            lang,
            base: String::new(),
            node_name: lang.pick("国家节点", "National node").to_owned(),
            elder: false,
            nonce: "c2FtcGxlLW5vbmNl".to_owned(),
            here: paths::SIGN_IN.to_owned(),
            person: None,
            now: Timestamp(1_795_483_200_000),
        }
    }

    /// The surroundings of a sample page that somebody sees who is signed in.
    #[must_use]
    pub fn sample_signed_in(lang: Lang) -> Self {
        Self { person: Some("*明".to_owned()), here: paths::ACCOUNT.to_owned(), ..Self::sample(lang) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_begins_with_the_base_path() {
        let ctx = PageContext { base: "/sso".to_owned(), ..PageContext::sample(Lang::En) };
        assert_eq!(ctx.link(paths::ACCOUNT), "/sso/account");
        assert!(ctx.asset("hufu.css").starts_with("/sso/static/hufu."));
        assert!(ctx.switch_elder().starts_with("/sso/preferences?view=elder&back="));
    }

    #[test]
    fn the_language_switch_keeps_the_page() {
        let ctx = PageContext { here: "/sign-in?flow=a+b&x=1".to_owned(), ..PageContext::sample(Lang::ZhCn) };
        assert_eq!(ctx.switch_language(), "/preferences?lang=en&back=%2Fsign-in%3Fflow%3Da%2Bb%26x%3D1");
    }
}
