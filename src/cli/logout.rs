//! `hufu logout`: the notices that services were to get: which were given up, how far a logout is, once more.

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::print::{json as print_json, line, moment, moment_or_dash};
use super::{CliError, Settings, node};
use crate::app::App;
use crate::base::id::LogoutId;
use crate::logout::{Delivery, DeliveryState};

/// Notices read in one go.
const PAGE: i64 = 500;

/// Logouts and their notices.
#[derive(Debug, Subcommand)]
pub enum Logout {
    /// Lists the notices that were given up: id, logout, destination, tries, when, why
    Dead,
    /// Prints a logout and how far each of its notices is, as JSON
    Show {
        /// The logout's id, here or where it began in the tree of nodes
        logout: String,
    },
    /// Prints within which time services and nodes were told, as JSON
    Stats {
        /// Of the logouts of the last so many hours
        #[arg(long, default_value_t = 24)]
        hours: u32,
    },
    /// Tries notices again that were given up
    Replay(Replay),
}

/// Which notices to try again.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Replay {
    /// The notice's id
    notice: Option<String>,
    /// All of them
    #[arg(long)]
    all: bool,
}

impl Logout {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            match self {
                Self::Dead => dead(&app, out).await,
                Self::Show { logout } => show(&app, out, logout.as_str().into()).await,
                Self::Stats { hours } => stats(&app, out, hours).await,
                Self::Replay(replay) => replay.run(&app, out).await,
            }
        })
    }
}

async fn dead(app: &App, out: &mut dyn Write) -> Result<(), CliError> {
    let mut after = String::new();
    loop {
        let page = app.logouts.dead(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.as_str().to_owned();
        for job in &page {
            let logout = job.logout_id.as_ref().map_or("-", LogoutId::as_str);
            let (tries, ended) = (job.tries.to_string(), moment_or_dash(job.ended_at));
            let why = job.last_error.as_deref().unwrap_or("-");
            line(out, &[job.id.as_str(), logout, &job.destination, &tries, &ended, why])?;
        }
    }
}

async fn show(app: &App, out: &mut dyn Write, id: LogoutId) -> Result<(), CliError> {
    let logouts = app.logouts.of_tree(&id).await?;
    if logouts.is_empty() {
        return Err(CliError::NotFound(format!("logout {id}")));
    }
    let mut all = Vec::new();
    for logout in logouts {
        let notices = app.logouts.progress(&logout.id).await?.map(|(_, notices)| notices).unwrap_or_default();
        all.push(json!({
            "logout": logout.id,
            "tree": logout.tree_id,
            "account": logout.account_id,
            "reason": logout.reason,
            "at": moment(logout.created_at),
            "notices": notices.iter().map(notice).collect::<Vec<Value>>(),
        }));
    }
    Ok(print_json(out, &Value::from(all))?)
}

fn notice(notice: &Delivery) -> Value {
    json!({
        "client_id": notice.client_id,
        "state": word(notice.state),
        "tries": notice.tries,
        "since": moment(notice.since),
        "next_try": notice.ended_at.is_none().then(|| moment(notice.due_at)),
        "ended_at": notice.ended_at.map(moment),
        "last_error": notice.last_error,
    })
}

async fn stats(app: &App, out: &mut dyn Write, hours: u32) -> Result<(), CliError> {
    let span = std::time::Duration::from_secs(u64::from(hours) * 3600);
    let figures = app.logouts.figures(app.clock.now().minus(span)).await?;
    let within: serde_json::Map<String, Value> =
        figures.within_ms.iter().map(|(percent, ms)| (format!("p{percent}"), json!(ms))).collect();
    let shown = json!({
        "hours": hours,
        "told": figures.told,
        "waiting": figures.waiting,
        "given_up": figures.given_up,
        "told_within_ms": within,
    });
    Ok(print_json(out, &shown)?)
}

const fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => "waiting",
        DeliveryState::Retrying => "retrying",
        DeliveryState::Told => "told",
        DeliveryState::GivenUp => "given_up",
    }
}

impl Replay {
    async fn run(self, app: &App, out: &mut dyn Write) -> Result<(), CliError> {
        let replayed = match &self.notice {
            Some(notice) if app.logouts.replay(&notice.as_str().into()).await? => 1,
            Some(notice) => return Err(CliError::NotFound(format!("notice {notice} that was given up"))),
            None if self.all => replay_all(app).await?,
            None => 0,
        };
        Ok(writeln!(out, "to be tried again: {replayed}")?)
    }
}

async fn replay_all(app: &App) -> Result<usize, CliError> {
    let (mut after, mut replayed) = (String::new(), 0);
    loop {
        let page = app.logouts.dead(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(replayed) };
        after = last.id.as_str().to_owned();
        for job in &page {
            replayed += usize::from(app.logouts.replay(&job.id).await?);
        }
    }
}
