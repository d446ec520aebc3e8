//! `hufu authority`: the reference authority by itself, for nodes that are not the demo's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::{CliError, node};
use crate::base::{Secret, SharedRandom, SystemClock, SystemRandom};
use crate::config::log::{LogConfig, LogFormat};
use crate::demo::authority::{self, AuthorityOptions};
use crate::http::server::bind;
use crate::http::shutdown::Shutdown;
use crate::realname::sources::signature::Party;
use crate::telemetry;

/// Runs the reference authority. Its people are invented; it must never be given real ones.
#[derive(Debug, Args)]
pub struct AuthorityArgs {
    /// Where to listen; plain HTTP, for this machine or a closed network
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9009")]
    listen: SocketAddr,
    /// How many people there are
    #[arg(long, value_name = "COUNT", default_value_t = AuthorityOptions::PEOPLE)]
    people: usize,
    /// Which population: the same number gives the same people
    #[arg(long, value_name = "NUMBER", default_value_t = AuthorityOptions::SEED)]
    seed: u64,
    /// The party that may ask, `realname.source.party_id` there
    #[arg(long, value_name = "ID", default_value = "hufu-nation")]
    party: String,
    /// The secret shared with it, `realname.source.secret` there
    #[arg(long, value_name = "TEXT", env = "HUFU_AUTHORITY_SECRET", hide_env_values = true)]
    secret: String,
}

impl AuthorityArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        telemetry::install(&LogConfig { format: LogFormat::Text, ..LogConfig::default() })?;
        let random: SharedRandom = Arc::new(SystemRandom);
        let party = Party { id: self.party, secret: Secret::new(self.secret) };
        let mut options = AuthorityOptions::new(vec![party], Arc::new(SystemClock), random);
        (options.people, options.seed) = (self.people, self.seed);
        node::run(async {
            let shutdown = Shutdown::new();
            let hears = shutdown.clone();
            tokio::spawn(async move { hears.on_signal(Duration::ZERO).await });
            for listener in bind(&[self.listen]).await? {
                tracing::info!(listen = %self.listen, people = options.people, "the reference authority answers");
                let leaving = shutdown.clone();
                authority::serve(listener, options.clone(), async move { leaving.closing().await }).await?;
            }
            Ok(())
        })
    }
}
