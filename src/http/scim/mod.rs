//! SCIM 2.0 for access parties (RFC 7644): what they register and keep in step, by tokens of their own.
//!
//! - [`resources`]: people and companies · [`bulk`]: many at once · [`discovery`]: what there is · [`answer`]: how it is told
//!
//! The rules are `crate::registrations`.

pub mod answer;
pub mod bulk;
pub mod discovery;
pub mod resources;

use axum::http::HeaderMap;

use crate::base::id::ClientId;
use crate::http::error::BearerFailure;
use crate::http::extract::bearer;
use crate::http::visit::Web;

use answer::Failure;

/// Where the resources are.
pub use crate::registrations::BASE;

/// Who asks, by a token that was granted `scope`.
async fn party(web: &Web, headers: &HeaderMap, scope: &str) -> Result<ClientId, Failure> {
    let token = bearer(headers).ok_or_else(BearerFailure::no_token)?;
    Ok(web.app.provider.caller(token, scope).await?.id.clone())
}
