//! Operations about services: what people agree to give them, what they say of themselves, and what an administrator orders.

use std::path::Path;

use super::{Operation, ended};
use crate::process::command;
use crate::stage::Stage;
use crate::visitor::{Answer, Gone, Visitor};

const NEW_NAME: &str = "renamed in the crash test";

/// Whether an administrator's command dies, and not the node.
pub const fn is_a_command(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::SuspendClient | Operation::RemoveClient | Operation::EndSessions | Operation::RotateKeys
    )
}

pub async fn fail(operation: Operation, stage: &Stage, dir: &Path, point: &str) {
    let mut visitor = stage.here.0.clone();
    let client = stage.party.id.as_str();
    let order: &[&str] = match operation {
        Operation::GiveConsent => return assert!(agree(stage, &mut visitor).await.is_err()),
        Operation::WithdrawConsent => {
            let answer = agree(stage, &mut visitor).await.unwrap();
            assert!(answer.param("code").is_some(), "{}", answer.url);
            let page = visitor.get("/account").await.unwrap();
            return assert!(visitor.submit_field(&page, "client_id", &stage.asking.id).await.is_err());
        }
        Operation::UpdateClient => return assert!(stage.party.rename(NEW_NAME).await.is_err()),
        Operation::SuspendClient => &["clients", "suspend", client],
        Operation::RemoveClient => &["clients", "remove", client],
        Operation::EndSessions => &["accounts", "sessions", "end", &stage.verified().username],
        _ => &["keys", "rotate", "--alg", "ES256"],
    };
    assert_eq!(command(dir, order, Some(point)), Err(9));
}

pub async fn check(operation: Operation, stage: &Stage, all: bool) {
    let mut visitor = stage.here.0.clone();
    match operation {
        Operation::GiveConsent | Operation::WithdrawConsent => {
            let answer = stage.asking.asked(&mut visitor).await.unwrap();
            let agreed = all == (operation == Operation::GiveConsent);
            assert_eq!(answer.param("code").is_some(), agreed, "{}", answer.url);
            assert_eq!(answer.has("consent-form"), !agreed);
        }
        Operation::UpdateClient => assert_eq!(stage.party.registered_name().await == NEW_NAME, all),
        Operation::SuspendClient | Operation::RemoveClient => {
            assert_eq!(stage.party.is_let_in().await, !all);
            if all {
                for (_, tokens) in [&stage.here, &stage.there] {
                    stage.sink.must_be_told(&tokens.sid()).await;
                }
            }
            assert_eq!(visitor.is_signed_in().await, Ok(true), "the person's session goes on");
        }
        Operation::EndSessions => {
            ended(stage, &stage.here, all).await;
            ended(stage, &stage.there, all).await;
        }
        _ => {
            let published = visitor.get("/oauth2/jwks").await.unwrap().json();
            let keys = published["keys"].as_array().unwrap();
            assert_eq!(keys.iter().filter(|key| key["alg"] == "ES256").count(), if all { 2 } else { 1 });
        }
    }
}

/// Goes to the service that asks, and agrees.
async fn agree(stage: &Stage, visitor: &mut Visitor) -> Result<Answer, Gone> {
    let page = stage.asking.asked(visitor).await.unwrap();
    visitor.submit(&page, "consent-form", &[("decision", "accept")]).await
}
