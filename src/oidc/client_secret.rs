//! Client secrets at rest: as a keyed hash; or sealed, of clients whose signatures are computed with the secret itself
//! (those of a façade). Either is compared in constant time.

use super::client::Client;
use crate::base::Secret;
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::ClientId;
use crate::keys::{MasterKey, Sealer, SecretHasher};
use crate::proto::oauth::ValidMetadata;

/// What a sealed secret begins with; `.` is in no hash.
const SEALED: &str = "sealed.";

/// Writes and reads them.
pub(super) struct ClientSecrets {
    hasher: SecretHasher,
    sealer: Sealer,
}

impl ClientSecrets {
    pub(super) fn new(master: &MasterKey) -> Self {
        Self { hasher: SecretHasher::new(master), sealer: Sealer::new(master, "client-secret") }
    }

    /// A secret as it is stored for a client: nobody else's opens in its place.
    pub(super) fn stored(&self, id: &ClientId, metadata: &ValidMetadata, secret: &Secret) -> String {
        if !metadata.needs_secret_itself() {
            return self.hasher.hash(secret.expose());
        }
        let sealed = self.sealer.seal_bytes(secret.expose().as_bytes(), id.as_str().as_bytes());
        format!("{SEALED}{}", base64url(&sealed))
    }

    /// Whether `presented` is the client's secret.
    pub(super) fn matches(&self, client: &Client, presented: &str) -> bool {
        match client.secret.as_deref() {
            None => false,
            Some(stored) if stored.starts_with(SEALED) => {
                self.revealed(client).is_some_and(|secret| secret.is(presented))
            }
            Some(hash) => self.hasher.matches(presented, hash),
        }
    }

    /// The secret itself; none where only its hash is known.
    pub(super) fn revealed(&self, client: &Client) -> Option<Secret> {
        let sealed = from_base64url(client.secret.as_deref()?.strip_prefix(SEALED)?)?;
        let opened = self.sealer.open_bytes(&sealed, client.id.as_str().as_bytes()).ok()?;
        std::str::from_utf8(&opened).ok().map(Secret::new)
    }
}

/// Whether what is stored lets the secret be had again.
pub(super) fn is_sealed(stored: &str) -> bool {
    stored.starts_with(SEALED)
}
