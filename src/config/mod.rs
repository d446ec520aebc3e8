//! temporary
use crate::accounts::AccountConfig;
use crate::base::Secret;
use crate::ephemeral::EphemeralConfig;
use crate::jobs::JobConfig;
use crate::oidc::TokenConfig;
use crate::oidc::registration::{Registration, RegistrationMode};
use crate::outbound::OutboundPolicy;
use crate::proto::oauth::{ConsentMode, RegistrationPolicy};
use crate::proto::oidc::SubjectType;
use crate::realname::sources::HttpSourceOptions;
use crate::session::SessionConfig;
use crate::store::StoreConfig;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

pub struct ServerConfig {
    pub issuer: Url,
    pub listen: Vec<SocketAddr>,
}
pub struct KeyConfig {
    pub dir: PathBuf,
    pub master: Option<Secret>,
}
impl KeyConfig {
    pub fn policy(&self) -> crate::keys::rotation::Policy {
        Default::default()
    }
}
pub struct NodeConfig {
    pub name_zh: String,
    pub name_en: String,
    pub services: Vec<(String, String, String, String, String)>,
}
impl NodeConfig {
    pub fn name(&self, lang: &str) -> &str {
        if lang == "en" { &self.name_en } else { &self.name_zh }
    }
    pub fn services(&self, lang: &str) -> impl Iterator<Item = (String, String, String)> {
        let en = lang == "en";
        self.services.iter().map(move |s| {
            if en { (s.1.clone(), s.3.clone(), s.4.clone()) } else { (s.0.clone(), s.2.clone(), s.4.clone()) }
        })
    }
}
pub struct RealNameConfig {
    pub source: HttpSourceOptions,
}
impl RealNameConfig {
    pub fn title(&self, _lang: &str) -> &str {
        &self.source.name
    }
}
pub struct Config {
    pub server: ServerConfig,
    pub keys: KeyConfig,
    pub node: NodeConfig,
    pub realname: RealNameConfig,
    pub store: StoreConfig,
    pub ephemeral: EphemeralConfig,
    pub outbound: OutboundPolicy,
    pub accounts: AccountConfig,
    pub session: SessionConfig,
    pub tokens: TokenConfig,
    pub jobs: JobConfig,
}
impl Config {
    pub fn registration(&self) -> Registration {
        Registration {
            mode: RegistrationMode::Token,
            policy: RegistrationPolicy {
                subject_type: SubjectType::Public,
                consent: ConsentMode::FirstUse,
                http_loopback: true,
                trusted: false,
            },
        }
    }
}
impl Config {
    pub fn demo(dir: &std::path::Path, issuer: Url, source: HttpSourceOptions, outbound: OutboundPolicy) -> Self {
        let mut accounts = AccountConfig::default();
        accounts.limits.address_failures = 10_000;
        accounts.limits.address_registrations = 10_000;
        Self {
            server: ServerConfig { issuer, listen: vec![] }, keys: KeyConfig { dir: dir.join("keys"), master: None },
            node: NodeConfig { name_zh: "国家节点".into(), name_en: "National node".into(), services: vec![] },
            realname: RealNameConfig { source },
            store: StoreConfig { sqlite: dir.join("hufu.db"), ..Default::default() }, ephemeral: Default::default(),
            outbound, accounts, session: Default::default(), tokens: Default::default(), jobs: Default::default(),
        }
    }
}
