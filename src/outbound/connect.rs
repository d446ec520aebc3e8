//! From a host name to an open connection: resolve, look at each address, connect to exactly one that passed.
//!
//! There is no second look-up between the check and the connection, so a name server that changes its answer (DNS
//! rebinding) changes nothing. TLS is laid over the checked connection, under the name that was asked for.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower::Service;

use super::error::{OutboundError, Refusal};
use super::policy::OutboundPolicy;
use super::tls::Tls;

/// Turns a host name into addresses.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of `host`, each with `port`.
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The operating system's resolver, on a bounded number of threads: a name server that hangs cannot take the
/// threads that other work needs.
pub struct SystemResolver(Arc<Semaphore>);

impl SystemResolver {
    /// At most `at_once` look-ups under way.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }
}

impl Resolver for SystemResolver {
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let permits = self.0.clone();
        Box::pin(async move {
            let permit = permits.acquire_owned().await.map_err(io::Error::other)?;
            // A look-up cannot be cancelled: its thread keeps the permit until the system answers.
            let look_up = tokio::task::spawn_blocking(move || {
                use std::net::ToSocketAddrs;
                let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
                drop(permit);
                found
            });
            look_up.await.map_err(io::Error::other)?
        })
    }
}

/// Opens checked TCP connections, and counts those that are open.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) policy: Arc<OutboundPolicy>,
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) open: Arc<AtomicUsize>,
}

impl Guard {
    async fn dial(&self, uri: &Uri) -> Result<Tcp, OutboundError> {
        let plain = uri.scheme() != Some(&Scheme::HTTPS);
        let host = uri.host().ok_or(Refusal::Url)?;
        let port = uri.port_u16().unwrap_or(if plain { 80 } else { 443 });
        let allowed = self.admitted(host, port, plain).await?;
        let share = self.policy.connect_timeout() / u32::try_from(allowed.len().max(1)).unwrap_or(u32::MAX);
        let mut last = OutboundError::Resolve;
        for address in allowed {
            match self.dial_address(address, share).await {
                Ok(tcp) => return Ok(tcp),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The addresses of `host` that the policy lets through; an error when there is none.
    async fn admitted(&self, host: &str, port: u16, plain: bool) -> Result<Vec<SocketAddr>, OutboundError> {
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let found = match literal {
            Ok(ip) => vec![SocketAddr::new(ip, port)],
            Err(_) => self.look_up(host, port).await?,
        };
        let mut refusal = None;
        let mut allowed = Vec::with_capacity(found.len());
        for address in found {
            match self.policy.admit(address, plain) {
                Ok(()) => allowed.push(address),
                Err(why) => refusal = refusal.or(Some(why)),
            }
        }
        match refusal {
            Some(why) if allowed.is_empty() => Err(why.into()),
            None if allowed.is_empty() => Err(OutboundError::Resolve),
            _ => Ok(allowed),
        }
    }

    async fn look_up(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutboundError> {
        timeout(self.policy.connect_timeout(), self.resolver.resolve(host.to_owned(), port))
            .await
            .map_err(|_| OutboundError::Timeout)?
            .map_err(|_| OutboundError::Resolve)
    }

    async fn dial_address(&self, address: SocketAddr, within: Duration) -> Result<Tcp, OutboundError> {
        let stream = timeout(within, TcpStream::connect(address))
            .await
            .map_err(|_| OutboundError::Timeout)?
            .map_err(|error| OutboundError::Connect(error.kind()))?;
        let _ = stream.set_nodelay(true);
        self.open.fetch_add(1, Ordering::Relaxed);
        Ok(Tcp { io: TokioIo::new(stream), open: self.open.clone() })
    }
}

impl Service<Uri> for Guard {
    type Response = Tcp;
    type Error = OutboundError;
    type Future = BoxFuture<'static, Result<Tcp, OutboundError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let guard = self.clone();
        Box::pin(async move { guard.dial(&uri).await })
    }
}

/// [`Guard`], with TLS for https.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) guard: Guard,
    pub(super) tls: Arc<Tls>,
}

impl Connector {
    async fn connect(mut self, uri: Uri) -> Result<MaybeHttpsStream<Tcp>, OutboundError> {
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return self.guard.call(uri).await.map(MaybeHttpsStream::Http);
        }
        let config = self.tls.config().await?;
        HttpsConnector::from((self.guard, config)).call(uri).await.map_err(|error| {
            match OutboundError::from_chain(error.as_ref()) {
                OutboundError::Protocol => OutboundError::Tls(error.to_string()),
                ours => ours,
            }
        })
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Tcp>;
    type Error = OutboundError;
    type Future = BoxFuture<'static, Result<Self::Response, OutboundError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// An open connection that counts itself.
pub(super) struct Tcp {
    io: TokioIo<TcpStream>,
    open: Arc<AtomicUsize>,
}

impl Drop for Tcp {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connection for Tcp {
    fn connected(&self) -> Connected {
        self.io.connected()
    }
}

impl Read for Tcp {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Tcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}
