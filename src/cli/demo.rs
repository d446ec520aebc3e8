//! `hufu demo`: everything to try on one machine; `--check` drives the whole journey instead of waiting for a person.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::CliError;
use super::settings::Settings;
use crate::config::DIFFERENCES;
use crate::config::log::{LogConfig, LogFormat};
use crate::demo::{self, Chain, Demo, DemoOptions};
use crate::http::shutdown::Shutdown;
use crate::telemetry;

/// Runs a node, an authority and services to try.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where it keeps everything; started again there, it has its data
    #[arg(long, value_name = "FOLDER", default_value = "var/demo")]
    dir: PathBuf,
    /// The first of its ports
    #[arg(long, value_name = "PORT", default_value_t = 9000, value_parser = clap::value_parser!(u16).range(1024..=65_000))]
    port_base: u16,
    /// Over https, with a certificate authority of its own in FOLDER/ca.pem
    #[arg(long)]
    tls: bool,
    /// The nation alone, without the province, the city and the other province below it
    #[arg(long)]
    only_nation: bool,
    /// Drives the whole journey, a line a step, and ends; fails at the first miss
    #[arg(long)]
    check: bool,
}

impl DemoArgs {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        let level = if self.check { "warn" } else { "info" };
        let level = level.parse().unwrap_or_else(|_| LogConfig::default().level);
        telemetry::install(&LogConfig { level, format: LogFormat::Text, ..LogConfig::default() })?;
        let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("hufu").enable_all().build()?;
        runtime.block_on(self.started(settings, out))
    }

    async fn started(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        let overrides = settings.set.clone();
        let chain = if self.only_nation { Chain::None } else { Chain::Processes(std::env::current_exe()?) };
        let (dir, port_base, tls) = (self.dir.clone(), self.port_base, self.tls);
        let options = DemoOptions { dir, port_base, tls, overrides, chain };
        let shutdown = Shutdown::new();
        let hears = shutdown.clone();
        tokio::spawn(async move { hears.on_signal(Duration::ZERO).await });
        let demo = tokio::select! {
            started = demo::start(&options) => started?,
            () = shutdown.closing() => return Ok(()),
        };
        let done = tokio::select! {
            done = work(&demo, self.check, out) => done,
            () = shutdown.closing() => self.ended(),
        };
        tokio::select! {
            () = demo.stop() => {}
            () = shutdown.aborting() => {}
        }
        done
    }
}

impl DemoArgs {
    /// What it means to be told to end.
    fn ended(&self) -> Result<(), CliError> {
        if self.check { Err(CliError::Refused("ended before the journey was over".into())) } else { Ok(()) }
    }
}

/// Drives the journey, or waits for people until it is told to end.
async fn work(demo: &Demo, checks: bool, out: &mut dyn Write) -> Result<(), CliError> {
    if checks {
        return check(demo, out).await;
    }
    greet(demo, out)?;
    std::future::pending().await
}

async fn check(demo: &Demo, out: &mut dyn Write) -> Result<(), CliError> {
    let lines = parking_lot::Mutex::new(out);
    let say = |line: &str| {
        let mut out = lines.lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    Ok(demo::check::run(demo, say).await?)
}

/// Says where to begin, and what is looser than in production.
fn greet(demo: &Demo, out: &mut dyn Write) -> Result<(), CliError> {
    let manifest = &demo.manifest;
    writeln!(out, "演示已就绪 / the demo is up: {}", manifest.guide)?;
    for node in &manifest.nodes {
        writeln!(out, "  {}: {}", node.level, node.issuer)?;
    }
    writeln!(out, "  authority: {}", manifest.authority.url)?;
    writeln!(out, "Looser than in production:")?;
    for row in DIFFERENCES {
        writeln!(out, "  {} = {} ({}): {}", row.key, row.demo, row.production, row.why)?;
    }
    writeln!(out, "Ctrl-C ends it.")?;
    Ok(out.flush()?)
}
