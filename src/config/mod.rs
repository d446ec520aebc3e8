//! The configuration: one file a section, read from `hufu.toml`, the environment and overrides, checked as a whole.
//!
//! From weak to strong: what the profile sets, the file, variables `HUFU_SECTION__KEY`, overrides (`--set`). A key that
//! nobody knows is refused with the place it stands and the nearest key there is; every problem is reported at once.
//! The flow: `sources` (gather and merge) → `read` (into section types) → `rules` (what sections must agree on).
//! The types of sections that a room owns live in that room; nothing here knows what a section is used for.

mod list;
mod problem;
mod profile;
mod read;
mod rules;
mod show;
mod sources;

pub mod keys;
pub mod log;
pub mod metrics;
pub mod node;
pub mod realname;
pub mod registration;
pub mod server;

use std::path::Path;

use figment::value::{Dict, Value};

pub use crate::proto::oidc::{BadIssuer, Issuer};
pub use problem::{ConfigError, Place, Problem};
pub use profile::{DIFFERENCES, Difference, Profile, differences_as_markdown};
pub use sources::{Override, Sources};

/// Declares [`Config`] and how its sections are read. A section type is `Clone + Debug + Default + Serialize +
/// DeserializeOwned`, with `#[serde(deny_unknown_fields, default)]`; secrets in it carry
/// `#[serde(serialize_with = "Secret::masked")]`.
macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident: $section:ty),+ $(,)?) => {
        /// The whole configuration of one node, checked.
        #[derive(Clone, Debug)]
        pub struct Config {
            /// Which defaults hold where nothing is set.
            pub profile: Profile,
            /// Who this node says it is: `[server] issuer`, which must be set.
            pub issuer: Issuer,
            $($(#[$doc])* pub $name: $section,)+
        }

        /// The sections as read, before they have been held against each other.
        struct Sections {
            $($name: $section,)+
        }

        /// The names of the sections.
        const SECTIONS: &[&str] = &[$(stringify!($name)),+];

        impl Sections {
            fn read(reader: &mut read::Reader<'_>) -> Self {
                Self { $($name: reader.section(stringify!($name)),)+ }
            }

            fn into_config(self, profile: Profile, issuer: Issuer) -> Config {
                Config { profile, issuer, $($name: self.$name,)+ }
            }
        }

        impl Config {
            /// Every section with every key, secrets masked, in the order in which they are shown.
            fn values(&self) -> Vec<(&'static str, Value)> {
                vec![$((stringify!($name), section_value(&self.$name)),)+]
            }
        }

        /// Every key there is, with the value it has where nothing is set.
        fn defaults() -> Dict {
            Dict::from([$((stringify!($name).to_owned(), section_value(&<$section>::default())),)+])
        }
    };
}

sections! {
    /// Where and how this node is reached.
    server: server::ServerConfig,
    /// What this node is called and which level it stands on.
    node: node::NodeConfig,
    /// Durable state.
    store: crate::store::StoreConfig,
    /// Ephemeral state.
    ephemeral: crate::ephemeral::EphemeralConfig,
    /// Keys at rest and their rotation.
    keys: keys::KeysConfig,
    /// Signed trust between nodes and services.
    federation: crate::federation::FederationConfig,
    /// How relying parties register.
    registration: registration::RegistrationConfig,
    /// Lengths of life of everything that is issued.
    tokens: crate::oidc::TokenConfig,
    /// What provincial platforms speak, served besides.
    facades: crate::oidc::facade::FacadeConfig,
    /// How long people stay signed in.
    session: crate::session::SessionConfig,
    /// Passwords, and limits on tries.
    accounts: crate::accounts::AccountConfig,
    /// What people sign in with besides the password.
    factors: crate::factors::FactorConfig,
    /// How an account comes back to its owner.
    recovery: crate::signon::RecoveryConfig,
    /// What people do about what is held of them.
    centre: crate::centre::CentreConfig,
    /// Who carries messages to people.
    messages: crate::messages::MessageConfig,
    /// Who confirms real names.
    realname: realname::RealNameConfig,
    /// Companies and those who act for them.
    companies: crate::delegation::CompanyConfig,
    /// Real names confirmed for access parties.
    verification: crate::verification::VerificationConfig,
    /// Delivery of what must happen outside the database.
    jobs: crate::jobs::JobConfig,
    /// Where requests may go.
    outbound: crate::outbound::OutboundPolicy,
    /// What is logged, and how.
    log: log::LogConfig,
    /// Who may read the metrics.
    metrics: metrics::MetricsConfig,
    /// The node above this one.
    upstream: crate::trust::UpstreamConfig,
    /// The nodes below this one.
    below: crate::trust::Below,
}

/// A section as plain values. Sections are plain data, so that this cannot fail.
fn section_value(section: &impl serde::Serialize) -> Value {
    Value::serialize(section).unwrap_or_else(|_| Dict::new().into())
}

impl Config {
    /// Reads the configuration of this process: `path`, or `hufu.toml` here when there is one; then the environment; then
    /// `overrides`.
    pub fn load(path: Option<&Path>, overrides: &[Override]) -> Result<Self, ConfigError> {
        Self::from_sources(&Sources::of_process(path, overrides))
    }

    /// Reads the configuration from the given sources. Fails with every problem there is.
    pub fn from_sources(sources: &Sources) -> Result<Self, ConfigError> {
        let (merged, mut problems) = sources.merge(&defaults());
        let mut reader = read::Reader::new(&merged, &mut problems);
        reader.refuse_unknown_sections(SECTIONS);
        let sections = Sections::read(&mut reader);
        rules::hold(&sections, &merged, &mut problems);
        match sections.server.issuer.clone() {
            Some(issuer) if problems.is_empty() => Ok(sections.into_config(merged.profile(), issuer)),
            _ => Err(ConfigError::new(problems)),
        }
    }

    /// The entity id by which other nodes know this one: `[node] entity_id`, or the issuer.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        self.node.entity_id.as_ref().unwrap_or(&self.issuer).as_str()
    }

    /// The configuration as TOML with every key in it, secrets masked, and beside each value where it comes from.
    #[must_use]
    pub fn show(&self, sources: &Sources) -> String {
        let (merged, _) = sources.merge(&defaults());
        show::as_toml(self.profile, &self.values(), &merged)
    }
}

#[cfg(test)]
mod tests;
