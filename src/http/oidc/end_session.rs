//! `GET` and `POST /oauth2/logout` (OIDC RP-Initiated Logout 1.0), and the node's own `/logout`: the question, the answer,
//! and who has been told.

use axum::body::Bytes;
use axum::extract::{Query, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::base::id::{ClientId, LogoutId};
use crate::http::error;
use crate::http::interaction::{OwnForm, hidden, service_name};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::logout::ServiceLine;
use crate::http::pages::view::logout_result::{LogoutRow, LogoutState};
use crate::http::pages::view::{ErrorPage, LogoutPage, LogoutResultPage, WayBack};
use crate::http::visit::Visit;
use crate::logout::{Confirmation, Delivery, DeliveryState, EndSession, Reason};
use crate::proto::oauth::{OAuthError, Params};
use crate::store::StoreError;

/// What a confirmed logout goes on with, sealed into the form.
#[derive(Serialize, Deserialize, Default)]
struct Pending {
    back: Option<String>,
    client_id: Option<ClientId>,
}

/// A relying party's request by GET.
pub async fn get(visit: Visit, RawQuery(query): RawQuery) -> Response {
    answer(visit, Params::parse(query.as_deref().unwrap_or_default())).await
}

/// A relying party's request by POST (§2: both must be supported).
pub async fn post(visit: Visit, body: Bytes) -> Response {
    answer(visit, Params::parse(std::str::from_utf8(&body).unwrap_or_default())).await
}

async fn answer(mut visit: Visit, params: Result<Params, OAuthError>) -> Response {
    let params = match params {
        Ok(params) => params,
        Err(error) => return refuse(&visit, &error),
    };
    visit.prefer(params.get("ui_locales"));
    match visit.app().logouts.end_session_request(&params, &visit.browser()).await {
        Ok(EndSession::Redirect { back, session }) => {
            visit.left(session.as_ref());
            visit.redirect(&back)
        }
        Ok(EndSession::Ended { logout, session }) => {
            visit.left(session.as_ref());
            result_page(&visit, logout.as_ref(), None).await
        }
        Ok(EndSession::Confirm(confirmation)) => {
            if let Some(client) = &confirmation.client {
                visit.enter(client);
            }
            question(&visit, confirmation).await
        }
        Ok(EndSession::Refuse(error)) => refuse(&visit, &error),
        Err(error) => error::page(&visit, &error, None),
    }
}

/// The node's own question, from the account centre.
pub async fn ask(visit: Visit) -> Response {
    question(&visit, Confirmation { client: None, back: None }).await
}

async fn question(visit: &Visit, confirmation: Confirmation) -> Response {
    let services = match services(visit).await {
        Ok(services) => services,
        Err(error) => return error::page(visit, &error.into(), None),
    };
    let pending =
        Pending { back: confirmation.back, client_id: confirmation.client.as_ref().map(|client| client.id.clone()) };
    let page = LogoutPage {
        ctx: visit.context(paths::LOGOUT),
        form: hidden(visit, &visit.web.pending_logout.seal(&pending, paths::LOGOUT.as_bytes())),
        asking: confirmation.client.as_ref().map(|client| service_name(visit, client)),
        services,
    };
    visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
}

/// The person's answer.
pub async fn confirm(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let sealed = fields.get("flow").unwrap_or_default();
    let pending: Pending = visit.web.pending_logout.open(sealed, paths::LOGOUT.as_bytes()).unwrap_or_default();
    if fields.get("decision") != Some("confirm") {
        return visit.to(paths::ACCOUNT);
    }
    if let Err(failure) = enter(&mut visit, pending.client_id.as_ref()).await {
        return error::page(&visit, &failure.into(), None);
    }
    let logout = match &visit.session {
        None => None,
        Some(session) => match visit.app().logouts.end_session(&session.id, Reason::Person).await {
            Ok(logout) => logout,
            Err(error) => return error::page(&visit, &error.into(), None),
        },
    };
    visit.signed_off();
    match (pending.back, logout) {
        (Some(back), _) => visit.redirect(&back),
        (None, Some(logout)) => visit.to(&format!("{}?id={logout}", paths::LOGOUT_RESULT)),
        (None, None) => result_page(&visit, None, None).await,
    }
}

/// The logout is about the session of the client that asked: of an isolated one, its own.
async fn enter(visit: &mut Visit, client: Option<&ClientId>) -> Result<(), StoreError> {
    let Some(id) = client else { return Ok(()) };
    if let Some(client) = visit.app().provider.clients().find(id).await? {
        visit.enter(&client);
    }
    Ok(())
}

/// Which logout is asked about: its id is a name that only the browser that ended the session was given.
#[derive(Deserialize)]
pub struct ResultQuery {
    id: LogoutId,
}

/// How far a logout has come.
pub async fn result(visit: Visit, Query(query): Query<ResultQuery>) -> Response {
    result_page(&visit, Some(&query.id), None).await
}

async fn result_page(visit: &Visit, logout: Option<&LogoutId>, back: Option<WayBack>) -> Response {
    let rows = match rows(visit, logout).await {
        Ok(rows) => rows,
        Err(error) => return error::page(visit, &error.into(), None),
    };
    let here = logout.map_or_else(|| paths::HOME.to_owned(), |id| format!("{}?id={id}", paths::LOGOUT_RESULT));
    let hours = visit.app().config.jobs.give_up_hours;
    visit.page(
        StatusCode::OK,
        &LogoutResultPage { ctx: visit.context(&here), rows, hours, back },
        FormTargets::ThisNode,
    )
}

async fn rows(visit: &Visit, logout: Option<&LogoutId>) -> Result<Vec<LogoutRow>, StoreError> {
    let Some(logout) = logout else { return Ok(Vec::new()) };
    let deliveries = visit.app().logouts.progress(logout).await?.map(|(_, deliveries)| deliveries).unwrap_or_default();
    results(visit, deliveries).await
}

/// What became of telling each service.
pub async fn results(visit: &Visit, deliveries: Vec<Delivery>) -> Result<Vec<LogoutRow>, StoreError> {
    let mut rows = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        let client = visit.app().provider.clients().find(&delivery.client_id).await?;
        let upper = visit.app().upstream.as_ref().filter(|upper| upper.issuer() == delivery.client_id.as_str());
        let service = match (client, upper) {
            (Some(client), _) => service_name(visit, &client),
            (None, Some(upper)) => upper.name(visit.lang.tag()).to_owned(),
            (None, None) => delivery.client_id.to_string(),
        };
        rows.push(LogoutRow { service, platform: String::new(), state: state(&delivery) });
    }
    Ok(rows)
}

fn state(delivery: &Delivery) -> LogoutState {
    let tries = u64::try_from(delivery.tries).unwrap_or(0);
    let ended_at = delivery.ended_at.unwrap_or(delivery.since);
    match delivery.state {
        DeliveryState::Waiting => LogoutState::Waiting,
        DeliveryState::Retrying => LogoutState::Retrying { tries, next: delivery.due_at },
        DeliveryState::GivenUp => LogoutState::Failed { at: ended_at },
        DeliveryState::Told => LogoutState::Told {
            at: ended_at,
            took_ms: u64::try_from(ended_at.since(delivery.since).as_millis()).unwrap_or(0),
        },
    }
}

async fn services(visit: &Visit) -> Result<Vec<ServiceLine>, StoreError> {
    let Some(session) = &visit.session else { return Ok(Vec::new()) };
    let mut lines = Vec::new();
    for link in visit.app().sessions.clients(&session.id).await? {
        if let Some(client) = visit.app().provider.clients().find(&link.client_id).await? {
            lines.push(ServiceLine { name: service_name(visit, &client), platform: String::new() });
        }
    }
    Ok(lines)
}

fn refuse(visit: &Visit, error: &OAuthError) -> Response {
    use crate::http::pages::view::error::ErrorKind;
    error::log(error);
    let page = ErrorPage {
        ctx: visit.context("/"),
        kind: ErrorKind::LogoutRefused,
        code: error.code.as_str().to_owned(),
        reference: visit.reference.clone(),
        detail: Some(error.description.to_string()),
        back: None,
    };
    visit.page(error::status(error), &page, FormTargets::ThisNode)
}
