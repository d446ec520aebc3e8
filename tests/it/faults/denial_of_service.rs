//! Threat 20: what one stranger can cost.
