//! The façades: what provincial platforms speak, by a service's server and a person's browser against a whole node.

mod attacks;
mod exchange;
mod gateway;
mod stage;
mod ticket;
