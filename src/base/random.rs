//! Randomness as an argument: the operating system's for real, a seeded one for tests that must repeat.

use std::sync::Arc;

use parking_lot::Mutex;
use rand::{Rng, SeedableRng};

use super::encoding::base64url;

/// Where random bytes come from.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes` with unpredictable values.
    fn fill(&self, bytes: &mut [u8]);
}

/// A source of randomness that can be handed around.
pub type SharedRandom = Arc<dyn Random>;

impl dyn Random {
    /// `N` random bytes.
    #[must_use]
    pub fn array<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A 256-bit token, 43 characters of base64url.
    #[must_use]
    pub fn token(&self) -> String {
        base64url(&self.array::<32>())
    }

    /// A 128-bit token, 22 characters of base64url.
    #[must_use]
    pub fn short_token(&self) -> String {
        base64url(&self.array::<16>())
    }
}

/// The operating system's generator, through aws-lc.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::expect_used, reason = "without randomness nothing may go on; aws-lc aborts rather than fail here")]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the system's random generator answers");
    }
}

/// Repeatable bytes for tests; never built into a running node.
pub struct SeededRandom(Mutex<rand::rngs::StdRng>);

impl SeededRandom {
    /// A generator that gives the same bytes for the same `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(rand::rngs::StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_256_bits_and_differ() {
        let random: SharedRandom = Arc::new(SystemRandom);
        let (one, two) = (random.token(), random.token());
        assert_eq!(one.len(), 43);
        assert_ne!(one, two);
    }

    #[test]
    fn a_seed_repeats() {
        let (one, two): (SharedRandom, SharedRandom) = (Arc::new(SeededRandom::new(7)), Arc::new(SeededRandom::new(7)));
        assert_eq!(one.token(), two.token());
    }
}
