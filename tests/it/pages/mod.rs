//! The pages: what people and attackers see.

mod enumeration;
mod forms;
mod limits;
mod messages;
mod real_name;
mod second_factor;
mod security;
mod session;
