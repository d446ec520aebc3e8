//! (being built)

pub mod home;
pub mod service;
