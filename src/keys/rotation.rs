//! When signing keys come and go: pure functions from a ring and a time to a list of changes.
//!
//! The two promises: a key has stood in the JWK Set for [`Policy::publish_ahead`] before it signs, so that everybody's
//! cached copy knows it; and it stays there for [`Policy::keep_after`] after its last signature, so that every token it
//! signed can be verified until it expires. The caller makes the changes durable and builds the next ring; running it
//! late, twice or on several nodes in turn (each under the same lock) does no harm.

use std::time::Duration;

use super::ring::{KeyRing, KeySchedule};
use crate::base::Timestamp;
use crate::proto::jose::SigningAlg;

/// How keys are rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The algorithms for which there must be a key.
    pub algs: Vec<SigningAlg>,
    /// How long a key signs; longer than `publish_ahead`.
    pub period: Duration,
    /// How long before its first signature a key is published; more than the longest time for which anybody may cache the
    /// JWK Set.
    pub publish_ahead: Duration,
    /// How long after its last signature a key stays published; more than the longest life of a token.
    pub keep_after: Duration,
}

impl Default for Policy {
    /// RS256 and ES256, a new key every 90 days, published a day ahead and kept for 30 days (ID tokens come back as
    /// `id_token_hint` long after they expired).
    fn default() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        let algs = vec![SigningAlg::RS256, SigningAlg::ES256];
        Self { algs, period: day * 90, publish_ahead: day, keep_after: day * 30 }
    }
}

/// One change to the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Make a key of this algorithm with these times ([`super::KeyRecord::generate`]).
    Add {
        /// The algorithm.
        alg: SigningAlg,
        /// From when it is published.
        publish_at: Timestamp,
        /// From when it signs.
        activate_at: Timestamp,
    },
    /// Set these two times of the key.
    Retire {
        /// The key.
        kid: String,
        /// From when it signs no more.
        retire_at: Timestamp,
        /// From when it is published no more.
        remove_at: Timestamp,
    },
    /// Delete the record: its time is over.
    Remove {
        /// The key.
        kid: String,
    },
}

/// By when every process of a node has seen a change, with room for a look or two that fail: no key signs sooner after it
/// was made, as long as another one can.
pub const SPREAD: Duration = Duration::from_secs(5);

/// How fast [`rotate_now`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// Published now, signing after [`Policy::publish_ahead`].
    Orderly,
    /// Published now, signing after [`SPREAD`], when every process publishes it. Parties with a cached JWK Set must fetch it
    /// again; the old keys still verify.
    AtOnce,
    /// Signing now, and the old keys verify nothing from now on: for a key that others may have. Here nothing waits for
    /// [`SPREAD`]: in that time either the key that others have would sign on and be believed, or nobody could sign at all.
    /// The other processes look every second; until they do, they refuse what the new key has signed, and a client that is
    /// refused asks again.
    Compromised,
}

/// What has to change at `now`; empty when all is well. To be called on a timer, at least a few times in
/// [`Policy::publish_ahead`].
#[must_use]
pub fn plan(ring: &KeyRing, now: Timestamp, policy: &Policy) -> Vec<Change> {
    let mut changes = spent(ring, now);
    let unwanted = |key: &&KeySchedule| !policy.algs.contains(&key.alg) && key.retire_at.is_none();
    changes.extend(ring.schedules().filter(unwanted).map(|key| retire(key, now, policy)));
    for alg in &policy.algs {
        plan_one(*alg, &living(ring, *alg, now), now, policy, &mut changes);
    }
    changes
}

/// A new key for `alg` out of turn. Keys that wait for their turn are dropped, the one that signs is retired.
#[must_use]
pub fn rotate_now(ring: &KeyRing, alg: SigningAlg, now: Timestamp, policy: &Policy, haste: Haste) -> Vec<Change> {
    let activate_at = match haste {
        Haste::Orderly => now.plus(policy.publish_ahead),
        Haste::AtOnce => now.plus(SPREAD),
        Haste::Compromised => now,
    };
    let mut changes = vec![Change::Add { alg, publish_at: now, activate_at }];
    for key in ring.schedules().filter(|key| key.alg == alg && key.remove_at.is_none_or(|at| now < at)) {
        let kid = key.kid.clone();
        changes.push(match haste {
            Haste::Compromised => Change::Retire { kid, retire_at: now, remove_at: now },
            _ if key.activate_at > now => Change::Remove { kid },
            _ if key.retire_at.is_some_and(|at| at <= now) => continue,
            _ => retire(key, activate_at, policy),
        });
    }
    changes
}

fn plan_one(alg: SigningAlg, keys: &[&KeySchedule], now: Timestamp, policy: &Policy, changes: &mut Vec<Change>) {
    for (key, successor) in keys.iter().zip(keys.iter().skip(1)) {
        if key.retire_at.is_none() {
            changes.push(retire(key, successor.activate_at, policy));
        }
    }
    let Some(newest) = keys.last() else {
        changes.push(Change::Add { alg, publish_at: now, activate_at: now });
        return;
    };
    if !keys.iter().any(|key| key.may_sign(now)) {
        changes.push(Change::Add { alg, publish_at: now, activate_at: now });
    }
    let due = newest.retire_at.unwrap_or_else(|| newest.activate_at.plus(policy.period));
    if now.plus(policy.publish_ahead) >= due {
        let activate_at = due.max(now.plus(policy.publish_ahead));
        changes.push(Change::Add { alg, publish_at: now, activate_at });
        if newest.retire_at.is_none() {
            changes.push(retire(newest, activate_at, policy));
        }
    }
}

/// The keys of `alg` that sign now or will, in the order of activation.
fn living(ring: &KeyRing, alg: SigningAlg, now: Timestamp) -> Vec<&KeySchedule> {
    ring.schedules().filter(|key| key.alg == alg && key.retire_at.is_none_or(|at| now < at)).collect()
}

fn spent(ring: &KeyRing, now: Timestamp) -> Vec<Change> {
    let over = ring.schedules().filter(|key| key.remove_at.is_some_and(|at| at <= now));
    over.map(|key| Change::Remove { kid: key.kid.clone() }).collect()
}

fn retire(key: &KeySchedule, retire_at: Timestamp, policy: &Policy) -> Change {
    Change::Retire { kid: key.kid.clone(), retire_at, remove_at: retire_at.plus(policy.keep_after) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::KeyRecord;

    const ALG: SigningAlg = SigningAlg::ES256;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn at(second: u64) -> Timestamp {
        Timestamp(0).plus(seconds(second))
    }

    fn policy(period: u64, publish_ahead: u64, keep_after: u64) -> Policy {
        Policy {
            algs: vec![ALG],
            period: seconds(period),
            publish_ahead: seconds(publish_ahead),
            keep_after: seconds(keep_after),
        }
    }

    /// A node as the caller would write it: makes the changes durable, then builds the next ring.
    struct Node {
        records: Vec<KeyRecord>,
        ring: KeyRing,
    }

    impl Node {
        fn new() -> Self {
            Self { records: Vec::new(), ring: KeyRing::new(&[]).unwrap() }
        }

        fn apply(&mut self, now: Timestamp, changes: &[Change]) {
            for change in changes {
                match change {
                    Change::Add { alg, publish_at, activate_at } => {
                        self.records.push(KeyRecord::generate(*alg, now, *publish_at, *activate_at).unwrap());
                    }
                    Change::Retire { kid, retire_at, remove_at } => {
                        let record = self.records.iter_mut().find(|record| record.kid == *kid).unwrap();
                        (record.retire_at, record.remove_at) = (Some(*retire_at), Some(*remove_at));
                    }
                    Change::Remove { kid } => self.records.retain(|record| record.kid != *kid),
                }
            }
            self.ring = KeyRing::new(&self.records).unwrap();
        }

        fn tick(&mut self, now: Timestamp, policy: &Policy) {
            self.apply(now, &plan(&self.ring, now, policy));
            assert_eq!(plan(&self.ring, now, policy), [], "a second run finds nothing to do");
        }

        fn signer(&self, now: Timestamp) -> Option<String> {
            self.ring.active(ALG, now).map(|key| key.kid().to_owned())
        }

        fn verifies(&self, kid: &str, now: Timestamp) -> bool {
            self.ring.schedules().any(|key| key.kid == kid && key.is_published(now))
        }
    }

    #[test]
    fn a_new_node_has_a_key_of_every_algorithm_at_once() {
        let policy = Policy { algs: vec![ALG, SigningAlg::EdDSA], ..policy(100, 10, 50) };
        let mut node = Node::new();
        node.tick(at(5), &policy);
        assert!(node.signer(at(5)).is_some());
        assert!(node.ring.active(SigningAlg::EdDSA, at(5)).is_some());
        assert_eq!(node.records.len(), 2);
    }

    #[test]
    fn the_next_key_is_published_ahead_and_the_old_one_kept_after() {
        let (policy, mut node) = (policy(100, 10, 50), Node::new());
        node.tick(at(0), &policy);
        let first = node.signer(at(0)).unwrap();
        node.tick(at(89), &policy);
        assert_eq!(node.records.len(), 1);
        node.tick(at(90), &policy);
        let second = node.records[1].kid.clone();
        assert!(node.verifies(&second, at(90)));
        assert_eq!(node.signer(at(99)).as_ref(), Some(&first));
        assert_eq!(node.signer(at(100)).as_ref(), Some(&second));
        assert!(node.verifies(&first, at(149)) && !node.verifies(&first, at(150)));
        node.tick(at(150), &policy);
        assert_eq!(node.records.len(), 1, "the record of the old key is gone");
    }

    #[test]
    fn a_node_that_slept_does_not_sign_with_an_unknown_key() {
        let (policy, mut node) = (policy(100, 10, 50), Node::new());
        node.tick(at(0), &policy);
        let first = node.signer(at(0)).unwrap();
        node.tick(at(1000), &policy);
        assert_eq!(node.signer(at(1009)), Some(first.clone()));
        assert_ne!(node.signer(at(1010)), Some(first.clone()));
        assert!(node.verifies(&first, at(1059)));
    }

    #[test]
    fn an_algorithm_that_is_no_longer_wanted_fades_out() {
        let mut node = Node::new();
        node.tick(at(0), &Policy { algs: vec![ALG, SigningAlg::EdDSA], ..policy(100, 10, 50) });
        let gone = node.ring.active(SigningAlg::EdDSA, at(0)).unwrap().kid().to_owned();
        node.tick(at(20), &policy(100, 10, 50));
        assert!(node.ring.active(SigningAlg::EdDSA, at(20)).is_none());
        assert!(node.verifies(&gone, at(69)) && !node.verifies(&gone, at(70)));
    }

    #[test]
    fn an_orderly_rotation_leaves_no_moment_without_a_signer() {
        for pending in [false, true] {
            let (policy, mut node) = (policy(100, 10, 50), Node::new());
            node.tick(at(0), &policy);
            let first = node.signer(at(0)).unwrap();
            let now = if pending { 95 } else { 30 };
            if pending {
                node.tick(at(92), &policy);
                assert_eq!(node.records.len(), 2);
            }
            let changes = rotate_now(&node.ring, ALG, at(now), &policy, Haste::Orderly);
            node.apply(at(now), &changes);
            assert_eq!(node.records.len(), 2);
            assert!((now..now + 10).all(|second| node.signer(at(second)).as_ref() == Some(&first)));
            assert_eq!(node.signer(at(now + 10)), Some(node.records[1].kid.clone()));
            assert!(node.verifies(&first, at(now + 59)) && !node.verifies(&first, at(now + 60)));
        }
    }

    #[test]
    fn a_rotation_at_once_keeps_old_tokens_good_but_a_compromised_key_dies() {
        for (haste, survives) in [(Haste::AtOnce, true), (Haste::Compromised, false)] {
            let (policy, mut node) = (policy(100, 10, 50), Node::new());
            node.tick(at(0), &policy);
            let first = node.signer(at(0)).unwrap();
            node.tick(at(92), &policy);
            let waiting = node.records[1].kid.clone();
            let changes = rotate_now(&node.ring, ALG, at(93), &policy, haste);
            node.apply(at(93), &changes);
            assert_eq!(node.verifies(&first, at(93)), survives);
            assert!(!node.verifies(&waiting, at(93)));
            let wait = if survives { SPREAD.as_secs() } else { 0 };
            assert!((93..93 + wait).all(|second| node.signer(at(second)).as_ref() == Some(&first)));
            let signer = node.signer(at(93 + wait)).unwrap();
            assert!(signer != first && signer != waiting);
            assert!(node.verifies(&signer, at(93)), "published before it signs");
            assert_eq!(node.signer(at(101)), Some(signer), "the key that waited never signs");
        }
    }

    /// The one rotation that does not let the others look first: the key that somebody has neither signs nor verifies once more.
    #[test]
    fn a_compromised_key_is_not_kept_for_the_time_that_the_others_need() {
        let (policy, mut node) = (policy(100, 10, 50), Node::new());
        node.tick(at(0), &policy);
        let stolen = node.signer(at(0)).unwrap();
        let before = KeyRing::new(&node.records).unwrap();
        node.apply(at(30), &rotate_now(&node.ring, ALG, at(30), &policy, Haste::Compromised));
        let signer = node.signer(at(30)).unwrap();
        assert!(signer != stolen && !node.verifies(&stolen, at(30)));
        // Another process that has not looked yet knows only the old key: it refuses the new one, and lets nobody else in.
        assert!(before.schedules().all(|key| key.kid != signer));
    }

    #[test]
    fn rotating_twice_at_once_leaves_no_moment_without_a_signer() {
        let (policy, mut node) = (policy(100, 10, 50), Node::new());
        node.tick(at(0), &policy);
        let first = node.signer(at(0)).unwrap();
        for second in [30, 32] {
            let changes = rotate_now(&node.ring, ALG, at(second), &policy, Haste::AtOnce);
            node.apply(at(second), &changes);
            assert_eq!(node.records.len(), 2, "the key of the first rotation never signs");
        }
        assert!((30..37).all(|second| node.signer(at(second)).as_ref() == Some(&first)));
        assert_eq!(node.signer(at(37)), Some(node.records[1].kid.clone()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever the policy, and however irregularly the timer runs: somebody always signs, nobody signs before the
        /// time of publishing is over, and every signature can be verified for `keep_after`.
        #[test]
        fn the_two_promises_hold(
            period in 41u64..200, ahead in 1u64..40, keep in 1u64..100,
            pauses in prop::collection::vec(1u64..60, 1..25),
        ) {
            let (policy, mut node, mut now) = (policy(period, ahead, keep), Node::new(), 0);
            let (mut published, mut signed) = (std::collections::HashMap::new(), Vec::new());
            node.tick(at(0), &policy);
            let bootstrap = node.signer(at(0)).unwrap();
            for pause in pauses {
                for second in now..now + pause {
                    for key in node.ring.schedules().filter(|key| key.is_published(at(second))) {
                        published.entry(key.kid.clone()).or_insert(second);
                    }
                    let signer = node.signer(at(second));
                    prop_assert!(signer.is_some(), "nobody signs at {}", second);
                    let signer = signer.unwrap();
                    prop_assert!(signer == bootstrap || second >= published[&signer] + ahead);
                    signed.push((signer, second));
                    let due = signed.iter().rev().take_while(|(_, when)| second - when < keep);
                    for (kid, when) in due {
                        prop_assert!(node.verifies(kid, at(second)), "signed at {}, dead at {}", when, second);
                    }
                }
                now += pause;
                node.tick(at(now), &policy);
            }
        }
    }
}
