//! Threat 30.
