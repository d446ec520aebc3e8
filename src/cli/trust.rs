//! `hufu trust`: this node's part in the federation: its keys, those it vouches for, trust marks, and why an entity is
//! trusted or not.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::print::{json as print_json, line, moment, moment_or_dash};
use super::{CliError, Settings, node};
use crate::app::App;
use crate::federation::marks::issue::{Issue, MarkStatus};
use crate::federation::subordinates::Subordinate;
use crate::federation::{EntityIdentifier, FederationError};
use crate::keys::rotation::Haste;
use crate::proto::jose::SigningAlg;
use crate::proto::oauth::OAuthError;

/// Seconds of a day.
const DAY: u64 = 24 * 3600;

/// Trust between nodes and services.
#[derive(Debug, Subcommand)]
pub enum Trust {
    /// Prints the federation keys as a JWK Set, for those who vouch for this node or have it as their anchor
    Keys,
    /// Makes a new federation key: it signs when everybody has had time to fetch it
    RotateKeys(Rotate),
    /// Prints why an entity is trusted, or which link is broken: every way that was tried, as JSON
    Explain(Which),
    /// Those for whom this node vouches
    #[command(subcommand)]
    Subordinates(Subordinates),
    /// Trust marks that this node issues
    #[command(subcommand)]
    Marks(Marks),
}

/// How a new federation key comes.
#[derive(Debug, Args)]
pub struct Rotate {
    /// For a key that others may have: signs now, and the old keys are void and published as revoked
    #[arg(long)]
    compromised: bool,
}

/// Which entity.
#[derive(Debug, Args)]
pub struct Which {
    /// Its entity id
    #[arg(value_name = "ENTITY")]
    entity: String,
}

/// Those for whom this node vouches.
#[derive(Debug, Subcommand)]
pub enum Subordinates {
    /// Vouches for one, in place of what was said of it before
    Add(Box<Add>),
    /// Lists them: entity, state, whether intermediate, types, since when
    List,
    /// Vouches no more for one; what is trusted here through it ends at once
    Remove(Which),
    /// The same until it is resumed
    Suspend(Which),
    /// Vouches again
    Resume(Which),
    /// Looks now whether they have announced new keys
    Refresh,
}

/// Whom to vouch for, and within which bounds.
#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    which: Which,
    /// Its federation keys, a JWK Set. Left out: those that it publishes itself are taken and printed; compare them
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// It vouches for others itself
    #[arg(long)]
    intermediate: bool,
    /// Its entity types, for lists
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Metadata in place of its own, by entity type: a JSON file
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Policy for its metadata and that of those below: a JSON file
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Constraints: a JSON file
    #[arg(long, value_name = "FILE")]
    constraints: Option<PathBuf>,
}

/// Trust marks that this node issues.
#[derive(Debug, Subcommand)]
pub enum Marks {
    /// Issues one and prints it: the entity puts it into its configuration
    Issue(Give),
    /// Revokes those of a type that an entity holds
    Revoke(Of),
    /// Lists them: type, entity, status, since when, until when, when revoked
    List,
    /// Lets another issue marks of a type that is this node's, and prints the delegation
    Delegate(Delegate),
}

/// Which mark, to whom.
#[derive(Debug, Args)]
pub struct Of {
    /// Its type, such as urn:hufu:trust-mark:gbt-22239
    #[arg(value_name = "TYPE")]
    mark_type: String,
    #[command(flatten)]
    which: Which,
}

/// A mark to be issued.
#[derive(Debug, Args)]
pub struct Give {
    #[command(flatten)]
    of: Of,
    /// For how many days
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u64).range(1..=3650))]
    days: u64,
    /// The level of the assessment, or up to which real names may be asserted
    #[arg(long)]
    level: Option<u8>,
    /// For real names: for people of which division, six digits of GB/T 2260
    #[arg(long)]
    region: Option<String>,
    /// Where people can read about it
    #[arg(long = "ref", value_name = "URL")]
    reference: Option<String>,
}

/// A delegation.
#[derive(Debug, Args)]
pub struct Delegate {
    #[command(flatten)]
    of: Of,
    /// For how many days
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u64).range(1..=3650))]
    days: u64,
}

impl Trust {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            match self {
                Self::Keys => Ok(print_json(out, &app.federation.published_keys())?),
                Self::RotateKeys(Rotate { compromised }) => {
                    let haste = if compromised { Haste::Compromised } else { Haste::Orderly };
                    app.federation.keys().rotate_now(SigningAlg::ES256, haste).await?;
                    Ok(print_json(out, &app.federation.published_keys())?)
                }
                Self::Explain(which) => {
                    app.federation.refresh().await.map_err(failed)?;
                    let told = app.federation.explain(&which.id()?).await.map_err(failed)?;
                    Ok(print_json(out, &told)?)
                }
                Self::Subordinates(command) => command.run(&app, out).await,
                Self::Marks(command) => command.run(&app, out).await,
            }
        })
    }
}

impl Which {
    fn id(&self) -> Result<EntityIdentifier, CliError> {
        let none = || CliError::Refused(format!("{} is not an entity identifier: a plain https URL", self.entity));
        EntityIdentifier::parse(&self.entity).ok_or_else(none)
    }

    fn found(&self, found: bool) -> Result<(), CliError> {
        if found { Ok(()) } else { Err(CliError::NotFound(format!("subordinate {}", self.entity))) }
    }
}

fn failed(error: FederationError) -> CliError {
    match error {
        FederationError::Store(error) => error.into(),
        FederationError::Key(error) => error.into(),
        FederationError::Request(why) | FederationError::Metadata(why) => CliError::Refused(why),
        other => OAuthError::from(other).into(),
    }
}

impl Subordinates {
    async fn run(self, app: &App, out: &mut dyn Write) -> Result<(), CliError> {
        let federation = &app.federation;
        match self {
            Self::Add(add) => add.run(app, out).await,
            Self::List => list(app, out).await,
            Self::Remove(which) => which.found(federation.remove_subordinate(&which.id()?).await.map_err(failed)?),
            Self::Suspend(which) => {
                which.found(federation.suspend_subordinate(&which.id()?, true).await.map_err(failed)?)
            }
            Self::Resume(which) => {
                which.found(federation.suspend_subordinate(&which.id()?, false).await.map_err(failed)?)
            }
            Self::Refresh => {
                federation.roll_subordinates().await.map_err(failed)?;
                list(app, out).await
            }
        }
    }
}

async fn list(app: &App, out: &mut dyn Write) -> Result<(), CliError> {
    let mut after = String::new();
    loop {
        let page = app.federation.subordinates(&after).await.map_err(failed)?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.entity_id);
        for row in &page {
            let place = if row.intermediate { "intermediate" } else { "leaf" };
            let types = row.entity_types.0.join(",");
            line(out, &[&row.entity_id, &row.state, place, &types, &moment(row.created_at)])?;
        }
    }
}

impl Add {
    async fn run(self, app: &App, out: &mut dyn Write) -> Result<(), CliError> {
        let entity_id = self.which.id()?;
        let jwks = match &self.jwks {
            Some(file) => read(Some(file))?,
            None => {
                let said = app.federation.first_contact(&entity_id).await.map_err(failed)?;
                said.claims.get("jwks").cloned().unwrap_or_default()
            }
        };
        let new = Subordinate {
            entity_id,
            jwks,
            entity_types: self.types,
            intermediate: self.intermediate,
            metadata: read(self.metadata.as_ref())?,
            metadata_policy: read(self.policy.as_ref())?,
            constraints: read(self.constraints.as_ref())?,
        };
        app.federation.add_subordinate(&new).await.map_err(failed)?;
        Ok(print_json(out, &json!({ "entity_id": new.entity_id, "jwks": new.jwks }))?)
    }
}

/// A JSON file; without one, an empty object.
fn read(file: Option<&PathBuf>) -> Result<Value, CliError> {
    match file {
        None => Ok(json!({})),
        Some(file) => Ok(serde_json::from_str(&std::fs::read_to_string(file)?)?),
    }
}

impl Marks {
    async fn run(self, app: &App, out: &mut dyn Write) -> Result<(), CliError> {
        let days = |days: u64| Duration::from_secs(days * DAY);
        match self {
            Self::Issue(give) => {
                let issue = Issue {
                    subject: give.of.which.id()?,
                    mark_type: give.of.mark_type,
                    life: days(give.days),
                    level: give.level,
                    region: give.region,
                    reference: give.reference,
                };
                let mark = app.federation.issue_mark(&issue).await.map_err(failed)?;
                Ok(line(out, &[&mark])?)
            }
            Self::Revoke(of) => {
                let revoked = app.federation.revoke_marks(&of.mark_type, &of.which.id()?).await.map_err(failed)?;
                if revoked == 0 {
                    return Err(CliError::NotFound(format!("mark {} of {}", of.mark_type, of.which.entity)));
                }
                Ok(())
            }
            Self::List => marks(app, out).await,
            Self::Delegate(Delegate { of, days: count }) => {
                let issuer = of.which.id()?;
                let text = app.federation.delegate_marks(&of.mark_type, &issuer, days(count)).map_err(failed)?;
                Ok(line(out, &[&text])?)
            }
        }
    }
}

async fn marks(app: &App, out: &mut dyn Write) -> Result<(), CliError> {
    let (mut after, now) = (String::new(), app.clock.now());
    loop {
        let page = app.federation.issued_marks(&after).await.map_err(failed)?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id);
        for row in &page {
            let status = MarkStatus::of(row, now).as_str();
            let (since, until) = (moment(row.issued_at), moment(row.valid_until));
            line(out, &[&row.mark_type, &row.subject, status, &since, &until, &moment_or_dash(row.revoked_at)])?;
        }
    }
}
