//! `authorization_code` (RFC 6749 §4.1.3, OIDC Core §3.1.3, PKCE RFC 7636 §4.6).
//!
//! One transaction: hold the session (a logout comes wholly before or after) and the consent, record that the client takes
//! part, write the grant. The grant's id comes from the code, so of fifty redemptions one writes it; any other ends the family.

use std::time::Duration;

use super::{Issue, TokenResponse};
use crate::accounts::{Event, EventKind};
use crate::base::crash;
use crate::oidc::Provider;
use crate::oidc::acting::{self, Acting, Part};
use crate::oidc::authorize::{Code, agreement, still_agreed};
use crate::oidc::client::Client;
use crate::oidc::grant::GrantDetail;
use crate::proto::facade::exchange::LOGIN_SECONDS;
use crate::proto::oauth::{ErrorCode, GrantType, OAuthError, Params, Scope};
use crate::store::grants::{GrantRow, While};
use crate::store::{self, StoreError, Transaction};

/// What codes are sealed for; the authorization endpoint says the same.
const CODE_CONTEXT: &[u8] = crate::oidc::authorize::CODE_CONTEXT;

/// A grant as it was written.
struct Written {
    row: GrantRow,
    detail: GrantDetail,
    refresh_token: Option<String>,
}

/// Either way ends here: what the code has bought is there from now on, also after a crash.
async fn commit(commit: impl Future<Output = Result<(), StoreError>>) -> Result<(), StoreError> {
    crash::point("token.code.before_commit");
    commit.await?;
    crash::point("token.code.after_commit");
    Ok(())
}

fn detail(code: &Code, (subject, sid): (String, String), acting: Option<Acting>) -> GrantDetail {
    GrantDetail {
        subject,
        sid,
        authentication: code.authentication.clone(),
        claims: code.claims.clone(),
        session_began: code.session_began,
        acting,
    }
}

impl Provider {
    /// Redeems a code.
    pub(super) async fn redeem_code(&self, client: &Client, params: &Params) -> Result<TokenResponse, OAuthError> {
        let code = self.open_code(client, params)?;
        self.redeem_opened(client, &code, &code.scope).await
    }

    /// Redeems a code that a façade has sealed for this client: its token carries no `openid`, and so is good nowhere else.
    pub(in crate::oidc) async fn redeem_for_facade(
        &self,
        client: &Client,
        code: &Code,
    ) -> Result<TokenResponse, OAuthError> {
        self.redeem_opened(client, code, &code.scope.filtered(|item| item != "openid")).await
    }

    /// Redeems an opened code, whose first token has this scope of what is granted.
    async fn redeem_opened(&self, client: &Client, code: &Code, scope: &Scope) -> Result<TokenResponse, OAuthError> {
        let found = self.0.accounts.find(&code.account_id).await;
        let person = self.authorise(client, found, &code.authentication)?;
        let era = self.0.grants.era();
        let (detail, refresh_token) = self.write_grant(client, code).await?;
        let issued = self.issue(&Issue {
            client,
            person: &person,
            grant_id: &code.grant_id,
            detail: &detail,
            scope,
            nonce: code.nonce.as_deref(),
            era,
        })?;
        crash::point("token.code.before_answer");
        Ok(TokenResponse { refresh_token, ..issued })
    }

    fn open_code(&self, client: &Client, params: &Params) -> Result<Code, OAuthError> {
        let wrong = |why| OAuthError::new(ErrorCode::InvalidGrant, why);
        let text = params.require("code")?;
        let code: Code =
            self.0.codes.open(text, CODE_CONTEXT).map_err(|_| wrong("the code is not one of this server's"))?;
        if code.client_id != client.id {
            return Err(wrong("the code was issued to another client"));
        }
        if code.expires_at <= self.0.clock.now() {
            return Err(wrong("the code has expired"));
        }
        if params.require("redirect_uri")? != code.redirect_uri {
            return Err(wrong("redirect_uri is not the one of the authorization request"));
        }
        match (&code.challenge, params.get("code_verifier")) {
            (None, None) => Ok(code),
            (Some(challenge), Some(verifier)) if challenge.matches(verifier) => Ok(code),
            (Some(_), _) => Err(wrong("code_verifier is missing or does not match")),
            (None, Some(_)) => Err(wrong("code_verifier without a code_challenge in the authorization request")),
        }
    }

    /// Writes session, participation and grant together; gives what the grant says and the refresh token.
    async fn write_grant(&self, client: &Client, code: &Code) -> Result<(GrantDetail, Option<String>), OAuthError> {
        let written = match self.write_at_once(client, code).await? {
            Some(written) => written,
            None => self.write_holding(client, code).await?,
        };
        self.0.grants.written(&written.row)?;
        Ok((written.detail, written.refresh_token))
    }

    /// The way of nearly every code: one statement that says itself what must hold. `None` when it does not, when the client
    /// is new to the session, or when the person may be another identity there.
    async fn write_at_once(&self, client: &Client, code: &Code) -> Result<Option<Written>, OAuthError> {
        let sid = self.0.sessions.sid(&code.session_id, &client.id, "");
        let plain = code.mandate_id.is_none() && !client.metadata.subject.serves_entities();
        if !plain || !self.0.sessions.has_joined(&sid) || client.reads_people() {
            return Ok(None);
        }
        let agreement = agreement(self, (client, &code.account_id), (&code.scope, &code.claims)).await?;
        let Some(agreement) = agreement else { return Ok(None) };
        let subject = acting::subject(self, client, &code.account_id, None);
        let written = self.new_grant(client, code, detail(code, (subject, sid), None));
        let condition = While { session_id: &code.session_id, agreed_at: agreement.given_at() };
        let mut write = self.0.store.begin_single().await?;
        if !store::grants::insert_while(&mut write, &written.row, condition).await? {
            return Ok(None);
        }
        commit(write.commit()).await?;
        Ok(Some(written))
    }

    /// Holds session and consent, records that the client takes part, and says what is wrong.
    async fn write_holding(&self, client: &Client, code: &Code) -> Result<Written, OAuthError> {
        let mut tx = self.0.store.begin().await?;
        if !self.0.sessions.touch(&mut tx, &code.session_id, code.session_began).await? {
            drop(tx);
            return Err(self.buys_nothing(code, "the session has ended").await?);
        }
        if !still_agreed(self, &mut tx, (client, &code.account_id), (&code.scope, &code.claims)).await? {
            drop(tx);
            return Err(self.buys_nothing(code, "the consent has been withdrawn").await?);
        }
        let (detail, parted) = self.take_part_by(&mut tx, client, code).await?;
        if client.reads_people() && detail.acting.is_none() {
            let who = (client, &code.account_id, detail.subject.as_str());
            self.note_known(&mut tx, who, (&code.scope, &code.claims)).await?;
        }
        let written = self.new_grant(client, code, detail);
        if !store::grants::insert(&mut tx, &written.row).await? {
            drop(tx);
            return Err(self.code_reused(code).await?);
        }
        commit(tx.commit()).await?;
        self.0.sessions.joined(&written.detail.sid);
        if parted {
            self.notices_committed();
        }
        Ok(written)
    }

    /// What the grant says, and as whom the client takes part from now on; whether another identity has left for it.
    async fn take_part_by(
        &self,
        tx: &mut Transaction,
        client: &Client,
        code: &Code,
    ) -> Result<(GrantDetail, bool), OAuthError> {
        let acting = self.still_acting(tx, (client, &code.account_id), code.mandate_id.as_ref()).await?;
        let subject = acting::subject(self, client, &code.account_id, acting.as_ref());
        let part = Part {
            client,
            session: &code.session_id,
            acting: acting.as_ref(),
            subject: &subject,
            grant: &code.grant_id,
        };
        let taken = self.take_part(tx, &part).await?;
        if let Some(acting) = acting.as_ref().filter(|_| !self.0.sessions.has_joined(&taken.sid)) {
            let event = Event {
                about: &acting.uscc,
                session: Some(&code.session_id),
                client: Some(&client.id),
                ..Event::default()
            };
            self.0.accounts.record(tx, &code.account_id, EventKind::Acted, event).await?;
        }
        Ok((detail(code, (subject, taken.sid), acting), taken.parted))
    }

    fn new_grant(&self, client: &Client, code: &Code, detail: GrantDetail) -> Written {
        let now = self.0.clock.now();
        let offline = code.scope.contains("offline_access");
        let refreshes = client.metadata.allows_grant(GrantType::RefreshToken);
        let life = if !refreshes {
            self.0.tokens.access_seconds + self.0.tokens.code_seconds
        } else if offline {
            self.0.tokens.offline_seconds
        } else {
            self.0.tokens.refresh_seconds
        };
        let life = if code.by_facade { life.max(LOGIN_SECONDS) } else { life };
        let until = Acting::no_later(detail.acting.as_ref(), now.plus(Duration::from_secs(life)));
        let fresh = self.0.random.array();
        let (token, hash) = self.0.grants.first_refresh_token(&code.grant_id, &fresh);
        let row = GrantRow {
            id: code.grant_id.clone(),
            account_id: code.account_id.clone(),
            client_id: client.id.clone(),
            session_id: (!offline).then(|| code.session_id.clone()),
            acting_for: detail.acting.as_ref().map(|acting| acting.entity_id.0.clone()).unwrap_or_default(),
            scope: code.scope.to_string(),
            detail: detail.to_text(),
            offline,
            refresh_hash: refreshes.then_some(hash),
            refresh_previous_hash: None,
            refresh_generation: 0,
            refresh_rotated_at: None,
            refresh_expires_at: refreshes.then_some(until),
            created_at: now,
            ended_at: None,
            end_reason: None,
            expires_at: until,
        };
        Written { row, detail, refresh_token: refreshes.then_some(token) }
    }

    /// Why a code buys nothing any more; one that has bought something before ends that too, an offline grant among it.
    async fn buys_nothing(&self, code: &Code, why: &'static str) -> Result<OAuthError, OAuthError> {
        let before = store::grants::find(&mut self.0.store.read().await?, &code.grant_id).await?;
        match before {
            Some(_) => self.code_reused(code).await,
            None => Ok(OAuthError::new(ErrorCode::InvalidGrant, why)),
        }
    }

    /// A code that comes again may be stolen: everything bought with it ends (RFC 6749 §4.1.2).
    async fn code_reused(&self, code: &Code) -> Result<OAuthError, OAuthError> {
        let mut tx = self.0.store.begin().await?;
        store::grants::end(&mut tx, &code.grant_id, self.0.clock.now(), "code_reused").await?;
        tx.commit().await?;
        self.0.grants.changed();
        tracing::warn!(client = %code.client_id, "an authorization code was presented again; its tokens are revoked");
        Ok(OAuthError::new(ErrorCode::InvalidGrant, "the code has been used"))
    }
}
