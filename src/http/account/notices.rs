//! Notices (账号通知): what has happened to the account. Reading them changes nothing.

use axum::http::StatusCode;
use axum::response::Response;

use super::signed_in;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::NoticesPage;
use crate::http::pages::view::notices::NoticeLine;
use crate::http::visit::{Visit, shown_name};

/// The most that are shown.
const MOST: i64 = 100;

/// Shows them.
pub async fn get(visit: Visit) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let told = match visit.app().factors.notices().inbox(&person.id, MOST).await {
        Ok(told) => told,
        Err(failure) => return error::page(&visit, &failure.into(), None),
    };
    let mut ctx = visit.context(paths::NOTICES);
    ctx.person = Some(shown_name(&person));
    let line = |told: crate::messages::Told| NoticeLine { kind: told.kind, at: told.at, messaged: told.messaged };
    let days = visit.app().config.messages.keep_days;
    let page = NoticesPage { ctx, lines: told.into_iter().map(line).collect(), days };
    visit.page(StatusCode::OK, &page, FormTargets::ThisNode)
}
