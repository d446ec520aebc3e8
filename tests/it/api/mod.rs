//! `/api/v1`: what access parties call by tokens of their own.

mod scim;
mod users;
mod verifications;
