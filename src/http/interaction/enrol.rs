//! Add a further factor (添加验证方式) on the way to a service that demands one and that the person does not have. She chooses
//! which, adds it on the account centre's own pages, and comes back; or declines, and the service is told what it would
//! have been told at once.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::FlowQuery;
use super::{OwnForm, Step, hidden, level, resume};
use crate::http::oidc::authorize::render;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::EnrolPage;
use crate::http::visit::Visit;
use crate::oidc::authorize::{Entry, Outcome};

/// Shows the choice, when the engine still asks for it.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let step = match Step::open(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let question = match visit.app().provider.authorize(Entry::Flow(step.sealed.clone()), &visit.browser()).await {
        Outcome::NeedEnrolment(asked) => asked.question,
        other => return render(&visit, &other).await,
    };
    let page = EnrolPage {
        ctx: visit.context(&step.here(paths::ENROL)),
        form: hidden(&visit, &step.sealed),
        asking: Some(step.asking(&visit, Some(level(i32::from(question.level))))),
        passkey: visit.app().passkeys.are_possible().then(|| step.here(paths::PASSKEY)),
        totp: step.here(paths::TOTP),
        mobile: visit.app().factors.can_send_codes().then(|| step.here(paths::MOBILE)),
    };
    visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
}

/// The person does not want to.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match Step::open(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let mut flow = step.flow.clone();
    flow.declined_factor = true;
    resume(&visit, &flow).await
}
