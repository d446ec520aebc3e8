//! `hufu keys`: the signing keys and their times; a new one out of turn.

use std::io::Write;

use clap::{Args, Subcommand};

use super::print::{line, moment, moment_or_dash};
use super::{CliError, Settings, node};
use crate::app::App;
use crate::config::keys::Algorithm;
use crate::keys::rotation::Haste;
use crate::proto::jose::SigningAlg;

/// Signing keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Lists them: name, algorithm, state, and since or until when it is published and signs
    List,
    /// Makes new ones; the old ones go on verifying what they signed
    Rotate(Rotate),
}

/// How new keys come.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Only this algorithm; otherwise every one that is configured
    #[arg(long, value_name = "ALG")]
    alg: Option<Algorithm>,
    /// Signs with the new key in 5 s, when every process publishes it, instead of first letting everybody fetch it
    #[arg(long)]
    now: bool,
    /// For a key that others may have: signs with the new key now, and what the old keys signed is void from now on
    #[arg(long)]
    compromised: bool,
}

impl Keys {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            if let Self::Rotate(rotate) = &self {
                rotate.run(&app).await?;
            }
            list(&app, out)
        })
    }
}

impl Rotate {
    async fn run(&self, app: &App) -> Result<(), CliError> {
        let all = app.config.keys.policy().algs;
        let only = self.alg.and_then(|alg| SigningAlg::parse(alg.name()));
        for alg in only.map_or(all, |alg| vec![alg]) {
            app.keys.rotate_now(alg, self.haste()).await?;
        }
        Ok(())
    }

    const fn haste(&self) -> Haste {
        match (self.compromised, self.now) {
            (true, _) => Haste::Compromised,
            (false, true) => Haste::AtOnce,
            (false, false) => Haste::Orderly,
        }
    }
}

fn list(app: &App, out: &mut dyn Write) -> Result<(), CliError> {
    let now = app.clock.now();
    for key in app.keys.ring().schedules() {
        let state = match (key.may_sign(now), key.is_published(now)) {
            (true, _) => "signs",
            (false, true) if key.activate_at > now => "waits",
            (false, true) => "verifies",
            (false, false) => "unpublished",
        };
        let times = [
            moment(key.publish_at),
            moment(key.activate_at),
            moment_or_dash(key.retire_at),
            moment_or_dash(key.remove_at),
        ];
        let [publish, activate, retire, remove] = &times;
        line(out, &[&key.kid, key.alg.as_str(), state, publish, activate, retire, remove])?;
    }
    Ok(())
}
