//! My data (我的个人信息): masked; an item in plain for a while, and everything as a file, after a step-up.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::protected::protected;
use super::{fault, signed_in};
use crate::accounts::{AccountError, Person};
use crate::base::Timestamp;
use crate::centre::{CentreError, Item};
use crate::http::error;
use crate::http::interaction::{OwnForm, service_name};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::DataPage;
use crate::http::pages::view::data::ItemLine;
use crate::http::visit::{Visit, shown_name};
use crate::realname::MobileNumber;
use crate::session::Session;

/// Shows the page.
pub async fn get(visit: Visit) -> Response {
    let (session, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match page(&visit, &session, &person).await {
        Ok(page) => visit.page(StatusCode::OK, &page, FormTargets::ThisNode),
        Err(failure) => error::page(&visit, &fault(failure), None),
    }
}

async fn page(visit: &Visit, session: &Session, person: &Person) -> Result<DataPage, CentreError> {
    let centre = &visit.app().centre;
    let shown = centre.unmasked(session).await?;
    let mut ctx = visit.context(paths::DATA);
    ctx.person = Some(shown_name(person));
    let lines = Item::ALL.into_iter().filter_map(|item| line(person, item, shown.contains(&item)));
    let related = !centre.guardianships(person).await?.is_empty();
    Ok(DataPage {
        csrf: visit.csrf(),
        username: person.username.clone(),
        items: lines.collect(),
        seconds: centre.unmasked_for().as_secs(),
        guardian: related || centre.is_child(person) || centre.can_be_guardian(person),
        registered_at: registered_at(visit, person).await?,
        ctx,
    })
}

/// The platforms that have registered the person and keep that in step here.
async fn registered_at(visit: &Visit, person: &Person) -> Result<Vec<(String, Timestamp)>, CentreError> {
    let app = visit.app();
    let mut lines = Vec::new();
    for beside in app.registrations.beside(&person.id).await? {
        let client = app.provider.clients().find(&beside.client_id).await.map_err(AccountError::from)?;
        let name = client.map_or_else(|| beside.client_id.to_string(), |client| service_name(visit, &client));
        lines.push((name, beside.since));
    }
    Ok(lines)
}

/// An item that is held, masked unless it is shown.
fn line(person: &Person, item: Item, plain: bool) -> Option<ItemLine> {
    let real_name = person.real_name.as_ref();
    let value = match (item, plain) {
        (Item::Name, true) => real_name?.name.expose().to_owned(),
        (Item::Name, false) => real_name?.masked_name(),
        (Item::Document, true) => real_name?.document.expose().to_owned(),
        (Item::Document, false) => real_name?.masked_document(),
        (Item::Mobile, true) => person.mobile.as_ref()?.expose().to_owned(),
        (Item::Mobile, false) => MobileNumber::parse(person.mobile.as_ref()?.expose()).ok()?.masked(),
    };
    Some(ItemLine { item, value, plain })
}

/// Shows an item in plain for a while.
pub async fn show(OwnForm { visit, fields }: OwnForm) -> Response {
    let (session, _) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let Some(item) = fields.get("item").and_then(Item::parse) else { return visit.to(paths::DATA) };
    match visit.app().centre.unmask(&session, &visit.device, item).await {
        Ok(()) => visit.to(paths::DATA),
        Err(failure) => error::page(&visit, &fault(failure), None),
    }
}

/// Everything that is held, as a file.
pub async fn export(OwnForm { visit, .. }: OwnForm) -> Response {
    let (session, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let file = match visit.app().centre.export(&person, (&session, &visit.device)).await {
        Ok(file) => file,
        Err(failure) => return error::page(&visit, &fault(failure), None),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"personal-data.json\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::OK, headers, file).into_response()
}
