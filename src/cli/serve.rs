//! `hufu serve`: a node from its configuration to its graceful end.

use std::io;
use std::time::Duration;

use clap::Args;
use tokio_util::task::TaskTracker;

use super::{CliError, Settings};
use crate::app::App;
use crate::config::Config;
use crate::http::node::node;
use crate::http::server::{Front, Tls, bind};
use crate::http::shutdown::Shutdown;
use crate::telemetry::{self, Metrics};

/// How long what goes on beside the requests (deliveries under way) may take to finish at the end.
const BACKGROUND_END: Duration = Duration::from_secs(10);

/// Runs a node.
#[derive(Debug, Args)]
pub struct Serve {
    /// Leaves when its standard input ends: with whoever started it, however that one ends
    #[arg(long, hide = true)]
    until_input_ends: bool,
}

impl Serve {
    pub(super) fn run(self, settings: &Settings) -> Result<(), CliError> {
        let config = settings.load()?;
        telemetry::install(&config.log)?;
        runtime(&config)?.block_on(serve(config, self.until_input_ends))
    }
}

fn runtime(config: &Config) -> io::Result<tokio::runtime::Runtime> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Ok(workers @ 1..) = usize::try_from(config.server.workers) {
        runtime.worker_threads(workers);
    }
    runtime.thread_name("hufu").enable_all().build()
}

async fn serve(config: Config, until_input_ends: bool) -> Result<(), CliError> {
    let (metrics, shutdown) = (Metrics::new(), Shutdown::new());
    metrics.adopt_process();
    let tls = config.server.tls.as_ref().map(Tls::load).transpose()?;
    // Before the database is touched: a second node on the same port by mistake must not get that far.
    let listeners = bind(&config.server.listen).await?;
    let app = App::build(config).await?;
    watch_signals(&app, &shutdown, tls.as_ref());
    if until_input_ends {
        watch_input(&shutdown);
    }
    let background = app.start_background(&shutdown.token());
    announce(&app, listeners.iter().filter_map(|listener| listener.local_addr().ok()));
    let front = Front::new(&app.config.server, tls, &metrics);
    let served = front.serve(listeners, node(app.clone(), &metrics, &shutdown), &shutdown).await;
    shutdown.begin(Duration::ZERO).await;
    finish(&app, &background, &shutdown).await;
    Ok(served?)
}

fn watch_signals(app: &App, shutdown: &Shutdown, tls: Option<&Tls>) {
    let (leaving, notice) = (shutdown.clone(), app.config.server.notice_time());
    tokio::spawn(async move {
        if let Err(error) = leaving.on_signal(notice).await {
            tracing::error!(%error, "signals cannot be heard");
        }
    });
    if let Some(tls) = tls.cloned() {
        tokio::spawn(tls.reload_on_hangup());
    }
}

/// A thread of its own: standard input cannot be waited for otherwise.
fn watch_input(shutdown: &Shutdown) {
    let (shutdown, runtime) = (shutdown.clone(), tokio::runtime::Handle::current());
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        runtime.block_on(shutdown.begin(Duration::ZERO));
    });
}

/// Says where the node is, and what its profile loosened.
fn announce(app: &App, addresses: impl Iterator<Item = std::net::SocketAddr>) {
    let listening: Vec<String> = addresses.map(|address| address.to_string()).collect();
    let (config, store, ephemeral) = (&app.config, app.store.engine(), app.ephemeral.engine());
    let (issuer, listen, profile) = (&config.issuer, listening.join(", "), config.profile.name());
    tracing::info!(%issuer, listen, profile, store, ephemeral, "serving");
}

async fn finish(app: &App, background: &TaskTracker, shutdown: &Shutdown) {
    let waited = async {
        tokio::select! {
            () = shutdown.aborting() => false,
            waited = tokio::time::timeout(BACKGROUND_END, background.wait()) => waited.is_ok(),
        }
    };
    if !waited.await {
        // What was not delivered is still in the outbox, for the next start or another process.
        tracing::warn!("left before all background work was finished");
    }
    app.store.close().await;
    tracing::info!("left");
}
