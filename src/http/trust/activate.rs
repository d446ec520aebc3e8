//! `/upstream/activate`: an account that was made for somebody whom another node knows, before it is first used (激活).

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use crate::http::error;
use crate::http::interaction::sign_in::{FlowQuery, optional_step};
use crate::http::interaction::{OwnForm, Step, arrived, hidden, level};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::ActivatePage;
use crate::http::pages::view::activate::TakenItem;
use crate::http::visit::{Visit, shown_name};
use crate::realname::{MobileNumber, PersonName};
use crate::trust::Upstream;

/// Shows what is taken over.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let step = match optional_step(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    match page(&visit, step.as_ref()).await {
        Ok(page) => visit.page(StatusCode::OK, &page, FormTargets::Anywhere),
        Err(response) => response,
    }
}

/// The person takes the account into use.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    if let Some(session) = &visit.session
        && let Err(failure) = visit.app().links.activate(&session.account_id).await
    {
        return error::page(&visit, &failure.into(), None);
    }
    arrived(&visit, step.as_ref()).await
}

async fn page(visit: &Visit, step: Option<&Step>) -> Result<ActivatePage, Response> {
    let Some(session) = &visit.session else { return Err(visit.to(paths::SIGN_IN)) };
    let link = match visit.app().links.waiting(&session.account_id).await {
        Ok(Some(link)) => link,
        Ok(None) => return Err(arrived(visit, step).await),
        Err(failure) => return Err(error::page(visit, &failure.into(), None)),
    };
    let below = visit.app().from_below.name(&link.issuer, visit.lang.tag());
    let above = visit.app().upstream.as_ref().map(|upstream| name_of(upstream, visit));
    let person = visit.app().accounts.find(&session.account_id).await;
    let person = person.map_err(|failure| error::page(visit, &failure.into(), None))?;
    let mut ctx = visit.context(&step.map_or_else(|| paths::ACTIVATE.to_owned(), |step| step.here(paths::ACTIVATE)));
    ctx.person = Some(shown_name(&person));
    let name = person.known_name().and_then(|name| PersonName::parse(name.expose()).ok()).map(|name| name.masked());
    let document = person.real_name.as_ref().map(|found| found.masked_document());
    let mobile = person.mobile.as_ref().and_then(|mobile| MobileNumber::parse(mobile.expose()).ok());
    let items = [
        (TakenItem::Name, name),
        (TakenItem::Document, document.filter(|text| !text.is_empty())),
        (TakenItem::Mobile, mobile.map(|mobile| mobile.masked())),
    ];
    Ok(ActivatePage {
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, None)),
        from_below: below.is_some(),
        above: below.map(str::to_owned).or(above).unwrap_or_default(),
        username: person.username.clone(),
        level: level(i32::from(i16::from(person.level()))),
        items: items.into_iter().filter_map(|(item, value)| Some((item, value?))).collect(),
        ctx,
    })
}

/// What an account of the node above is called, in the language of the page.
pub(super) fn name_of(upstream: &Upstream, visit: &Visit) -> String {
    upstream.name(visit.lang.tag()).to_owned()
}
