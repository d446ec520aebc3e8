//! [`Party`]: this node as an access party of the node above: how it proves who it is (`private_key_jwt`, RFC 7523 §3), and the
//! access tokens for what it asks on its own account (client credentials, RFC 6749 §4.4).
//!
//! A token is kept until shortly before it ends; of several questions at once one fetches it. One that is refused is
//! forgotten, and asked for anew once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::above::{Above, AboveError, LIMITS};
use crate::base::{Secret, SharedClock, SharedRandom, Timestamp};
use crate::keys::{KeyError, KeyService};
use crate::outbound::{OutboundRequest, OutboundResponse};
use crate::proto::jose::SigningAlg;
use crate::proto::oauth::JWT_BEARER;

/// How long this node's proof of who it is is good for.
const ASSERTION_LIFE: Duration = Duration::from_secs(60);

/// How long before its end a token is not used any more.
const BEFORE_END: Duration = Duration::from_secs(15);

/// The longest that a token is kept, whatever its answer says.
const LONGEST_KEPT: Duration = Duration::from_secs(3_600);

/// This node, as the node above knows it.
pub struct Party {
    above: Arc<Above>,
    client_id: String,
    keys: KeyService,
    clock: SharedClock,
    random: SharedRandom,
    tokens: Mutex<HashMap<&'static str, Held>>,
}

struct Held {
    token: Secret,
    until: Timestamp,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

impl Party {
    /// The client `client_id` of the node above.
    #[must_use]
    pub fn new(above: Arc<Above>, client_id: String, keys: KeyService, world: (SharedClock, SharedRandom)) -> Self {
        let (clock, random) = world;
        Self { above, client_id, keys, clock, random, tokens: Mutex::default() }
    }

    /// The node above.
    #[must_use]
    pub fn above(&self) -> &Arc<Above> {
        &self.above
    }

    /// By which `client_id` the node above knows this one.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// By which this node proves who it is, for one request.
    ///
    /// # Errors
    /// When there is no key to sign with.
    pub fn assertion(&self) -> Result<String, KeyError> {
        let now = self.clock.now();
        let claims = json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.above.issuer(),
            "jti": self.random.short_token(),
            "iat": now.seconds(),
            "exp": now.plus(ASSERTION_LIFE).seconds(),
        });
        self.keys.sign(SigningAlg::ES256, "JWT", &claims)
    }

    /// Sends a request with an access token for `scope`; once more with a new one when that is not good any longer.
    ///
    /// # Errors
    /// [`AboveError`]: no answer, or no token.
    pub async fn send(&self, request: OutboundRequest, scope: &'static str) -> Result<OutboundResponse, AboveError> {
        for fresh in [false, true] {
            let token = self.token(scope, fresh).await?;
            let mut request = request.clone();
            let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
            let mut bearer = bearer.map_err(|_| AboveError::Unusable("its token is none".to_owned()))?;
            bearer.set_sensitive(true);
            request.headers.insert(header::AUTHORIZATION, bearer);
            let answer = self.above.exchange(request).await?;
            if answer.status != StatusCode::UNAUTHORIZED || fresh {
                return Ok(answer);
            }
        }
        Err(AboveError::Unusable("it accepts no token of its own".to_owned()))
    }

    async fn token(&self, scope: &'static str, fresh: bool) -> Result<Secret, AboveError> {
        let mut tokens = self.tokens.lock().await;
        let now = self.clock.now();
        if let Some(held) = tokens.get(scope).filter(|held| !fresh && held.until > now) {
            return Ok(held.token.clone());
        }
        tokens.remove(scope);
        let answer = self.fetch(scope).await?;
        let life = Duration::from_secs(answer.expires_in).min(LONGEST_KEPT).saturating_sub(BEFORE_END);
        let token = Secret::new(answer.access_token);
        tokens.insert(scope, Held { token: token.clone(), until: now.plus(life) });
        Ok(token)
    }

    async fn fetch(&self, scope: &str) -> Result<TokenAnswer, AboveError> {
        let assertion = self.assertion().map_err(|error| AboveError::Unusable(error.to_string()))?;
        let fields = [
            ("grant_type", "client_credentials"),
            ("scope", scope),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        let url = self.above.metadata().await?.token_endpoint.clone();
        let answer = self.above.send(OutboundRequest::form(url, &fields, LIMITS, "upstream-token")).await?;
        if answer.status != StatusCode::OK {
            return Err(AboveError::Unusable(format!("it gives no token for {scope}: {}", answer.status)));
        }
        answer.json().map_err(|_| AboveError::Unusable("its token answer cannot be read".to_owned()))
    }
}
