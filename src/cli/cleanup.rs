//! `hufu cleanup`: what the sweeper of every node does every half minute, once and now.

use std::io::Write;

use clap::Args;

use super::{CliError, Settings, node};

/// Removes what has expired, now.
#[derive(Debug, Args)]
pub struct Cleanup {}

impl Cleanup {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            let gone = app.sweeper.sweep().await?;
            Ok(writeln!(out, "removed {gone} rows")?)
        })
    }
}
