//! The pages: what people and attackers see.

mod companies;
mod enumeration;
mod forms;
mod limits;
mod messages;
mod real_name;
mod retention;
mod second_factor;
mod security;
mod service;
mod session;
