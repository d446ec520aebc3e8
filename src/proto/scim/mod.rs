//! SCIM 2.0 (RFC 7643, RFC 7644) as values: schemas and what they make of a JSON document, filters, PATCH operations, errors.
//!
//! Filters and paths are parsed by `scim_v2`, which bounds their depth and size; what they mean on a resource is here. Nothing here
//! knows whose resources they are or where they are kept: that is `crate::registrations`.

pub mod bulk;
pub mod error;
pub mod filter;
pub mod patch;
pub mod projection;
pub mod resource;
pub mod schema;

pub use error::{ScimError, ScimType};
pub use filter::Filter;
pub use projection::Projection;
pub use resource::{Kind, Version};

/// Media type of everything that is answered (RFC 7644 §8.1).
pub const MEDIA_TYPE: &str = "application/scim+json";

/// Schema of a list (RFC 7644 §3.4.2).
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Schema of a search (RFC 7644 §3.4.3).
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// Schema of an error (RFC 7644 §3.12).
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The real name of a user (实名扩展).
pub const REAL_NAME: &str = "urn:hufu:params:scim:schemas:extension:realname:1.0:User";
