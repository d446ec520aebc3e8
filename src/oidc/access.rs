//! Access tokens: JWTs of RFC 9068 (`at+jwt`, ES256) or opaque, by client. Both say the same; an opaque one is sealed, so
//! that neither costs a row. A `jti` of a person's token begins with its grant, so that it can be asked whether it holds.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use serde_json::Value;

use super::TokenConfig;
use super::acting::Acting;
use super::client::Client;
use crate::base::encoding::sha256;
use crate::base::id::{ClientId, GrantId};
use crate::base::{Cache, SharedClock, Timestamp};
use crate::keys::{KeyService, MasterKey, Sealer};
use crate::proto::jose::SigningAlg;
use crate::proto::oauth::{AccessTokenFormat, ErrorCode, OAuthError, Scope};

/// `typ` of an access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// What opaque tokens are sealed for.
const CONTEXT: &[u8] = b"access-token";

/// What an access token says (RFC 9068 §2.2).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessToken {
    /// The issuer.
    pub iss: String,
    /// The person, as this client knows them; the client itself for client_credentials.
    pub sub: String,
    /// The resource it is for; the issuer, for UserInfo.
    pub aud: String,
    /// The client that holds it.
    pub client_id: ClientId,
    /// When it expires, epoch seconds.
    pub exp: i64,
    /// When it was issued, epoch seconds.
    pub iat: i64,
    /// Its name: `grant.random`, or `random` when there is no grant.
    pub jti: String,
    /// Granted scope.
    pub scope: Scope,
    /// When the person authenticated, epoch seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    /// The level reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The person, when `sub` is a company (RFC 8693 §4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Value>,
    /// The company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<Value>,
    /// As what the person acts for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Value>,
    /// Until when they may, epoch seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_valid_until: Option<Value>,
}

impl AccessToken {
    /// How long it lives, in seconds (`expires_in`).
    #[must_use]
    pub fn life_seconds(&self) -> u64 {
        u64::try_from(self.exp - self.iat).unwrap_or(0)
    }

    /// The grant it belongs to, if a person granted it.
    #[must_use]
    pub fn grant_id(&self) -> Option<GrantId> {
        self.jti.split_once('.').map(|(grant, _)| GrantId::from(grant))
    }
}

/// Issues and reads access tokens.
pub struct AccessTokens {
    issuer: String,
    keys: KeyService,
    sealer: Sealer,
    clock: SharedClock,
    life: Duration,
    leeway: Duration,
    /// Tokens whose signature was made or checked just now, by their hash.
    checked: Cache<[u8; 32], AccessToken>,
}

/// For how long a signature is not checked again: the bound on how late a compromised key bites.
const CHECKED_LIFE: Duration = Duration::from_millis(800);

impl AccessTokens {
    /// Access tokens of `issuer`.
    #[must_use]
    pub fn new(issuer: &str, master: &MasterKey, keys: KeyService, clock: SharedClock, tokens: &TokenConfig) -> Self {
        Self {
            issuer: issuer.to_owned(),
            keys,
            sealer: Sealer::new(master, "access-token"),
            clock,
            life: Duration::from_secs(tokens.access_seconds),
            leeway: tokens.leeway(),
            checked: Cache::new(8_192, CHECKED_LIFE),
        }
    }

    /// Fills in issuer, audience and times, and gives the token's text in the client's format.
    pub fn issue(&self, client: &Client, about: NewAccess) -> Result<(String, AccessToken), OAuthError> {
        let now = self.clock.now();
        let acting = about.acting.as_ref().map(|(acting, _)| acting);
        let expires_at = Acting::no_later(acting, now.plus(self.life));
        let mut members = about.acting.as_ref().map(|(acting, actor)| acting.members(actor)).unwrap_or_default();
        let (mut aud, mut format) = (self.issuer.clone(), client.metadata.access_token_format);
        let mut exp = expires_at.seconds();
        if let Some(exchanged) = about.exchanged {
            (aud, format, exp) = (exchanged.audience, exchanged.format, exp.min(exchanged.until));
            members.insert("act".to_owned(), exchanged.act);
        }
        let token = AccessToken {
            iss: self.issuer.clone(),
            aud,
            client_id: client.id.clone(),
            iat: now.seconds(),
            exp,
            sub: about.subject,
            jti: about.jti,
            scope: about.scope,
            auth_time: about.auth_time,
            acr: about.acr,
            act: members.remove("act"),
            entity: members.remove("entity"),
            role: members.remove("role"),
            agent_valid_until: members.remove("agent_valid_until"),
        };
        let text = match format {
            AccessTokenFormat::Opaque => self.sealer.seal(&token, CONTEXT),
            AccessTokenFormat::Jwt => {
                let text = self.keys.sign(SigningAlg::ES256, ACCESS_TOKEN_TYPE, &token)?;
                self.checked.insert(sha256(text.as_bytes()), token.clone());
                text
            }
        };
        Ok((text, token))
    }

    /// Reads a token for this node's own endpoints: one of ours, unaltered, not expired. Whether it still holds is the grant's
    /// to say.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<AccessToken> {
        self.read_of_any(text).filter(|token| token.aud == self.issuer)
    }

    /// Reads a token whomever it is for.
    #[must_use]
    pub fn read_of_any(&self, text: &str) -> Option<AccessToken> {
        let token: AccessToken =
            if text.contains('.') { self.read_signed(text)? } else { self.sealer.open(text, CONTEXT).ok()? };
        let now = self.clock.now();
        let expired = Timestamp::from_seconds(token.exp).plus(self.leeway) <= now;
        (token.iss == self.issuer && !expired).then_some(token)
    }

    fn read_signed(&self, text: &str) -> Option<AccessToken> {
        let hash = sha256(text.as_bytes());
        if let Some(token) = self.checked.get(&hash) {
            return Some(token);
        }
        let claims = self.keys.verify(text, ACCESS_TOKEN_TYPE)?;
        let token: AccessToken = serde_json::from_value(claims.into()).ok()?;
        self.checked.insert(hash, token.clone());
        Some(token)
    }
}

/// What a new access token is to say.
pub struct NewAccess {
    /// `sub`.
    pub subject: String,
    /// `jti`.
    pub jti: String,
    /// `scope`.
    pub scope: Scope,
    /// `auth_time`, epoch seconds.
    pub auth_time: Option<i64>,
    /// `acr`.
    pub acr: Option<String>,
    /// For whom the person acts, and the person's own `sub` at the client.
    pub acting: Option<(Acting, String)>,
    /// What it was exchanged for, if it was (RFC 8693).
    pub exchanged: Option<Exchanged>,
}

/// How a token differs that was exchanged for another one.
pub struct Exchanged {
    /// The one service that it is for.
    pub audience: String,
    /// What that service takes.
    pub format: AccessTokenFormat,
    /// When the other one expires, epoch seconds: this one no later.
    pub until: i64,
    /// Who calls, and through whom it came.
    pub act: Value,
}

/// A token that was read, found to hold, and the client that holds it.
pub struct Holding {
    /// The token.
    pub token: AccessToken,
    /// Its client.
    pub client: Arc<Client>,
}

impl super::Provider {
    /// The client that calls an API by a token of its own, no person's, which was granted this scope.
    ///
    /// # Errors
    /// `invalid_token`, `insufficient_scope`.
    pub async fn caller(&self, access_token: &str, scope: &str) -> Result<Arc<Client>, OAuthError> {
        let invalid = || OAuthError::new(ErrorCode::InvalidToken, "the access token is not valid here");
        let Holding { token, client } = self.holding(access_token).await?.ok_or_else(invalid)?;
        if token.grant_id().is_some() {
            return Err(invalid());
        }
        // As it is registered now, too: what was taken back counts no more.
        let granted = client.metadata.scope.as_ref().is_some_and(|granted| granted.contains(scope));
        if !granted || !token.scope.contains(scope) {
            return Err(OAuthError::new(ErrorCode::InsufficientScope, "the access token was not granted this"));
        }
        Ok(client)
    }

    /// Reads an access token and asks whether it still holds: client active, grant and session alive, not revoked.
    pub async fn holding(&self, text: &str) -> Result<Option<Holding>, OAuthError> {
        match self.0.access.read(text) {
            Some(token) => self.held_token(token).await,
            None => Ok(None),
        }
    }

    /// The same for whoever has to do with it: it may also be for the party that asks, or have been exchanged by it.
    pub(in crate::oidc) async fn holding_for(
        &self,
        text: &str,
        party: &ClientId,
    ) -> Result<Option<Holding>, OAuthError> {
        let concerns = |token: &AccessToken| {
            token.aud == self.issuer() || token.aud == party.as_str() || token.client_id == *party
        };
        match self.0.access.read_of_any(text).filter(concerns) {
            Some(token) => self.held_token(token).await,
            None => Ok(None),
        }
    }

    async fn held_token(&self, token: AccessToken) -> Result<Option<Holding>, OAuthError> {
        let Some(client) =
            self.0.clients.find(&token.client_id).await?.filter(|client| client.may_act(self.0.clock.now()))
        else {
            return Ok(None);
        };
        let holds = match token.grant_id() {
            Some(grant) => self.0.grants.holds(&grant, &token.jti).await?,
            None => self.0.grants.is_unrevoked(&token.jti).await?,
        };
        Ok(holds.then_some(Holding { token, client }))
    }
}
