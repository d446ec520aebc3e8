//! The APIs for access parties: JSON in, JSON out; a bearer token of the party's own; errors as problem+json with a stable code
//! (RFC 9457).

pub mod problem;
pub mod users;
pub mod verifications;
