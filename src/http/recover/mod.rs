//! Recovery of an account (找回账号), for people who are not signed in. Whether there is an account is told by no page until
//! enough was shown, and by no time: each step does the same for every name.

pub mod appeal;
pub mod cancel;
pub mod identify;
pub mod status;
pub mod ways;

use axum::http::StatusCode;
use axum::response::Response;

use crate::accounts::AccountError;
use crate::base::Secret;
use crate::http::interaction::register::password_rule;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::RecoverStatusPage;
use crate::http::pages::view::recover::RecoverState;
use crate::http::visit::Visit;
use crate::proto::oauth::Params;
use crate::signon::{Application, RecoveryError};

/// The application that a form carries; whoever has none that holds begins again.
fn application(visit: &Visit, fields: &Params) -> Option<Application> {
    let sealed = fields.get("application").unwrap_or_default();
    visit.app().recoveries.open(sealed, visit.browser_id())
}

/// The page of a recovery or an appeal in this state.
fn status_page(visit: &Visit, code: &Secret, state: RecoverState) -> RecoverStatusPage {
    RecoverStatusPage {
        ctx: visit.context(paths::RECOVER_STATUS),
        csrf: visit.csrf(),
        code: code.expose().to_owned(),
        state,
        rule: password_rule(visit),
        found: None,
        given: Vec::new(),
    }
}

fn told(visit: &Visit, code: &Secret, state: RecoverState) -> Response {
    let status = match state {
        RecoverState::Asking { wrong: true } | RecoverState::CodeMissing => StatusCode::UNPROCESSABLE_ENTITY,
        RecoverState::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::OK,
    };
    visit.page(status, &status_page(visit, code, state), FormTargets::ThisNode)
}

/// Seconds to wait, when an error is a limit.
const fn limit(failure: &RecoveryError) -> Option<u64> {
    match failure {
        RecoveryError::Account(AccountError::Throttled { retry_after } | AccountError::Locked { retry_after }) => {
            Some(retry_after.as_secs())
        }
        _ => None,
    }
}
