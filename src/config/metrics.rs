//! `[metrics]`: who may read `/metrics`. Nobody, until an address or a token is named.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::list::listed;
use crate::base::Secret;

/// The `[metrics]` section.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// The networks from which it may be read without a token.
    #[serde(deserialize_with = "listed")]
    pub allow: Vec<IpNet>,
    /// The bearer token with which it may be read from anywhere.
    #[serde(serialize_with = "Secret::masked")]
    pub token: Option<Secret>,
}
