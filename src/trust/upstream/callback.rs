//! Somebody comes back from the node above: everything that comes with them is checked (threats 8 and 19) before any of it
//! is believed.

use std::time::Duration;

use http::{HeaderValue, header};
use openidconnect::core::CoreTokenResponse;
use openidconnect::{
    AuthorizationCode, OAuth2TokenResponse as _, PkceCodeVerifier, RequestTokenError, TokenResponse as _,
};
use serde_json::{Map, Value};

use super::Upstream;
use super::above::{AboveError, LIMITS, Metadata};
use super::acting::Wanted;
use super::state::{LIFE, Pending, StateError};
use crate::base::{Secret, Timestamp};
use crate::delegation::Vouched;
use crate::oidc::id_token::ID_TOKEN_TYPE;
use crate::outbound::OutboundRequest;
use crate::proto::jose::{Audience, Expectations, SigningAlg, Typ, Verified};
use crate::proto::oauth::{JWT_BEARER, Params};
use crate::store::{self, StoreError};
use crate::trust::told::{self, Told};
use crate::trust::vouched;

/// What this node registers to get its ID tokens signed with.
const ALGS: &[SigningAlg] = &[SigningAlg::ES256];

/// Claims without which an ID token says too little.
const REQUIRED: &[&str] = &["iss", "sub", "aud", "exp", "iat", "nonce", "auth_time", "sid"];

/// Somebody who has come back.
pub struct Came {
    /// The way that they came by; used up when they sign in.
    pub pending: Pending,
    /// What the node above says.
    pub told: Told,
}

/// Why nobody comes in.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// The `state` is not good: nobody knows who this is.
    #[error(transparent)]
    State(#[from] StateError),
    /// The way has been used.
    #[error("somebody has come back by this way before")]
    Used(Box<Pending>),
    /// The answer names another issuer, or none (RFC 9207, threat 19).
    #[error("the answer is not from the node above")]
    MixUp(Box<Pending>),
    /// The node above answers with an error.
    #[error("the node above answers {1}")]
    Refused(Box<Pending>, String),
    /// It cannot be reached.
    #[error("{1}")]
    Unreachable(Box<Pending>, String),
    /// What it says is not as it must be.
    #[error("what came is not accepted: {1}")]
    Untrusted(Box<Pending>, String),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CallbackError {
    /// The way that the person came by, where it is known.
    #[must_use]
    pub fn pending(&self) -> Option<&Pending> {
        match self {
            Self::Used(pending)
            | Self::MixUp(pending)
            | Self::Refused(pending, _)
            | Self::Unreachable(pending, _)
            | Self::Untrusted(pending, _) => Some(pending),
            Self::State(_) | Self::Store(_) => None,
        }
    }
}

/// What went wrong after the answer was found to be from the node above.
enum Fault {
    Above(AboveError),
    Untrusted(String),
}

impl From<AboveError> for Fault {
    fn from(error: AboveError) -> Self {
        Self::Above(error)
    }
}

fn untrusted(why: &str) -> Fault {
    Fault::Untrusted(why.to_owned())
}

impl Upstream {
    /// Takes the answer that a browser with this cookie brings.
    ///
    /// # Errors
    /// [`CallbackError`].
    pub async fn come_back(&self, answer: &Params, browser: &str) -> Result<Came, CallbackError> {
        let pending = self.open_state(answer.get("state").unwrap_or_default(), browser).await?;
        let mut db = self.0.on.store.read().await?;
        let used = store::marks::is_set(&mut db, &pending.mark()).await?;
        drop(db);
        if used {
            return Err(CallbackError::Used(Box::new(pending)));
        }
        match self.whole_answer(answer, &pending).await {
            Ok(Answer::Told(told)) => Ok(Came { pending, told: *told }),
            Ok(Answer::MixUp) => Err(CallbackError::MixUp(Box::new(pending))),
            Ok(Answer::Refused(code)) => Err(CallbackError::Refused(Box::new(pending), code)),
            Err(Fault::Above(AboveError::Unreachable(why))) => Err(CallbackError::Unreachable(Box::new(pending), why)),
            Err(Fault::Above(error)) => Err(CallbackError::Untrusted(Box::new(pending), error.to_string())),
            Err(Fault::Untrusted(why)) => Err(CallbackError::Untrusted(Box::new(pending), why)),
        }
    }

    async fn whole_answer(&self, answer: &Params, pending: &Pending) -> Result<Answer, Fault> {
        let metadata = self.0.above.metadata().await?;
        let named = answer.get("iss");
        let expected = metadata.authorization_response_iss_parameter_supported;
        if named.is_some_and(|issuer| issuer != self.issuer()) || (named.is_none() && expected) {
            return Ok(Answer::MixUp);
        }
        if let Some(error) = answer.get("error") {
            return Ok(Answer::Refused(error.chars().filter(char::is_ascii_graphic).take(64).collect()));
        }
        let code = answer.get("code").ok_or_else(|| untrusted("there is no code"))?;
        let tokens = self.redeem(&metadata, code, pending).await?;
        let id_token = tokens.id_token().ok_or_else(|| untrusted("there is no ID token"))?.to_string();
        let access = Secret::new(tokens.access_token().secret());
        let verified = self.verify_id_token(&id_token, pending).await?;
        check_hashes(&verified, &access, code)?;
        self.check_clock(&verified, pending)?;
        let userinfo = self.userinfo(&metadata, &access, &verified).await?;
        let told = Told::read(&verified, &userinfo, self.maximum_level());
        let told = told.ok_or_else(|| untrusted("a claim has the wrong type"))?;
        let company = self.company(&verified, &userinfo, pending)?;
        Ok(Answer::Told(Box::new(Told { company, ..told })))
    }

    /// The company for which the person acts there: only where one was asked for, and the one that was.
    fn company(
        &self,
        id_token: &Verified,
        userinfo: &Map<String, Value>,
        pending: &Pending,
    ) -> Result<Option<Vouched>, Fault> {
        let company = vouched::read(&id_token.claims).map_err(untrusted)?;
        if vouched::read(userinfo).map_err(untrusted)? != company {
            return Err(untrusted("its UserInfo speaks of another company, or of more"));
        }
        if !Wanted::is_met(pending.acting.as_ref(), company.as_ref()) {
            return Err(untrusted("a company is named that was not asked for, or none that was"));
        }
        let over = |told: &Vouched| told.valid_until.is_some_and(|until| until <= self.0.on.clock.now());
        if company.as_ref().is_some_and(over) {
            return Err(untrusted("the mandate is over"));
        }
        Ok(company)
    }

    async fn redeem(&self, metadata: &Metadata, code: &str, pending: &Pending) -> Result<CoreTokenResponse, Fault> {
        let client = self.relying_party(metadata)?;
        let http = self.0.above.openid_http("upstream-token");
        let assertion = self.0.party.assertion().map_err(|error| Fault::Untrusted(error.to_string()))?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .add_extra_param("client_assertion_type", JWT_BEARER)
            .add_extra_param("client_assertion", assertion);
        request.request_async(&http).await.map_err(|error| match error {
            RequestTokenError::Request(error) => Fault::Above(error),
            RequestTokenError::ServerResponse(answer) => Fault::Untrusted(format!("its token endpoint: {answer}")),
            RequestTokenError::Parse(..) => untrusted("its token answer cannot be read"),
            RequestTokenError::Other(why) => Fault::Untrusted(why),
        })
    }

    /// OIDC Core §3.1.3.7.
    async fn verify_id_token(&self, token: &str, pending: &Pending) -> Result<Verified, Fault> {
        let expected = Expectations {
            algs: ALGS,
            typ: Typ::AbsentOr(&[ID_TOKEN_TYPE]),
            iss: Some(self.issuer()),
            aud: Audience::Contains(&self.0.client_id),
            required: REQUIRED,
            max_age: Some(LIFE),
            leeway: self.0.on.leeway,
            now: self.0.on.clock.now(),
        };
        let verified = self.0.above.verify(token, &expected).await?;
        if verified.text("nonce") != Some(pending.nonce.as_str()) {
            return Err(untrusted("the nonce is another one"));
        }
        let several = verified.claims.get("aud").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
        match verified.claims.get("azp") {
            None if !several => Ok(verified),
            Some(party) if party.as_str() == Some(self.0.client_id.as_str()) => Ok(verified),
            _ => Err(untrusted("it was issued to another party")),
        }
    }

    /// Whether a login there is no older than a moment here: its clock has whole seconds and is another one.
    #[must_use]
    pub fn is_since(&self, auth_time: Timestamp, moment: Timestamp) -> bool {
        auth_time.plus(self.0.on.leeway + Duration::from_secs(1)) >= moment
    }

    /// The login must be as young as was asked.
    fn check_clock(&self, verified: &Verified, pending: &Pending) -> Result<(), Fault> {
        let at = verified.date("auth_time").ok_or_else(|| untrusted("auth_time has the wrong type"))?;
        let now = self.0.on.clock.now();
        if at > now.plus(self.0.on.leeway) {
            return Err(untrusted("the login lies ahead"));
        }
        let oldest = match (pending.again, pending.max_age) {
            (true, _) => Some(pending.began),
            (false, limit) => limit.map(|seconds| pending.began.minus(Duration::from_secs(seconds))),
        };
        match oldest {
            Some(oldest) if !self.is_since(at, oldest) => Err(untrusted("the login is older than was asked")),
            _ => Ok(()),
        }
    }

    /// OIDC Core §5.3.2: the `sub` must be that of the ID token.
    async fn userinfo(
        &self,
        metadata: &Metadata,
        access: &Secret,
        id_token: &Verified,
    ) -> Result<Map<String, Value>, Fault> {
        let mut request = OutboundRequest::get(metadata.userinfo_endpoint.clone(), LIMITS, "upstream-userinfo");
        let bearer = HeaderValue::try_from(format!("Bearer {}", access.expose()));
        request.headers.insert(header::AUTHORIZATION, bearer.map_err(|_| untrusted("the access token is malformed"))?);
        let answer = self.0.above.send(request).await?;
        if !answer.is_success() {
            return Err(Fault::Untrusted(format!("its UserInfo answers {}", answer.status)));
        }
        let claims: Map<String, Value> = answer.json().map_err(|_| untrusted("its UserInfo cannot be read"))?;
        let same = |claims: &Map<String, Value>| claims.get("sub").and_then(Value::as_str).map(str::to_owned);
        if same(&claims).is_none() || same(&claims) != same(&id_token.claims) {
            return Err(untrusted("its UserInfo is about somebody else"));
        }
        if told::person_of(&claims) != told::person_of(&id_token.claims) {
            return Err(untrusted("its UserInfo names another one who acts"));
        }
        Ok(claims)
    }
}

enum Answer {
    Told(Box<Told>),
    MixUp,
    Refused(String),
}

/// `at_hash` must be there and fit (OIDC Core §3.1.3.8); `c_hash` must fit where it is (§3.3.2.11).
fn check_hashes(verified: &Verified, access: &Secret, code: &str) -> Result<(), Fault> {
    let alg = verified.header.alg;
    let fits =
        |name: &str, text: &str| verified.claims.get(name).map(|hash| hash.as_str() == Some(&*alg.half_hash(text)));
    if fits("at_hash", access.expose()) != Some(true) {
        return Err(untrusted("at_hash is missing or another token's"));
    }
    if fits("c_hash", code) == Some(false) {
        return Err(untrusted("c_hash is another code's"));
    }
    Ok(())
}
