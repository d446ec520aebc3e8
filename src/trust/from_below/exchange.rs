//! Leg 1: an assertion becomes a ticket (RFC 8693). Here it is found out who that is at this node, by the table of
//! `docs/adr/0027`: the account that is linked; else one that the document names, after a sign-in to it; else a new one.

use super::assertion::Assertion;
use super::ticket::{LOGIN_TICKET, TICKET_LIFE, Ticket};
use super::{FromBelow, Party};
use crate::accounts::{AccountError, Aside, Person, Shown, Statement};
use crate::base::crash;
use crate::base::encoding::{base64url, sha256};
use crate::base::id::AccountId;
use crate::oidc::client_auth::Credentials;
use crate::oidc::token::TokenResponse;
use crate::proto::oauth::{ErrorCode, GrantType, OAuthError, Params};
use crate::realname::RealNameLevel;
use crate::store::passed_sessions::PassedSessionRow;
use crate::store::upstream_links::UpstreamLinkRow;
use crate::store::{self, Transaction};
use crate::trust::told::Told;

/// The type of an assertion as a token (RFC 8693 §3).
pub const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Who that is here.
enum Who {
    /// Linked since before.
    Linked(AccountId),
    /// Somebody's account since before, which the document names: its owner must sign in to it.
    Here(AccountId),
    /// Nobody yet.
    Nobody,
}

/// Whether a token request asks for a ticket.
#[must_use]
pub fn is_asked(params: &Params) -> bool {
    params.get("grant_type") == Some(GrantType::TokenExchange.as_str())
        && params.get("requested_token_type") == Some(LOGIN_TICKET)
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, why)
}

impl FromBelow {
    /// Gives a node below a ticket for its assertion.
    ///
    /// # Errors
    /// `invalid_client`, `unauthorized_client`: not a node that may pass sign-ins. `invalid_request` (RFC 8693 §2.2.2): the
    /// assertion is not good or used, or the account may not sign in.
    pub async fn ticket(&self, credentials: &Credentials, params: &Params) -> Result<TokenResponse, OAuthError> {
        let client = self.0.on.provider.authenticate_client(credentials).await?;
        let unauthorized = || OAuthError::new(ErrorCode::UnauthorizedClient, "the client may not pass sign-ins up");
        let party =
            self.party(&client.id).await?.filter(|party| party.node.passes_sign_ins).ok_or_else(unauthorized)?;
        if params.require("subject_token_type")? != JWT {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "subject_token_type must be that of a JWT"));
        }
        let assertion = self.read_assertion(&party, params.require("subject_token")?).await?;
        let ticket = self.issue(&party, &assertion).await?;
        Ok(TokenResponse {
            access_token: self.seal_ticket(&ticket),
            issued_token_type: Some(LOGIN_TICKET),
            token_type: "N_A",
            expires_in: TICKET_LIFE.as_secs(),
            scope: None,
            id_token: None,
            refresh_token: None,
            authorization_details: None,
        })
    }

    async fn issue(&self, party: &Party<'_>, assertion: &Assertion) -> Result<Ticket, OAuthError> {
        let told = &assertion.told;
        let who = self.who(party, told).await?;
        if let Who::Linked(account) | Who::Here(account) = &who {
            self.may_enter(account).await?;
        }
        let (account, linked, made) = self.spend(party, assertion, who).await?;
        if linked {
            self.recheck(party, &account, assertion).await;
        }
        Ok(Ticket {
            client: party.client.id.clone(),
            sid: told.sid.clone(),
            subject: told.subject.clone(),
            account,
            linked,
            made,
            nonce_hash: assertion.nonce_hash.clone(),
            amr: told.amr.iter().map(|method| method.as_str().to_owned()).collect(),
            auth_time: told.auth_time,
            ceiling: told.acr.number(),
            expires_at: self.now().plus(TICKET_LIFE),
        })
    }

    /// (iss, sub) decides; else the document, which is proof of nothing yet: its owner is asked (threat 7).
    async fn who(&self, party: &Party<'_>, told: &Told) -> Result<Who, OAuthError> {
        let issuer = party.client.id.as_str();
        let link = store::upstream_links::find(&mut self.0.on.store.read().await?, issuer, &told.subject).await?;
        if let Some(link) = link {
            return Ok(Who::Linked(link.account_id));
        }
        let holder = self.0.on.verifier.holder_of(&told.real_name(issuer)).await?;
        Ok(holder.map_or(Who::Nobody, Who::Here))
    }

    async fn may_enter(&self, account: &AccountId) -> Result<(), OAuthError> {
        let accounts = &self.0.on.accounts;
        accounts.changed(account);
        match accounts.find(account).await {
            Ok(person) if person.may_sign_in().is_ok() => Ok(()),
            Ok(_) | Err(AccountError::Unknown) => Err(refused("the account at this node may not sign in")),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Uses the assertion up, and makes the account where there is none, in one transaction.
    async fn spend(
        &self,
        party: &Party<'_>,
        assertion: &Assertion,
        who: Who,
    ) -> Result<(AccountId, bool, bool), OAuthError> {
        let client = &party.client.id;
        let mut tx = self.0.on.store.begin().await?;
        let mark = format!("login-assertion:{client}:{}", assertion.jti);
        if !store::marks::set(&mut tx, &mark, assertion.until).await? {
            return Err(refused("the assertion has been used"));
        }
        let row = PassedSessionRow {
            client_id: client.clone(),
            sid: assertion.told.sid.clone(),
            subject: assertion.told.subject.clone(),
            taken_at: None,
            session_id: None,
            ended_at: None,
            expires_at: self.now().plus(self.0.on.session_cap * 2),
        };
        if !store::passed_sessions::announce(&mut tx, &row).await? {
            return Err(refused("this sign-in was asserted before"));
        }
        let found = match who {
            Who::Linked(account) => (account, true, false),
            Who::Here(account) => (account, false, false),
            Who::Nobody => (self.make(&mut tx, party, assertion).await?, true, true),
        };
        crash::point("trust.assertion.before_commit");
        tx.commit().await?;
        crash::point("trust.assertion.after_commit");
        Ok(found)
    }

    async fn make(
        &self,
        tx: &mut Transaction,
        party: &Party<'_>,
        assertion: &Assertion,
    ) -> Result<AccountId, OAuthError> {
        let on = &self.0.on;
        let person = on.accounts.make_without_credentials(tx, None, assertion.locale).await?;
        let link = UpstreamLinkRow {
            issuer: party.client.id.to_string(),
            subject: assertion.told.subject.clone(),
            account_id: person.id.clone(),
            created_at: on.clock.now(),
            activated_at: None,
        };
        // Two assertions about one person at once: the later one is refused, and the next sign-in finds the account.
        if !store::upstream_links::insert(tx, &link).await? {
            return Err(refused("this person was asserted by another request just now"));
        }
        tracing::info!(account = %person.id, node = %party.client.id, "an account was made for somebody whom a node below knows");
        Ok(person.id)
    }

    /// What a node below says of a real name counts once this node's own authority has confirmed it. Where that does not
    /// answer, the account stays as it is, and the next sign-in asks again.
    async fn recheck(&self, party: &Party<'_>, account: &AccountId, assertion: &Assertion) {
        let (on, told) = (&self.0.on, &assertion.told);
        let person = match on.accounts.find(account).await {
            Ok(person) => person,
            Err(error) => return tracing::warn!(%error, "an account could not be read for a recheck"),
        };
        let least = told.level.min(RealNameLevel::L2);
        if least < RealNameLevel::L2 || person.level() >= least {
            return;
        }
        if let Some(error) = self.ask(&person, (party, assertion)).await {
            let node = &party.client.id;
            tracing::warn!(%account, %node, error, "what a node below says of a real name does not count");
        }
    }

    /// Asks the authority; why it does not count. By which words the person agreed the node below knows: for whoever is asked,
    /// its assertion stands for them.
    async fn ask(&self, person: &Person, (party, assertion): (&Party<'_>, &Assertion)) -> Option<String> {
        let told = &assertion.told;
        let (Some(name), Some((kind, number))) = (&told.name, &told.document) else {
            return Some("no document was told".to_owned());
        };
        let words = sha256(format!("{} {}", party.client.id, assertion.jti).as_bytes());
        let agreed = Shown { hash: base64url(&words), language: assertion.locale.to_owned() };
        let (name, number) = (name.expose(), number.expose());
        let statement = Statement { name, kind: *kind, number, aside: Aside::Nothing, agreed: Some(&agreed) };
        self.0.on.verifier.prove(person, &statement).await.err().map(|error| error.to_string())
    }
}
