//! The pages: what people and attackers see.

mod documents;
mod enumeration;
mod forms;
mod limits;
mod merge;
mod real_name;
mod session;
