//! `demo.json`: everything a client needs to try the demo, and what it keeps over a restart.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use super::nodes::DemoNode;

/// The demo as others see it. Nothing in it is a secret worth keeping: people and services are invented.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The authority.
    pub authority: Authority,
    /// The registered clients.
    pub clients: Vec<Client>,
    /// The people.
    pub users: Vec<User>,
    /// The companies that are registered, and who acts for them.
    #[serde(default)]
    pub companies: Vec<Company>,
    /// A token for dynamic registration (RFC 7591 §3).
    pub initial_access_token: String,
    /// The guide: what to click.
    pub guide: String,
    /// The secret that the node shares with the authority.
    pub authority_secret: String,
}

/// A node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Node {
    /// nation, province or city.
    pub level: String,
    /// Its issuer.
    pub issuer: String,
}

impl Node {
    /// A node of the demo.
    pub(super) fn of(node: DemoNode, layout: Layout) -> Self {
        Self { level: node.level().into(), issuer: layout.issuer_of(node) }
    }
}

/// The authority.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Authority {
    /// Its base URL.
    pub url: String,
}

/// A registered client.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Client {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub client_secret: String,
    /// Its name.
    pub client_name: String,
    /// Its address.
    pub address: String,
    /// Where responses go.
    pub redirect_uris: Vec<String>,
    /// Where a logout returns to.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where it is told of logouts.
    pub backchannel_logout_uri: String,
    /// What it may ask for.
    pub scopes: Vec<String>,
}

/// A company.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Company {
    /// Its unified social credit code.
    pub uscc: String,
    /// Its name.
    pub name: String,
    /// Its kind, as `entity.type` says it.
    pub kind: String,
    /// The username of its legal representative.
    pub legal_representative: String,
    /// Its agents.
    pub agents: Vec<Agent>,
}

/// Somebody who acts for a company.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Agent {
    /// The username.
    pub username: String,
    /// What they may act in; empty: everything.
    pub matters: Vec<String>,
    /// Whether their time is over.
    pub expired: bool,
}

/// A person.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct User {
    /// The username; empty for somebody who has no account yet.
    pub username: String,
    /// The password.
    pub password: String,
    /// `natural` or `legal`.
    pub kind: String,
    /// The real name.
    pub name: String,
    /// The kind of document, by its name.
    #[serde(default)]
    pub document_type: String,
    /// The number of the document.
    pub document_number: String,
    /// The mobile number.
    pub mobile: String,
    /// The level that the account starts with.
    pub realname_level: u8,
    /// The secret of the authenticator app that is set up, base32; empty for whoever has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub totp_secret: String,
    /// Of a child under 14: the username of the guardian who agrees for it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub guardian: String,
}

impl Manifest {
    /// What an earlier start wrote, if it did.
    #[must_use]
    pub fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(dir.join("demo.json")).ok()?).ok()
    }

    /// Writes it whole, or not at all.
    pub fn write(&self, dir: &Path) -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(std::io::Error::other)?;
        let part = dir.join("demo.json.part");
        std::fs::write(&part, text)?;
        std::fs::rename(part, dir.join("demo.json"))
    }

    /// The secret of a client, as an earlier start chose it.
    #[must_use]
    pub fn secret_of(&self, client_id: &str) -> Option<&str> {
        self.clients.iter().find(|client| client.client_id == client_id).map(|client| client.client_secret.as_str())
    }
}
