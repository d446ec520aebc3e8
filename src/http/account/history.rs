//! History (历史记录): sign-ins, checks of the real name, changes of the account; paged by key, newest first.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::centre::device;
use super::signed_in;
use crate::accounts::{AccountError, EventKind, Person};
use crate::base::id::{ClientId, EventId, VerificationId};
use crate::http::error;
use crate::http::interaction::service_name;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::HistoryPage;
use crate::http::pages::view::history::{HistoryLine, Show, What};
use crate::http::visit::{Visit, shown_name};
use crate::store::account_events::AccountEventRow;
use crate::store::verifications::VerificationRow;

/// Lines on a page.
const PAGE: usize = 20;

/// Which history, and from where on.
#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    show: String,
    #[serde(default)]
    before: String,
}

/// Shows a page.
pub async fn get(visit: Visit, Query(query): Query<Which>) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match page(&visit, &person, &query).await {
        Ok(page) => visit.page(StatusCode::OK, &page, FormTargets::ThisNode),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}

async fn page(visit: &Visit, person: &Person, query: &Which) -> Result<HistoryPage, AccountError> {
    let app = visit.app();
    let show = Show::parse(&query.show);
    let mut ctx = visit.context(&format!("{}?show={}", paths::HISTORY, show.as_str()));
    ctx.person = Some(shown_name(person));
    let (lines, older) = match show {
        Show::Checks => checks(visit, person, &query.before).await?,
        Show::SignIns | Show::Changes => events(visit, person, show, &query.before).await?,
    };
    Ok(HistoryPage {
        show,
        failures: app.accounts.failures(&person.id).await?,
        lines,
        older,
        days: app.config.accounts.history_days,
        ctx,
    })
}

/// One more than a page is read, to know whether there is more.
fn limit() -> i64 {
    i64::try_from(PAGE + 1).unwrap_or(i64::MAX)
}

async fn events(
    visit: &Visit,
    person: &Person,
    show: Show,
    before: &str,
) -> Result<(Vec<HistoryLine>, Option<String>), AccountError> {
    let before = Some(EventId::from(before)).filter(|id| !id.as_str().is_empty());
    let which = (show == Show::SignIns, before.as_ref());
    let mut rows = visit.app().accounts.events(&person.id, which, limit()).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let older = rows.last().filter(|_| more).map(|row| row.id.0.clone());
    let mut lines = Vec::new();
    for row in rows {
        lines.push(event(visit, row).await?);
    }
    Ok((lines, older))
}

async fn event(visit: &Visit, row: AccountEventRow) -> Result<HistoryLine, AccountError> {
    let what = match EventKind::parse(&row.kind) {
        Some(EventKind::SignIn) => {
            What::SignIn { ways: row.ways.0, failures: u64::try_from(row.failures).unwrap_or(0) }
        }
        Some(EventKind::Acted) => {
            let company = visit.app().entities.find_by_code(&row.about).await?;
            What::Acted { company: company.map_or(row.about, |company| company.name) }
        }
        _ => What::Change { kind: row.kind, about: row.about },
    };
    let service = match &row.client_id {
        Some(client) => service(visit, client).await?,
        None => String::new(),
    };
    let device = if row.user_agent.is_empty() { String::new() } else { device(&row.user_agent) };
    Ok(HistoryLine { at: row.at, what, device, address: row.address, service })
}

/// What a service is called, as long as it is there.
async fn service(visit: &Visit, client: &ClientId) -> Result<String, AccountError> {
    let found = visit.app().provider.clients().find(client).await?;
    Ok(found.map_or_else(|| client.to_string(), |client| service_name(visit, &client)))
}

async fn checks(
    visit: &Visit,
    person: &Person,
    before: &str,
) -> Result<(Vec<HistoryLine>, Option<String>), AccountError> {
    let before = Some(VerificationId::from(before)).filter(|id| !id.as_str().is_empty());
    let mut rows = visit.app().verifier.history_before(&person.id, before.as_ref(), limit()).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let older = rows.last().filter(|_| more).map(|row| row.id.0.clone());
    Ok((rows.into_iter().map(|row| check(visit, row)).collect(), older))
}

fn check(visit: &Visit, row: VerificationRow) -> HistoryLine {
    let source = match row.source.as_str() {
        "" => String::new(),
        source => visit.app().config.realname.title(source, visit.lang.tag()).to_owned(),
    };
    HistoryLine {
        at: row.asked_at,
        what: What::Check {
            document: row.document_type.parse().ok(),
            method: row.method.parse().ok(),
            source,
            outcome: row.outcome,
            levels: row.level_before.zip(row.level_after),
        },
        device: String::new(),
        address: String::new(),
        service: String::new(),
    }
}
