//! Bring two accounts of one person together (合并账号): wish it in one, sign in to the other, confirm it there.

use axum::http::StatusCode;
use axum::response::Response;

use super::signed_in;
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::MergePage;
use crate::http::pages::view::merge::MergeState;
use crate::http::visit::{Visit, shown_name};
use crate::signon::{MergeError, Waiting};

/// Shows what waits.
pub async fn get(visit: Visit) -> Response {
    show(&visit, None).await
}

/// Wishes, confirms or declines.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let Some(session) = visit.session.clone() else { return visit.to(paths::SIGN_IN) };
    let merges = &visit.app().merges;
    let (result, after) = match fields.get("decision") {
        Some("wish") => (merges.wish(&session).await, None),
        Some("merge") => (merges.merge(&session).await, Some(MergeState::Done)),
        Some("decline") => (merges.decline(&session).await, None),
        _ => return show(&visit, None).await,
    };
    match result {
        Ok(()) => show(&visit, after).await,
        Err(MergeError::ShowMore) => visit.to(&format!("{}?why=step-up", paths::SECOND_FACTOR)),
        Err(MergeError::SignInAgain) => show(&visit, Some(MergeState::SignInAgain)).await,
        Err(MergeError::NothingWaits | MergeError::Gone) => show(&visit, Some(MergeState::Nothing)).await,
        Err(MergeError::Account(failure)) => error::page(&visit, &failure.into(), None),
    }
}

async fn show(visit: &Visit, state: Option<MergeState>) -> Response {
    let (session, person) = match signed_in(visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let state = match state {
        Some(state) => state,
        None => match visit.app().merges.waiting(&session).await {
            Ok(Waiting::Nothing) => MergeState::Nothing,
            Ok(Waiting::Found) => MergeState::Found,
            Ok(Waiting::WishedHere) => MergeState::WishedHere,
            Ok(Waiting::WishedThere(username)) => MergeState::WishedThere { username },
            Err(failure) => return error::page(visit, &failure.into(), None),
        },
    };
    let status = match state {
        MergeState::SignInAgain => StatusCode::FORBIDDEN,
        _ => StatusCode::OK,
    };
    let mut ctx = visit.context(paths::MERGE);
    ctx.person = Some(shown_name(&person));
    let page = MergePage { ctx, csrf: visit.csrf(), username: person.username.clone(), state };
    visit.page(status, &page, FormTargets::ThisNode)
}
