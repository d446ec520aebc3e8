//! `hufu appeals`: what people ask who cannot show enough to recover their account. Two operators accept one; each names
//! herself, and what she sees and does is written down.

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::print::{json as print_json, line, moment, moment_or_dash};
use super::{CliError, Settings, node};
use crate::app::App;
use crate::base::id::AppealId;
use crate::signon::AppealError;

/// Appeals read in one go.
const PAGE: i64 = 500;

/// Appeals of people who cannot show enough to recover their account.
#[derive(Debug, Subcommand)]
pub enum Appeals {
    /// Lists those that wait: id, time, state, whether an account was proven
    List,
    /// Prints one as JSON; that it was seen is written down
    Show(Which),
    /// Proposes to accept one
    Propose(Which),
    /// Accepts one that another operator has proposed: a recovery begins, and waits like every other
    Accept(Which),
    /// Refuses one
    Refuse(Which),
}

/// Which appeal, and who works on it.
#[derive(Debug, Args)]
pub struct Which {
    /// Its id
    #[arg(value_name = "ID")]
    id: String,
    /// Who works on it
    #[arg(long, value_name = "NAME")]
    operator: String,
}

impl Appeals {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            let recoveries = &app.recoveries;
            match self {
                Self::List => list(&app, out).await,
                Self::Show(which) => show(&app, out, &which).await,
                Self::Propose(which) => done(&which, recoveries.propose_appeal(&id(&which), &which.operator).await),
                Self::Accept(which) => done(&which, recoveries.accept_appeal(&id(&which), &which.operator).await),
                Self::Refuse(which) => done(&which, recoveries.refuse_appeal(&id(&which), &which.operator).await),
            }
        })
    }
}

fn id(which: &Which) -> AppealId {
    AppealId::from(which.id.as_str())
}

fn done(which: &Which, result: Result<(), AppealError>) -> Result<(), CliError> {
    result.map_err(|failure| failed(which, failure))
}

fn failed(which: &Which, failure: AppealError) -> CliError {
    match failure {
        AppealError::Unknown => CliError::NotFound(format!("appeal {}", which.id)),
        other => CliError::Appeal(other),
    }
}

async fn list(app: &App, out: &mut dyn Write) -> Result<(), CliError> {
    let mut after = String::new();
    loop {
        let page = app.recoveries.waiting_appeals(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id.0);
        for row in &page {
            let proven = if row.account_id.is_some() && row.proof.is_some() { "proven" } else { "unproven" };
            line(out, &[row.id.as_str(), &moment(row.created_at), &row.state, proven])?;
        }
    }
}

async fn show(app: &App, out: &mut dyn Write, which: &Which) -> Result<(), CliError> {
    let shown = app.recoveries.show_appeal(&id(which), &which.operator).await;
    let appeal = shown.map_err(|failure| failed(which, failure))?;
    let acts: Vec<Value> = appeal
        .acts
        .iter()
        .map(|act| json!({ "act": act.act, "operator": act.operator, "at": moment(act.created_at) }))
        .collect();
    let proof = appeal.row.proof.as_ref().map(|proof| {
        let proof = &proof.0;
        json!({ "method": proof.method, "source": proof.source, "reference": proof.reference,
            "at": moment(proof.verified_at) })
    });
    let shown = json!({
        "id": appeal.row.id,
        "state": appeal.row.state,
        "account": appeal.row.account_id,
        "proof": proof,
        "contact": appeal.contact,
        "text": appeal.text,
        "came": moment(appeal.row.created_at),
        "proposed_by": appeal.row.proposed_by,
        "decided_by": appeal.row.decided_by,
        "decided": moment_or_dash(appeal.row.decided_at),
        "acts": acts,
    });
    Ok(print_json(out, &shown)?)
}
