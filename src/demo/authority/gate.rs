//! Who may ask: the signature, its age, and whether the very same request was here before.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::HeaderMap;
use parking_lot::Mutex;

use super::AuthorityOptions;
use super::problem::Problem;
use crate::base::{SharedClock, Timestamp};
use crate::realname::sources::signature::{Party, SignatureError, read_request};

/// Nonces remembered at once; past it new questions wait for old ones to expire.
const MOST_NONCES: usize = 200_000;

pub(super) struct Gate {
    parties: HashMap<String, Party>,
    skew: Duration,
    clock: SharedClock,
    seen: Mutex<Seen>,
}

/// Nonces by access party, with the moment from which the age of their signature refuses them anyway.
#[derive(Default)]
struct Seen {
    nonces: HashMap<(String, String), Timestamp>,
    swept: Timestamp,
}

/// A request that passed.
pub(super) struct Admitted<'a> {
    pub(super) party: &'a Party,
    pub(super) idempotency_key: String,
    /// What the answer's signature is bound to.
    pub(super) signature: String,
}

impl Gate {
    pub(super) fn new(options: &AuthorityOptions) -> Self {
        let parties = options.parties.iter().map(|party| (party.id.clone(), party.clone())).collect();
        Self { parties, skew: options.skew, clock: options.clock.clone(), seen: Mutex::default() }
    }

    /// Lets a request through once.
    pub(super) fn admit(&self, request: (&str, &str, &[u8]), headers: &HeaderMap) -> Result<Admitted<'_>, Problem> {
        let claimed = read_request(request, headers).map_err(refusal)?;
        let parameters = &claimed.parameters;
        let party = self.parties.get(&parameters.key_id).ok_or(Problem::SignatureInvalid)?;
        claimed.verify(&party.secret).map_err(refusal)?;
        let now = self.clock.now();
        if parameters.created > now.plus(self.skew) || parameters.created < now.minus(self.skew) {
            return Err(Problem::ClockSkew);
        }
        self.first_time(&party.id, &parameters.nonce, parameters.created.plus(self.skew), now)?;
        let (idempotency_key, signature) = (claimed.idempotency_key.to_owned(), claimed.signature.to_owned());
        Ok(Admitted { party, idempotency_key, signature })
    }

    fn first_time(&self, party: &str, nonce: &str, until: Timestamp, now: Timestamp) -> Result<(), Problem> {
        let mut seen = self.seen.lock();
        if now.since(seen.swept) > self.skew {
            seen.nonces.retain(|_, until| *until >= now);
            seen.swept = now;
        }
        if seen.nonces.len() >= MOST_NONCES {
            return Err(Problem::Busy);
        }
        match seen.nonces.insert((party.to_owned(), nonce.to_owned()), until) {
            Some(_) => Err(Problem::Replayed),
            None => Ok(()),
        }
    }
}

const fn refusal(error: SignatureError) -> Problem {
    match error {
        SignatureError::Missing => Problem::SignatureMissing,
        SignatureError::Digest | SignatureError::Wrong => Problem::SignatureInvalid,
    }
}
