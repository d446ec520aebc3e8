//! Answers a scanned code (扫码登录) on a phone that is signed in: which service, which device, from where; the number that the
//! device shows; yes or no.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::centre::device;
use crate::accounts::AccountError;
use crate::http::error;
use crate::http::interaction::{OwnForm, service_name};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::ScanApprovePage;
use crate::http::pages::view::scan::{ApproveState, ScanAsked, ScanTold};
use crate::http::visit::{Visit, shown_name};
use crate::session::Session;
use crate::signon::{Answer, ScanRequest};

/// What the QR code leads to.
#[derive(Deserialize)]
pub struct Scanned {
    #[serde(default)]
    code: String,
}

/// Shows what is asked.
pub async fn get(visit: Visit, Query(query): Query<Scanned>) -> Response {
    ask(&visit, &query.code, false).await
}

/// Takes the answer.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let code = fields.get("code").unwrap_or_default();
    let Some(session) = recent(&visit) else { return tell(&visit, StatusCode::OK, ScanTold::SignIn).await };
    let number = fields.get("number").and_then(|number| number.parse().ok());
    let picked = match (fields.get("decision"), number) {
        (Some("refuse"), _) => None,
        (Some("approve"), Some(number)) => Some(number),
        _ => return ask(&visit, code, true).await,
    };
    let (status, told) = match visit.app().signon.answer_scan(code, &session, picked).await {
        Ok(Answer::Approved) => (StatusCode::OK, ScanTold::Approved),
        Ok(Answer::Refused) => (StatusCode::OK, ScanTold::Refused),
        Ok(Answer::WrongNumber) => (StatusCode::UNPROCESSABLE_ENTITY, ScanTold::WrongNumber),
        Ok(Answer::Over) => (StatusCode::UNPROCESSABLE_ENTITY, ScanTold::Over),
        Ok(Answer::SignInAgain) => (StatusCode::OK, ScanTold::SignIn),
        Err(AccountError::Throttled { .. }) => (StatusCode::TOO_MANY_REQUESTS, ScanTold::TooMany),
        Err(failure) => return error::page(&visit, &failure.into(), None),
    };
    tell(&visit, status, told).await
}

/// The session of the phone, when what was shown in it still counts.
fn recent(visit: &Visit) -> Option<Session> {
    visit.session.clone().filter(|session| visit.app().sessions.is_recent(session))
}

async fn ask(visit: &Visit, code: &str, missing: bool) -> Response {
    if recent(visit).is_none() {
        return tell(visit, StatusCode::OK, ScanTold::SignIn).await;
    }
    let request = match visit.app().signon.scans().look(code).await {
        Ok(Some(request)) => request,
        Ok(None) => return tell(visit, StatusCode::OK, ScanTold::Over).await,
        Err(failure) => return error::page(visit, &failure.into(), None),
    };
    match asked(visit, code, request).await {
        Ok(asked) => {
            let status = if missing { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            page(visit, code, (status, ApproveState::Asked(asked)), missing).await
        }
        Err(failure) => error::page(visit, &failure.into(), None),
    }
}

async fn asked(visit: &Visit, code: &str, request: ScanRequest) -> Result<ScanAsked, AccountError> {
    let client = match &request.client {
        Some(id) => visit.app().provider.clients().find(id).await?,
        None => None,
    };
    Ok(ScanAsked {
        code: code.to_owned(),
        service: client.map(|client| service_name(visit, &client)),
        device: device(&request.user_agent),
        same_network: request.address == visit.device.address,
        address: request.address,
        at: request.at,
        choices: request.choices.to_vec(),
    })
}

async fn tell(visit: &Visit, status: StatusCode, told: ScanTold) -> Response {
    page(visit, "", (status, ApproveState::Told(told)), false).await
}

async fn page(visit: &Visit, code: &str, (status, state): (StatusCode, ApproveState), missing: bool) -> Response {
    let mut ctx = visit.context(&format!("{}?code={code}", paths::SCAN));
    match visit.person().await {
        Ok(person) => ctx.person = person.map(|person| shown_name(&person)),
        Err(failure) => return error::page(visit, &failure, None),
    }
    let page = ScanApprovePage { ctx, csrf: visit.csrf(), state, missing };
    visit.page(status, &page, FormTargets::ThisNode)
}
