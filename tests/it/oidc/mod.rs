//! `/oauth2/…`: what relying parties see.

mod authorize;
mod sign_in;
mod token;
