//! Somebody is recovering this account: whoever is signed in sees it, also right after signing in, and cancels it by showing
//! what protects the account: with one click where that is the password alone.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::protected::{Errand, protected_for};
use super::signed_in;
use crate::http::error;
use crate::http::interaction::sign_in::{FlowQuery, optional_step};
use crate::http::interaction::{OwnForm, Step, hidden, resume};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::AccountRecoveryPage;
use crate::http::visit::{Visit, shown_name};
use crate::signon::RecoveryError;

/// Shows what is open.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    match optional_step(&mut visit, &query.flow).await {
        Ok(step) => show(&visit, step.as_ref(), false).await,
        Err(response) => response,
    }
}

/// Cancels it, or goes on to where the person was going.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    if fields.get("decision") != Some("cancel") {
        return match &step {
            Some(step) => resume(&visit, &step.flow).await,
            None => visit.to(paths::ACCOUNT),
        };
    }
    // Whoever has only the password must not keep the owner of a second factor out by cancelling every recovery of hers.
    let (_, person) = match protected_for(&visit, Errand::Recovery, step.as_ref()).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match visit.app().recoveries.cancel(&person).await {
        Ok(cancelled) => show(&visit, step.as_ref(), cancelled).await,
        Err(RecoveryError::Account(failure)) => error::page(&visit, &failure.into(), None),
        Err(_) => visit.to(paths::ACCOUNT),
    }
}

async fn show(visit: &Visit, step: Option<&Step>, cancelled: bool) -> Response {
    let (_, person) = match signed_in(visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let open = match visit.app().recoveries.open_at(&person.id).await {
        Ok(open) => open.map(|open| (open.begun_at, open.ready_at)),
        Err(failure) => return error::page(visit, &failure.into(), None),
    };
    let here = step.map_or_else(|| paths::ACCOUNT_RECOVERY.to_owned(), |step| step.here(paths::ACCOUNT_RECOVERY));
    let mut ctx = visit.context(&here);
    ctx.person = Some(shown_name(&person));
    let form = hidden(visit, step.map_or("", |step| &step.sealed));
    visit.page(StatusCode::OK, &AccountRecoveryPage { ctx, form, open, cancelled }, FormTargets::Anywhere)
}
