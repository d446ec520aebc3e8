//! `[server]`: where this node listens, how it is reached, and the limits of a request.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::list::listed;
use crate::base::within;
use crate::proto::oidc::Issuer;

/// The `[server]` section.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// The base URL by which relying parties and browsers reach this node; must be set.
    pub issuer: Option<Issuer>,
    /// The addresses to listen on, with ports.
    #[serde(deserialize_with = "listed")]
    pub listen: Vec<SocketAddr>,
    /// TLS by this process; without it, plain HTTP on loopback or behind a named proxy.
    pub tls: Option<TlsFiles>,
    /// The proxies whose `X-Forwarded-For` is believed, and nobody else's.
    #[serde(deserialize_with = "listed")]
    pub trusted_proxies: Vec<IpNet>,
    /// The largest request body, in bytes.
    #[serde(deserialize_with = "within::<_, 4096, 16_777_216>")]
    pub body_bytes: u64,
    /// The largest head of a request, in bytes.
    #[serde(deserialize_with = "within::<_, 8192, 262_144>")]
    pub header_bytes: u64,
    /// How long a request's head may take to arrive, and how long a connection may stay idle, in seconds. A proxy in
    /// front must close its idle connections sooner.
    #[serde(deserialize_with = "within::<_, 1, 300>")]
    pub header_seconds: u64,
    /// How long a request may take in all, in seconds.
    #[serde(deserialize_with = "within::<_, 1, 300>")]
    pub request_seconds: u64,
    /// Connections held at once; further ones are closed as they come.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub max_connections: u64,
    /// Connections held from one address, trusted proxies and this machine apart.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub max_connections_per_address: u64,
    /// Requests worked on at once; further ones are answered 503 with Retry-After.
    #[serde(deserialize_with = "within::<_, 1, 1_000_000>")]
    pub max_in_flight: u64,
    /// At the end, how long `/readyz` says 503 before the listeners close, in seconds: for balancers that ask.
    #[serde(deserialize_with = "within::<_, 0, 300>")]
    pub notice_seconds: u64,
    /// At the end, how long requests under way may take to finish, in seconds.
    #[serde(deserialize_with = "within::<_, 0, 600>")]
    pub drain_seconds: u64,
    /// Worker threads; 0 is one a core.
    #[serde(deserialize_with = "within::<_, 0, 1024>")]
    pub workers: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            issuer: None,
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 9000))],
            tls: None,
            trusted_proxies: Vec::new(),
            body_bytes: 128 * 1024,
            header_bytes: 32 * 1024,
            header_seconds: 30,
            request_seconds: 30,
            max_connections: 8192,
            max_connections_per_address: 512,
            max_in_flight: 1024,
            notice_seconds: 0,
            drain_seconds: 20,
            workers: 0,
        }
    }
}

impl ServerConfig {
    /// How long a request's head may take to arrive.
    #[must_use]
    pub const fn header_time(&self) -> Duration {
        Duration::from_secs(self.header_seconds)
    }

    /// How long a request may take.
    #[must_use]
    pub const fn request_time(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }

    /// How long `/readyz` says 503 before the listeners close.
    #[must_use]
    pub const fn notice_time(&self) -> Duration {
        Duration::from_secs(self.notice_seconds)
    }

    /// How long requests under way may take to finish at the end.
    #[must_use]
    pub const fn drain_time(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }
}

/// The `[server.tls]` section: PEM files, read at the start and again on SIGHUP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate and the chain above it.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}
