//! How many connections are held, in all and from one address: one client that opens many and says little (slow loris)
//! fills its own share, never the node.

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum_server::accept::Accept;
use ipnet::IpNet;
use metrics::{Counter, Gauge};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::base::address::held_by_one_client;
use crate::config::server::ServerConfig;
use crate::telemetry::Metrics;

/// The connections of a node; clones share them.
#[derive(Clone)]
pub(super) struct Connections(Arc<Book>);

struct Book {
    held: Mutex<Held>,
    limit: usize,
    limit_per_address: usize,
    exempt: Vec<IpNet>,
    open: Gauge,
    refused: Refused,
}

#[derive(Default)]
struct Held {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Counts what did not become a connection.
#[derive(Clone)]
pub(super) struct Refused {
    full: Counter,
    failed: Counter,
}

impl Refused {
    /// Counts an error of the accept loop: our own refusal, or a failed accept or handshake.
    pub(super) fn note(&self, error: &io::Error) {
        let counter = if error.kind() == io::ErrorKind::QuotaExceeded { &self.full } else { &self.failed };
        counter.increment(1);
        tracing::debug!(kind = %error.kind(), "connection not taken");
    }
}

impl Connections {
    pub(super) fn new(config: &ServerConfig, metrics: &Metrics) -> Self {
        let refused =
            |why| metrics.counter("hufu_connections_refused_total", "Connections not taken.", &[("why", why)]);
        Self(Arc::new(Book {
            held: Mutex::default(),
            limit: usize::try_from(config.max_connections).unwrap_or(usize::MAX),
            limit_per_address: usize::try_from(config.max_connections_per_address).unwrap_or(usize::MAX),
            exempt: config.trusted_proxies.clone(),
            open: metrics.gauge("hufu_connections_open", "Connections held.", &[]),
            refused: Refused { full: refused("full"), failed: refused("failed") },
        }))
    }

    pub(super) fn refused(&self) -> Refused {
        self.0.refused.clone()
    }

    /// Takes a connection from `address`; `None` when it, or everybody together, has too many.
    fn take(&self, address: IpAddr) -> Option<Hold> {
        let address = held_by_one_client(address);
        let counted = (!self.is_exempt(address)).then_some(address);
        let mut held = self.0.held.lock();
        if held.all >= self.0.limit {
            return None;
        }
        if let Some(address) = counted {
            let from_there = held.by_address.entry(address).or_default();
            if *from_there >= self.0.limit_per_address {
                return None;
            }
            *from_there += 1;
        }
        held.all += 1;
        drop(held);
        self.0.open.increment(1.0);
        Some(Hold { connections: self.clone(), address: counted })
    }

    /// Proxies bring everybody's connections, and this machine's programs are nobody's attack.
    fn is_exempt(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.0.exempt.iter().any(|net| net.contains(&address))
    }
}

/// A connection's place, given back when it is dropped.
struct Hold {
    connections: Connections,
    address: Option<IpAddr>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let book = &self.connections.0;
        let mut held = book.held.lock();
        held.all = held.all.saturating_sub(1);
        if let Some(address) = self.address
            && let Some(from_there) = held.by_address.get_mut(&address)
        {
            *from_there = from_there.saturating_sub(1);
            if *from_there == 0 {
                held.by_address.remove(&address);
            }
        }
        drop(held);
        book.open.decrement(1.0);
    }
}

/// Takes connections while there is room, and closes the others as they come.
#[derive(Clone)]
pub(super) struct CountedAcceptor(Connections);

impl CountedAcceptor {
    pub(super) fn new(connections: Connections) -> Self {
        Self(connections)
    }
}

impl<S> Accept<TcpStream, S> for CountedAcceptor {
    type Stream = CountedStream;
    type Service = S;
    type Future = Ready<io::Result<(CountedStream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.counted(stream).map(|counted| (counted, service)))
    }
}

impl CountedAcceptor {
    fn counted(&self, stream: TcpStream) -> io::Result<CountedStream> {
        let peer = stream.peer_addr()?.ip();
        let hold = self.0.take(peer).ok_or(io::ErrorKind::QuotaExceeded)?;
        stream.set_nodelay(true)?;
        Ok(CountedStream { stream, _hold: hold })
    }
}

/// A connection that gives its place back when it ends.
pub(super) struct CountedStream {
    stream: TcpStream,
    _hold: Hold,
}

impl CountedStream {
    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().stream)
    }
}

impl AsyncRead for CountedStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read(cx, into)
    }
}

impl AsyncWrite for CountedStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, from)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(limit: u64, per_address: u64) -> Connections {
        let config = ServerConfig {
            max_connections: limit,
            max_connections_per_address: per_address,
            trusted_proxies: vec!["10.0.0.1/32".parse().unwrap()],
            ..ServerConfig::default()
        };
        Connections::new(&config, &Metrics::new())
    }

    #[test]
    fn one_address_fills_its_own_share_only() {
        let connections = connections(100, 2);
        let take = |address: &str| connections.take(address.parse().unwrap());
        let held = [take("198.51.100.7"), take("198.51.100.7")];
        assert!(held.iter().all(Option::is_some));
        assert!(take("::ffff:198.51.100.7").is_none());
        assert!(take("198.51.100.8").is_some());
        drop(held);
        assert!(take("198.51.100.7").is_some());
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        let connections = connections(100, 1);
        let take = |address: &str| connections.take(address.parse().unwrap());
        let _held = take("2001:db8:1:2::1");
        assert!(take("2001:db8:1:2:ffff::9").is_none());
        assert!(take("2001:db8:1:3::1").is_some());
    }

    #[test]
    fn proxies_and_this_machine_are_bounded_by_the_whole_only() {
        let connections = connections(4, 1);
        let take = |address: &str| connections.take(address.parse().unwrap());
        let held = [take("10.0.0.1"), take("10.0.0.1"), take("127.0.0.1"), take("::1")];
        assert!(held.iter().all(Option::is_some));
        assert!(take("127.0.0.1").is_none());
    }
}
