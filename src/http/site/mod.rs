//! What every site has: a first page, texts, preferences, assets.

pub mod logo;

use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::http::pages::assets;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::preference::{Preference, place_at_this_node};
use crate::http::pages::view::legal::{Kept, LegalDocument};
use crate::http::pages::view::{HomePage, LegalPage};
use crate::http::visit::{Visit, shown_name};

/// The first page.
pub async fn home(visit: Visit) -> Response {
    let mut ctx = visit.context(paths::HOME);
    if let Ok(Some(person)) = visit.person().await {
        ctx.person = Some(shown_name(&person));
    }
    visit.page(StatusCode::OK, &HomePage { ctx, services: Vec::new(), registration_open: true }, FormTargets::ThisNode)
}

/// Terms of use (用户协议).
pub async fn terms(visit: Visit) -> Response {
    legal(&visit, paths::TERMS, LegalDocument::Terms)
}

/// Privacy notice (个人信息保护政策).
pub async fn privacy(visit: Visit) -> Response {
    legal(&visit, paths::PRIVACY, LegalDocument::Privacy)
}

fn legal(visit: &Visit, here: &str, document: LegalDocument) -> Response {
    let config = &visit.app().config;
    let kept = Kept {
        sign_in_days: config.session.record_days,
        sign_out_days: config.jobs.keep_dead_days,
        told_hours: config.jobs.give_up_hours,
    };
    visit.page(StatusCode::OK, &LegalPage { ctx: visit.context(here), document, kept }, FormTargets::ThisNode)
}

/// A choice of language or view, and the way back.
#[derive(Deserialize)]
pub struct Choice {
    lang: Option<String>,
    view: Option<String>,
    back: Option<String>,
}

/// Sets a preference and goes back to where the person was, at this node.
pub async fn preferences(visit: Visit, Query(choice): Query<Choice>) -> Response {
    let mut response = visit.to(place_at_this_node(choice.back.as_deref()));
    if let Some(set) = Preference::from_query(choice.lang.as_deref(), choice.view.as_deref()) {
        let cookie = visit.web.cookies.set_preference(set.cookie, set.value);
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A style sheet, script or picture.
pub async fn asset(Path(file): Path<String>) -> Response {
    let Some(asset) = assets::find(&file) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        (header::CACHE_CONTROL, assets::CACHE_CONTROL),
        (header::ETAG, asset.etag.as_str()),
    ];
    (headers, asset.bytes).into_response()
}
