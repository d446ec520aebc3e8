//! `hufu migrate`: the schema alone, for those who want it done before any node starts. A node does it by itself.

use std::io::Write;

use clap::Args;

use super::{CliError, Settings, node};
use crate::store::Store;

/// Brings the database's schema up to date.
#[derive(Debug, Args)]
pub struct Migrate {}

impl Migrate {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        let config = settings.load()?;
        node::run(async {
            let store = Store::open(&config.store).await?;
            store.ping().await?;
            writeln!(out, "{}: the schema is up to date", store.engine())?;
            store.close().await;
            Ok(())
        })
    }
}
