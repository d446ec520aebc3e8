//! The pages: what people and attackers see.

mod enumeration;
mod forms;
mod limits;
mod messages;
mod passkeys;
mod real_name;
mod second_factor;
mod security;
mod session;
