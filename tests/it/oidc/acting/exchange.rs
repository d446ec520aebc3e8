//! A call on behalf of somebody who acts for a company: who acts stays in the token, and ends with the mandate.

use hufu::proto::jose::peek_claims_unverified;
use serde_json::json;

use super::Stage;
use crate::support::Answer;

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

async fn exchange(stage: &Stage, token: &str, audience: &str) -> Answer {
    let fields = [
        ("grant_type", EXCHANGE),
        ("subject_token", token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("audience", audience),
    ];
    stage.node.token(&stage.matters, &fields).await
}

#[tokio::test]
async fn the_company_the_person_and_the_service_stand_in_one_token_which_ends_with_the_mandate() {
    let stage = Stage::set().await;
    let mandate = stage.node.appoint(&stage.tally, &stage.cui, "", 90).await;
    let calls = json!({
        "subject": "either", "matters": ["tax:file"], "exchange_resources": ["tax", "people"],
        "grant_types": ["authorization_code", "refresh_token", EXCHANGE],
    });
    stage.node.put_again(&stage.matters, calls).await;
    let tax = json!({"subject": "either", "resource_server": true, "matters": ["tax:file"]});
    let tax = stage.node.client_with("tax", tax).await;
    stage.node.client_with("people", json!({"resource_server": true})).await;
    let mut browser = stage.node.browser();
    let tokens = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let answer = exchange(&stage, &tokens.access, "tax").await.ok();
    let token = answer["access_token"].as_str().unwrap();
    let (before, after) = (peek_claims_unverified(&tokens.access).unwrap(), peek_claims_unverified(token).unwrap());
    assert_eq!((&after["entity"], &after["role"]), (&before["entity"], &before["role"]));
    assert_eq!((&after["act"]["sub"], after["act"]["act"].is_object()), (&json!("matters"), true));
    assert_ne!(after["act"]["act"]["sub"], before["act"]["sub"], "each service knows the person by its own name");
    // A service for people does not take a company.
    assert_eq!(exchange(&stage, &tokens.access, "people").await.error(), "invalid_request");
    assert!(stage.node.is_active(&tax, token).await);
    stage.node.revoke_mandate(&stage.tally, &mandate).await;
    assert!(!stage.node.is_active(&tax, token).await);
    assert_eq!(exchange(&stage, &tokens.access, "tax").await.error(), "invalid_request");
    stage.node.deliver().await;
    stage.node.close().await;
}
