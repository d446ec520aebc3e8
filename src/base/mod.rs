//! The ground floor: time, randomness, identifiers, secrets and small encodings.
//!
//! Nothing here knows what hufu does. Clock and randomness are arguments everywhere above, so that a test can hold time
//! still and repeat chance.

pub mod address;
pub mod bounded;
pub mod cache;
pub mod clock;
pub mod crash;
pub mod encoding;
pub mod id;
pub mod random;
pub mod secret;

pub use bounded::within;
pub use cache::Cache;
pub use clock::{Clock, ManualClock, SharedClock, SystemClock, Timestamp};
pub use random::{Random, SeededRandom, SharedRandom, SystemRandom};
pub use secret::Secret;
