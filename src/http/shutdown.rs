//! [`Shutdown`]: how a node leaves. First `/readyz` says so, then the listeners close, then what is under way may finish.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// The three steps of leaving; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    leaving: CancellationToken,
    closing: CancellationToken,
    aborting: CancellationToken,
}

impl Shutdown {
    /// Nobody leaves yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says at `/readyz` that this node leaves, and after `notice` closes the listeners.
    pub async fn begin(&self, notice: Duration) {
        self.leaving.cancel();
        if !notice.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(notice) => {}
                () = self.aborting.cancelled() => {}
            }
        }
        self.closing.cancel();
    }

    /// Waits for nothing any more.
    pub fn abort(&self) {
        self.aborting.cancel();
        self.leaving.cancel();
        self.closing.cancel();
    }

    /// Whether this node has said that it leaves.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.leaving.is_cancelled()
    }

    /// Comes when the listeners are to close.
    pub async fn closing(&self) {
        self.closing.cancelled().await;
    }

    /// Comes when nothing is waited for any more.
    pub async fn aborting(&self) {
        self.aborting.cancelled().await;
    }

    /// A token that is cancelled when the listeners close, for what goes on beside the requests.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Begins to leave at SIGTERM or SIGINT (Ctrl-C); a second one aborts. Runs until then.
    pub async fn on_signal(&self, notice: Duration) -> std::io::Result<()> {
        let mut signals = Signals::listen()?;
        signals.next().await;
        tracing::info!("leaving: no new connections, what is under way may finish; once more ends at once");
        tokio::join!(self.begin(notice), async {
            signals.next().await;
            self.abort();
        });
        Ok(())
    }
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
