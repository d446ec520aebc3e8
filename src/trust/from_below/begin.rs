//! Leg 0: the browser gets a nonce in a cookie, and the node below the hash of it. So an assertion is made for one browser, and
//! a ticket that comes in another one, or in that of somebody who was lured there, opens nothing (threats 23 and 25).

use std::time::Duration;

use super::{FromBelow, LONGEST_STATE};
use crate::base::encoding::{base64url, sha256};
use crate::base::id::ClientId;
use crate::proto::oauth::{ErrorCode, OAuthError, Params};

/// How long a browser may be on its way.
pub const NONCE_LIFE: Duration = Duration::from_secs(300);

/// A browser at the beginning of its way.
pub struct Begun {
    /// What its cookie is to hold.
    pub nonce: String,
    /// Where it goes: back to the node below, with the hash.
    pub location: String,
}

/// Why it goes no further.
pub enum NotBegun {
    /// Nobody knows where it came from: a page says so, and nobody is redirected.
    Page(OAuthError),
    /// Back to the node below, which goes on without.
    Back(String),
}

impl From<OAuthError> for NotBegun {
    fn from(error: OAuthError) -> Self {
        Self::Page(error)
    }
}

/// What is told of a nonce.
#[must_use]
pub fn nonce_hash(nonce: &str) -> String {
    base64url(&sha256(nonce.as_bytes()))
}

impl FromBelow {
    /// Gives a nonce to a browser that a node below has sent: `client_id`, `return_uri`, `state`.
    ///
    /// # Errors
    /// [`NotBegun`].
    pub async fn begin(&self, params: &Params) -> Result<Begun, NotBegun> {
        let refused = |why: &'static str| OAuthError::new(ErrorCode::InvalidRequest, why);
        let id = ClientId::from(params.require("client_id")?);
        let stranger = || OAuthError::new(ErrorCode::UnauthorizedClient, "no such node stands below this one");
        let party = self.party(&id).await?.ok_or_else(stranger)?;
        // Threat 1: exactly the registered address, or nobody is redirected.
        if params.require("return_uri")? != party.node.return_uri() {
            return Err(refused("return_uri is not the registered one").into());
        }
        let state = params.require("state")?;
        if state.len() > LONGEST_STATE {
            return Err(refused("state is too long").into());
        }
        if !party.node.passes_sign_ins {
            let told = [("error", ErrorCode::UnauthorizedClient.as_str())];
            return Err(NotBegun::Back(self.back(party.node, state, &told)));
        }
        let nonce = self.0.on.random.token();
        let location = self.back(party.node, state, &[("nonce_hash", &nonce_hash(&nonce))]);
        Ok(Begun { nonce, location })
    }
}
