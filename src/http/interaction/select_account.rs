//! Choose an account (`prompt=select_account`): the one that is signed in, or another.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::FlowQuery;
use super::{OwnForm, Step, hidden, level, resume};
use crate::http::error;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::SelectAccountPage;
use crate::http::pages::view::select_account::AccountChoice;
use crate::http::visit::{Visit, shown_name};

/// The value of the button for another account.
const ANOTHER: &str = "another";

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let step = match Step::open(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let person = match visit.person().await {
        Ok(Some(person)) => person,
        Ok(None) => return resume(&visit, &step.flow).await,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    let since = visit.session.as_ref().map(|session| session.auth_time).unwrap_or_default();
    let page = SelectAccountPage {
        ctx: visit.context(&step.here(paths::SELECT_ACCOUNT)),
        form: hidden(&visit, &step.sealed),
        asking: Some(step.asking(&visit, None)),
        accounts: vec![AccountChoice {
            value: "current".to_owned(),
            name: shown_name(&person),
            level: level(i32::from(i16::from(person.level()))),
            since,
        }],
    };
    visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
}

/// Goes on with the session that is there, or to the sign-in page.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match Step::open(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    if fields.get("account") == Some(ANOTHER) {
        return visit.to(&step.here(paths::SIGN_IN));
    }
    let mut flow = step.flow.clone();
    flow.chosen = visit.session.as_ref().map(|session| session.id.clone());
    resume(&visit, &flow).await
}
