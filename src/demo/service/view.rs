//! The one page of a demo service: who is signed in, what the service knows of her, and three buttons.
//!
//! It looks different from the node on purpose: a relying party is somebody else's website.

use askama::Template;

use crate::demo::nodes::DemoNode;
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
    /// 甲省办事, a service of the province
    Province,
    /// 甲市办事, a service of the city
    City,
    /// 乙省办事, a service of the other province
    Neighbour,
    /// 便民合作, a third party of the city
    Partner,
}

impl ServiceKind {
    /// Every service, in the order of the demo's hosts.
    pub const ALL: [Self; 6] = [Self::Matters, Self::Licences, Self::Seals, Self::Portal, Self::Parking, Self::Firms];

    /// Those of the nodes below the nation, in the order of the demo's hosts.
    pub const LOWER: [Self; 4] = [Self::Province, Self::City, Self::Neighbour, Self::Partner];

    /// Whose relying party it is.
    #[must_use]
    pub const fn node(self) -> DemoNode {
        match self {
            Self::Province => DemoNode::Province,
            Self::City | Self::Partner => DemoNode::City,
            Self::Neighbour => DemoNode::Neighbour,
            _ => DemoNode::Nation,
        }
    }

    /// The services of a node.
    pub fn of_node(node: DemoNode) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain(Self::LOWER).filter(move |kind| kind.node() == node)
    }

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
            Self::Province => "province",
            Self::City => "city",
            Self::Neighbour => "neighbour",
            Self::Partner => "partner",
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
            Self::Province => lang.pick("甲省办事", "Province A services"),
            Self::City => lang.pick("甲市办事", "City A services"),
            Self::Neighbour => lang.pick("乙省办事", "Province B services"),
            Self::Partner => lang.pick("便民合作", "City A partner"),
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
            Self::Province => lang.pick("甲省平台的服务", "A service of the province"),
            Self::City => lang.pick("甲市平台的服务", "A service of the city"),
            Self::Neighbour => lang.pick("乙省平台的服务", "A service of the other province"),
            Self::Partner => lang.pick("第三方服务，接入甲市平台", "A third party, connected to the city"),
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
