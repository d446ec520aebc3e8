//! (being built)

pub mod gallery;
pub mod home;
pub mod service;
