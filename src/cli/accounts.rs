//! `hufu accounts`: people's accounts, as an administrator manages them. Names and numbers are masked here, too.

use std::io::Write;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::print::{json as print_json, moment};
use super::{CliError, Settings, node};
use crate::accounts::{AccountError, AccountState, Aside, Person, Statement};
use crate::app::App;
use crate::base::id::{AccountId, SessionId};
use crate::logout::Reason;
use crate::realname::{DocumentType, PersonName};
use crate::store::verifications::VerificationRow;

/// People's accounts.
#[derive(Debug, Subcommand)]
pub enum Accounts {
    /// Prints one with its sessions, as JSON
    Show(Whose),
    /// Locks one: its sessions and tokens end everywhere
    Lock(Whose),
    /// Unlocks one, or lets a disabled one sign in again
    Unlock(Whose),
    /// Disables one: its sessions and tokens end everywhere
    Disable(Whose),
    /// Deletes one with everything that is known of the person, after every service was given notice
    Delete(Whose),
    /// Records that a person stood at a counter with their document: the authority is asked, and a match is level 4
    ProveInPerson(InPerson),
    /// What was asked of authorities about one, and answered, as JSON
    Verifications(Whose),
    /// Its sessions
    #[command(subcommand)]
    Sessions(Sessions),
}

/// Who stood at which counter, with which document. The number is read from standard input: it must not stand in the
/// history of a shell.
#[derive(Debug, Args)]
pub struct InPerson {
    /// Account id or username
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// The name on the document
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The kind of document
    #[arg(long, value_name = "KIND", default_value = "resident_identity_card")]
    document_type: DocumentType,
    /// Which counter, and who sat behind it
    #[arg(long, value_name = "TEXT")]
    counter: String,
}

/// Which account.
#[derive(Debug, Args)]
pub struct Whose {
    /// Account id or username
    #[arg(value_name = "ACCOUNT")]
    account: String,
}

/// The sessions of an account.
#[derive(Debug, Subcommand)]
pub enum Sessions {
    /// Ends them; every service is told
    End {
        /// Account id or username
        account: String,
        /// Only this one
        #[arg(long, value_name = "ID")]
        session: Option<String>,
    },
}

impl Accounts {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            match self {
                Self::Show(whose) => show(&app, out, &whose.account).await,
                Self::Lock(whose) => set(&app, &whose.account, AccountState::Locked).await,
                Self::Unlock(whose) => set(&app, &whose.account, AccountState::Active).await,
                Self::Disable(whose) => set(&app, &whose.account, AccountState::Disabled).await,
                Self::Delete(whose) => delete(&app, &whose.account).await,
                Self::ProveInPerson(proof) => prove_in_person(&app, out, &proof).await,
                Self::Verifications(whose) => verifications(&app, out, &whose.account).await,
                Self::Sessions(Sessions::End { account, session }) => {
                    end(&app, out, &account, session.as_deref()).await
                }
            }
        })
    }
}

/// An id is looked for first, then a username.
async fn find(app: &App, account: &str) -> Result<Arc<Person>, CliError> {
    match app.accounts.find(&AccountId::from(account)).await {
        Err(AccountError::Unknown) => Ok(app.accounts.find_by_name(account).await?),
        other => Ok(other?),
    }
}

async fn set(app: &App, account: &str, state: AccountState) -> Result<(), CliError> {
    let person = find(app, account).await?;
    Ok(app.signon.set_state(&person.id, state).await?)
}

async fn delete(app: &App, account: &str) -> Result<(), CliError> {
    let person = find(app, account).await?;
    let found = app.signon.delete(&person.id).await?;
    if found { Ok(()) } else { Err(CliError::NotFound(format!("account {account}"))) }
}

async fn prove_in_person(app: &App, out: &mut dyn Write, proof: &InPerson) -> Result<(), CliError> {
    let person = find(app, &proof.account).await?;
    let mut number = String::new();
    std::io::stdin().read_line(&mut number)?;
    let (name, kind, aside) = (proof.name.as_str(), proof.document_type, Aside::Nothing);
    let statement = Statement { name, kind, number: &number, aside, agreed: None };
    let proven = app.verifier.prove_in_person(&person, &statement, &proof.counter).await?;
    Ok(writeln!(out, "level {}", i16::from(proven.level))?)
}

async fn verifications(app: &App, out: &mut dyn Write, account: &str) -> Result<(), CliError> {
    let person = find(app, account).await?;
    let line = |row: VerificationRow| {
        json!({
            "at": moment(row.asked_at), "document_type": row.document_type, "method": row.method,
            "source": row.source, "outcome": row.outcome, "reference": row.reference,
        })
    };
    let rows = app.verifier.history(&person.id, 100).await?;
    let rows: Vec<Value> = rows.into_iter().map(line).collect();
    Ok(print_json(out, &json!(rows))?)
}

async fn end(app: &App, out: &mut dyn Write, account: &str, session: Option<&str>) -> Result<(), CliError> {
    let person = find(app, account).await?;
    let ended = match session {
        None => app.logouts.end_sessions_of(&person.id, None, Reason::Admin).await?,
        Some(id) => end_one(app, &person.id, &SessionId::from(id)).await?,
    };
    Ok(writeln!(out, "ended {ended}")?)
}

async fn end_one(app: &App, owner: &AccountId, id: &SessionId) -> Result<usize, CliError> {
    let missing = || CliError::NotFound(format!("session {id} of this account"));
    if !app.sessions.list(owner).await?.iter().any(|session| session.id == *id) {
        return Err(missing());
    }
    app.logouts.end_session(id, Reason::Admin).await?.map(|_| 1).ok_or_else(missing)
}

async fn show(app: &App, out: &mut dyn Write, account: &str) -> Result<(), CliError> {
    let person = find(app, account).await?;
    let sessions: Vec<Value> = app
        .sessions
        .list(&person.id)
        .await?
        .into_iter()
        .map(|session| {
            json!({
                "id": session.id,
                "since": moment(session.created_at),
                "seen": moment(session.seen_at),
                "until": moment(session.expires_at),
                "methods": session.amr,
            })
        })
        .collect();
    let real_name = person.real_name.as_ref().map(|found| {
        let masked = PersonName::parse(found.name.expose()).map(|name| name.masked()).unwrap_or_default();
        json!({ "name": masked, "level": i16::from(found.level), "source": found.source, "at": moment(found.verified_at) })
    });
    let shown = json!({
        "id": person.id,
        "username": person.username,
        "state": person.state.as_str(),
        "real_name": real_name,
        "password_changed_at": moment(person.password_changed_at),
        "sessions": sessions,
    });
    Ok(print_json(out, &shown)?)
}
