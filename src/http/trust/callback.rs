//! `GET /upstream/callback`: somebody comes back from the node above.

use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use super::{acting, back_without, failed, without};
use crate::accounts::AccountError;
use crate::http::account::closing;
use crate::http::error;
use crate::http::interaction::sign_in::optional_step;
use crate::http::interaction::{Step, arrived};
use crate::http::pages::paths;
use crate::http::pages::view::error::ErrorKind;
use crate::http::visit::Visit;
use crate::proto::oauth::Params;
use crate::signon::SignedOn;
use crate::trust::Upstream;
use crate::trust::upstream::{Arrival, ArrivalError, CallbackError, Came};

/// What a person is told, by code and status.
type Told = (ErrorKind, &'static str, StatusCode);

const STATE: Told = (ErrorKind::AboveState, "upstream_state", StatusCode::BAD_REQUEST);
const UNAVAILABLE: Told = (ErrorKind::AboveUnavailable, "upstream_unavailable", StatusCode::SERVICE_UNAVAILABLE);
const REFUSED: Told = (ErrorKind::AboveRefused, "upstream_refused", StatusCode::BAD_REQUEST);
const UNTRUSTED: Told = (ErrorKind::AboveUntrusted, "upstream_untrusted", StatusCode::BAD_GATEWAY);
const MIX_UP: Told = (ErrorKind::AboveUntrusted, "upstream_mix_up", StatusCode::BAD_REQUEST);
const ENDED: Told = (ErrorKind::AboveState, "upstream_session_ended", StatusCode::BAD_REQUEST);
const ACCOUNT: Told = (ErrorKind::AccountClosed, "account_state", StatusCode::FORBIDDEN);

/// Takes the answer.
pub async fn get(mut visit: Visit, RawQuery(query): RawQuery) -> Response {
    let Some(upstream) = visit.app().upstream.clone() else { return error::not_found(visit).await };
    let answer = match Params::parse(query.as_deref().unwrap_or_default()) {
        Ok(answer) => answer,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    match upstream.come_back(&answer, visit.browser_id()).await {
        Ok(came) if came.pending.acting.is_some() => acting::come_in(visit, &upstream, &came).await,
        Ok(came) => come_in(visit, &upstream, &came).await,
        Err(failure) => turned_away(&mut visit, failure).await,
    }
}

async fn turned_away(visit: &mut Visit, failure: CallbackError) -> Response {
    tracing::warn!(reference = visit.reference, %failure, "nobody comes in from the node above");
    if let CallbackError::Store(failure) = failure {
        return error::page(visit, &failure.into(), None);
    }
    let pending = failure.pending().cloned();
    if let Some(pending) = pending.as_ref().filter(|pending| pending.silent) {
        return back_without(visit, pending).await;
    }
    let told = match &failure {
        CallbackError::State(_) | CallbackError::Store(_) | CallbackError::Used(_) => STATE,
        CallbackError::MixUp(_) => MIX_UP,
        CallbackError::Untrusted(..) => UNTRUSTED,
        CallbackError::Unreachable(..) => UNAVAILABLE,
        CallbackError::Refused(pending, code) if code == "access_denied" => {
            let pending = pending.clone();
            return back_without(visit, &pending).await;
        }
        CallbackError::Refused(..) => REFUSED,
    };
    let flow = pending.map(|pending| pending.flow).unwrap_or_default();
    failed(visit, &flow, told).await
}

async fn come_in(mut visit: Visit, upstream: &Upstream, came: &Came) -> Response {
    let mut step = match optional_step(&mut visit, &came.pending.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let locale = visit.lang.tag();
    let failure = match upstream.arrive(came, &visit.at(), locale).await {
        Ok(Arrival::In { signed_on, activate }) => {
            visit.signed_on(&signed_on);
            if let Some(step) = &mut step {
                note(upstream, came, &signed_on, step);
            }
            return go_on(&visit, step, activate).await;
        }
        Ok(Arrival::Link(ticket)) => {
            visit.hold_ticket(&upstream.seal_ticket(&ticket));
            return visit.to(paths::LINK_ABOVE);
        }
        Err(failure) => failure,
    };
    if let (true, Some(step)) = (came.pending.silent, step) {
        tracing::info!(%failure, "nobody comes in without a page");
        return without(&visit, step.flow).await;
    }
    let told = match failure {
        ArrivalError::Account(AccountError::Closing(account)) => return closing::choice(&visit, &account).await,
        ArrivalError::Account(AccountError::State(_)) => ACCOUNT,
        ArrivalError::Account(failure) => return error::page(&visit, &failure.into(), None),
        ArrivalError::Used | ArrivalError::PageNeeded => STATE,
        ArrivalError::Ended => ENDED,
    };
    failed(&mut visit, &came.pending.flow, told).await
}

/// Notes in the flow that the node above was asked, and whether the person has signed in there since the flow began.
fn note(upstream: &Upstream, came: &Came, signed_on: &SignedOn, step: &mut Step) {
    step.flow.asked_above = true;
    if came.pending.again || upstream.is_since(came.told.auth_time, step.flow.started_at) {
        step.flow.fresh_above = Some(signed_on.session.id.clone());
    }
}

async fn go_on(visit: &Visit, step: Option<Step>, activate: bool) -> Response {
    if !activate {
        return arrived(visit, step.as_ref()).await;
    }
    let Some(step) = step else { return visit.to(paths::ACTIVATE) };
    match visit.app().provider.seal_flow(&step.flow).await {
        Ok(sealed) => visit.to(&format!("{}?flow={sealed}", paths::ACTIVATE)),
        Err(failure) => error::page(visit, &failure, None),
    }
}
