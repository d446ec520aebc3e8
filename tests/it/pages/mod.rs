//! The pages: what people and attackers see.

mod centre;
mod challenge;
mod companies;
mod documents;
mod enrol;
mod enumeration;
mod forms;
mod gateway;
mod limits;
mod merge;
mod messages;
mod notices;
mod passkeys;
mod passwords;
mod real_name;
mod recovery;
mod retention;
mod scan;
mod second_factor;
mod security;
mod service;
mod session;
