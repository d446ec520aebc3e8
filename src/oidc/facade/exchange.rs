//! The session exchange: a code for a token, a token for the person; a code for a session, and the session again by its `sid`.
//!
//! A `sid` is a sealed name of the grant. It counts for as long as `session_ctl.expire_time` says, at the client that it was
//! given to, and while the session lives; using it is using the session. It is handed from no app to another: an app comes in
//! silently with a code of its own.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::entrance::Way;
use super::{Spoken, guangdong};
use crate::base::Timestamp;
use crate::base::id::{ClientId, GrantId};
use crate::oidc::Provider;
use crate::oidc::client::Client;
use crate::proto::facade::exchange::{LOGIN_SECONDS, REALNAME_SECONDS};
use crate::proto::facade::{FacadeError, SignedCall};
use crate::proto::oauth::{FacadeKind, OAuthError};

/// What session names are sealed for.
const CONTEXT: &[u8] = b"facade-sid";

/// What a `sid` says.
#[derive(Serialize, Deserialize)]
struct SessionName {
    #[serde(rename = "g")]
    grant: GrantId,
    #[serde(rename = "c")]
    client: ClientId,
    #[serde(rename = "u")]
    until: Timestamp,
}

/// A code that a client presents, and for what address it was asked.
pub struct Presented<'a> {
    /// The code.
    pub code: &'a str,
    /// `redirect_uri`, where the call has one.
    pub redirect_uri: Option<&'a str>,
}

impl Provider {
    /// A code for a token: `access_token`, `expires_in`, `uid`.
    ///
    /// # Errors
    /// [`FacadeError`].
    pub async fn exchange_code(
        &self,
        id: &str,
        presented: &Presented<'_>,
        call: &SignedCall<'_>,
    ) -> Result<Map<String, Value>, FacadeError> {
        let client = self.signed_by(id, FacadeKind::SessionExchange, call).await?;
        let bought = self.redeem_sealed(&client, (presented.code, presented.redirect_uri), Way::Exchange).await?;
        let spoken = self.spoken(&client, &bought.access_token).await?;
        let said = [
            ("access_token", json!(bought.access_token)),
            ("token_type", json!("bearer")),
            ("expires_in", json!(bought.expires_in)),
            ("uid", json!(spoken.subject())),
        ];
        Ok(said.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
    }

    /// A token for the person.
    ///
    /// # Errors
    /// [`FacadeError`].
    pub async fn token_info(
        &self,
        id: &str,
        token: &str,
        call: &SignedCall<'_>,
    ) -> Result<Map<String, Value>, FacadeError> {
        let client = self.signed_by(id, FacadeKind::SessionExchange, call).await?;
        let spoken = self.spoken(&client, token).await?;
        let level = self.level_code(&client, guangdong::REGION, &spoken.person);
        Ok(guangdong::token_info(&spoken, &level))
    }

    /// A code for a session.
    ///
    /// # Errors
    /// [`FacadeError`].
    pub async fn code_to_session(
        &self,
        id: &str,
        code: &str,
        call: &SignedCall<'_>,
    ) -> Result<Map<String, Value>, FacadeError> {
        let client = self.signed_by(id, FacadeKind::SessionExchange, call).await?;
        let bought = self.redeem_sealed(&client, (code, None), Way::Exchange).await?;
        let token = self.0.access.read(&bought.access_token).ok_or(FacadeError::TokenOver)?;
        let spoken = self.spoken(&client, &bought.access_token).await?;
        let name = SessionName {
            grant: token.grant_id().ok_or(FacadeError::TokenOver)?,
            client: client.id.clone(),
            until: self.0.clock.now().plus(Duration::from_secs(LOGIN_SECONDS)),
        };
        Ok(self.session_of(&client, &spoken, &name))
    }

    /// The session again.
    ///
    /// # Errors
    /// [`FacadeError`].
    pub async fn sid_to_session(
        &self,
        id: &str,
        sid: &str,
        call: &SignedCall<'_>,
    ) -> Result<Map<String, Value>, FacadeError> {
        let client = self.signed_by(id, FacadeKind::SessionExchange, call).await?;
        let over = || FacadeError::TokenOver;
        let name: SessionName = self.0.codes.open(sid, CONTEXT).map_err(|_| over())?;
        if name.client != client.id || name.until <= self.0.clock.now() {
            return Err(over());
        }
        let spoken = self.still_signed_in(&name).await?;
        Ok(self.session_of(&client, &spoken, &name))
    }

    /// Whose session it is, while grant and session live; the session was used just now.
    async fn still_signed_in(&self, name: &SessionName) -> Result<Spoken, FacadeError> {
        let of_the_name = format!("{}.sid", name.grant);
        let holds = self.0.grants.holds(&name.grant, &of_the_name).await.map_err(OAuthError::from)?;
        let held = self.0.grants.held(&name.grant).await.map_err(OAuthError::from)?.filter(|_| holds);
        let held = held.ok_or(FacadeError::TokenOver)?;
        let session = held.session_id.as_ref().ok_or(FacadeError::TokenOver)?;
        if !self.0.sessions.touched_lately(session) {
            let mut tx = self.0.store.begin().await.map_err(OAuthError::from)?;
            let began = held.detail.session_began;
            if !self.0.sessions.touch(&mut tx, session, began).await.map_err(OAuthError::from)? {
                return Err(FacadeError::TokenOver);
            }
            tx.commit().await.map_err(OAuthError::from)?;
        }
        let person = self.tellable(&held).await?;
        Ok(Spoken { held, person })
    }

    fn session_of(&self, client: &Client, spoken: &Spoken, name: &SessionName) -> Map<String, Value> {
        let now = self.0.clock.now();
        let level = self.level_code(client, guangdong::REGION, &spoken.person);
        let mut out = guangdong::session(spoken, &level, now);
        let left = name.until.since(now).as_secs();
        out.insert("sid".to_owned(), json!(self.0.codes.seal(name, CONTEXT)));
        let clocks = json!({"expire_time": left, "realname_expire_time": REALNAME_SECONDS});
        out.insert("session_ctl".to_owned(), clocks);
        out
    }
}
