//! [`Stage`]: a demo with a relying party of the test's own and a person who is signed in there, prepared once and copied for
//! every crash.

use std::path::{Path, PathBuf};

use hufu::demo::manifest::{Company, Manifest, User};
use parking_lot::Mutex;
use tempfile::TempDir;
use url::Url;

use super::lower::Lower;
use super::operation::UnderWay;
use super::party::{Party, Tokens, register, register_asking};
use super::process::{Ports, Process, copy};
use super::sink::Sink;
use super::visitor::Visitor;

/// What every case begins with.
pub struct Stage {
    folder: TempDir,
    ports: Ports,
    pub sink: Sink,
    /// A node below.
    pub lower: Lower,
    /// What it was about when the node died.
    pub under_way: Mutex<Option<UnderWay>>,
    pub manifest: Manifest,
    pub party: Party,
    /// Another party, which asks for consent; nobody has given any.
    pub asking: Party,
    /// One person who is signed in, in two browsers: what the party holds of each.
    pub here: (Visitor, Tokens),
    pub there: (Visitor, Tokens),
    /// Another person, whose real name is not confirmed, signed in.
    pub unproven: (Visitor, Tokens),
    /// A code of the first session, not redeemed.
    pub code: String,
}

impl Stage {
    /// Prepares it.
    pub async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ports, sink) = (Ports::free(), Sink::start().await);
        let lower = Lower::start().await;
        let process = Process::start(&folder.path().join("prepared"), ports.base, (None, &lower.setting()));
        let manifest = Manifest::read(&folder.path().join("prepared")).unwrap();
        let issuer = Url::parse(&manifest.nodes.first().unwrap().issuer).unwrap();
        let party = register(&issuer, &manifest.initial_access_token, &sink.address()).await.unwrap();
        let asking = register_asking(&issuer, &manifest.initial_access_token, &sink.address()).await.unwrap();
        let person = verified(&manifest);
        let here = signed_in(&issuer, &party, person).await;
        let there = signed_in(&issuer, &party, person).await;
        let unproven = signed_in(&issuer, &party, unverified(&manifest)).await;
        let mut browser = here.0.clone();
        let code = party.code(&mut browser).await.unwrap();
        process.stop();
        Self {
            folder,
            ports,
            sink,
            lower,
            under_way: Mutex::default(),
            manifest,
            party,
            asking,
            here,
            there,
            unproven,
            code,
        }
    }

    /// Begins a case: the prepared state, in a process that dies at `point` if there is one.
    pub fn begin(&self, case: &str, point: Option<&str>) -> (PathBuf, Process) {
        let dir = self.folder.path().join(case.replace([':', '.'], "-"));
        copy(&self.folder.path().join("prepared"), &dir);
        let process = Process::start(&dir, self.ports.base, (point, &self.lower.setting()));
        (dir, process)
    }

    /// The same state in a process that lives.
    pub fn restart(&self, dir: &Path) -> Process {
        Process::start(dir, self.ports.base, (None, &self.lower.setting()))
    }

    /// The node's issuer.
    pub fn issuer(&self) -> Url {
        Url::parse(&self.manifest.nodes.first().unwrap().issuer).unwrap()
    }

    /// A person whose real name is confirmed.
    pub fn verified(&self) -> &User {
        verified(&self.manifest)
    }

    /// The company of the first of the demo's people.
    pub fn company(&self) -> &Company {
        self.manifest.companies.first().unwrap()
    }

    /// A person with an account whose real name is not confirmed.
    pub fn unverified(&self) -> &User {
        unverified(&self.manifest)
    }

    /// A person whom the authority knows and who has no account.
    pub fn stranger(&self) -> &User {
        self.manifest.users.iter().find(|user| user.username.is_empty()).unwrap()
    }
}

fn verified(manifest: &Manifest) -> &User {
    manifest.users.iter().find(|user| user.realname_level == 2).unwrap()
}

fn unverified(manifest: &Manifest) -> &User {
    manifest.users.iter().find(|user| !user.username.is_empty() && user.realname_level == 0).unwrap()
}

async fn signed_in(issuer: &Url, party: &Party, user: &User) -> (Visitor, Tokens) {
    let mut visitor = Visitor::new(issuer);
    assert!(visitor.sign_in(&user.username, &user.password).await.unwrap());
    let code = party.code(&mut visitor).await.unwrap();
    let tokens = party.redeem(&code).await.unwrap().unwrap();
    (visitor, tokens)
}
