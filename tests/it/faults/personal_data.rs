//! Threat 24.
