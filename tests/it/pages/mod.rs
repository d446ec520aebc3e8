//! The pages: what people and attackers see.

mod enumeration;
mod forms;
mod limits;
mod real_name;
mod retention;
mod service;
mod session;
