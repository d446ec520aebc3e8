//! The ticket flow behind a gateway: in by `uc/sso/login`, and two calls that four headers sign.

use serde_json::{Value, json};

use super::stage::Stage;
use crate::support::span::seconds;

const ACCESS_TOKEN: &str = "/restapi/prod/IC33000020220329000007/uc/sso/access_token";
const USER_INFO: &str = "/restapi/prod/IC33000020220329000008/uc/sso/getUserInfo";

#[tokio::test]
async fn a_person_signs_in_and_the_service_knows_them_through_the_gateway() {
    let mut stage = Stage::set().await;
    let back = stage.arrive("/uc/sso/login?appId=tickets&sp=https%3A%2F%2Ftickets.example%2Fhome").await;
    assert_eq!(back.get("redirectUrl"), "https://tickets.example/home");
    let body = json!({"ticketId": back.get("ticketId"), "appId": "tickets"});
    let answer = stage.gateway(ACCESS_TOKEN, &body).await.ok();
    assert_eq!((&answer["success"], &answer["errorCode"]), (&json!(true), &json!("")));
    let token = answer["data"]["accessToken"].as_str().unwrap();
    let told = stage.gateway(USER_INFO, &json!({ "token": token })).await.ok();
    assert_eq!(told["data"]["userType"], "PERSON");
    let person = &told["data"]["personInfo"];
    assert_eq!((&person["userName"], &person["authLevel"]), (&json!(stage.person.name), &json!("2")));
    assert_eq!((&person["idNo"], &person["phone"]), (&json!(""), &json!("")));
    // The same without the gateway's own part of the path, and with a query, which is signed in order.
    let ticket = stage.ticket().await;
    let answer = stage.gateway("/uc/sso/access_token?a=1&b=2", &json!({ "ticketId": ticket })).await.ok();
    assert_eq!(answer["success"], true);
    stage.close().await;
}

/// `message` of the gateway's own refusal.
fn message(answer: &crate::support::Answer) -> String {
    assert_eq!(answer.status, 401, "{}", answer.text);
    answer.json()["message"].as_str().unwrap().to_owned()
}

fn code(answer: &Value) -> &str {
    assert_eq!(answer["success"], false);
    answer["errorCode"].as_str().unwrap()
}

#[tokio::test]
async fn the_gateway_refuses_with_its_own_words() {
    let mut stage = Stage::set().await;
    let body = json!({"ticketId": stage.ticket().await});
    let good = stage.gateway_headers(ACCESS_TOKEN, "hmac-sha256");
    let with = |at: usize, value: &str| {
        let mut headers = good.clone();
        headers[at] = value.to_owned();
        headers
    };
    let altered = stage.gateway_headers(USER_INFO, "hmac-sha256")[1].clone();
    for (headers, said) in [
        (with(0, "nobody"), "Invalid access key"),
        (with(1, &altered), "Invalid signature"),
        (with(1, "1B2M2Y8AsgTpgAmY7PhCfg=="), "Invalid signature"),
        (with(2, "hmac-md5"), "Invalid signature"),
        (with(3, "20261124144000"), "Clock skew exceeded"),
    ] {
        assert_eq!(message(&stage.gateway_as(ACCESS_TOKEN, &body, &headers).await), said);
    }
    let plain = stage.node.client("plain").await;
    assert_eq!(
        message(&stage.gateway_as(ACCESS_TOKEN, &body, &with(0, &plain.id)).await),
        "The route_id is forbidden."
    );
    stage.node.pass(seconds(91));
    assert_eq!(message(&stage.gateway_as(ACCESS_TOKEN, &body, &good).await), "Clock skew exceeded");
    stage.close().await;
}

#[tokio::test]
async fn one_call_counts_once_and_two_of_one_second_are_two() {
    let mut stage = Stage::set().await;
    let (first, second) = (stage.ticket().await, stage.ticket().await);
    let headers = stage.gateway_headers(ACCESS_TOKEN, "hmac-sha256");
    let body = |ticket: &str| json!({ "ticketId": ticket });
    let answer = stage.gateway_as(ACCESS_TOKEN, &body(&first), &headers).await.ok();
    let token = answer["data"]["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(message(&stage.gateway_as(ACCESS_TOKEN, &body(&first), &headers).await), "Signature was used");
    assert_eq!(stage.gateway_as(ACCESS_TOKEN, &body(&second), &headers).await.ok()["success"], true);
    let told = stage.gateway(USER_INFO, &json!({ "token": token })).await.ok();
    assert_eq!(told["success"], true, "a replay ends nothing");
    stage.close().await;
}

#[tokio::test]
async fn every_code_behind_the_gateway() {
    let mut stage = Stage::set().await;
    let ticket = stage.ticket().await;
    let validate = |ticket: &str| json!({ "ticketId": ticket });
    let answer = stage.gateway(ACCESS_TOKEN, &validate("x")).await.ok();
    assert_eq!(code(&answer), "C-USER-SSO-TICKET-INVALID");
    let answer = stage.gateway(ACCESS_TOKEN, &json!({"ticketId": ticket, "appId": "other"})).await.ok();
    assert_eq!(code(&answer), "C-USER-SSO-PARAM-INVALID");
    let answer = stage.gateway(ACCESS_TOKEN, &json!([1])).await.ok();
    assert_eq!(code(&answer), "C-USER-SSO-PARAM-INVALID");
    let answer = stage.gateway(USER_INFO, &json!({"token": "x"})).await.ok();
    assert_eq!(code(&answer), "C-USER-SSO-TOKEN-INVALID");
    let good = stage.gateway(ACCESS_TOKEN, &validate(&ticket)).await.ok();
    stage.node.pass(seconds(1));
    assert_eq!(code(&stage.gateway(ACCESS_TOKEN, &validate(&ticket)).await.ok()), "C-USER-SSO-TICKET-INVALID");
    // The ticket has come twice: what it bought has ended.
    let token = good["data"]["accessToken"].as_str().unwrap();
    assert_eq!(code(&stage.gateway(USER_INFO, &json!({ "token": token })).await.ok()), "C-USER-SSO-TOKEN-INVALID");
    stage.close().await;
}
