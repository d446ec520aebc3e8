//! No authority: the answer of a node that was not told whom to ask. Fails closed: nobody's name is proven here.

use std::time::Duration;

use futures::future::{BoxFuture, ready};

use crate::realname::authority::{Authority, AuthorityError, Verdict, VerificationRequest};

/// How long people are asked to wait for an operator.
const COME_BACK: Duration = Duration::from_secs(3600);

/// Nobody to ask.
pub struct NotConfigured;

impl Authority for NotConfigured {
    fn verify(&self, _: VerificationRequest) -> BoxFuture<'_, Result<Verdict, AuthorityError>> {
        Box::pin(ready(Err(AuthorityError::Unavailable { retry_after: COME_BACK })))
    }
}
