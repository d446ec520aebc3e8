//! Connections: several listeners, optional TLS, limits on heads and connections, and a graceful end.
//!
//! A connection is counted (`connections`), perhaps secured (`tls`), and its requests go to the router, which
//! [`crate::http::middleware`] has wrapped. What a slow or huge head may cost is bounded here, since no handler sees it.

mod connections;
mod tls;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum_server::tls_rustls::RustlsAcceptor;
use axum_server::{Handle, Server};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use tls::{Tls, TlsError};

use super::shutdown::Shutdown;
use crate::config::server::ServerConfig;
use crate::telemetry::Metrics;
use connections::{Connections, CountedAcceptor};

/// Streams that one HTTP/2 connection may have open.
const STREAMS: u32 = 128;

/// How often a silent HTTP/2 connection is asked whether it still lives.
const ARE_YOU_THERE: Duration = Duration::from_secs(30);

/// Opens every address, or none.
pub async fn bind(addresses: &[SocketAddr]) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::with_capacity(addresses.len());
    for address in addresses {
        let opened = TcpListener::bind(address).await;
        listeners.push(
            opened.map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))?,
        );
    }
    Ok(listeners)
}

/// What connections are held to.
pub struct Front {
    limits: ServerConfig,
    tls: Option<Tls>,
    connections: Connections,
}

impl Front {
    /// The limits of `config`, over TLS if given.
    #[must_use]
    pub fn new(config: &ServerConfig, tls: Option<Tls>, metrics: &Metrics) -> Self {
        Self { limits: config.clone(), tls, connections: Connections::new(config, metrics) }
    }

    /// Serves `router` on `listeners` until `shutdown` closes them; then waits for what is under way, as long as
    /// `server.drain_seconds` allows, and returns. A listener that fails takes the others with it.
    pub async fn serve(&self, listeners: Vec<TcpListener>, router: Router, shutdown: &Shutdown) -> io::Result<()> {
        let handles: Vec<Handle<SocketAddr>> = listeners.iter().map(|_| Handle::new()).collect();
        let mut serving = JoinSet::new();
        for (listener, handle) in listeners.into_iter().zip(&handles) {
            let server = self.prepared(listener, handle.clone());
            let service = router.clone().into_make_service_with_connect_info::<SocketAddr>();
            let acceptor = CountedAcceptor::new(self.connections.clone());
            match &self.tls {
                Some(tls) => {
                    let secured = RustlsAcceptor::new(tls.live()).handshake_timeout(self.limits.header_time());
                    serving.spawn(server.acceptor(secured.acceptor(acceptor)).serve(service));
                }
                None => {
                    serving.spawn(server.acceptor(acceptor).serve(service));
                }
            }
        }
        tokio::select! {
            ended = all(&mut serving) => ended,
            never = close_when_told(&handles, self.limits.drain_time(), shutdown) => match never {},
        }
    }

    /// A server with the limits of this front.
    fn prepared(&self, listener: TcpListener, handle: Handle<SocketAddr>) -> Server<SocketAddr> {
        let limits = &self.limits;
        let refused = self.connections.refused();
        let mut server = Server::from_listener(listener)
            .handle(handle)
            .first_request_timeout(limits.header_time())
            .accept_error_handler(move |_, error| refused.note(error));
        let head = usize::try_from(limits.header_bytes).unwrap_or(usize::MAX);
        let http = server.http_builder();
        http.http1().header_read_timeout(limits.header_time()).max_buf_size(head);
        http.http2()
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
            .keep_alive_interval(ARE_YOU_THERE)
            .keep_alive_timeout(limits.header_time());
        server
    }
}

/// Closes the listeners when told to, and every connection after `drain`, or at once when nothing is waited for any more.
async fn close_when_told(handles: &[Handle<SocketAddr>], drain: Duration, shutdown: &Shutdown) -> Infallible {
    shutdown.closing().await;
    handles.iter().for_each(|handle| handle.graceful_shutdown(Some(drain)));
    shutdown.aborting().await;
    handles.iter().for_each(Handle::shutdown);
    std::future::pending().await
}

/// The end of every listener, or the first failure.
async fn all(serving: &mut JoinSet<io::Result<()>>) -> io::Result<()> {
    while let Some(ended) = serving.join_next().await {
        ended.map_err(io::Error::other)??;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
