//! The demo's guide: what to click, whom to be, where everything is.

use askama::Template;

use super::nodes::DemoNode;
use super::service::view::ServiceKind;
use crate::http::pages::phrase::Phrase;
use crate::http::pages::view::Level;
use crate::http::pages::{Lang, PageContext, assets};

/// The guide (`#demo-services`, `#demo-people`).
#[derive(Clone, Debug, Template)]
#[template(path = "demo/home.html")]
pub struct DemoHomePage {
    /// The page's language.
    pub lang: Lang,
    /// The services and their addresses.
    pub services: Vec<(ServiceKind, String)>,
    /// The nodes below the nation.
    pub nodes: Vec<DemoNodeLine>,
    /// People to try.
    pub people: Vec<DemoPerson>,
    /// The node's issuer.
    pub issuer: String,
    /// The authority's address.
    pub authority: String,
    /// What the demo profile loosened, one line each, in the page's language.
    pub loosened: Vec<String>,
}

/// A node below the nation.
#[derive(Clone, Debug)]
pub struct DemoNodeLine {
    /// Which one.
    pub node: DemoNode,
    /// Its issuer.
    pub issuer: String,
    /// Its services and their addresses.
    pub services: Vec<(ServiceKind, String)>,
}

/// A person of the demo. Everything about her is invented, so nothing is masked.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// The user name; empty for somebody who is known to the authority but has no account yet.
    pub username: String,
    /// The password.
    pub password: String,
    /// What to try with her, in the page's language.
    pub purpose: String,
    /// The name that the authority knows.
    pub name: String,
    /// The identity number that the authority knows.
    pub document_number: String,
    /// The level that her account has when the demo starts.
    pub level: Level,
}

impl DemoHomePage {
    fn t(&self, key: &str) -> String {
        self.lang.text(key)
    }

    fn step(&self, key: &str, kind: ServiceKind) -> askama::filters::Safe<String> {
        Phrase::new(self.lang, key).with("service", kind.name(self.lang)).html()
    }

    fn name(&self, kind: &ServiceKind) -> &'static str {
        kind.name(self.lang)
    }

    fn node_name(&self, node: &DemoNode) -> &'static str {
        node.name(self.lang)
    }

    fn about(&self, kind: &ServiceKind) -> &'static str {
        kind.about(self.lang)
    }

    fn meaning(&self, level: &Level) -> String {
        level.meaning(&PageContext::sample(self.lang))
    }

    fn stylesheet(&self) -> String {
        assets::address("demo.css").unwrap_or_default()
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let person = |username: &str, name: &str, number: &str, level, purpose: &str| DemoPerson {
            username: username.to_owned(),
            password: "tiger-tally-2026".to_owned(),
            purpose: purpose.to_owned(),
            name: name.to_owned(),
            document_number: number.to_owned(),
            level,
        };
        Self {
            lang,
            services: ServiceKind::ALL
                .iter()
                .zip(11..)
                .map(|(kind, n)| (*kind, format!("http://127.0.0.{n}:90{n}/")))
                .collect(),
            nodes: DemoNode::LOWER
                .into_iter()
                .zip(2..)
                .map(|(node, n)| DemoNodeLine {
                    node,
                    issuer: format!("http://127.0.0.{n}:900{}", n - 1),
                    services: ServiceKind::of_node(node).map(|kind| (kind, "http://127.0.0.5:9005".into())).collect(),
                })
                .collect(),
            people: vec![
                person("wangming", "王明", "11010519491231002X", Level::L2, lang.pick("已实名", "Verified")),
                person(
                    "lina",
                    "李娜",
                    "440524188001010014",
                    Level::L0,
                    lang.pick("尚未实名，可试实名核验", "Not verified: try the identity check"),
                ),
            ],
            issuer: "http://localhost:9000".to_owned(),
            authority: "http://127.0.0.9:9009".to_owned(),
            loosened: vec![
                lang.pick("任何人都可以注册账号和接入服务", "Anybody may create accounts and connect services")
                    .to_owned(),
                lang.pick("不使用加密连接（加 --tls 可开启）", "No encrypted connections (use --tls to turn them on)")
                    .to_owned(),
            ],
        }
    }
}
