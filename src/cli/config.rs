//! `hufu config`: what is wrong with the configuration, what it is in the end, and what the profiles set.

use std::io::Write;

use clap::Subcommand;

use super::{CliError, Settings};
use crate::config::differences_as_markdown;
use crate::http::server::Tls;
use crate::keys::{KeyError, MasterKey};

/// The configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Says what is wrong with it, every problem at once
    Check,
    /// Prints all of it, secrets masked, with where each value comes from
    Show,
    /// Prints the table of the defaults that differ between production and demo
    Profiles,
}

impl ConfigCommand {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        let text = match self {
            Self::Check => check(settings)?,
            Self::Show => {
                let sources = settings.sources();
                crate::config::Config::from_sources(&sources)?.show(&sources)
            }
            Self::Profiles => differences_as_markdown(),
        };
        Ok(write!(out, "{text}")?)
    }
}

fn check(settings: &Settings) -> Result<String, CliError> {
    let config = settings.load()?;
    if let Some(files) = &config.server.tls {
        Tls::load(files)?;
    }
    if let Some(master) = &config.keys.master {
        MasterKey::from_secret(master).map_err(KeyError::from)?;
    }
    let from = settings.sources().file.map_or_else(|| "no file".to_owned(), |file| file.display().to_string());
    Ok(format!("good: {} as {} ({from})\n", config.issuer, config.profile.name()))
}
