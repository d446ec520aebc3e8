//! The chain of nodes: nation, province, city and a second province in this process, each with keys, people and services of
//! its own, on real sockets for what they tell each other, and a browser before all of them.

pub mod acting;
mod attacks;
mod ends;
mod linking;
mod links;
mod logout;
mod names;
mod names_doubt;
mod outage;
mod passing;
mod passing_attacks;
mod passing_returns;
mod people;
pub mod stage;
mod sync;
mod upstream;
