//! Keys: the master key and what is derived from it (sealed boxes, blind indexes, hashes of secrets), and the signing
//! keys with their rotation.
//!
//! ```text
//! MasterKey ─ derive(purpose) ─┬─ Sealer        state that travels through browsers, columns with personal data, PKCS#8
//!                              ├─ BlindIndex    look-up of encrypted columns
//!                              └─ SecretHasher  client secrets, opaque tokens
//! KeyRing ─ SigningKey         ─┬─ ID tokens, access tokens, logout tokens
//!                              └─ a ring of its own: statements of the federation
//! ```
//!
//! Only [`service`] knows the store; the rest are values. Key material leaves only sealed, and no type here prints any.

pub mod blind;
pub mod master;
pub mod ring;
pub mod rotation;
pub mod sealer;
pub mod secret_hash;
pub mod service;
pub mod signer;

pub use blind::BlindIndex;
pub use master::{MasterKey, MasterKeyError};
pub use ring::{KeyRecord, KeyRing, KeySchedule, PrivateKey, PublishedKeys, SealedKeyRecord};
pub use sealer::{SealError, Sealer};
pub use secret_hash::SecretHasher;
pub use service::{KeyError, KeyService, Purpose, RotateKeys};
pub use signer::{SignError, SigningKey};
