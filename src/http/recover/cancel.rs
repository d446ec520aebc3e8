//! A recovery is cancelled by the code in the message, without signing in.

use axum::http::StatusCode;
use axum::response::Response;

use super::limit;
use crate::base::Secret;
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::RecoverCancelPage;
use crate::http::pages::view::recover_cancel::CancelState;
use crate::http::visit::Visit;
use crate::signon::RecoveryError;

/// Asks for the code.
pub async fn get(visit: Visit) -> Response {
    page(&visit, CancelState::Asking)
}

/// Cancels.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let code = Secret::new(fields.get("code").unwrap_or_default());
    if code.expose().trim().is_empty() {
        return page(&visit, CancelState::Missing);
    }
    match visit.app().recoveries.cancel_by_code(&code, &visit.device.address).await {
        Ok(()) => page(&visit, CancelState::Done),
        Err(RecoveryError::Over) => page(&visit, CancelState::Over),
        Err(RecoveryError::Wrong) => page(&visit, CancelState::Wrong),
        Err(failure) if limit(&failure).is_some() => page(&visit, CancelState::Wrong),
        Err(RecoveryError::Account(failure)) => error::page(&visit, &failure.into(), None),
        Err(_) => page(&visit, CancelState::Over),
    }
}

fn page(visit: &Visit, state: CancelState) -> Response {
    let page = RecoverCancelPage { ctx: visit.context(paths::RECOVER_CANCEL), csrf: visit.csrf(), state };
    let status = match state {
        CancelState::Wrong | CancelState::Missing => StatusCode::UNPROCESSABLE_ENTITY,
        CancelState::Asking | CancelState::Done | CancelState::Over => StatusCode::OK,
    };
    visit.page(status, &page, FormTargets::ThisNode)
}
