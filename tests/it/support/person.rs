//! [`Person`]: somebody with an account.

use hufu::accounts::{AccountState, Registration};
use hufu::base::Secret;
use hufu::base::id::AccountId;

use super::TestNode;

/// The password of everybody.
pub const PASSWORD: &str = "tiger-tally-2026";

/// Somebody with an account at a node. The name, number and mobile are those of somebody whom the authority knows.
#[derive(Clone)]
pub struct Person {
    pub id: AccountId,
    pub username: String,
    pub password: String,
    pub name: String,
    pub number: String,
    pub mobile: String,
}

impl Person {
    pub(super) async fn register(node: &TestNode, username: &str) -> Self {
        let known = node.next_citizen();
        let password = Secret::new(PASSWORD);
        let wish = Registration {
            username,
            mobile: Some(&known.mobile),
            password: &password,
            locale: "zh-CN",
            address: &format!("test-{username}"),
        };
        let account = node.app.accounts.register(&wish).await.unwrap_or_else(|error| panic!("{username}: {error}"));
        Self {
            id: account.id.clone(),
            username: username.to_owned(),
            password: PASSWORD.to_owned(),
            name: known.name.clone(),
            number: known.document_number.clone(),
            mobile: known.mobile.clone(),
        }
    }

    pub async fn verify(&mut self, node: &TestNode) {
        let account = node.app.accounts.find(&self.id).await.unwrap();
        node.app.verifier.verify(&account, &self.name, &self.number).await.expect("the authority confirms");
    }

    /// Writes a level that no page of this node reaches, as an authority of another kind would.
    pub async fn raise_to(&self, node: &TestNode, level: i32) {
        let mut tx = node.app.store.begin().await.unwrap();
        let row = hufu::store::real_names::find(&mut tx, &self.id).await.unwrap().unwrap();
        let row = hufu::store::real_names::RealNameRow { level, proofs: hufu::store::JsonText(Vec::new()), ..row };
        assert!(hufu::store::real_names::put(&mut tx, &row, None).await.unwrap());
        tx.commit().await.unwrap();
        node.app.accounts.changed(&self.id);
    }

    /// What she was told on her account's page, the latest first.
    pub async fn was_told(&self, node: &TestNode) -> Vec<hufu::messages::NoticeKind> {
        let told = node.app.factors.notices().inbox(&self.id, 100).await.unwrap();
        told.into_iter().map(|told| told.kind).collect()
    }

    /// Puts the account into another state, as an administrator would.
    pub async fn set_state(&self, node: &TestNode, state: AccountState) {
        node.app.signon.set_state(&self.id, state).await.unwrap();
    }
}
