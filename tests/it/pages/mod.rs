//! The pages: what people and attackers see.

mod companies;
mod documents;
mod enumeration;
mod forms;
mod limits;
mod merge;
mod messages;
mod real_name;
mod retention;
mod second_factor;
mod security;
mod session;
