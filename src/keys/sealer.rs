//! [`Sealer`]: authenticated encryption for what leaves the process and comes back: login state in the browser, columns
//! with personal data, private keys in the database.
//!
//! AES-256-GCM-SIV (RFC 8452) with a random 96-bit nonce. With plain GCM, two messages under one nonce give away the
//! authentication key, so random nonces stop being safe after some 2³² messages; with SIV a repeated nonce shows only
//! whether two equal plaintexts were sealed, and hufu seals one state for every login of a nation under a key that does
//! not change. It costs a second pass over a few hundred bytes.
//!
//! A sealed box is `version (1 byte) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`: 29 bytes more than the content, and a third
//! more again as base64url text. The `context` is authenticated but not stored: a box opened in another context (another
//! column, row, step or client) does not open. Freshness and single use are the caller's: put a time into the content.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::master::MasterKey;
use crate::base::encoding::{base64url, from_base64url};

/// The first byte of every box: algorithm and layout.
const VERSION: u8 = 1;

/// Bytes that a box has more than its content.
pub const OVERHEAD: usize = 1 + NONCE_LEN + 16;

/// Why a box did not open. It never says more: an attacker learns nothing from trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not a box of this version.
    #[error("not a sealed box")]
    Malformed,
    /// Altered, sealed with another key, or for another context.
    #[error("the sealed box does not open here")]
    Closed,
    /// It opened, but holds something else than expected (an older or newer layout).
    #[error("the sealed box holds something else")]
    Content,
}

/// Seals and opens boxes for one purpose.
pub struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// A sealer with a key of its own for `purpose`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "refuses only a key of another length, and this one is 32 bytes")]
    pub fn new(master: &MasterKey, purpose: &str) -> Self {
        let key = master.derive(&format!("seal/{purpose}"));
        Self(RandomizedNonceKey::new(&AES_256_GCM_SIV, key.as_slice()).expect("32 bytes are a key"))
    }

    /// Seals `value` as JSON; the box is base64url text for URLs, cookies and form fields.
    ///
    /// # Panics
    /// When `value` has no JSON form (a map whose keys are not text): a mistake in the code, not in the input.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the types that are sealed are hufu's own and have a JSON form")]
    pub fn seal<T: Serialize>(&self, value: &T, context: &[u8]) -> String {
        let mut content = Zeroizing::new(Vec::with_capacity(512));
        serde_json::to_writer(&mut *content, value).expect("the value has a JSON form");
        base64url(&self.seal_bytes(&content, context))
    }

    /// Opens what [`Sealer::seal`] made.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open<T: DeserializeOwned>(&self, sealed: &str, context: &[u8]) -> Result<T, SealError> {
        let content = self.open_bytes(&from_base64url(sealed).ok_or(SealError::Malformed)?, context)?;
        serde_json::from_slice(&content).map_err(|_| SealError::Content)
    }

    /// Seals bytes, for a column of the database.
    #[must_use]
    #[expect(clippy::expect_used, reason = "fails only for contents of more than 64 GiB")]
    pub fn seal_bytes(&self, content: &[u8], context: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(content.len() + OVERHEAD);
        sealed.push(VERSION);
        sealed.extend_from_slice(&[0; NONCE_LEN]);
        sealed.extend_from_slice(content);
        let (head, body) = sealed.split_at_mut(1 + NONCE_LEN);
        let (nonce, tag) = self.0.seal_in_place_separate_tag(Aad::from(context), body).expect("the content is short");
        head.iter_mut().skip(1).zip(nonce.as_ref()).for_each(|(to, from)| *to = *from);
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`Sealer::seal_bytes`] made; the content is wiped when dropped.
    ///
    /// # Errors
    /// [`SealError::Malformed`] or [`SealError::Closed`].
    pub fn open_bytes(&self, sealed: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError::Malformed)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Malformed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Malformed)?;
        if *version != VERSION {
            return Err(SealError::Malformed);
        }
        let mut content = Zeroizing::new(body.to_vec());
        let length =
            self.0.open_in_place(nonce, Aad::from(context), &mut content).map_err(|_| SealError::Closed)?.len();
        content.truncate(length);
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::base::Secret;

    fn master() -> MasterKey {
        MasterKey::from_secret(&Secret::new("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")).unwrap()
    }

    fn sealer() -> Sealer {
        Sealer::new(&master(), "test")
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct State {
        client: String,
        until: i64,
    }

    fn state() -> State {
        State { client: "matters-portal".into(), until: 1_800_000_000 }
    }

    #[test]
    fn a_box_opens_in_its_context_only() {
        let sealed = sealer().seal(&state(), b"login");
        assert_eq!(sealer().open::<State>(&sealed, b"login").unwrap(), state());
        assert_eq!(sealer().open::<State>(&sealed, b"consent"), Err(SealError::Closed));
        assert_eq!(Sealer::new(&master(), "other").open::<State>(&sealed, b"login"), Err(SealError::Closed));
        assert_eq!(sealer().open::<Vec<u8>>(&sealed, b"login"), Err(SealError::Content));
        let other = MasterKey::from_secret(&Secret::new("BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")).unwrap();
        assert_eq!(Sealer::new(&other, "test").open::<State>(&sealed, b"login"), Err(SealError::Closed));
    }

    #[test]
    fn equal_contents_look_different_and_show_nothing() {
        let (one, two) = (sealer().seal(&state(), b""), sealer().seal(&state(), b""));
        assert_ne!(one, two);
        let bytes = sealer().seal_bytes(b"110101199003070000", b"");
        assert!(!bytes.windows(6).any(|window| window == b"110101"));
        assert_eq!(bytes.len(), 18 + OVERHEAD);
    }

    #[test]
    fn the_text_costs_a_third_and_forty_characters() {
        let content = serde_json::to_vec(&state()).unwrap().len();
        assert_eq!(sealer().seal(&state(), b"login").len(), ((content + OVERHEAD) * 4).div_ceil(3));
    }

    #[test]
    fn texts_that_are_no_boxes_are_refused() {
        let of_version_2 = base64url(&[&[2][..], &sealer().seal_bytes(b"{}", b"")[1..]].concat());
        for text in ["", "AQ", "AQAAAAAAAAAAAAAAAA", "not base64!", &of_version_2] {
            let error = sealer().open::<State>(text, b"").unwrap_err();
            assert!(matches!(error, SealError::Malformed | SealError::Closed), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_content_returns(content: Vec<u8>, context: Vec<u8>) {
            let sealed = sealer().seal_bytes(&content, &context);
            prop_assert_eq!(&*sealer().open_bytes(&sealed, &context).unwrap(), &content);
        }

        #[test]
        fn no_flipped_bit_opens(content: Vec<u8>, at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let mut sealed = sealer().seal_bytes(&content, b"context");
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(sealer().open_bytes(&sealed, b"context").is_err());
        }

        #[test]
        fn no_shorter_or_longer_box_opens(content: Vec<u8>, cut in 1..60usize, more in 1..20usize) {
            let sealed = sealer().seal_bytes(&content, b"");
            prop_assert!(sealer().open_bytes(&sealed[..sealed.len().saturating_sub(cut)], b"").is_err());
            prop_assert!(sealer().open_bytes(&[sealed, vec![0; more]].concat(), b"").is_err());
        }
    }
}
