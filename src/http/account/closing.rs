//! Close the account (注销账号): what it comes to, the wish, and the one choice of whoever comes back meanwhile.

use axum::http::StatusCode;
use axum::response::Response;

use super::fault;
use super::protected::protected;
use crate::accounts::Person;
use crate::base::id::AccountId;
use crate::centre::CentreError;
use crate::http::error;
use crate::http::interaction::{OwnForm, service_name};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::closing::ClosingState;
use crate::http::pages::view::{ClosePage, ClosingPage};
use crate::http::visit::{Visit, shown_name};

/// Shows what it comes to.
pub async fn get(visit: Visit) -> Response {
    match protected(&visit).await {
        Ok((_, person)) => show(&visit, &person, false).await,
        Err(response) => response,
    }
}

/// Asks for it.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let (session, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    if fields.get("decision") != Some("close") {
        return show(&visit, &person, false).await;
    }
    let with_companies = fields.get("companies") == Some("end");
    let centre = &visit.app().centre;
    match centre.ask_closing(&person, (&session, &visit.device), with_companies).await {
        Ok(due) => {
            visit.signed_off();
            told(&visit, ClosingState::Asked(due), String::new())
        }
        Err(CentreError::CompaniesLeft) => show(&visit, &person, true).await,
        Err(failure) => error::page(&visit, &fault(failure), None),
    }
}

async fn show(visit: &Visit, person: &Person, companies_left: bool) -> Response {
    match page(visit, person).await {
        Ok(page) => {
            let status = if companies_left { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            visit.page(status, &ClosePage { companies_left, ..page }, FormTargets::ThisNode)
        }
        Err(failure) => error::page(visit, &fault(failure), None),
    }
}

async fn page(visit: &Visit, person: &Person) -> Result<ClosePage, CentreError> {
    let found = visit.app().centre.consequences(person).await?;
    let mut services = Vec::new();
    for client in found.services {
        let known = visit.app().provider.clients().find(&client).await?;
        services.push(known.map_or_else(|| client.to_string(), |client| service_name(visit, &client)));
    }
    let mut ctx = visit.context(paths::CLOSE);
    ctx.person = Some(shown_name(person));
    Ok(ClosePage {
        csrf: visit.csrf(),
        services,
        companies: found.companies.into_iter().map(|company| company.name).collect(),
        due: found.due_at,
        days: visit.app().config.centre.closing_days,
        companies_left: false,
        ctx,
    })
}

/// The one choice of whoever has just shown that a closing account is theirs: keep it, or leave it.
pub async fn choice(visit: &Visit, account: &AccountId) -> Response {
    let centre = &visit.app().centre;
    match centre.closing_of(account).await {
        Ok(Some(due)) => told(visit, ClosingState::Waiting(due), centre.closing_ticket(account, visit.browser_id())),
        Ok(None) => told(visit, ClosingState::Over, String::new()),
        Err(failure) => error::page(visit, &fault(failure), None),
    }
}

/// The answer.
pub async fn answer(OwnForm { visit, fields }: OwnForm) -> Response {
    if fields.get("decision") != Some("cancel") {
        return visit.to(paths::HOME);
    }
    let ticket = fields.get("ticket").unwrap_or_default();
    match visit.app().centre.cancel_closing(ticket, (visit.browser_id(), &visit.device)).await {
        Ok(()) => told(&visit, ClosingState::Cancelled, String::new()),
        Err(CentreError::Nothing) => told(&visit, ClosingState::Over, String::new()),
        Err(failure) => error::page(&visit, &fault(failure), None),
    }
}

fn told(visit: &Visit, state: ClosingState, ticket: String) -> Response {
    let ctx = visit.context(paths::SIGN_IN);
    let status = match state {
        ClosingState::Asked(_) | ClosingState::Cancelled => StatusCode::OK,
        ClosingState::Waiting(_) | ClosingState::Over => StatusCode::UNPROCESSABLE_ENTITY,
    };
    visit.page(status, &ClosingPage { ctx, csrf: visit.csrf(), ticket, state }, FormTargets::ThisNode)
}
