//! Somebody comes back from the node above who wants to act for a company that is registered there: on with the flow, as whom
//! they are now.

use axum::http::StatusCode;
use axum::response::Response;

use super::{back_without, failed};
use crate::accounts::AccountError;
use crate::base::id::EntityId;
use crate::http::error;
use crate::http::interaction::{Step, resume};
use crate::http::pages::paths;
use crate::http::pages::view::error::ErrorKind;
use crate::http::visit::Visit;
use crate::oidc::authorize::ONESELF;
use crate::trust::Upstream;
use crate::trust::upstream::{ActError, Came};

/// Goes on as whom the person has chosen to be there.
pub(super) async fn come_in(mut visit: Visit, upstream: &Upstream, came: &Came) -> Response {
    match upstream.act(came, visit.session.as_ref()).await {
        Ok(chosen) => go_on(&mut visit, came, chosen).await,
        Err(failure) => {
            tracing::warn!(reference = visit.reference, %failure, "nobody acts for a company of the node above");
            turned_away(&mut visit, came, failure).await
        }
    }
}

async fn go_on(visit: &mut Visit, came: &Came, chosen: Option<EntityId>) -> Response {
    let step = match Step::open(visit, &came.pending.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let mut flow = step.flow;
    flow.asked_company = true;
    flow.chosen = visit.session.as_ref().map(|session| session.id.clone());
    flow.identity = Some(chosen.map_or_else(|| ONESELF.to_owned(), |company| company.0));
    resume(visit, &flow).await
}

async fn turned_away(visit: &mut Visit, came: &Came, failure: ActError) -> Response {
    if came.pending.silent {
        return back_without(visit, &came.pending).await;
    }
    let told = match failure {
        // Whoever it is now signs in first, by the rules for that; then the question is put again.
        ActError::OtherPerson => return visit.to(&format!("{}?flow={}", paths::ABOVE, came.pending.flow)),
        ActError::Used => (ErrorKind::AboveState, "upstream_state", StatusCode::BAD_REQUEST),
        ActError::Ended => (ErrorKind::AboveState, "upstream_session_ended", StatusCode::BAD_REQUEST),
        ActError::Unverified => (ErrorKind::AboveCompany, "upstream_company_unverified", StatusCode::FORBIDDEN),
        ActError::Company(_) => (ErrorKind::AboveCompany, "upstream_company", StatusCode::FORBIDDEN),
        ActError::Account(AccountError::State(_)) => (ErrorKind::AccountClosed, "account_state", StatusCode::FORBIDDEN),
        ActError::Account(failure) => return error::page(visit, &failure.into(), None),
    };
    failed(visit, &came.pending.flow, told).await
}
