//! `/oauth2/token`, `/oauth2/revoke`, `/oauth2/introspect`, `/oauth2/userinfo`.

mod client_auth;
mod code;
mod exchange;
mod matrix;
mod refresh;
mod revocation;
