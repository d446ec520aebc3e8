//! Grants: what one client holds from one sign-in, whether it still holds, and its refresh token.
//!
//! A refresh token names its grant and carries 256 secret bits; only their keyed hash is stored. Its successor is derived
//! from it, so that the same successor can be given again within the grace without storing any token.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::TokenConfig;
use super::acting::Acting;
use crate::base::encoding::base64url;
use crate::base::id::{AccountId, ClientId, GrantId, SessionId};
use crate::base::{Cache, SharedClock, Timestamp};
use crate::keys::MasterKey;
use crate::proto::oauth::Scope;
use crate::proto::oidc::{Acr, ClaimsRequest};
use crate::store::grants::{GrantRow, Rotation};
use crate::store::{self, Connection, Store, StoreError, Transaction};

/// How long it may be believed that a token still holds: the bound on how late its revocation bites.
const CACHE_LIFE: Duration = Duration::from_millis(800);

/// How long what never changes of a grant is kept in memory.
const HELD_LIFE: Duration = Duration::from_secs(60);

/// How and when a person authenticated, as a grant remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The level reported to the client.
    pub acr: Acr,
    /// The methods (RFC 8176).
    pub amr: Vec<String>,
    /// The login clock.
    pub auth_time: Timestamp,
}

/// What a grant remembers besides its columns.
#[derive(Clone, Serialize, Deserialize)]
pub struct GrantDetail {
    /// `sub` at this client.
    pub subject: String,
    /// `sid` at this client.
    pub sid: String,
    /// How and when the person authenticated.
    pub authentication: Authentication,
    /// Granted claims.
    #[serde(default, skip_serializing_if = "ClaimsRequest::is_empty")]
    pub claims: ClaimsRequest,
    /// When the session began; the hard limit counts from there.
    pub session_began: Timestamp,
    /// For whom the person acts; none: for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting: Option<Acting>,
}

impl GrantDetail {
    /// Reads it from its column.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text).map_err(|_| StoreError::Damaged("grant detail"))
    }

    /// Its column.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A presented refresh token, taken apart.
pub struct RefreshToken {
    /// The grant it belongs to.
    pub grant_id: GrantId,
    generation: i64,
    secret: String,
}

/// What came of presenting a refresh token.
pub enum Refreshed {
    /// It was good; here is its successor (new, or within the grace the same again).
    Successor(String),
    /// It was used before, and the grace is over: the family must end.
    Reused,
}

/// The grants of this node; clones share the cache.
#[derive(Clone)]
pub struct Grants(Arc<Inner>);

struct Inner {
    store: Store,
    clock: SharedClock,
    hash_key: hmac::Key,
    tag_key: hmac::Key,
    successor_key: hmac::Key,
    grace: Duration,
    live: Cache<String, ()>,
    held: Cache<GrantId, Arc<Held>>,
}

/// What never changes of a grant. Whether it still holds is asked apart.
pub struct Held {
    /// Who granted.
    pub account_id: AccountId,
    /// Who holds it.
    pub client_id: ClientId,
    /// The session it hangs on; none for an offline grant.
    pub session_id: Option<SessionId>,
    /// What was granted.
    pub scope: Scope,
    /// What it remembers.
    pub detail: GrantDetail,
}

impl Held {
    fn of(row: &GrantRow) -> Result<Self, StoreError> {
        Ok(Self {
            account_id: row.account_id.clone(),
            client_id: row.client_id.clone(),
            session_id: row.session_id.clone(),
            scope: Scope::parse(&row.scope).map_err(|_| StoreError::Damaged("grant scope"))?,
            detail: GrantDetail::parse(&row.detail)?,
        })
    }
}

impl Grants {
    /// The grants in `store`.
    #[must_use]
    pub fn new(store: Store, master: &MasterKey, clock: SharedClock, tokens: &TokenConfig) -> Self {
        let key = |purpose: &str| hmac::Key::new(hmac::HMAC_SHA256, &*master.derive(purpose));
        Self(Arc::new(Inner {
            store,
            clock,
            hash_key: key("refresh-token-hash"),
            tag_key: key("refresh-token-tag"),
            successor_key: key("refresh-token-successor"),
            grace: Duration::from_secs(tokens.refresh_grace_seconds),
            live: Cache::new(16_384, CACHE_LIFE),
            held: Cache::new(8_192, HELD_LIFE),
        }))
    }

    /// The first refresh token of a grant and the hash to store. It derives from the grant's id and a fresh secret.
    #[must_use]
    pub fn first_refresh_token(&self, id: &GrantId, fresh: &[u8; 32]) -> (String, String) {
        let secret = base64url(fresh);
        (self.text(id, 0, &secret), self.hash(id, &secret))
    }

    /// `grant.generation.secret.tag`: the tag tells a token that was once ours from a guess, so that knowing a grant's name
    /// is not enough to end it.
    fn text(&self, id: &GrantId, generation: i64, secret: &str) -> String {
        let named = format!("{id}.{generation}.{secret}");
        let tag = self.tag(&named);
        format!("{named}.{tag}")
    }

    fn tag(&self, named: &str) -> String {
        let tag = hmac::sign(&self.0.tag_key, named.as_bytes());
        base64url(tag.as_ref().first_chunk::<16>().map_or(tag.as_ref(), |half| &half[..]))
    }

    /// Takes a refresh token apart; `None` when it was never one of ours.
    #[must_use]
    pub fn parse(&self, text: &str) -> Option<RefreshToken> {
        let (named, tag) = text.rsplit_once('.').filter(|_| text.len() < 200)?;
        let mut parts = named.splitn(3, '.');
        let (id, generation, secret) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        let ours = same(Some(&self.tag(named)), tag);
        ours.then(|| RefreshToken { grant_id: GrantId::from(id), generation, secret: secret.to_owned() })
    }

    fn hash(&self, id: &GrantId, secret: &str) -> String {
        base64url(hmac::sign(&self.0.hash_key, format!("{id}.{secret}").as_bytes()).as_ref())
    }

    fn successor(&self, id: &GrantId, secret: &str, generation: i64) -> String {
        base64url(hmac::sign(&self.0.successor_key, format!("{id}.{secret}.{generation}").as_bytes()).as_ref())
    }

    /// Whether a token is the present one of its grant, or the one before it (which the client may still hold).
    #[must_use]
    pub fn is_present(&self, row: &GrantRow, token: &RefreshToken) -> bool {
        let hash = self.hash(&row.id, &token.secret);
        same(row.refresh_hash.as_deref(), &hash) || same(row.refresh_previous_hash.as_deref(), &hash)
    }

    /// Rotates a refresh token by one statement, if it is the present one and its grant and session live; gives the successor.
    /// `None` says nothing of why not: [`Grants::refresh`] does.
    pub async fn rotate(
        &self,
        db: &mut impl Connection,
        token: &RefreshToken,
        refresh_expires_at: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let (id, generation) = (&token.grant_id, token.generation);
        let next = self.successor(id, &token.secret, generation);
        let (from, to) = (self.hash(id, &token.secret), self.hash(id, &next));
        let rotation = Rotation {
            from: &from,
            generation,
            to: &to,
            now: self.0.clock.now(),
            refresh_expires_at,
            expires_at: refresh_expires_at,
        };
        let rotated = store::grants::rotate(db, id, rotation).await?;
        Ok(rotated.then(|| self.text(id, generation + 1, &next)))
    }

    /// Rotates a refresh token in the caller's transaction, or finds why not.
    pub async fn refresh(
        &self,
        tx: &mut Transaction,
        token: &RefreshToken,
        refresh_expires_at: Timestamp,
    ) -> Result<Refreshed, StoreError> {
        if let Some(successor) = self.rotate(tx, token, refresh_expires_at).await? {
            return Ok(Refreshed::Successor(successor));
        }
        let Some(latest) = store::grants::find(tx, &token.grant_id).await? else { return Ok(Refreshed::Reused) };
        Ok(self.within_grace(&latest, token))
    }

    fn within_grace(&self, row: &GrantRow, token: &RefreshToken) -> Refreshed {
        let rotated_at = row.refresh_rotated_at.unwrap_or_default();
        let just_now = row.ended_at.is_none() && self.0.clock.now().since(rotated_at) <= self.0.grace;
        let presented = self.hash(&row.id, &token.secret);
        if !just_now || !same(row.refresh_previous_hash.as_deref(), &presented) {
            return Refreshed::Reused;
        }
        let next = self.successor(&row.id, &token.secret, token.generation);
        Refreshed::Successor(self.text(&row.id, token.generation + 1, &next))
    }

    /// What never changes of a grant; `None` when there is no such grant.
    pub async fn held(&self, id: &GrantId) -> Result<Option<Arc<Held>>, StoreError> {
        if let Some(held) = self.0.held.get(id) {
            return Ok(Some(held));
        }
        let Some(row) = store::grants::find(&mut self.0.store.read().await?, id).await? else { return Ok(None) };
        let held = Arc::new(Held::of(&row)?);
        self.0.held.insert(id.clone(), Arc::clone(&held));
        Ok(Some(held))
    }

    /// Remembers a grant that was written just now.
    pub fn written(&self, row: &GrantRow) -> Result<(), StoreError> {
        self.0.held.insert(row.id.clone(), Arc::new(Held::of(row)?));
        Ok(())
    }

    /// Whether an access token of a grant still holds; asked of the store at most once in [`CACHE_LIFE`].
    pub async fn holds(&self, id: &GrantId, jti: &str) -> Result<bool, StoreError> {
        if self.0.live.get(jti).is_some() {
            return Ok(true);
        }
        let holds = store::grants::token_holds(&mut self.0.store.read().await?, id, &revoked_mark(jti)).await?;
        if holds {
            self.0.live.insert(jti.to_owned(), ());
        }
        Ok(holds)
    }

    /// Whether an access token without a grant (client_credentials) has not been revoked.
    pub async fn is_unrevoked(&self, jti: &str) -> Result<bool, StoreError> {
        if self.0.live.get(jti).is_some() {
            return Ok(true);
        }
        let revoked = store::marks::is_set(&mut self.0.store.read().await?, &revoked_mark(jti)).await?;
        if !revoked {
            self.0.live.insert(jti.to_owned(), ());
        }
        Ok(!revoked)
    }

    /// Revokes one access token until it would have expired.
    pub async fn revoke_access(
        &self,
        db: &mut impl Connection,
        jti: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        store::marks::set(db, &revoked_mark(jti), expires_at).await?;
        self.0.live.forget(jti);
        Ok(())
    }

    /// Remembers that a token was issued just now.
    pub fn issued(&self, jti: &str) {
        self.0.live.insert(jti.to_owned(), ());
    }

    /// Forgets every belief: something has just ended.
    pub fn changed(&self) {
        self.0.live.forget_all();
    }
}

fn revoked_mark(jti: &str) -> String {
    format!("revoked:{jti}")
}

fn same(stored: Option<&str>, presented: &str) -> bool {
    stored.is_some_and(|stored| stored.as_bytes().ct_eq(presented.as_bytes()).into())
}
