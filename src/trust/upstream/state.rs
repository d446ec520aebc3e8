//! What goes to the node above as `state` and comes back with its answer: sealed, of one browser, for one use, for ten
//! minutes. Nothing is stored for it, so that ten thousand open sign-ins cost nothing; only one that is too long for a URL
//! is kept under a name, sealed as it is.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Upstream;
use super::acting::Wanted;
use crate::base::Timestamp;
use crate::base::encoding::{base64url, sha256};
use crate::ephemeral::EphemeralError;

/// How long somebody may be away.
pub const LIFE: Duration = Duration::from_secs(600);

/// Longest sealed state that travels in a URL, in bytes.
const LONGEST_IN_URL: usize = 1_500;

/// What the name of a kept state begins with; `.` is in no sealed text.
const KEPT: &str = "k.";

const CONTEXT: &[u8] = b"upstream-state";

/// Somebody on the way to the node above and back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// Names this way; used up when somebody has come back by it.
    pub id: String,
    /// Whose answer it waits for (threat 19).
    pub issuer: String,
    /// `nonce` of the request.
    pub nonce: String,
    /// PKCE verifier.
    pub verifier: String,
    /// Hash of the cookie of the browser that left.
    pub browser: String,
    /// The sealed flow to go on with; empty when the person came on their own.
    pub flow: String,
    /// Whether no page was to be shown.
    pub silent: bool,
    /// Whether the person was to sign in anew there.
    pub again: bool,
    /// `max_age` of the request, in seconds.
    pub max_age: Option<u64>,
    /// For whom the person is to act, where that is asked; otherwise it is asked who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting: Option<Wanted>,
    /// When the browser left.
    pub began: Timestamp,
}

/// Why nobody can be told by a `state` who was away.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Not one of ours, or altered, or of another browser, or used, or older than it may be.
    #[error("the state is not good: {0}")]
    Bad(&'static str),
    /// The ephemeral store could not answer.
    #[error(transparent)]
    Ephemeral(#[from] EphemeralError),
}

/// What a browser's cookie leaves in a state.
pub fn browser_hash(browser: &str) -> String {
    base64url(&sha256(browser.as_bytes()))
}

impl Pending {
    /// The durable mark by which it is used once.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("upstream-state:{}", self.id)
    }

    /// Until when the mark must stand.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.began.plus(LIFE * 2)
    }
}

impl Upstream {
    /// Seals a way out for its `state`.
    pub(super) async fn seal_state(&self, pending: &Pending) -> Result<String, EphemeralError> {
        self.seal_way(pending, CONTEXT).await
    }

    /// Seals whatever goes there and comes back, in this context; what is too long for a URL is kept.
    pub(super) async fn seal_way<T: Serialize>(&self, way: &T, context: &[u8]) -> Result<String, EphemeralError> {
        let sealed = self.0.states.seal(way, context);
        if sealed.len() <= LONGEST_IN_URL {
            return Ok(sealed);
        }
        let name = self.0.on.random.token();
        self.0.on.ephemeral.put(&kept_key(&name), sealed.as_bytes(), LIFE).await?;
        Ok(format!("{KEPT}{name}"))
    }

    /// Opens the `state` that a browser has brought.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn open_state(&self, state: &str, browser: &str) -> Result<Pending, StateError> {
        let bad = StateError::Bad;
        let pending: Pending = self.open_way(state, CONTEXT).await?;
        if pending.browser != browser_hash(browser) {
            return Err(bad("another browser left with it"));
        }
        if self.0.on.clock.now().since(pending.began) > LIFE {
            return Err(bad("it is too old"));
        }
        if pending.issuer != self.issuer() {
            return Err(bad("it waits for another node"));
        }
        Ok(pending)
    }

    /// Opens what [`Upstream::seal_way`] sealed in this context.
    pub(super) async fn open_way<T: DeserializeOwned>(&self, state: &str, context: &[u8]) -> Result<T, StateError> {
        let bad = StateError::Bad;
        let foreign = "it is not one of this node's";
        match state.strip_prefix(KEPT) {
            None => self.0.states.open(state, context).map_err(|_| bad(foreign)),
            Some(name) if name.len() <= 64 => {
                let kept = self.0.on.ephemeral.get(&kept_key(name)).await?;
                let sealed =
                    kept.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(bad("it is not kept any more"))?;
                self.0.states.open(&sealed, context).map_err(|_| bad(foreign))
            }
            Some(_) => Err(bad("it is too long")),
        }
    }
}

fn kept_key(name: &str) -> String {
    format!("upstream-state:{name}")
}
