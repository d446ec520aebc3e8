//! A node without its listeners, for the commands that administer it beside its running processes. What they change is
//! seen by those within a second.

use std::future::Future;

use super::{CliError, Settings};
use crate::app::App;
use crate::config::Config;

/// Runs `work` on the node that `settings` describe.
pub(super) fn on_node<W>(settings: &Settings, work: impl FnOnce(App) -> W) -> Result<(), CliError>
where
    W: Future<Output = Result<(), CliError>>,
{
    let config = settings.load()?;
    database_exists(&config)?;
    run(async {
        let app = App::build(config).await?;
        let store = app.store.clone();
        let done = work(app).await;
        store.close().await;
        done
    })
}

/// A runtime for one command.
pub(super) fn run<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// A command that administers must not make a new, empty node because it was started in the wrong folder.
fn database_exists(config: &Config) -> Result<(), CliError> {
    let file = &config.store.sqlite;
    if config.store.postgres.is_some() || file.is_file() {
        return Ok(());
    }
    Err(CliError::NotFound(format!("database {}: is this the node's folder and configuration?", file.display())))
}
