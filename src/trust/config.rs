//! `[upstream]` and `[[below]]`: the node above, and the nodes below (上级平台、下级平台).

use serde::{Deserialize, Serialize};

use super::below::PASSED;
use super::place::{NodeLevel, Region};
use super::upstream::sync::SyncConfig;
use crate::proto::oauth::Scope;
use crate::proto::oidc::Issuer;
use crate::realname::RealNameLevel;

/// What a node is called in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Names {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
    /// English.
    pub en: String,
}

impl Names {
    /// The name in a language.
    #[must_use]
    pub fn text(&self, lang: &str) -> &str {
        if lang == "en" { &self.en } else { &self.zh_cn }
    }

    fn of(zh_cn: &str, en: &str) -> Self {
        Self { zh_cn: zh_cn.to_owned(), en: en.to_owned() }
    }
}

/// The `[upstream]` section: the node above, whose relying party this node is. Without an issuer there is none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamConfig {
    /// Its issuer.
    pub issuer: Option<Issuer>,
    /// By which `client_id` it knows this node; where it is not set, this node's entity id.
    pub client_id: Option<String>,
    /// What people call an account of the node above: `国家政务服务平台账号`.
    pub name: Names,
    /// What is asked of people there.
    pub scope: Scope,
    /// The highest level that is taken over from there, 0 to 4; never more than it says itself.
    pub maximum_level: RealNameLevel,
    /// Whether somebody who is not signed in here is asked for there without a page.
    pub silent: bool,
    /// Whether who signs in here is passed up to it (信任传递): signed in there too, with no page shown.
    pub pass_sign_ins: bool,
    /// Whether name and document go along then, for its authority to check: without them it knows nobody's real name by this
    /// node. Who turns it on answers for the legal basis.
    pub pass_documents: bool,
    /// Whether it is told of the people who registered here.
    pub sync: SyncConfig,
    /// Whether what changes there of people who are known here is read: it must let this node.
    pub follow_people: bool,
    /// Whether people act here for companies that are registered there, as far as it vouches for them: it must let this node.
    pub companies: bool,
}

impl Default for UpstreamConfig {
    fn default() -> Self {
        let scope = "openid profile realname identity_number phone";
        Self {
            issuer: None,
            client_id: None,
            name: Names::of("国家政务服务平台账号", "national platform account"),
            scope: Scope::parse(scope).unwrap_or_default(),
            maximum_level: RealNameLevel::L4,
            silent: true,
            pass_sign_ins: false,
            pass_documents: false,
            sync: SyncConfig::default(),
            follow_people: true,
            companies: false,
        }
    }
}

/// The `[[below]]` tables.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Below(pub Vec<LowerNode>);

/// A node below: a trusted client of this one.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LowerNode {
    /// Its entity id, which is its `client_id` here.
    pub entity_id: Issuer,
    /// Its issuer; where it is not set, the entity id.
    #[serde(default)]
    pub issuer: Option<Issuer>,
    /// What people read of it.
    pub name: Names,
    /// Which level it stands on: below this node's.
    pub level: NodeLevel,
    /// The division that it serves, by whose codes it reads levels.
    pub region: Region,
    /// Where its public keys are; where it is not set, its own `/oauth2/jwks`.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// The highest level that it may assert of people, 0 to 4.
    #[serde(default)]
    pub maximum_level: RealNameLevel,
    /// Whether it may ask the real-name verification system (standard 6.4 a).
    #[serde(default = "yes")]
    pub verifies: bool,
    /// Whether it may sign people in here who have signed in there (信任传递).
    #[serde(default)]
    pub passes_sign_ins: bool,
    /// Where their browsers go back to; where it is not set, its own `/upstream/passed`.
    #[serde(default)]
    pub return_uri: Option<String>,
    /// Whether it may keep its registrations in step here.
    #[serde(default)]
    pub registrations: bool,
    /// Whether it may read what changes of people who have used it, as far as they granted.
    #[serde(default = "yes")]
    pub reads_people: bool,
    /// Whether people who come from it act there for companies that are registered here.
    #[serde(default)]
    pub companies: bool,
}

const fn yes() -> bool {
    true
}

impl LowerNode {
    /// Its issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        self.issuer.as_ref().unwrap_or(&self.entity_id)
    }

    /// Where browsers go back to whose sign-in it passes up.
    #[must_use]
    pub fn return_uri(&self) -> String {
        self.return_uri.clone().unwrap_or_else(|| format!("{}{PASSED}", self.issuer()))
    }
}

impl Below {
    /// The node that is the client `id`, if there is one.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&LowerNode> {
        self.0.iter().find(|node| node.entity_id.as_str() == id)
    }
}
