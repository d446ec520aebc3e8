//! Who has signed in here is passed up to the node above (信任传递), with nothing shown: [`up`] begins it, `GET
//! /upstream/passed` is where the browser comes back, twice. Whatever fails, the person goes on here without.

use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use super::failed;
use crate::http::error;
use crate::http::interaction::{self, Step};
use crate::http::pages::view::error::ErrorKind;
use crate::http::visit::Visit;
use crate::proto::oauth::Params;
use crate::session::Session;
use crate::trust::Upstream;
use crate::trust::upstream::pass::{Onward, PassError, Passing};

/// Counts how a sign-in here has fared on its way up.
fn count(result: &'static str) {
    metrics::counter!("hufu_passed_sign_ins_total", "side" => "access_party", "result" => result).increment(1);
}

/// Passes up who has just signed in; `None` when that is not wanted, or not possible now.
pub async fn up(visit: &Visit, on: Onward) -> Option<Response> {
    let (upstream, session) = (visit.app().upstream.as_ref()?, visit.session.as_ref()?);
    let begun = match upstream.passes(session).await {
        Ok(true) => upstream.begin_passing(session, on, visit.browser_id()).await,
        Ok(false) => return None,
        Err(failure) => Err(failure.into()),
    };
    match begun {
        Ok(Some(url)) => Some(visit.redirect(url.as_str())),
        Ok(None) => None,
        Err(failure) => {
            count("failed");
            tracing::warn!(reference = visit.reference, %failure, "a sign-in is not passed up");
            None
        }
    }
}

/// The same for somebody on the way of a flow, or on their own.
pub async fn up_from(visit: &Visit, step: Option<&Step>) -> Option<Response> {
    visit.app().upstream.as_ref()?;
    let flow = match step {
        None => String::new(),
        Some(step) => visit.app().provider.seal_flow(&step.flow).await.ok()?,
    };
    up(visit, Onward::Flow(flow)).await
}

/// The browser is back: with the hash of its nonce, with a receipt, or with neither.
pub async fn back(mut visit: Visit, RawQuery(query): RawQuery) -> Response {
    let Some(upstream) = visit.app().upstream.clone() else { return error::not_found(visit).await };
    let answer = match Params::parse(query.as_deref().unwrap_or_default()) {
        Ok(answer) => answer,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    let state = answer.get("state").unwrap_or_default();
    let passing = match upstream.open_passing(state, visit.browser_id()).await {
        Ok(passing) => passing,
        Err(failure) => {
            tracing::warn!(reference = visit.reference, %failure, "nobody is known who comes back from the node above");
            let unknown = (ErrorKind::AboveState, "upstream_state", StatusCode::BAD_REQUEST);
            return failed(&mut visit, "", unknown).await;
        }
    };
    match next(&visit, &upstream, &passing, &answer).await {
        Ok(Some(url)) => return visit.redirect(&url),
        Ok(None) => count("in"),
        Err(failure) => {
            count("failed");
            tracing::warn!(reference = visit.reference, %failure, "a sign-in was not passed up");
        }
    }
    onward(visit, passing.on).await
}

/// Where the browser goes next; `None` once it has been everywhere.
async fn next(
    visit: &Visit,
    upstream: &Upstream,
    passing: &Passing,
    answer: &Params,
) -> Result<Option<String>, PassError> {
    let session: &Session = visit.session.as_ref().ok_or(PassError::Session)?;
    // Threat 19: whatever names another issuer, or none, is not from there.
    if answer.get("iss") != Some(upstream.issuer()) {
        return Err(PassError::Untrusted("the answer is not from the node above"));
    }
    if let Some(error) = answer.get("error") {
        return Err(PassError::Refused(error.chars().filter(char::is_ascii_graphic).take(64).collect()));
    }
    if let Some(receipt) = answer.get("receipt") {
        upstream.passed(passing, session, receipt).await?;
        return Ok(None);
    }
    let hash = answer.get("nonce_hash").ok_or(PassError::Untrusted("there is neither nonce nor receipt"))?;
    let state = answer.get("state").unwrap_or_default();
    Ok(Some(upstream.vouch(passing, session, (hash, state)).await?.into()))
}

async fn onward(mut visit: Visit, on: Onward) -> Response {
    let sealed = match on {
        Onward::Below(location) => return visit.redirect(&location),
        Onward::Flow(sealed) => sealed,
    };
    let step = match interaction::sign_in::optional_step(&mut visit, &sealed).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    interaction::go_on(&visit, step.as_ref()).await
}
