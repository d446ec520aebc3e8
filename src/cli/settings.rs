//! The options that every command takes: where the configuration is, and what is overridden.

use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, ConfigError, Override, Sources};

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// The configuration file; without it, hufu.toml here when there is one
    #[arg(long, value_name = "FILE", env = "HUFU_CONFIG", hide_env_values = true, global = true)]
    pub(super) config: Option<PathBuf>,
    /// Overrides one key, as server.listen=127.0.0.1:9000
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value, global = true)]
    pub(super) set: Vec<Override>,
}

impl Settings {
    /// The sources of the configuration, from weak to strong.
    #[must_use]
    pub fn sources(&self) -> Sources {
        Sources::of_process(self.config.as_deref(), &self.set)
    }

    /// The configuration.
    pub fn load(&self) -> Result<Config, ConfigError> {
        Config::from_sources(&self.sources())
    }
}

fn key_and_value(text: &str) -> Result<Override, &'static str> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}
