//! [`KeyRing`]: all signing keys of this node, each with its times. Immutable: a rotation makes another ring.
//!
//! ```text
//! created ── published ──(publish_ahead)── active: signs ── retired ──(keep_after)── removed
//!            └──────────────── in the JWK Set, and verifies ─────────────────────────┘
//! ```
//!
//! Answers depend on the given time only, so every process that holds the same records signs with the same key. The JWK
//! Set of every span of time is rendered when the ring is made. Who changes the records, and when: [`super::rotation`].

use bytes::Bytes;
use serde_json::json;
use zeroize::Zeroizing;

use super::sealer::{SealError, Sealer};
use super::signer::{SignError, SigningKey};
use crate::base::Timestamp;
use crate::base::encoding::{base64url, sha256};
use crate::proto::jose::{KeySource, SigningAlg, VerifyingKey};

/// One signing key and its times. `K` is the private half in one of three forms: in the clear ([`PrivateKey`]), sealed for
/// the database ([`SealedKeyRecord`]), or left out ([`KeySchedule`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord<K = PrivateKey> {
    /// The name: the thumbprint of the public key.
    pub kid: String,
    /// What it signs with; one key, one algorithm.
    pub alg: SigningAlg,
    /// The private key.
    pub pkcs8: K,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it stands in the JWK Set.
    pub publish_at: Timestamp,
    /// From when it signs.
    pub activate_at: Timestamp,
    /// From when it signs no more.
    pub retire_at: Option<Timestamp>,
    /// From when it is gone from the JWK Set and verifies nothing.
    pub remove_at: Option<Timestamp>,
}

/// A private key as PKCS#8 DER. No `Debug` and no `Clone`, so neither has its record; wiped when dropped.
pub struct PrivateKey(Zeroizing<Vec<u8>>);

/// A record as the database holds it: the private key sealed, and bound to `kid` and `alg`.
pub type SealedKeyRecord = KeyRecord<Vec<u8>>;

/// A record without its key, for rotation and for listings.
pub type KeySchedule = KeyRecord<()>;

impl<K> KeyRecord<K> {
    /// Whether the key may sign at `now`.
    #[must_use]
    pub fn may_sign(&self, now: Timestamp) -> bool {
        self.activate_at <= now && self.is_published(now) && self.retire_at.is_none_or(|at| now < at)
    }

    /// Whether the key stands in the JWK Set, and verifies, at `now`.
    #[must_use]
    pub fn is_published(&self, now: Timestamp) -> bool {
        self.publish_at <= now && self.remove_at.is_none_or(|at| now < at)
    }

    /// The same record with the key in another form.
    fn with_key<L>(&self, pkcs8: L) -> KeyRecord<L> {
        KeyRecord {
            kid: self.kid.clone(),
            alg: self.alg,
            pkcs8,
            created_at: self.created_at,
            publish_at: self.publish_at,
            activate_at: self.activate_at,
            retire_at: self.retire_at,
            remove_at: self.remove_at,
        }
    }

    /// What a sealed key is bound to.
    fn context(&self) -> Vec<u8> {
        format!("signing-key/{}/{}", self.alg, self.kid).into_bytes()
    }
}

impl KeyRecord {
    /// A new key with these times. RSA takes a while: not on an async worker thread.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn generate(
        alg: SigningAlg,
        now: Timestamp,
        publish_at: Timestamp,
        activate_at: Timestamp,
    ) -> Result<Self, SignError> {
        let key = SigningKey::generate(alg)?;
        let (kid, pkcs8) = (key.kid().to_owned(), PrivateKey(key.to_pkcs8()?));
        Ok(Self { kid, alg, pkcs8, created_at: now, publish_at, activate_at, retire_at: None, remove_at: None })
    }

    /// Seals the private key for the database.
    #[must_use]
    pub fn to_sealed(&self, sealer: &Sealer) -> SealedKeyRecord {
        self.with_key(sealer.seal_bytes(&self.pkcs8.0, &self.context()))
    }

    /// Opens a record of the database.
    ///
    /// # Errors
    /// [`SealError::Closed`]: another master key, or a row that was altered or swapped.
    pub fn from_sealed(record: &SealedKeyRecord, sealer: &Sealer) -> Result<Self, SealError> {
        Ok(record.with_key(PrivateKey(sealer.open_bytes(&record.pkcs8, &record.context())?)))
    }
}

struct RingKey {
    schedule: KeySchedule,
    key: SigningKey,
}

/// The JWK Set of one span of time, ready to be sent.
#[derive(Clone, Debug)]
pub struct PublishedKeys {
    /// The JSON text.
    pub body: Bytes,
    /// A strong entity tag, with its quotation marks (RFC 9110 §8.8.3).
    pub etag: String,
}

/// Every signing key of the node.
pub struct KeyRing {
    /// In the order of activation.
    keys: Vec<RingKey>,
    /// The JWK Set before the first change.
    first: PublishedKeys,
    /// From when on which JWK Set is the one, in order of time.
    later: Vec<(Timestamp, PublishedKeys)>,
}

impl KeyRing {
    /// Parses every key, once.
    ///
    /// # Errors
    /// [`SignError::Rejected`]: a record whose private key is not one for its algorithm, or not the one its `kid` names.
    pub fn new(records: &[KeyRecord]) -> Result<Self, SignError> {
        let mut keys = records.iter().map(RingKey::of).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by(|one, two| {
            let order = |key: &RingKey| (key.schedule.activate_at, key.schedule.created_at, key.schedule.kid.clone());
            order(one).cmp(&order(two))
        });
        let later = rendered(&keys);
        Ok(Self { keys, first: render(&[]), later })
    }

    /// The key that signs with `alg` at `now`: of those that may, the one activated last. `None`: there is none.
    #[must_use]
    pub fn active(&self, alg: SigningAlg, now: Timestamp) -> Option<&SigningKey> {
        let fits = |key: &&RingKey| key.schedule.alg == alg && key.schedule.may_sign(now);
        self.keys.iter().rfind(fits).map(|key| &key.key)
    }

    /// The JWK Set at `now`.
    #[must_use]
    pub fn published(&self, now: Timestamp) -> &PublishedKeys {
        self.later.iter().rfind(|(from, _)| *from <= now).map_or(&self.first, |(_, keys)| keys)
    }

    /// The key of this name, whatever its times.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.schedule.kid == kid).map(|key| &key.key)
    }

    /// The keys that verify our own tokens at `now`: those in the JWK Set, so that a key taken out of it is dead at once.
    #[must_use]
    pub fn verifying(&self, now: Timestamp) -> OwnKeys<'_> {
        OwnKeys { ring: self, now }
    }

    /// The times of every key, in the order of activation.
    pub fn schedules(&self) -> impl DoubleEndedIterator<Item = &KeySchedule> {
        self.keys.iter().map(|key| &key.schedule)
    }
}

/// The keys of a ring at one moment, for [`crate::proto::jose::verify`]. Our tokens always name their key, so a token
/// without a `kid` finds none.
pub struct OwnKeys<'r> {
    ring: &'r KeyRing,
    now: Timestamp,
}

impl KeySource for OwnKeys<'_> {
    fn candidates<'a>(&'a self, kid: Option<&'a str>, alg: SigningAlg) -> impl Iterator<Item = &'a VerifyingKey> {
        let named = move |key: &&RingKey| kid == Some(key.schedule.kid.as_str()) && key.schedule.is_published(self.now);
        self.ring.keys.iter().filter(named).map(|key| key.key.verifying()).filter(move |key| key.fits(alg))
    }
}

impl RingKey {
    fn of(record: &KeyRecord) -> Result<Self, SignError> {
        let key = SigningKey::from_pkcs8(record.alg, &record.pkcs8.0)?;
        if key.kid() != record.kid {
            return Err(SignError::Rejected(record.alg));
        }
        Ok(Self { schedule: record.with_key(()), key })
    }
}

/// One JWK Set for each moment at which a key comes or goes.
fn rendered(keys: &[RingKey]) -> Vec<(Timestamp, PublishedKeys)> {
    let changes = keys.iter().flat_map(|key| [Some(key.schedule.publish_at), key.schedule.remove_at]).flatten();
    let mut moments: Vec<_> = changes.collect();
    moments.sort_unstable();
    moments.dedup();
    let at = |now: Timestamp| keys.iter().filter(|key| key.schedule.is_published(now)).collect::<Vec<_>>();
    moments.into_iter().map(|now| (now, render(&at(now)))).collect()
}

/// Newest first, so that a party that takes the first key it can use takes the right one.
fn render(keys: &[&RingKey]) -> PublishedKeys {
    let jwks: Vec<_> = keys.iter().rev().map(|key| key.key.public_jwk()).collect();
    let body = json!({ "keys": jwks }).to_string();
    let etag = format!("\"{}\"", base64url(&sha256(body.as_bytes())));
    PublishedKeys { body: body.into(), etag }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Secret;
    use crate::keys::MasterKey;
    use crate::proto::jose::{Audience, Expectations, JoseError, PublicJwkSet, Typ, verify};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    fn record(alg: SigningAlg, times: [i64; 2], ends: [Option<i64>; 2]) -> KeyRecord {
        let mut record = KeyRecord::generate(alg, at(times[0]), at(times[0]), at(times[1])).unwrap();
        [record.retire_at, record.remove_at] = ends.map(|end| end.map(at));
        record
    }

    /// An old key (signs 0 to 200, gone at 300) and a new one (published at 100, signs from 200).
    fn two() -> [KeyRecord; 2] {
        [record(SigningAlg::ES256, [0, 0], [Some(200), Some(300)]), record(SigningAlg::ES256, [100, 200], [None, None])]
    }

    fn kids(ring: &KeyRing, second: i64) -> Vec<String> {
        let body: serde_json::Value = serde_json::from_slice(&ring.published(at(second)).body).unwrap();
        body["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn keys_are_published_before_they_sign_and_after() {
        let records = two();
        let (old, new) = (records[0].kid.clone(), records[1].kid.clone());
        let ring = KeyRing::new(&records).unwrap();
        let active = |second| ring.active(SigningAlg::ES256, at(second)).map(|key| key.kid().to_owned());
        assert_eq!([active(-1), active(0), active(199)], [None, Some(old.clone()), Some(old.clone())]);
        assert_eq!([active(200), active(9999)], [Some(new.clone()), Some(new.clone())]);
        assert_eq!(active(0).and(ring.active(SigningAlg::RS256, at(0)).map(|key| key.kid().to_owned())), None);
        assert_eq!(kids(&ring, -1), [""; 0]);
        assert_eq!(kids(&ring, 99), [&*old]);
        assert_eq!(kids(&ring, 100), [new.clone(), old.clone()]);
        assert_eq!(kids(&ring, 299), [new.clone(), old.clone()]);
        assert_eq!(kids(&ring, 300), [&*new]);
        assert_eq!(ring.find(&old).unwrap().kid(), old);
        assert!(ring.find("../x").is_none());
    }

    #[test]
    fn the_published_set_is_public_and_its_tag_changes_with_it() {
        let ring = KeyRing::new(&two()).unwrap();
        let set = PublicJwkSet::parse(std::str::from_utf8(&ring.published(at(150)).body).unwrap()).unwrap();
        assert_eq!(set.len(), 2);
        let tag = |second| ring.published(at(second)).etag.clone();
        assert_eq!(tag(100), tag(299));
        assert_ne!(tag(100), tag(300));
        assert!(tag(100).starts_with('"') && tag(100).ends_with('"') && tag(100).len() == 45);
    }

    #[test]
    fn our_tokens_verify_while_their_key_is_published_and_not_longer() {
        let records = two();
        let ring = KeyRing::new(&records).unwrap();
        let token = ring.active(SigningAlg::ES256, at(150)).unwrap().sign("at+jwt", &json!({"sub": "s"})).unwrap();
        let check = |second: i64| {
            let expect = Expectations {
                algs: SigningKey::ALGS,
                typ: Typ::Required("at+jwt"),
                iss: None,
                aud: Audience::Unchecked,
                required: &["sub"],
                max_age: None,
                leeway: Duration::ZERO,
                now: at(second),
            };
            verify(&token, &ring.verifying(at(second)), &expect).map(|verified| verified.header.kid)
        };
        assert_eq!(check(150).unwrap().as_ref(), Some(&records[0].kid));
        assert!(check(299).is_ok());
        assert_eq!(check(300).unwrap_err(), JoseError::UnknownKey);
        assert_eq!(check(-1).unwrap_err(), JoseError::UnknownKey);
    }

    #[test]
    fn a_stored_record_returns_unless_the_row_was_tampered_with() {
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        let sealer = Sealer::new(&MasterKey::from_secret(&Secret::new(text)).unwrap(), "signing-keys");
        let [one, two] = two();
        let stored = one.to_sealed(&sealer);
        assert!(!stored.pkcs8.windows(16).any(|window| one.pkcs8.0.windows(16).any(|secret| secret == window)));
        let back = KeyRecord::from_sealed(&stored, &sealer).unwrap();
        assert_eq!((&*back.pkcs8.0, back.retire_at, back.remove_at), (&*one.pkcs8.0, one.retire_at, one.remove_at));
        assert!(KeyRing::new(&[back]).is_ok());
        let swapped = SealedKeyRecord { pkcs8: two.to_sealed(&sealer).pkcs8, ..stored.clone() };
        assert_eq!(KeyRecord::from_sealed(&swapped, &sealer).err(), Some(SealError::Closed));
        let other_alg = SealedKeyRecord { alg: SigningAlg::PS256, ..stored };
        assert_eq!(KeyRecord::from_sealed(&other_alg, &sealer).err(), Some(SealError::Closed));
    }

    #[test]
    fn a_record_under_another_keys_name_is_refused() {
        let [mut one, two] = two();
        one.kid = two.kid;
        assert!(matches!(KeyRing::new(&[one]), Err(SignError::Rejected(SigningAlg::ES256))));
    }

    #[test]
    fn an_empty_ring_publishes_an_empty_set() {
        let ring = KeyRing::new(&[]).unwrap();
        assert_eq!(&*ring.published(at(0)).body, br#"{"keys":[]}"#);
    }
}
