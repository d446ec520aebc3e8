//! `hufu companies`: which there are, who may act for one, suspend one.

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::print::{json as print_json, line, moment, moment_or_dash};
use super::{CliError, Settings, node};
use crate::app::App;
use crate::delegation::DelegationError;
use crate::entities::Entity;

/// Companies read in one go.
const PAGE: i64 = 500;

/// Companies and those who act for them.
#[derive(Debug, Subcommand)]
pub enum Companies {
    /// Lists them: code, name, kind, state
    List,
    /// Prints one and the mandates to act for it, as JSON; people by their account only
    Show(Which),
    /// Lets nobody act for one; what is done for it ends at once, and the services are told
    Suspend(Which),
    /// Lets those with a mandate act for it again
    Resume(Which),
    /// Asks the registry again who represents companies: those that are due, or one; prints what it said of each
    Recheck(Maybe),
}

/// Which company, or all that are due.
#[derive(Debug, Args)]
pub struct Maybe {
    /// Its unified social credit code
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Which company.
#[derive(Debug, Args)]
pub struct Which {
    /// Its unified social credit code
    #[arg(value_name = "CODE")]
    code: String,
}

impl Companies {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            match self {
                Self::List => list(&app, out).await,
                Self::Show(which) => show(&app, out, &which.code).await,
                Self::Suspend(which) => done(&which.code, app.delegation.suspend(&which.code).await),
                Self::Recheck(Maybe { code: None }) => {
                    let all = app.delegation.recheck_due().await.map_err(|error| failed("", error))?;
                    all.iter().try_for_each(|(code, came)| Ok(line(out, &[code, came.as_str()])?))
                }
                Self::Recheck(Maybe { code: Some(code) }) => {
                    let came = app.delegation.recheck(&code).await.map_err(|error| failed(&code, error))?;
                    Ok(line(out, &[&code, came.as_str()])?)
                }
                Self::Resume(which) => done(&which.code, app.delegation.resume(&which.code).await),
            }
        })
    }
}

fn missing(code: &str) -> CliError {
    CliError::NotFound(format!("company {code}"))
}

fn done(code: &str, result: Result<(), DelegationError>) -> Result<(), CliError> {
    result.map_err(|error| failed(code, error))
}

fn failed(code: &str, error: DelegationError) -> CliError {
    match error {
        DelegationError::Account(error) => error.into(),
        _ => missing(code),
    }
}

async fn list(app: &App, out: &mut dyn Write) -> Result<(), CliError> {
    let mut after = String::new();
    loop {
        let page = app.entities.list(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.code);
        for Entity { code, name, kind, state, .. } in &page {
            line(out, &[code, name, kind.as_str(), state.as_str()])?;
        }
    }
}

async fn show(app: &App, out: &mut dyn Write, code: &str) -> Result<(), CliError> {
    let entity = app.entities.find_by_code(code).await?.ok_or_else(|| missing(code))?;
    let mandates = app.entities.mandates(&entity.id).await?;
    let mandates: Vec<Value> = mandates
        .iter()
        .map(|mandate| {
            json!({
                "id": mandate.id,
                "account": mandate.account_id,
                "role": mandate.role,
                "state": mandate.state.as_str(),
                "matters": mandate.matters.list(),
                "from": moment(mandate.valid_from),
                "until": moment_or_dash(mandate.valid_until),
                "ended": moment_or_dash(mandate.ended_at),
                "why": mandate.end_reason,
            })
        })
        .collect();
    let shown = json!({
        "id": entity.id,
        "code": entity.code,
        "name": entity.name,
        "kind": entity.kind.as_str(),
        "state": entity.state.as_str(),
        "confirmed_at": moment(entity.verified_at),
        "mandates": mandates,
    });
    Ok(print_json(out, &shown)?)
}
