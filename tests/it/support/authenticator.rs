//! [`Authenticator`]: an app on a person's phone that shows codes.

use hufu::base::Secret;
use totp_rs::{Builder, Totp};

use super::{Person, TestNode};

/// An authenticator app that is set up for one account.
#[derive(Clone)]
pub struct Authenticator {
    totp: std::sync::Arc<Totp>,
}

impl Authenticator {
    /// An app into which this secret was typed: base32 in groups.
    pub fn of(typed: &str) -> Self {
        let secret = totp_rs::Secret::try_from_base32(typed.replace(' ', "")).unwrap();
        Self { totp: std::sync::Arc::new(Builder::new().with_secret(secret).build().unwrap()) }
    }

    /// What it shows now.
    pub fn code(&self, node: &TestNode) -> String {
        self.totp.generate(u64::try_from(node.now()).unwrap()).to_string()
    }

    /// A code that it does not show now, nor just before or after.
    pub fn wrong_code(&self, node: &TestNode) -> String {
        let now = u64::try_from(node.now()).unwrap();
        let near: Vec<String> = (0..5).map(|step| self.totp.generate(now - 60 + 30 * step).to_string()).collect();
        (0..).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
    }
}

impl Person {
    /// Sets up an app for this person, as the account centre does. The code that it shows now is used up.
    pub async fn set_up_authenticator(&self, node: &TestNode) -> Authenticator {
        let person = node.app.accounts.find(&self.id).await.unwrap();
        let setup = node.app.factors.begin_totp(&person, "hufu").unwrap();
        let app = Authenticator::of(setup.typed.expose());
        let code = Secret::new(app.code(node));
        let mut tx = node.app.store.begin().await.unwrap();
        node.app.factors.add_totp(&mut tx, &person, (&setup.sealed, "phone"), &code).await.unwrap();
        tx.commit().await.unwrap();
        app
    }

    /// Lets the node always ask for the second factor.
    pub async fn wants_to_be_always_asked(&self, node: &TestNode) {
        let account = node.app.accounts.find(&self.id).await.unwrap();
        node.app.signon.set_always_asks(&account, true).await.unwrap();
    }
}
