//! `hufu sync`: registrations that the node above is told of: how the queue stands, who was rejected and why, and the load of those who
//! were here before.

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::print::{json as print_json, moment};
use super::{CliError, Settings, node};
use crate::app::App;
use crate::base::id::AccountId;
use crate::trust::upstream::sync::{Reject, SyncError, Synchroniser};

/// Rejects read in one go.
const PAGE: i64 = 500;

/// Registrations that the node above is told of.
#[derive(Debug, Subcommand)]
pub enum Sync {
    /// Prints how the queue stands, as JSON
    Status,
    /// Lists who was rejected and why, as JSON; names and numbers are masked
    Rejects,
    /// Sends again what was rejected, once it was put right
    Resend(Which),
    /// Tells the node above of everybody who was here before; it can be stopped at any time, and goes on where it stopped
    Load {
        /// Begins with the first account again
        #[arg(long)]
        again: bool,
    },
}

/// Whom to send again.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
    /// Everybody
    #[arg(long)]
    all: bool,
}

impl Sync {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            let sync = the(&app)?;
            match self {
                Self::Status => Ok(print_json(out, &sync.status().await?)?),
                Self::Rejects => rejects(sync, out).await,
                Self::Resend(which) => resend(sync, &which, out).await,
                Self::Load { again } => load(sync, again, out).await,
            }
        })
    }
}

fn the(app: &App) -> Result<&Synchroniser, CliError> {
    let off = || CliError::Refused("the node above is not told of registrations: see [upstream.sync] on".to_owned());
    app.sync.as_ref().ok_or_else(off)
}

async fn rejects(sync: &Synchroniser, out: &mut dyn Write) -> Result<(), CliError> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = sync.rejects(&after, PAGE).await.map_err(failed)?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.account.0);
        all.extend(page.iter().map(line));
    }
    Ok(print_json(out, &Value::Array(all))?)
}

fn line(reject: &Reject) -> Value {
    json!({
        "account": reject.account, "name": reject.masked_name, "number": reject.masked_number, "code": reject.code,
        "reason": reject.reason, "changed": moment(reject.changed_at),
    })
}

async fn resend(sync: &Synchroniser, which: &Which, out: &mut dyn Write) -> Result<(), CliError> {
    let account = which.account.as_deref().map(AccountId::from);
    let sent = sync.resend(account.as_ref()).await?;
    if let (0, Some(account)) = (sent, &which.account) {
        return Err(CliError::NotFound(format!("rejected account {account}")));
    }
    let round = sync.run_due().await.map_err(failed)?;
    Ok(print_json(
        out,
        &json!({"sent": sent, "told": round.told, "rejected": round.rejected, "put_off": round.put_off}),
    )?)
}

async fn load(sync: &Synchroniser, again: bool, out: &mut dyn Write) -> Result<(), CliError> {
    if again {
        sync.load_again().await?;
    }
    let (mut told, mut rejected) = (0, 0);
    loop {
        let step = sync.load_step().await.map_err(failed)?;
        told += step.round.told;
        rejected += step.round.rejected;
        writeln!(
            out,
            "{} of {} accounts; {told} told, {rejected} rejected, {} wait",
            step.loaded, step.of, step.round.put_off
        )?;
        out.flush()?;
        if step.ended {
            return Ok(());
        }
    }
}

fn failed(error: SyncError) -> CliError {
    match error {
        SyncError::Store(error) => error.into(),
        SyncError::Account(error) => error.into(),
        other => CliError::Refused(format!("{other}; what waits is told later, and a load goes on where it stopped")),
    }
}
