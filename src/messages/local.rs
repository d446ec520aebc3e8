//! Messages kept in this process's memory: what the demo shows on a page, and what tests read.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::future::{BoxFuture, ready};
use parking_lot::Mutex;

use super::{Body, Message, MessageError, Messenger};
use crate::base::{SharedClock, Timestamp};

/// How many are kept.
const KEPT: usize = 200;

/// A message that would have been sent.
#[derive(Clone)]
pub struct Sent {
    /// To which number, eleven digits.
    pub to: String,
    /// The text.
    pub text: String,
    /// The code in it, if it is one.
    pub code: Option<String>,
    /// The gateway's name of the text.
    pub template: String,
    /// When.
    pub at: Timestamp,
}

/// The messages of this process, the newest first; clones are the same.
#[derive(Clone)]
pub struct LocalOutbox {
    sent: Arc<Mutex<VecDeque<Sent>>>,
    sender: String,
    clock: SharedClock,
}

impl LocalOutbox {
    /// An empty one, for texts signed by `sender`.
    #[must_use]
    pub fn new(sender: String, clock: SharedClock) -> Self {
        Self { sent: Arc::default(), sender, clock }
    }

    /// What was sent, the newest first.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.sent.lock().iter().cloned().collect()
    }
}

impl Messenger for LocalOutbox {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MessageError>> {
        let code = match &message.body {
            Body::Code { code, .. } => Some(code.expose().to_owned()),
            Body::Notice { .. } => None,
        };
        let sent = Sent {
            to: message.to.expose().to_owned(),
            text: message.text(&self.sender),
            code,
            template: message.template(),
            at: self.clock.now(),
        };
        let mut all = self.sent.lock();
        all.push_front(sent);
        all.truncate(KEPT);
        Box::pin(ready(Ok(())))
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn destination(&self) -> String {
        "local".to_owned()
    }
}
