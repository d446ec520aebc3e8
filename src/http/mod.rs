//! The web: the only floor, with the demo, that knows axum and askama.

pub mod pages;
