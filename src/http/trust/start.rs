//! `GET /upstream/start`: the person presses the button of the node above, or wants to act for a company that is registered
//! there. And [`ask`]: what is not known here, so the node above is asked.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::{failed, without};
use crate::http::error;
use crate::http::interaction::Step;
use crate::http::interaction::sign_in::{FlowQuery, optional_step};
use crate::http::pages::view::error::ErrorKind;
use crate::http::visit::Visit;
use crate::oidc::authorize::{AboveQuestion, Asked, Flow};
use crate::oidc::claims;
use crate::proto::oauth::ActingFor;
use crate::realname::SocialCreditCode;
use crate::trust::upstream::begin::BeginError;
use crate::trust::upstream::{Wanted, Wish};

/// Why somebody goes there who wants to act for a company that is registered there.
pub const COMPANY: &str = "company";

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
    if why == COMPANY && visit.app().config.upstream.companies {
        let named = step.flow.params.get("authorization_details").and_then(|text| ActingFor::parse(text).ok());
        let acting = named.map_or(Wanted::Chosen, |company| Wanted::Named(company.uscc));
        return Wish { flow: step.sealed.clone(), acting: Some(acting), ui_locales, ..Wish::default() };
    }
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
        acting: None,
    }
}

/// Asks the node above, without a page but for the choice of a company; unless it lately did not answer: no browser is sent to
/// a dead host.
pub async fn ask(visit: &Visit, asked: &Asked<AboveQuestion>) -> Response {
    let flow = match visit.app().provider.open_flow(&asked.flow).await {
        Ok(Ok(open)) => open.flow,
        Ok(Err(fault)) => return error::flow(visit, fault, None),
        Err(failure) => return error::page(visit, &failure, None),
    };
    let (flow, company) = match &asked.question {
        AboveQuestion::Who => (flow, false),
        AboveQuestion::Company(_) | AboveQuestion::Companies => (Flow { asked_company: true, ..flow }, true),
    };
    let Some(upstream) = &visit.app().upstream else { return without(visit, flow).await };
    let answers = if company { upstream.answers().await } else { upstream.answers_silently().await };
    if !answers {
        return without(visit, flow).await;
    }
    match upstream.begin(question(asked, &flow), visit.browser_id()).await {
        Ok(url) => visit.redirect(url.as_str()),
        Err(failure) => {
            tracing::warn!(%failure, "the node above is not asked");
            without(visit, flow).await
        }
    }
}

/// What it is asked.
fn question(asked: &Asked<AboveQuestion>, flow: &Flow) -> Wish {
    let common = Wish { flow: asked.flow.clone(), ui_locales: asked.ui_locales.clone(), ..Wish::default() };
    let named = |code: &SocialCreditCode| Wanted::Named(code.as_str().to_owned());
    match &asked.question {
        AboveQuestion::Companies => Wish { acting: Some(Wanted::Chosen), ..common },
        AboveQuestion::Company(code) => Wish { silent: true, acting: Some(named(code)), ..common },
        AboveQuestion::Who => Wish {
            silent: true,
            max_age: flow
                .params
                .get("max_age")
                .and_then(|seconds| seconds.parse().ok())
                .or(asked.client.metadata.default_max_age),
            login_hint: asked.login_hint.clone(),
            ..common
        },
    }
}
