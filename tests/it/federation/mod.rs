//! Signed trust (OpenID Federation 1.0): anchors, intermediates and services, booted in this process on sockets of their own.

mod automatic;
mod chains;
mod endpoints;
mod explicit;
mod keeping;
mod marks;
mod stage;
