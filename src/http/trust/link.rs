//! `/upstream/link`: an account that was here before has the document that the node above has told of. It is linked once its
//! owner has signed in to it, and wishes so (threat 7).

use axum::http::StatusCode;
use axum::response::Response;

use super::activate::name_of;
use super::without;
use crate::http::error;
use crate::http::interaction::sign_in::optional_step;
use crate::http::interaction::{OwnForm, arrived, hidden};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::LinkPage;
use crate::http::pages::view::link::LinkState;
use crate::http::visit::Visit;
use crate::trust::Upstream;
use crate::trust::upstream::link::{LinkError, Ticket};

/// Shows what waits: first the sign-in, then the question.
pub async fn get(visit: Visit) -> Response {
    let Some(upstream) = visit.app().upstream.clone() else { return error::not_found(visit).await };
    let Some(ticket) = visit.ticket() else { return show(visit, &upstream, None, LinkState::Nothing).await };
    let signed_in = visit.session.as_ref().is_some_and(|session| upstream.has_signed_in(&ticket, session));
    let state = if signed_in { LinkState::Asking } else { LinkState::SignIn };
    show(visit, &upstream, Some(ticket), state).await
}

/// Links, or goes on without.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let Some(upstream) = visit.app().upstream.clone() else { return error::not_found(visit).await };
    let Some(ticket) = visit.ticket() else { return show(visit, &upstream, None, LinkState::Nothing).await };
    if fields.get("decision") == Some("link") {
        let Some(session) = visit.session.clone() else {
            return show(visit, &upstream, Some(ticket), LinkState::SignIn).await;
        };
        match upstream.link(&ticket, &session).await {
            Ok(()) => {}
            Err(LinkError::SignIn) => return show(visit, &upstream, Some(ticket), LinkState::SignIn).await,
            Err(LinkError::ShowMore) => return visit.to(&format!("{}?why=step-up", paths::SECOND_FACTOR)),
            Err(LinkError::Nothing) => return show(visit, &upstream, None, LinkState::Nothing).await,
            Err(LinkError::Taken) => return show(visit, &upstream, None, LinkState::Taken).await,
            Err(LinkError::Account(failure)) => return error::page(&visit, &failure.into(), None),
        }
    }
    visit.drop_ticket();
    match optional_step(&mut visit, &ticket.flow).await {
        Ok(Some(step)) => without(&visit, step.flow).await,
        Ok(None) => arrived(&visit, None).await,
        Err(response) => response,
    }
}

async fn show(mut visit: Visit, upstream: &Upstream, ticket: Option<Ticket>, state: LinkState) -> Response {
    let flow = ticket.map(|ticket| ticket.flow).unwrap_or_default();
    let step = match optional_step(&mut visit, &flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let sign_in = step.as_ref().map_or_else(|| paths::SIGN_IN.to_owned(), |step| step.here(paths::SIGN_IN));
    let status = match state {
        LinkState::Nothing => StatusCode::NOT_FOUND,
        LinkState::Taken => StatusCode::CONFLICT,
        LinkState::SignIn | LinkState::Asking => StatusCode::OK,
    };
    let page = LinkPage {
        ctx: visit.context(paths::LINK_ABOVE),
        form: hidden(&visit, &flow),
        above: name_of(upstream, &visit),
        sign_in,
        state,
    };
    visit.page(status, &page, FormTargets::Anywhere)
}
