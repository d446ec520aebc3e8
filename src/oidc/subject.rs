//! Which `sub` a client sees (OIDC Core §8): the same for all (public), or one per sector (pairwise), so that two
//! parties cannot join their records.

use aws_lc_rs::hmac;

use super::client::Client;
use crate::base::encoding::base64url;
use crate::base::id::AccountId;
use crate::keys::MasterKey;
use crate::proto::oidc::SubjectType;

/// Computes subjects. The pairwise key is derived from the master key and never rotates: a `sub` is for ever.
pub struct Subjects {
    key: hmac::Key,
}

impl Subjects {
    /// Subjects under `master`.
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &*master.derive("pairwise-subject")) }
    }

    /// The `sub` by which `client` knows the account.
    #[must_use]
    pub fn of(&self, account: &AccountId, client: &Client) -> String {
        match client.metadata.subject_type {
            SubjectType::Public => account.as_str().to_owned(),
            SubjectType::Pairwise => {
                let text = format!("{}\n{account}", client.metadata.sector());
                let tag = hmac::sign(&self.key, text.as_bytes());
                base64url(tag.as_ref().first_chunk::<20>().map_or(tag.as_ref(), |part| &part[..]))
            }
        }
    }
}
