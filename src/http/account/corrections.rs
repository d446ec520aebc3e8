//! Corrections (更正信息): what a person changes herself is linked from here; the rest is asked for.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::protected::protected;
use super::{fault, signed_in};
use crate::accounts::{AccountError, Person};
use crate::centre::{CentreError, Correction, CorrectionItem};
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::CorrectionsPage;
use crate::http::pages::view::corrections::{CorrectionLine, CorrectionNotice, CorrectionProblem};
use crate::http::visit::{Visit, shown_name};

/// What was just done, to be told once.
#[derive(Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// Shows the page.
pub async fn get(visit: Visit, Query(query): Query<Done>) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let notice = match query.done.as_str() {
        "username" => Some(CorrectionNotice::Username),
        "asked" => Some(CorrectionNotice::Asked),
        _ => None,
    };
    show(&visit, &person, |page| CorrectionsPage { notice, ..page }).await
}

/// Asks for a correction.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let (session, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let item = fields.get("item").and_then(CorrectionItem::parse).unwrap_or(CorrectionItem::Other);
    let wish = fields.get("wish").unwrap_or_default();
    let asked = visit.app().centre.ask_correction(&person, (&session, &visit.device), (item, wish)).await;
    let problem = match asked {
        Ok(()) => return visit.to(&format!("{}?done=asked", paths::CORRECTIONS)),
        Err(CentreError::Text) => CorrectionProblem::Wish,
        Err(CentreError::TooMany) => CorrectionProblem::TooMany,
        Err(failure) => return error::page(&visit, &fault(failure), None),
    };
    show(&visit, &person, |page| CorrectionsPage { wish: wish.to_owned(), found: vec![problem], ..page }).await
}

/// Changes the user name; what protects the account is shown first.
pub async fn username(OwnForm { visit, fields }: OwnForm) -> Response {
    let (session, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let wanted = fields.get("username").unwrap_or_default();
    let problem = match visit.app().centre.change_username(&person, (&session, &visit.device), wanted).await {
        Ok(()) => return visit.to(&format!("{}?done=username", paths::CORRECTIONS)),
        Err(AccountError::Taken) => CorrectionProblem::Taken,
        Err(AccountError::Username(_)) => CorrectionProblem::Username,
        Err(failure) => return error::page(&visit, &failure.into(), None),
    };
    show(&visit, &person, |page| CorrectionsPage { username: wanted.to_owned(), found: vec![problem], ..page }).await
}

async fn show(visit: &Visit, person: &Person, told: impl FnOnce(CorrectionsPage) -> CorrectionsPage) -> Response {
    let requests = match visit.app().centre.corrections_of(&person.id).await {
        Ok(requests) => requests,
        Err(failure) => return error::page(visit, &fault(failure), None),
    };
    let mut ctx = visit.context(paths::CORRECTIONS);
    ctx.person = Some(shown_name(person));
    let page = told(CorrectionsPage {
        ctx,
        csrf: visit.csrf(),
        notice: None,
        username: person.username.clone(),
        wish: String::new(),
        requests: requests.into_iter().map(line).collect(),
        found: Vec::new(),
    });
    let status = if page.found.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.page(status, &page, FormTargets::ThisNode)
}

fn line(held: Correction) -> CorrectionLine {
    CorrectionLine {
        item: held.item,
        wish: held.wish,
        state: held.state.as_str().to_owned(),
        answer: held.answer.unwrap_or_default(),
        at: held.asked_at,
    }
}
