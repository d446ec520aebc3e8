//! What relying parties ask for (OIDC RP-Initiated Logout 1.0): end the session of this browser and come back.
//!
//! With a hint of this very session and a registered return address: at once. In any doubt a person is asked, and nobody
//! is redirected to an address that is not registered (threat 23).

use std::sync::Arc;

use super::{Logouts, Reason};
use crate::base::id::{ClientId, LogoutId, SessionId};
use crate::oidc::authorize::Browser;
use crate::oidc::client::Client;
use crate::oidc::id_token::Hint;
use crate::proto::oauth::{ErrorCode, OAuthError, Params};
use crate::store;

/// What is to happen next.
pub enum EndSession {
    /// The session has ended (or there was none): back to the client.
    Redirect {
        /// Where to.
        back: String,
        /// The session that has ended.
        session: Option<SessionId>,
    },
    /// The session has ended, and there is nowhere to go back to: show who is being told.
    Ended {
        /// The logout.
        logout: Option<LogoutId>,
        /// The session that has ended.
        session: Option<SessionId>,
    },
    /// Ask the person first.
    Confirm(Confirmation),
    /// Tell the person what is wrong.
    Refuse(OAuthError),
}

/// What a confirmed logout goes on with.
pub struct Confirmation {
    /// Who asked, when it is known.
    pub client: Option<Arc<Client>>,
    /// Where to go afterwards: registered for that client, with `state`.
    pub back: Option<String>,
}

/// A request, taken apart.
struct Request {
    client: Option<Arc<Client>>,
    hint: Option<Hint>,
    /// The return address with `state`, when it is registered for the client.
    back: Option<String>,
    /// A return address was asked for that is not registered.
    bad_address: bool,
}

impl Logouts {
    /// Answers one request to the end-session endpoint.
    pub async fn end_session_request(&self, params: &Params, browser: &Browser) -> Result<EndSession, OAuthError> {
        let request = match self.read_request(params).await {
            Ok(request) => request,
            Err(error) => return Ok(EndSession::Refuse(error)),
        };
        let Some(session) = self.hinted_session(&request, browser).await? else {
            return Ok(self.without_session(request, browser));
        };
        if request.bad_address {
            return Ok(confirm(request));
        }
        let logout = self.end_session(&session, Reason::RelyingParty).await?;
        let session = Some(session);
        Ok(match request.back {
            Some(back) => EndSession::Redirect { back, session },
            None => EndSession::Ended { logout, session },
        })
    }

    /// Nothing here can be ended without asking: ask, or go back when there is nothing to end.
    fn without_session(&self, request: Request, browser: &Browser) -> EndSession {
        let session = match &request.client {
            Some(client) => browser.session_at(client),
            None => browser.session.as_ref(),
        };
        if session.is_some() {
            return confirm(request);
        }
        match request.back {
            Some(back) if request.hint.is_some() => EndSession::Redirect { back, session: None },
            _ => EndSession::Ended { logout: None, session: None },
        }
    }

    async fn read_request(&self, params: &Params) -> Result<Request, OAuthError> {
        let hint = match params.get("id_token_hint") {
            None => None,
            Some(token) => Some(self.0.provider.read_id_token_hint(token).ok_or_else(|| {
                OAuthError::new(ErrorCode::InvalidRequest, "id_token_hint is not an ID token of this server")
            })?),
        };
        let named = params.get("client_id").map(ClientId::from);
        if let (Some(hint), Some(named)) = (&hint, &named)
            && hint.client_id != *named
        {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "id_token_hint was issued to another client"));
        }
        let id = hint.as_ref().map(|hint| hint.client_id.clone()).or(named);
        let client = match &id {
            None => None,
            Some(id) => self.0.provider.clients().find(id).await?,
        };
        let asked = params.get("post_logout_redirect_uri");
        let back = asked.and_then(|uri| registered(client.as_deref(), uri, params.get("state")));
        Ok(Request { bad_address: asked.is_some() && back.is_none(), client, hint, back })
    }

    /// The session that the hint proves: this browser's own, or, when the browser sends none, the one that the `sid` names.
    /// One that is isolated for the client is in no other's way: its `sid` suffices.
    async fn hinted_session(&self, request: &Request, browser: &Browser) -> Result<Option<SessionId>, OAuthError> {
        let Some(Hint { client_id, sid: Some(sid), .. }) = &request.hint else { return Ok(None) };
        if let Some(session) = &browser.session
            && self.0.sessions.sid(&session.id, client_id, "") == *sid
        {
            return Ok(Some(session.id.clone()));
        }
        let mut db = self.0.store.read().await?;
        let link = store::sessions::find_sid(&mut db, sid).await?;
        let Some(link) = link.filter(|link| link.client_id == *client_id) else { return Ok(None) };
        let named = store::sessions::find(&mut db, &link.session_id).await?;
        let apart = named.is_some_and(|session| session.isolated_for.is_some());
        Ok((apart || browser.session.is_none()).then_some(link.session_id))
    }
}

fn confirm(request: Request) -> EndSession {
    EndSession::Confirm(Confirmation { client: request.client, back: request.back })
}

/// The return address with `state`, when it is exactly one that the client registered.
fn registered(client: Option<&Client>, uri: &str, state: Option<&str>) -> Option<String> {
    let known = client?.metadata.accepts_post_logout_redirect_uri(uri);
    if !known {
        return None;
    }
    let Some(state) = state else { return Some(uri.to_owned()) };
    let mut url = url::Url::parse(uri).ok()?;
    url.query_pairs_mut().append_pair("state", state);
    Some(url.into())
}
