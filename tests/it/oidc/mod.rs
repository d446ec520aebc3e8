//! `/oauth2/…`: what relying parties see.

mod acting;
mod assurance;
mod assurance_table;
mod authorize;
mod logout;
mod register;
mod sign_in;
mod token;
