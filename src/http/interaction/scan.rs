//! Sign in (登录) by scanning: this browser shows a code and waits until a phone has answered it. The page looks again by
//! itself, with or without scripts; only a post signs in.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::passkey::place;
use super::sign_in::optional_step;
use super::{OwnForm, Step, arrived, hidden, second};
use crate::accounts::AccountError;
use crate::factors::FactorError;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::ScanPage;
use crate::http::pages::view::scan::{ScanEnd, ScanState};
use crate::http::qr;
use crate::http::visit::{Visit, shown_name};
use crate::signon::{Code, Passed, Standing};

/// What the page is called with.
#[derive(Deserialize)]
pub struct ScanQuery {
    #[serde(default)]
    flow: String,
    /// The code that this browser has; none for a new one.
    #[serde(default)]
    scan: String,
}

/// Shows a new code, or how the one that the browser has stands.
pub async fn get(mut visit: Visit, Query(query): Query<ScanQuery>) -> Response {
    let step = match optional_step(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    if query.scan.is_empty() {
        return begin(&visit, step.as_ref()).await;
    }
    let state = match visit.app().signon.scans().standing(place(&visit, step.as_ref()), &query.scan).await {
        Ok(Standing::Waiting { code, seen }) => waiting(&visit, &code, seen),
        Ok(Standing::Approved(person)) => ScanState::Approved { name: shown_name(&person) },
        Ok(Standing::Refused) => ScanState::Ended(ScanEnd::Refused),
        Ok(Standing::WrongNumber) => ScanState::Ended(ScanEnd::WrongNumber),
        Ok(Standing::Over) => ScanState::Ended(ScanEnd::Over),
        Err(failure) => return error::page(&visit, &failure.into(), None),
    };
    show(&visit, step.as_ref(), &query.scan, (StatusCode::OK, state))
}

async fn begin(visit: &Visit, step: Option<&Step>) -> Response {
    let client = step.map(|step| step.client.id.clone());
    match visit.app().signon.scans().begin(place(visit, step), client, &visit.device).await {
        Ok(scan) => visit.to(&here(step, &scan)),
        Err(AccountError::Throttled { retry_after }) => {
            let end = ScanEnd::TooMany { seconds: retry_after.as_secs() };
            show(visit, step, "", (StatusCode::TOO_MANY_REQUESTS, ScanState::Ended(end)))
        }
        Err(failure) => error::page(visit, &failure.into(), None),
    }
}

/// Signs in by the approval.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let scan = fields.get("scan").unwrap_or_default();
    let end = match visit.app().signon.by_scan(scan, place(&visit, step.as_ref()), &visit.at()).await {
        Ok(Passed::In(signed_on)) => {
            visit.signed_on(&signed_on);
            return arrived(&visit, step.as_ref()).await;
        }
        Ok(Passed::Half(half)) => return second::begin(&mut visit, &half, step.as_ref()),
        Err(FactorError::Over) => ScanEnd::Over,
        Err(FactorError::Account(AccountError::State(_))) => ScanEnd::Disabled,
        Err(failure) => return error::page(&visit, &failure.into(), None),
    };
    show(&visit, step.as_ref(), "", (StatusCode::UNPROCESSABLE_ENTITY, ScanState::Ended(end)))
}

fn waiting(visit: &Visit, code: &Code, seen: bool) -> ScanState {
    let address = format!("{}{}?code={}", visit.app().config.issuer.as_str(), paths::SCAN, code.id);
    ScanState::Waiting { qr: qr::draw(&address), address, number: code.number, seen }
}

fn here(step: Option<&Step>, scan: &str) -> String {
    format!("{}?flow={}&scan={scan}", paths::SCAN_SIGN_IN, step.map_or("", |step| &step.sealed))
}

fn show(visit: &Visit, step: Option<&Step>, scan: &str, (status, state): (StatusCode, ScanState)) -> Response {
    let page = ScanPage {
        ctx: visit.context(&here(step, scan)),
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, None)),
        scan: scan.to_owned(),
        state,
    };
    visit.page(status, &page, FormTargets::Anywhere)
}
