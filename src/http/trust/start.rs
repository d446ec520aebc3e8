//! `GET /upstream/start`: the person presses the button of the node above. And [`silent`]: nobody is known here, so the node
//! above is asked without a page.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{failed, without};
use crate::http::error;
use crate::http::interaction::Step;
use crate::http::interaction::sign_in::{FlowQuery, optional_step};
use crate::http::pages::view::error::ErrorKind;
use crate::http::visit::Visit;
use crate::oidc::authorize::Asked;
use crate::oidc::claims;
use crate::trust::upstream::Wish;
use crate::trust::upstream::begin::BeginError;

/// Sends the browser to the node above.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let Some(upstream) = visit.app().upstream.clone() else { return error::not_found(visit).await };
    let step = match optional_step(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let wish = wish(&visit, step.as_ref(), &query.why);
    match upstream.begin(wish, visit.browser_id()).await {
        Ok(url) => visit.redirect(url.as_str()),
        Err(BeginError::Ephemeral(failure)) => error::page(&visit, &failure.into(), None),
        Err(BeginError::Above(failure)) => {
            tracing::warn!(%failure, "nobody can sign in at the node above now");
            let unavailable = (ErrorKind::AboveUnavailable, "upstream_unavailable", StatusCode::SERVICE_UNAVAILABLE);
            failed(&mut visit, &query.flow, unavailable).await
        }
    }
}

/// What is asked there: what the service asks here.
fn wish(visit: &Visit, step: Option<&Step>, why: &str) -> Wish {
    let ui_locales = Some(visit.lang.tag().to_owned());
    let Some(step) = step else { return Wish { ui_locales, again: why == "again", ..Wish::default() } };
    let text = |name: &str| step.flow.params.get(name).map(str::to_owned);
    let metadata = &step.client.metadata;
    let prompted = text("prompt").is_some_and(|prompts| prompts.split(' ').any(|prompt| prompt == "login"));
    Wish {
        flow: step.sealed.clone(),
        silent: false,
        again: why == "again" || prompted || metadata.reauthenticates_always(),
        acr_values: text("acr_values"),
        demand: claims::demanded_acr(&step.flow.params).max(metadata.minimum_acr),
        max_age: text("max_age").and_then(|seconds| seconds.parse().ok()).or(metadata.default_max_age),
        login_hint: text("login_hint"),
        ui_locales,
    }
}

/// Asks the node above without a page, unless it lately did not answer: no browser is sent to a dead host.
pub async fn silent(visit: &Visit, asked: &Asked<()>) -> Response {
    let flow = match visit.app().provider.open_flow(&asked.flow).await {
        Ok(Ok(open)) => open.flow,
        Ok(Err(fault)) => return error::flow(visit, fault, None),
        Err(failure) => return error::page(visit, &failure, None),
    };
    let Some(upstream) = &visit.app().upstream else { return without(visit, flow).await };
    if !upstream.answers_silently().await {
        return without(visit, flow).await;
    }
    let wish = Wish {
        flow: asked.flow.clone(),
        silent: true,
        max_age: flow
            .params
            .get("max_age")
            .and_then(|seconds| seconds.parse().ok())
            .or(asked.client.metadata.default_max_age),
        login_hint: asked.login_hint.clone(),
        ui_locales: asked.ui_locales.clone(),
        ..Wish::default()
    };
    match upstream.begin(wish, visit.browser_id()).await {
        Ok(url) => visit.redirect(url.as_str()),
        Err(failure) => {
            tracing::warn!(%failure, "the node above is not asked");
            without(visit, flow).await
        }
    }
}
