//! [`Proxy`]: a way to a server that can be cut and mended.

use std::net::Ipv4Addr;
use std::sync::Arc;

use hufu::base::Secret;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

/// A way to one server. Cut, it ends every connection and takes no new one.
pub struct Proxy {
    open: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// A proxy before the server of `url`, which then names the proxy.
    pub(super) async fn before(url: &mut Secret, usual_port: u16) -> Self {
        let mut address = Url::parse(url.expose()).unwrap();
        let server = format!("{}:{}", address.host_str().unwrap(), address.port().unwrap_or(usual_port));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        address.set_host(Some("127.0.0.1")).unwrap();
        address.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        *url = Secret::new(address);
        let (open, watched) = watch::channel(true);
        let task = tokio::spawn(carry(listener, Arc::from(server), watched));
        Self { open, task }
    }

    /// Ends every connection and takes no new one.
    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Takes connections again.
    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}

async fn carry(listener: TcpListener, server: Arc<str>, open: watch::Receiver<bool>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (server, mut open) = (server.clone(), open.clone());
        tokio::spawn(async move {
            if !*open.borrow_and_update() {
                return;
            }
            let Ok(mut there) = TcpStream::connect(&*server).await else { return };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut there) => {}
                _ = open.wait_for(|open| !open) => {}
            }
        });
    }
}
