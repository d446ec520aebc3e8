//! Which `sub` a client sees (OIDC Core §8): the same for all (public), or one per sector (pairwise), so that two
//! parties cannot join their records.

use aws_lc_rs::hmac;

use super::client::Client;
use crate::base::encoding::base64url;
use crate::base::id::{AccountId, EntityId};
use crate::keys::MasterKey;
use crate::proto::oidc::SubjectType;

/// Computes subjects of a sector: a host, or one client alone. The pairwise key is derived from the master key and never rotates: a `sub` is for ever.
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
            SubjectType::Pairwise => self.pairwise(client, account.as_str()),
        }
    }

    /// The `sub` by which `client` knows the company: whoever acts for it, it is the same.
    #[must_use]
    pub fn of_entity(&self, entity: &EntityId, client: &Client) -> String {
        match client.metadata.subject_type {
            SubjectType::Public => entity.as_str().to_owned(),
            SubjectType::Pairwise => self.pairwise(client, &format!("entity:{entity}")),
        }
    }

    /// The `sub` by which this node speaks of the account to another one, which is no client of it: that of its host's sector.
    #[must_use]
    pub fn at_host(&self, account: &AccountId, host: &str) -> String {
        self.tag(&format!("{host}\n{account}"))
    }

    fn pairwise(&self, client: &Client, whose: &str) -> String {
        self.tag(&match client.metadata.sector() {
            Some(host) => format!("{host}\n{whose}"),
            None => format!("client:{}\n{whose}", client.id),
        })
    }

    fn tag(&self, text: &str) -> String {
        let tag = hmac::sign(&self.key, text.as_bytes());
        base64url(tag.as_ref().first_chunk::<20>().map_or(tag.as_ref(), |part| &part[..]))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Secret;
    use crate::base::id::ClientId;
    use crate::proto::jose::SigningAlg;
    use crate::proto::oauth::{ClientMetadata, ConsentMode, RegistrationPolicy};

    fn client(id: &str, members: serde_json::Value) -> Client {
        let policy = RegistrationPolicy {
            subject_type: SubjectType::Pairwise,
            consent: ConsentMode::FirstUse,
            http_loopback: false,
            trusted: false,
            signing_algs: vec![SigningAlg::RS256],
            open_scopes: Vec::new(),
        };
        let metadata: ClientMetadata = serde_json::from_value(members).unwrap();
        Client {
            id: ClientId::from(id),
            metadata: metadata.validate(&policy).unwrap(),
            suspended: false,
            secret: None,
            registration_token_hash: None,
            jwks: None,
            created_at: crate::base::Timestamp(0),
            trusted_until: None,
        }
    }

    fn web(id: &str, uri: &str) -> Client {
        client(id, json!({"redirect_uris": [uri]}))
    }

    fn app(id: &str) -> Client {
        client(id, json!({"redirect_uris": ["com.example.app:/cb"], "application_type": "native"}))
    }

    #[test]
    fn one_sector_knows_one_subject_and_no_other() {
        let subjects = Subjects::new(
            &MasterKey::from_secret(&Secret::new("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")).unwrap(),
        );
        let person = AccountId::from("p1");
        let of = |client: &Client| subjects.of(&person, client);
        let first = web("c1", "https://a.example/cb");
        assert_eq!(of(&first), of(&web("c2", "https://a.example:8443/other")));
        assert_ne!(of(&first), of(&web("c3", "https://b.example/cb")));
        assert_ne!(of(&first), subjects.of(&AccountId::from("p2"), &first));
        let company = subjects.of_entity(&EntityId::from("p1"), &first);
        assert_eq!(company, subjects.of_entity(&EntityId::from("p1"), &web("c2", "https://a.example/other")));
        assert_ne!(company, of(&first), "a company is nobody's namesake");
        assert_eq!(of(&client("c4", json!({"redirect_uris": ["https://a.example/"], "subject_type": "public"}))), "p1");
    }

    #[test]
    fn apps_that_claim_one_scheme_do_not_share_their_subjects() {
        let subjects = Subjects::new(
            &MasterKey::from_secret(&Secret::new("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")).unwrap(),
        );
        let person = AccountId::from("p1");
        assert_ne!(subjects.of(&person, &app("c1")), subjects.of(&person, &app("c2")));
        let borrowed = subjects.of(&person, &app("a.example"));
        assert_ne!(borrowed, subjects.of(&person, &web("c3", "https://a.example/cb")), "an id is no host");
    }
}
