//! `GET` and `POST /oauth2/authorize` (OIDC Core §3.1.2): the engine's outcome becomes a redirect or a page.

use axum::body::Bytes;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::Response;

use crate::http::error;
use crate::http::interaction;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::FormPostPage;
use crate::http::trust;
use crate::http::visit::Visit;
use crate::oidc::authorize::{AuthorizationResponse, Entry, Outcome};
use crate::proto::oauth::{OAuthError, Params};
use crate::proto::oidc::ResponseMode;

/// A request by way of the browser, or a flow of ours that goes on.
pub async fn get(mut visit: Visit, RawQuery(query): RawQuery) -> Response {
    let params = match Params::parse(query.as_deref().unwrap_or_default()) {
        Ok(params) => params,
        Err(error) => return error::page(&visit, &error, None),
    };
    visit.prefer(params.get("ui_locales"));
    let entry = match params.get("flow") {
        Some(flow) => Entry::Flow(flow.to_owned()),
        None => Entry::Request(params),
    };
    let outcome = visit.app().provider.authorize(entry, &visit.browser()).await;
    render(&visit, &outcome).await
}

/// A posted request becomes a sealed GET of itself, so that the Lax session cookie comes along.
pub async fn post(visit: Visit, body: Bytes) -> Response {
    match read(&body) {
        Ok(params) => interaction::resume(&visit, &visit.app().provider.begin_flow(params)).await,
        Err(error) => error::page(&visit, &error, None),
    }
}

fn read(body: &[u8]) -> Result<Params, OAuthError> {
    Params::parse(std::str::from_utf8(body).unwrap_or_default())
}

/// Takes the browser where an outcome leads: on to the client, to the page that is due, or to an error page.
pub async fn render(visit: &Visit, outcome: &Outcome) -> Response {
    match outcome {
        Outcome::Respond(response) => respond(visit, response),
        Outcome::AskAbove(asked) => trust::ask(visit, asked).await,
        Outcome::NeedLogin(asked) => interaction::sign_in::start(visit, asked),
        Outcome::NeedAccount(asked) => interaction::start(visit, interaction::SELECT_ACCOUNT, asked),
        Outcome::NeedFactor(asked) => interaction::second::start(visit, asked),
        Outcome::NeedEnrolment(asked) => interaction::start(visit, paths::ENROL, asked),
        Outcome::NeedRealName(asked) => interaction::start(visit, interaction::REAL_NAME, asked),
        Outcome::NeedGuardian(asked) => interaction::start(visit, interaction::GUARDIAN_NEEDED, asked),
        Outcome::NeedConsent(asked) => interaction::start(visit, interaction::CONSENT, asked),
        Outcome::Refuse(refusal) => error::refusal(visit, refusal),
    }
}

/// Carries a response to the client.
pub fn respond(visit: &Visit, response: &AuthorizationResponse) -> Response {
    if response.mode != ResponseMode::FormPost {
        return visit.redirect(&response.location());
    }
    let page = FormPostPage {
        ctx: visit.context("/"),
        action: response.redirect_uri.clone(),
        fields: response.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        service: String::new(),
    };
    visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
}
