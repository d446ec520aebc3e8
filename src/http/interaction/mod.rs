//! The pages on the way to a service: sign in, show a further factor, register, choose an account, prove the real
//! name, consent, leave.
//!
//! Each is a step of a sealed flow. A GET shows it, a POST changes something that the engine can see (a session, a proof, a
//! consent) and goes back to the authorization endpoint, which decides anew what comes next. Steps cannot be skipped: no
//! page can say that another was passed (threat 14).

pub mod cancel;
pub mod challenge;
pub mod consent;
pub mod enrol;
pub mod passkey;
pub mod real_name;
pub mod register;
pub mod scan;
pub mod second;
pub mod select_account;
pub mod sign_in;
pub mod sms;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::Response;

use crate::http::error;
use crate::http::pages::paths;
pub use crate::http::pages::paths::{CONSENT, GUARDIAN_NEEDED, REAL_NAME, SELECT_ACCOUNT};
use crate::http::pages::view::{Asking, Interaction, Level, WayBack, WebAddress};
use crate::http::site::logo;
use crate::http::trust;
use crate::http::visit::{Visit, Web};
use crate::oidc::authorize::{Asked, Flow, FlowError};
use crate::oidc::client::Client;
use crate::oidc::endpoints::path;
use crate::proto::oauth::{OAuthError, Params};
use crate::signon::Waiting;

/// Sends the browser to the page of a question.
pub fn start<T>(visit: &Visit, page: &str, asked: &Asked<T>) -> Response {
    visit.to(&format!("{page}?flow={}", asked.flow))
}

/// Goes back to the authorization endpoint with a flow.
pub async fn resume(visit: &Visit, flow: &Flow) -> Response {
    match visit.app().provider.seal_flow(flow).await {
        Ok(sealed) => visit.to(&format!("{}?flow={sealed}", path::AUTHORIZE)),
        Err(failure) => error::page(visit, &failure, None),
    }
}

/// Where a person goes who has just signed in: on with the flow, or to the account centre.
pub async fn arrived(visit: &Visit, step: Option<&Step>) -> Response {
    if is_being_recovered(visit).await {
        let flow = step.map_or("", |step| step.sealed.as_str());
        return visit.to(&format!("{}?flow={flow}", paths::ACCOUNT_RECOVERY));
    }
    if let (Some(upstream), Some(ticket), Some(session)) = (&visit.app().upstream, visit.ticket(), &visit.session)
        && upstream.has_signed_in(&ticket, session)
    {
        return visit.to(paths::LINK_ABOVE);
    }
    if let (Some(passage), Some(session)) = (visit.passage(), &visit.session)
        && visit.app().from_below.has_signed_in(&passage, session)
    {
        return visit.to(paths::PASSAGE);
    }
    match trust::pass::up_from(visit, step).await {
        Some(response) => response,
        None => go_on(visit, step).await,
    }
}

/// The same, once nothing else stands between.
pub async fn go_on(visit: &Visit, step: Option<&Step>) -> Response {
    let Some(step) = step else { return visit.to(own_place(visit).await) };
    resume(visit, &step.flow).await
}

/// Whether somebody is recovering the account: its owner is told before anything else.
async fn is_being_recovered(visit: &Visit) -> bool {
    let Some(session) = &visit.session else { return false };
    match visit.app().recoveries.open_at(&session.account_id).await {
        Ok(open) => open.is_some(),
        Err(error) => {
            // The account's page tells it, too; a sign-in does not fail for it.
            tracing::warn!(%error, "whether an account is being recovered could not be read");
            false
        }
    }
}

/// The account centre, or the account that waits to become one with this.
async fn own_place(visit: &Visit) -> &'static str {
    let Some(session) = &visit.session else { return paths::ACCOUNT };
    match visit.app().merges.waiting(session).await {
        Ok(Waiting::WishedThere(_)) => paths::MERGE,
        _ => paths::ACCOUNT,
    }
}

/// A flow that a page belongs to, and who asks.
pub struct Step {
    /// The flow.
    pub flow: Flow,
    /// The flow as it came, sealed.
    pub sealed: String,
    /// Who asks.
    pub client: Arc<Client>,
}

impl Step {
    /// Opens the flow that a page was called with; the error is the page to show instead. An expired flow begins anew.
    pub async fn open(visit: &mut Visit, sealed: &str) -> Result<Self, Response> {
        let open = match visit.app().provider.open_flow(sealed).await {
            Ok(Ok(open)) if open.expired => return Err(Self::again(visit, open.flow).await),
            Ok(Ok(open)) => open,
            Ok(Err(fault)) => return Err(error::flow(visit, fault, None)),
            Err(failure) => return Err(error::page(visit, &failure, None)),
        };
        let client = client_of(visit, &open.flow).await.map_err(|error| error::page(visit, &error, None))?;
        let Some(client) = client else { return Err(error::flow(visit, FlowError::Unreadable, None)) };
        visit.prefer(open.flow.params.get("ui_locales"));
        visit.enter(&client);
        Ok(Self { flow: open.flow, sealed: sealed.to_owned(), client })
    }

    async fn again(visit: &Visit, flow: Flow) -> Response {
        resume(visit, &visit.app().provider.begin_again(flow)).await
    }

    /// Who asks, as the page shows it.
    #[must_use]
    pub fn asking(&self, visit: &Visit, required: Option<Level>) -> Asking {
        let metadata = &self.client.metadata;
        Asking {
            name: service_name(visit, &self.client),
            logo: logo::address(&self.client),
            required,
            policy: metadata.policy_uri.as_deref().and_then(WebAddress::new),
            terms: metadata.tos_uri.as_deref().and_then(WebAddress::new),
        }
    }

    /// Where a GET shows this page again.
    #[must_use]
    pub fn here(&self, page: &str) -> String {
        format!("{page}?flow={}", self.sealed)
    }
}

async fn client_of(visit: &Visit, flow: &Flow) -> Result<Option<Arc<Client>>, OAuthError> {
    let provider = &visit.app().provider;
    match provider.flow_client(flow) {
        None => Ok(None),
        Some(id) => Ok(provider.clients().find(&id).await?),
    }
}

/// The name of a client in the language of the page.
#[must_use]
pub fn service_name(visit: &Visit, client: &Client) -> String {
    client.metadata.name(visit.lang.tag()).unwrap_or(client.id.as_str()).to_owned()
}

/// The level with this number, as pages show it.
#[must_use]
pub fn level(number: i32) -> Level {
    match number {
        i32::MIN..=0 => Level::L0,
        1 => Level::L1,
        2 => Level::L2,
        3 => Level::L3,
        _ => Level::L4,
    }
}

/// The hidden fields of a form in this browser.
#[must_use]
pub fn hidden(visit: &Visit, sealed: &str) -> Interaction {
    Interaction { flow: sealed.to_owned(), csrf: visit.csrf() }
}

/// A posted form of ours: from this browser and this node, each field once.
pub struct OwnForm {
    /// The browser.
    pub visit: Visit,
    /// The fields.
    pub fields: Params,
}

impl FromRequest<Web> for OwnForm {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Response> {
        use axum::extract::FromRequestParts;
        use axum::response::IntoResponse;
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, web).await?;
        let body =
            Bytes::from_request(Request::from_parts(parts, body), web).await.map_err(IntoResponse::into_response)?;
        let text = std::str::from_utf8(&body).unwrap_or_default();
        let fields: Params = url::form_urlencoded::parse(text.as_bytes()).collect();
        if !visit.is_own_form(&fields) {
            return Err(refuse(&visit, &fields).await);
        }
        Ok(Self { visit, fields })
    }
}

/// Refuses a form. One of ours whose cookie is gone (another browser, a browser that cleans up) can be begun again.
async fn refuse(visit: &Visit, fields: &Params) -> Response {
    if visit.is_foreign_form() {
        return error::not_from_this_page(visit);
    }
    tracing::warn!(reference = visit.reference, "a form was posted that does not belong to this browser");
    let back = begin_again(visit, fields.get("flow").unwrap_or_default()).await;
    error::flow(visit, FlowError::Unreadable, back)
}

/// Where a person begins again: at the service's own page, or else at the beginning of its request.
async fn begin_again(visit: &Visit, sealed: &str) -> Option<WayBack> {
    let provider = &visit.app().provider;
    let flow = provider.open_flow(sealed).await.ok()?.ok()?.flow;
    let client = client_of(visit, &flow).await.ok()??;
    if let Some(home) = error::home_of(visit, &client) {
        return Some(home);
    }
    let anew = provider.seal_flow(&provider.begin_again(flow)).await.ok()?;
    let href = WebAddress::new(&format!("{}?flow={anew}", provider.endpoints().authorize))?;
    Some(WayBack { name: service_name(visit, &client), href })
}
