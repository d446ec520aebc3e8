//! What OpenID Connect adds to OAuth: prompts, response types and modes, the `claims` parameter, subjects, levels.
//!
//! Parsed once at the edge, valid from then on; what follows from them is decided in `crate::oidc`.

mod acr;
mod claims_request;
mod issuer;
mod prompt;
mod response;
mod subject;
mod verified_claims;

pub use acr::Acr;
pub use claims_request::{ClaimRequest, ClaimRequests, ClaimsRequest};
pub use issuer::{BadIssuer, Issuer};
pub use prompt::{Prompt, Prompts};
pub use response::{ResponseMode, ResponseType};
pub use subject::SubjectType;
pub use verified_claims::{VerifiedRequest, VerifiedRequests};
