//! Challenges (验证码): what a person is asked after several failures, so that programs cannot go on trying.
//!
//! A seam: [`Challenge`] is a trait, so that a government's own service can stand here. [`LocalChallenge`] is the one that
//! is built in: digits in a picture, drawn large, or else a question in words for those who cannot see it; either answer
//! will do, and no script is needed.

mod local;
mod picture;

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::ephemeral::EphemeralError;

pub use local::LocalChallenge;

/// A question to put.
#[derive(Clone)]
pub struct Posed {
    /// What the form carries, opaque.
    pub sealed: String,
    /// A picture, as PNG; none when there is only the question.
    pub picture: Option<Vec<u8>>,
    /// The question in words, in the language that was asked for.
    pub question: String,
}

/// Who poses challenges and judges answers.
pub trait Challenge: Send + Sync + 'static {
    /// A new question, in a language (a BCP 47 tag).
    fn pose(&self, lang: &str) -> Posed;
    /// Whether this answers that question. A question is answered once, rightly or not.
    fn judge<'a>(&'a self, sealed: &'a str, answer: &'a str) -> BoxFuture<'a, Result<bool, EphemeralError>>;
    /// The picture of a question again, for the address that shows it.
    fn picture(&self, sealed: &str) -> Option<Vec<u8>>;
}

/// A challenge that can be handed around.
pub type SharedChallenge = Arc<dyn Challenge>;
