//! The node's first page.

use askama::Template;

use super::WebAddress;
use crate::http::pages::{Lang, PageContext, paths};

/// What this node is, and where to go from here.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/home.html")]
pub struct HomePage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// Services that may be opened from here; may be empty.
    pub services: Vec<ServiceCard>,
    /// Whether a new account may be made here.
    pub registration_open: bool,
}

/// A service to open.
#[derive(Clone, Debug)]
pub struct ServiceCard {
    /// Its name in the page's language.
    pub name: String,
    /// What it is for, in one line; may be empty.
    pub about: String,
    /// Its address.
    pub href: WebAddress,
}

impl HomePage {
    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let card = |name: &str, about: &str, href: &str| {
            WebAddress::new(href).map(|href| ServiceCard { name: name.to_owned(), about: about.to_owned(), href })
        };
        Self {
            ctx: PageContext { here: paths::HOME.to_owned(), ..PageContext::sample(lang) },
            services: [
                card(
                    lang.pick("网上办事", "Online matters"),
                    lang.pick("申报、查询和办理事项", "Apply, follow and complete"),
                    "https://matters.example/",
                ),
                card(
                    lang.pick("电子证照", "e-Licences"),
                    lang.pick("申领与核验电子证照", "Apply for licences and check them"),
                    "https://licences.example/",
                ),
                card(
                    lang.pick("电子印章", "e-Seals"),
                    lang.pick("申请和使用电子印章", "Apply for seals and use them"),
                    "https://seals.example/",
                ),
                card(
                    lang.pick("政务门户", "Government portal"),
                    lang.pick("一站进入各地各部门服务", "One way into every service"),
                    "https://portal.example/",
                ),
            ]
            .into_iter()
            .flatten()
            .collect(),
            registration_open: true,
        }
    }

    /// A sample for somebody who is signed in.
    #[must_use]
    pub fn sample_signed_in(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::HOME.to_owned(), ..PageContext::sample_signed_in(lang) },
            ..Self::sample(lang)
        }
    }
}
