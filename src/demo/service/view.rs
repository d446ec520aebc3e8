//! The one page of a demo service: who is signed in, what the service knows of her, and three buttons.
//!
//! It looks different from the node on purpose: a relying party is somebody else's website.

use askama::Template;

use crate::http::pages::phrase::Phrase;
use crate::http::pages::{Lang, assets};

/// Where `#signin` leads (GET): begins the authorization code flow.
pub const SIGN_IN: &str = "/signin";
/// Where `#silent` leads (GET): the same with `prompt=none`.
pub const SILENT: &str = "/silent";
/// Where `#switch` leads (GET): the same with `prompt=select_account`, to change the company.
pub const SWITCH: &str = "/switch";
/// Where `#signout` posts: ends the local session and asks the node to end the sign-on session.
pub const SIGN_OUT: &str = "/signout";

/// The page (`#service-name`, `#state`, `#signin`, `#silent`, `#signout`, `#who`, `#claims`).
#[derive(Clone, Debug, Template)]
#[template(path = "demo/service.html")]
pub struct ServicePage {
    /// The page's language.
    pub lang: Lang,
    /// Which service.
    pub kind: ServiceKind,
    /// What the person sees.
    pub state: ServiceState,
    /// The token against forged posts, for `#signout`.
    pub csrf: String,
    /// The address of the demo's guide.
    pub guide: String,
}

/// The services, and a third party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKind {
    /// 网上办事
    Matters,
    /// 电子证照
    Licences,
    /// 电子印章
    Seals,
    /// 政务门户
    Portal,
    /// 停车缴费, a third party
    Parking,
    /// 企业服务, for people and for companies
    Firms,
}

impl ServiceKind {
    /// Every service, in the order of the demo's hosts.
    pub const ALL: [Self; 6] = [Self::Matters, Self::Licences, Self::Seals, Self::Portal, Self::Parking, Self::Firms];

    /// The class that gives the page its colour; also a short ASCII name.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Matters => "matters",
            Self::Licences => "licences",
            Self::Seals => "seals",
            Self::Portal => "portal",
            Self::Parking => "parking",
            Self::Firms => "firms",
        }
    }

    /// The service's name.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Matters => lang.pick("网上办事", "Online matters"),
            Self::Licences => lang.pick("电子证照", "e-Licences"),
            Self::Seals => lang.pick("电子印章", "e-Seals"),
            Self::Portal => lang.pick("政务门户", "Government portal"),
            Self::Parking => lang.pick("停车缴费", "Parking"),
            Self::Firms => lang.pick("企业服务", "Business services"),
        }
    }

    /// What the service is for, in one line.
    #[must_use]
    pub const fn about(self, lang: Lang) -> &'static str {
        match self {
            Self::Matters => lang.pick("申报、查询和办理事项", "Apply, follow and complete"),
            Self::Licences => lang.pick("申领与核验电子证照", "Apply for licences and check them"),
            Self::Seals => lang.pick("申请和使用电子印章", "Apply for seals and use them"),
            Self::Portal => lang.pick("一站进入各地各部门服务", "One way into every service"),
            Self::Parking => lang.pick("第三方服务：缴纳停车费", "A third party: pay for parking"),
            Self::Firms => lang.pick("以本人或单位身份办理", "For yourself or for a company"),
        }
    }
}

/// What a person finds at a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is.
    SignedIn {
        /// The name to greet with.
        who: String,
        /// The session's `sid`.
        sid: String,
        /// Claims of the ID token and UserInfo, by name.
        claims: Vec<(String, String)>,
    },
    /// The node told the service that the session is over.
    Ended,
    /// `prompt=none` was answered with an error.
    SilentRefused {
        /// The OAuth error code.
        code: String,
    },
    /// Signing in was answered with an error, or failed.
    Failed {
        /// The OAuth error code, or the service's own.
        code: String,
    },
}

impl ServiceState {
    /// The state in one word, as `data-state` for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::SignedIn { .. } => "signed-in",
            Self::Ended => "ended",
            Self::SilentRefused { .. } => "silent-refused",
            Self::Failed { .. } => "failed",
        }
    }
}

impl ServicePage {
    /// Whether one can be here for a company.
    fn serves_companies(&self) -> bool {
        self.kind == ServiceKind::Firms
    }

    fn t(&self, key: &str) -> String {
        self.lang.text(key)
    }

    fn say<'a>(&self, key: &'a str) -> Phrase<'a> {
        Phrase::new(self.lang, key)
    }

    fn name(&self) -> &'static str {
        self.kind.name(self.lang)
    }

    fn about(&self) -> &'static str {
        self.kind.about(self.lang)
    }

    fn stylesheet(&self) -> String {
        assets::address("demo.css").unwrap_or_default()
    }

    /// A sample of `kind` in `state`.
    #[must_use]
    pub fn sample_of(lang: Lang, kind: ServiceKind, state: ServiceState) -> Self {
        Self { lang, kind, state, csrf: "Y3NyZi10b2tlbg".to_owned(), guide: "http://localhost:9000/demo".to_owned() }
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let claim = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let state = ServiceState::SignedIn {
            who: "王明".to_owned(),
            sid: "Zk2vJ3wq0cFv".to_owned(),
            claims: vec![
                claim("sub", "b1f0c7a2-5a4e-4f0b-9d7c-3c1f6f1b2a90"),
                claim("name", "王明"),
                claim("acr", "urn:hufu:acr:l2"),
                claim("realname_time", "1795483200"),
                claim("phone_number", "13800135021"),
            ],
        };
        Self::sample_of(lang, ServiceKind::Licences, state)
    }
}
