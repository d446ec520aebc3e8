//! `hufu corrections`: what people want corrected, worked by operators. Wishes are personal: they go to the terminal and
//! into no log; answers are read from standard input, so that they stand in no history of a shell.

use std::io::{Read, Write};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::print::{json as print_json, moment, moment_or_dash};
use super::{CliError, Settings, node};
use crate::app::App;
use crate::base::id::CorrectionId;
use crate::centre::{CentreError, Correction, CorrectionState};

/// Requests read in one go.
const PAGE: i64 = 500;

/// What people want corrected.
#[derive(Debug, Subcommand)]
pub enum Corrections {
    /// Lists the requests that wait, the oldest first, as JSON
    List {
        /// Those decided in this way instead: `accepted` or `refused`
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
    },
    /// Answers that it was put right; the answer to the person is read from standard input
    Accept(Which),
    /// Answers that it was not, and why; the answer to the person is read from standard input
    Refuse(Which),
}

/// Which request.
#[derive(Debug, Args)]
pub struct Which {
    /// Its id
    #[arg(value_name = "ID")]
    id: String,
}

impl Corrections {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            match self {
                Self::List { state } => list(&app, out, state.as_deref()).await,
                Self::Accept(which) => decide(&app, &which.id, CorrectionState::Accepted).await,
                Self::Refuse(which) => decide(&app, &which.id, CorrectionState::Refused).await,
            }
        })
    }
}

async fn list(app: &App, out: &mut dyn Write, state: Option<&str>) -> Result<(), CliError> {
    let state = state.map_or(CorrectionState::Open, CorrectionState::parse);
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = app.centre.corrections_in(state, &after, PAGE).await.map_err(|error| failed(error, "any"))?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id.0);
        all.extend(page.iter().map(line));
    }
    Ok(print_json(out, &Value::Array(all))?)
}

fn line(held: &Correction) -> Value {
    json!({
        "id": held.id, "account": held.account, "item": held.item, "wish": held.wish, "state": held.state.as_str(),
        "answer": held.answer, "asked": moment(held.asked_at), "decided": moment_or_dash(held.decided_at),
    })
}

async fn decide(app: &App, id: &str, state: CorrectionState) -> Result<(), CliError> {
    let mut answer = String::new();
    std::io::stdin().read_to_string(&mut answer)?;
    let decided = app.centre.decide_correction(&CorrectionId::from(id), state, &answer).await;
    decided.map_err(|error| failed(error, id))
}

fn failed(error: CentreError, id: &str) -> CliError {
    match error {
        CentreError::Account(error) => error.into(),
        CentreError::Nothing => CliError::NotFound(format!("open correction {id}")),
        other => CliError::Refused(other.to_string()),
    }
}
