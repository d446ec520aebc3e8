//! The chain of nodes as browsers and servers meet it: to the node above and back, the pages of an account that comes from
//! there, sign-ins that are passed up, and logouts that nodes tell each other. What comes back is checked in `trust`; here it becomes redirects and pages.

mod acting;
pub mod activate;
pub mod callback;
pub mod link;
pub mod logout;
pub mod pass;
pub mod passage;
pub mod start;
pub mod ticket;

use axum::http::StatusCode;
use axum::response::Response;

use crate::http::error::node_home;
use crate::http::interaction::{Step, resume};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::ErrorPage;
use crate::http::pages::view::error::ErrorKind;
use crate::http::visit::Visit;
use crate::oidc::authorize::Flow;
use crate::trust::upstream::Pending;

pub use start::{COMPANY, ask};

/// Goes on without the node above: it was asked, or cannot be.
async fn without(visit: &Visit, mut flow: Flow) -> Response {
    flow.asked_above = true;
    resume(visit, &flow).await
}

/// The same, for somebody who has come back by a way; to the sign-in page where they came on their own.
async fn back_without(visit: &mut Visit, pending: &Pending) -> Response {
    if pending.flow.is_empty() {
        return visit.to(paths::SIGN_IN);
    }
    match Step::open(visit, &pending.flow).await {
        Ok(mut step) => {
            step.flow.asked_company |= pending.acting.is_some();
            without(visit, step.flow).await
        }
        Err(response) => response,
    }
}

/// A coded page with a way back to the sign-in here: nobody is stranded by the node above.
async fn failed(visit: &mut Visit, flow: &str, (kind, code, status): (ErrorKind, &str, StatusCode)) -> Response {
    let mut place = paths::SIGN_IN.to_owned();
    if !flow.is_empty() {
        let step = match Step::open(visit, flow).await {
            Ok(step) => step,
            Err(response) => return response,
        };
        let anew = Flow { asked_above: true, asked_company: true, ..step.flow };
        if let Ok(sealed) = visit.app().provider.seal_flow(&anew).await {
            place = format!("{}?flow={sealed}", crate::oidc::endpoints::path::AUTHORIZE);
        }
    }
    let page = ErrorPage {
        ctx: visit.context("/"),
        kind,
        code: code.to_owned(),
        reference: visit.reference.clone(),
        detail: None,
        back: node_home(visit, &place),
    };
    visit.page(status, &page, FormTargets::ThisNode)
}
