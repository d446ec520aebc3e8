//! What this node says to the one above of somebody who has signed in here: an assertion for one browser, exchanged for a
//! ticket (RFC 8693). The session here remembers first that it was passed up, so that its end is told there whatever happens.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

use super::Upstream;
use super::above::LIMITS;
use super::pass::{PassError, Passing};
use crate::accounts::{AccountError, Person};
use crate::oidc::assurance::TRUST_FRAMEWORK;
use crate::oidc::claims;
use crate::outbound::{Limits, OutboundRequest};
use crate::proto::jose::SigningAlg;
use crate::proto::oauth::{GrantType, JWT_BEARER};
use crate::proto::oidc::Acr;
use crate::realname::RealNameLevel;
use crate::session::Session;
use crate::store;
use crate::store::upstream_sessions::SessionUpstreamRow;
use crate::trust::from_below::assertion::{ASSERTION_LIFE, ASSERTION_TYPE};
use crate::trust::from_below::exchange::JWT;
use crate::trust::from_below::ticket::LOGIN_TICKET;

/// Limits on the exchange: the node above may ask its authority before it answers.
const EXCHANGE: Limits = Limits { timeout: Duration::from_secs(6), ..LIMITS };

/// What the node above gives for an assertion.
#[derive(Deserialize)]
struct Exchanged {
    access_token: String,
    issued_token_type: String,
}

/// What it says otherwise.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Upstream {
    /// Vouches for the person of this session, for the browser whose nonce has this hash; where to send it with its ticket.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn vouch(
        &self,
        passing: &Passing,
        session: &Session,
        (nonce_hash, state): (&str, &str),
    ) -> Result<Url, PassError> {
        if session.id != passing.session {
            return Err(PassError::Session);
        }
        let metadata = self.0.above.metadata().await?;
        let mut url = metadata.hufu_trust_ticket_endpoint.clone().ok_or(PassError::Untrusted("it takes no tickets"))?;
        let person = self.0.on.accounts.find(&session.account_id).await?;
        person.may_sign_in()?;
        if person.lacks_guardian(self.0.on.clock.now()) {
            return Err(PassError::Untrusted("nothing of a child goes there without a guardian"));
        }
        let subject = self.name_of(&person);
        self.remember(passing, session, &subject).await?;
        let assertion = self.assert(passing, session, (&person, &subject), nonce_hash)?;
        let ticket = self.exchange(metadata.token_endpoint.clone(), &assertion).await?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.0.client_id)
            .append_pair("ticket", &ticket)
            .append_pair("state", state);
        Ok(url)
    }

    /// The name by which this node speaks of a person there.
    fn name_of(&self, person: &Person) -> String {
        let host = self.0.above.host();
        self.0.on.provider.subjects().at_host(&person.id, host)
    }

    /// Notes, while the session lives, that it is passed up under this name.
    async fn remember(&self, passing: &Passing, session: &Session, subject: &str) -> Result<(), PassError> {
        let on = &self.0.on;
        let mut tx = on.store.begin().await?;
        if !on.signon.is_alive(&mut tx, session).await? {
            return Err(PassError::Session);
        }
        let row = SessionUpstreamRow {
            session_id: session.id.clone(),
            issuer: self.issuer().to_owned(),
            sid: passing.sid.clone(),
            subject: subject.to_owned(),
            created_at: on.clock.now(),
        };
        store::upstream_sessions::join(&mut tx, &row).await?;
        Ok(tx.commit().await?)
    }

    fn assert(
        &self,
        passing: &Passing,
        session: &Session,
        (person, subject): (&Person, &str),
        nonce_hash: &str,
    ) -> Result<String, PassError> {
        let now = self.0.on.clock.now();
        let reached = i32::from(i16::from(person.level())).min(session.strength);
        let claims = json!({
            "iss": self.0.client_id,
            "aud": self.issuer(),
            "sub": subject,
            "sid": passing.sid,
            "acr": Acr::from_number(reached).urn(),
            "amr": session.amr,
            "auth_time": session.auth_time.seconds(),
            "realname_level": i16::from(person.level()),
            "nonce_hash": nonce_hash,
            "locale": person.locale,
            "iat": now.seconds(),
            "exp": now.plus(ASSERTION_LIFE).seconds(),
            "jti": self.0.on.random.short_token(),
        });
        let mut claims = claims.as_object().cloned().unwrap_or_default();
        if let Some(at) = person.level_time() {
            claims.insert("realname_time".to_owned(), json!(at.seconds()));
        }
        if self.0.config.pass_documents {
            claims.extend(verified_claims(person));
        }
        let signed = self.0.on.keys.sign(SigningAlg::ES256, ASSERTION_TYPE, &Value::Object(claims));
        signed.map_err(|error| AccountError::Hasher(error.to_string()).into())
    }

    async fn exchange(&self, token_endpoint: Url, assertion: &str) -> Result<String, PassError> {
        let proof = self.0.party.assertion().map_err(|error| AccountError::Hasher(error.to_string()))?;
        let fields = [
            ("grant_type", GrantType::TokenExchange.as_str()),
            ("requested_token_type", LOGIN_TICKET),
            ("subject_token_type", JWT),
            ("subject_token", assertion),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &proof),
        ];
        let answer =
            self.0.above.send(OutboundRequest::form(token_endpoint, &fields, EXCHANGE, "upstream-ticket")).await?;
        if !answer.is_success() {
            let refusal = answer.json::<Refusal>().map(|refusal| refusal.error);
            let code = refusal.unwrap_or_else(|_| answer.status.to_string());
            return Err(PassError::Refused(code.chars().filter(char::is_ascii_graphic).take(64).collect()));
        }
        let exchanged: Exchanged =
            answer.json().map_err(|_| PassError::Untrusted("its answer to the assertion cannot be read"))?;
        if exchanged.issued_token_type != LOGIN_TICKET {
            return Err(PassError::Untrusted("it gives another kind of token"));
        }
        Ok(exchanged.access_token)
    }
}

/// Name and document with the proof of them (OpenID Identity Assurance §5); nothing where there is no proof.
fn verified_claims(person: &Person) -> Map<String, Value> {
    let proof = person.best_proof().filter(|proof| proof.level >= RealNameLevel::L2);
    let Some((proof, _)) = proof.zip(person.real_name.as_ref()) else { return Map::new() };
    let at = OffsetDateTime::from_unix_timestamp(proof.verified_at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let verified = json!({
        "verification": {
            "trust_framework": TRUST_FRAMEWORK,
            "assurance_level": format!("l{}", i16::from(proof.level)),
            "time": at.format(&Rfc3339).unwrap_or_default(),
        },
        "claims": claims::verified(person, &["name", "identity_document"]),
    });
    Map::from_iter([("verified_claims".to_owned(), verified)])
}
