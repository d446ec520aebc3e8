//! OpenID Connect's own words: prompts, response types and modes, levels, the `claims` parameter.
//!
//! Parsed once at the edge, valid from then on; what follows from them is decided in `crate::oidc`.

mod acr;
mod claims_request;
mod prompt;
mod response;

pub use acr::Acr;
pub use claims_request::{ClaimWish, ClaimWishes, ClaimsRequest};
pub use prompt::{Prompt, Prompts};
pub use response::{ResponseMode, ResponseType};

/// How a client knows a person (OIDC Core §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectType {
    /// By the same `sub` as every other client.
    Public,
    /// By a `sub` of its sector's own.
    Pairwise,
}
