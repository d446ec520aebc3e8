//! What people bring from their phones: results of face checks, and tickets of the network identity service. Each is random,
//! short-lived and stands for one person; a ticket is good once, a face result for one person's questions only.

use std::collections::HashMap;
use std::time::Duration;

use aws_lc_rs::hmac;
use parking_lot::Mutex;

use crate::base::encoding::base64url;
use crate::base::{SharedRandom, Timestamp};

/// How long they are good.
const LIFE: Duration = Duration::from_secs(600);
/// Remembered at once; past it the oldest go.
const MOST: usize = 10_000;

type Issued = Mutex<HashMap<String, (String, Timestamp)>>;

pub(super) struct Tokens {
    faces: Issued,
    tickets: Issued,
    pairwise: hmac::Key,
    random: SharedRandom,
}

impl Tokens {
    pub(super) fn new(seed: u64, random: SharedRandom) -> Self {
        let pairwise = hmac::Key::new(hmac::HMAC_SHA256, &seed.to_le_bytes());
        Self { faces: Mutex::default(), tickets: Mutex::default(), pairwise, random }
    }

    /// The result of a face check that `holder` has passed.
    pub(super) fn face(&self, holder: &str, now: Timestamp) -> String {
        self.issue(&self.faces, "F", holder, now)
    }

    /// A ticket with which `holder` shows who they are.
    pub(super) fn ticket(&self, holder: &str, now: Timestamp) -> String {
        self.issue(&self.tickets, "N", holder, now)
    }

    pub(super) fn face_is_of(&self, token: &str, holder: &str, now: Timestamp) -> bool {
        self.faces.lock().get(token).is_some_and(|(of, until)| of == holder && *until > now)
    }

    /// The identifier at `party` of the person behind a ticket, which is used up.
    pub(super) fn redeem(&self, ticket: &str, party: &str, now: Timestamp) -> Option<String> {
        let (holder, until) = self.tickets.lock().remove(ticket)?;
        let tag = hmac::sign(&self.pairwise, format!("{party}\n{holder}").as_bytes());
        (until > now).then(|| base64url(tag.as_ref()))
    }

    fn issue(&self, among: &Issued, prefix: &str, holder: &str, now: Timestamp) -> String {
        let token = format!("{prefix}{}", self.random.short_token());
        let mut issued = among.lock();
        if issued.len() >= MOST {
            issued.retain(|_, (_, until)| *until > now);
        }
        if issued.len() >= MOST {
            issued.clear();
        }
        issued.insert(token.clone(), (holder.to_owned(), now.plus(LIFE)));
        token
    }
}
