//! The command line: one command, one file. Parse, build what is needed, call a service, print.
//!
//! Answers go to standard output and can be read by programs (JSON, or one line with tabs an item); the log and what
//! went wrong go to standard error. No rule lives here: what a command does is one call to a room below.

mod accounts;
mod appeals;
mod authority;
mod cleanup;
mod clients;
mod companies;
mod config;
mod corrections;
mod demo;
mod failure;
mod keys;
mod logout;
mod migrate;
mod node;
mod passwords;
mod print;
mod serve;
mod settings;
mod sync;
mod trust;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use failure::CliError;
pub use settings::Settings;

use crate::config::log::{LogConfig, LogFormat};
use crate::telemetry;

/// What the exit codes mean, for scripts.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed; what went wrong is on standard error
  2  the command line is wrong
  3  the configuration is refused
  4  something that is needed does not answer (database, Redis): try again
  5  what was named does not exist";

/// hufu (虎符): sign-on for a national government-services platform.
#[derive(Debug, Parser)]
#[command(name = "hufu", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a node
    Serve(serve::Serve),
    /// Runs a node, an authority and services to try, on this machine
    Demo(demo::DemoArgs),
    /// Runs the reference authority: a register of synthetic people
    Authority(authority::AuthorityArgs),
    /// Brings the database's schema up to date
    Migrate(migrate::Migrate),
    /// Signing keys
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Relying parties
    #[command(subcommand)]
    Clients(clients::Clients),
    /// People's accounts
    #[command(subcommand)]
    Accounts(accounts::Accounts),
    /// Appeals of people who cannot show enough to recover their account
    #[command(subcommand)]
    Appeals(appeals::Appeals),
    /// Companies and those who act for them
    #[command(subcommand)]
    Companies(companies::Companies),
    /// What people want corrected
    #[command(subcommand)]
    Corrections(corrections::Corrections),
    /// Logouts and their notices to services
    #[command(subcommand)]
    Logout(logout::Logout),
    /// Trust between nodes and services: keys, subordinates, trust marks
    #[command(subcommand)]
    Trust(trust::Trust),
    /// Registrations that the node above is told of
    #[command(subcommand)]
    Sync(sync::Sync),
    /// The list of leaked passwords
    #[command(subcommand)]
    Passwords(passwords::Passwords),
    /// The configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Removes what has expired, now
    Cleanup(cleanup::Cleanup),
}

/// Runs a command line; gives its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(usage) => {
            let _ = usage.print();
            return ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2));
        }
    };
    let mut out = std::io::stdout().lock();
    let done = cli.command.log().and_then(|()| cli.command.run(&cli.settings, &mut out));
    let done = done.and_then(|()| Ok(out.flush()?));
    match done {
        // Whoever read our answers has seen enough.
        Err(CliError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(error.exit_code())
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}

impl Command {
    /// Sets up the log. Commands that answer and end say little beside their answers; the others know themselves what
    /// they log.
    fn log(&self) -> Result<(), CliError> {
        if matches!(self, Self::Serve(_) | Self::Demo(_) | Self::Authority(_)) {
            return Ok(());
        }
        let config = LogConfig { format: LogFormat::Text, ..LogConfig::default() };
        let level = "warn".parse().unwrap_or_else(|_| config.level.clone());
        Ok(telemetry::install(&LogConfig { level, ..config })?)
    }

    fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        match self {
            Self::Serve(command) => command.run(settings),
            Self::Demo(command) => command.run(settings, out),
            Self::Authority(command) => command.run(),
            Self::Migrate(command) => command.run(settings, out),
            Self::Keys(command) => command.run(settings, out),
            Self::Clients(command) => command.run(settings, out),
            Self::Accounts(command) => command.run(settings, out),
            Self::Appeals(command) => command.run(settings, out),
            Self::Companies(command) => command.run(settings, out),
            Self::Corrections(command) => command.run(settings, out),
            Self::Logout(command) => command.run(settings, out),
            Self::Trust(command) => command.run(settings, out),
            Self::Sync(command) => command.run(settings, out),
            Self::Passwords(command) => command.run(out),
            Self::Config(command) => command.run(settings, out),
            Self::Cleanup(command) => command.run(settings, out),
        }
    }
}

#[cfg(test)]
mod tests;
