//! `hufu clients`: the relying parties, as an administrator manages them.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::print::{json as print_json, line, moment};
use super::{CliError, Settings, node};
use crate::app::App;
use crate::base::id::ClientId;
use crate::proto::oauth::{ClientMetadata, FacadeKind, RegistrationPolicy};

/// Clients read in one go.
const PAGE: i64 = 500;

/// Relying parties.
#[derive(Debug, Subcommand)]
pub enum Clients {
    /// Lists them: id, state, when registered, name
    List,
    /// Prints one, as JSON
    Show {
        /// Its client_id
        id: String,
    },
    /// Registers one; prints what it needs to connect, its secret among it, this once
    Add(Box<Add>),
    /// Suspends one: its tokens end, and it is told to let go of every session
    Suspend {
        /// Its client_id
        id: String,
    },
    /// Lets a suspended one act again
    Resume {
        /// Its client_id
        id: String,
    },
    /// Removes one: its tokens end, and it is told to let go of every session
    Remove {
        /// Its client_id
        id: String,
    },
    /// Lets one be served by a façade besides, or by none any more; prints its new secret where it needs one
    Facade {
        /// Its client_id, which is its service code there
        id: String,
        /// ticket, session_exchange or none
        kind: String,
    },
    /// Gives one a new secret and prints it; the old one is void at once
    RotateSecret {
        /// Its client_id
        id: String,
    },
}

/// A client to register. New ones must use PKCE and get ES256, unless the metadata says otherwise.
#[derive(Debug, Args)]
pub struct Add {
    /// Its client_id; otherwise one is made
    #[arg(long)]
    id: Option<String>,
    /// Metadata as JSON (RFC 7591 §2); the options below override it
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Its name, in Chinese
    #[arg(long)]
    name: Option<String>,
    /// Where sign-in returns to
    #[arg(long, value_name = "URL")]
    redirect_uri: Vec<String>,
    /// Where sign-out returns to
    #[arg(long, value_name = "URL")]
    post_logout_redirect_uri: Vec<String>,
    /// Where it is told of logouts
    #[arg(long, value_name = "URL")]
    backchannel_logout_uri: Option<String>,
    /// What it may ask for, with spaces
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// It can keep no secret: an app or a page
    #[arg(long)]
    public: bool,
    /// It keeps out of the sign-on session: every sign-in is its own, and so is every sign-out
    #[arg(long)]
    isolated: bool,
    /// It is served by this façade besides: ticket or session_exchange
    #[arg(long, value_name = "KIND", conflicts_with = "public")]
    facade: Option<String>,
}

impl Clients {
    pub(super) fn run(self, settings: &Settings, out: &mut dyn Write) -> Result<(), CliError> {
        node::on_node(settings, |app| async move {
            match self {
                Self::List => list(&app, out).await,
                Self::Show { id } => show(&app, out, id.as_str().into()).await,
                Self::Add(add) => add.run(&app, out).await,
                Self::Suspend { id } => known(&id, app.logouts.suspend_client(&id.as_str().into()).await?),
                Self::Resume { id } => known(&id, app.logouts.resume_client(&id.as_str().into()).await?),
                Self::Remove { id } => known(&id, app.logouts.remove_client(&id.as_str().into()).await?),
                Self::Facade { id, kind } => set_facade(&app, out, &id, &kind).await,
                Self::RotateSecret { id } => rotate_secret(&app, out, &id).await,
            }
        })
    }
}

fn known(id: &str, found: bool) -> Result<(), CliError> {
    if found { Ok(()) } else { Err(CliError::NotFound(format!("client {id}"))) }
}

async fn list(app: &App, out: &mut dyn Write) -> Result<(), CliError> {
    let mut after = String::new();
    loop {
        let page = app.provider.clients().list(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.as_str().to_owned();
        for client in &page {
            let state = if client.suspended { "suspended" } else { "active" };
            let name = client.metadata.name("zh-CN").unwrap_or_default();
            line(out, &[client.id.as_str(), state, &moment(client.created_at), name])?;
        }
    }
}

async fn show(app: &App, out: &mut dyn Write, id: ClientId) -> Result<(), CliError> {
    let client = app.provider.clients().find(&id).await?;
    let client = client.ok_or_else(|| CliError::NotFound(format!("client {id}")))?;
    let shown = json!({
        "client_id": client.id,
        "state": if client.suspended { "suspended" } else { "active" },
        "registered_at": moment(client.created_at),
        "has_secret": client.secret.is_some(),
        "metadata": client.metadata,
    });
    Ok(print_json(out, &shown)?)
}

async fn set_facade(app: &App, out: &mut dyn Write, id: &str, kind: &str) -> Result<(), CliError> {
    let facade = match kind {
        "none" => None,
        kind => Some(read_facade(kind)?),
    };
    let set = app.provider.set_facade(&id.into(), facade).await?;
    let secret = set.ok_or_else(|| CliError::NotFound(format!("client {id}")))?;
    let mut shown = Map::from_iter([("client_id".to_owned(), json!(id)), ("facade".to_owned(), json!(facade))]);
    if let Some(secret) = secret {
        shown.insert("client_secret".to_owned(), json!(secret.expose()));
    }
    Ok(print_json(out, &Value::Object(shown))?)
}

fn read_facade(kind: &str) -> Result<FacadeKind, CliError> {
    let unknown = || CliError::NotFound(format!("façade {kind}: there are ticket and session_exchange"));
    FacadeKind::parse(kind).ok_or_else(unknown)
}

async fn rotate_secret(app: &App, out: &mut dyn Write, id: &str) -> Result<(), CliError> {
    let secret = app.provider.rotate_secret(&id.into()).await?;
    let secret = secret.ok_or_else(|| CliError::NotFound(format!("client {id}")))?;
    Ok(print_json(out, &json!({ "client_id": id, "client_secret": secret.expose() }))?)
}

impl Add {
    async fn run(self, app: &App, out: &mut dyn Write) -> Result<(), CliError> {
        let id = self.id.as_deref().map(ClientId::from);
        let metadata: ClientMetadata = serde_json::from_value(Value::Object(self.metadata()?))?;
        let policy = RegistrationPolicy { trusted: true, ..app.provider.registration_policy().clone() };
        let registered = app.provider.create_client(id, metadata.validate(&policy)?).await?;
        Ok(print_json(out, &registered.answer)?)
    }

    /// The file's metadata, the options over it, and under both what new clients of administrators get.
    fn metadata(&self) -> Result<Map<String, Value>, CliError> {
        let mut all = Map::from_iter([
            ("require_pkce".to_owned(), json!(true)),
            ("id_token_signed_response_alg".to_owned(), json!("ES256")),
        ]);
        if let Some(file) = &self.metadata {
            all.extend(serde_json::from_slice::<Map<String, Value>>(&std::fs::read(file)?)?);
        }
        let lists =
            [("redirect_uris", &self.redirect_uri), ("post_logout_redirect_uris", &self.post_logout_redirect_uri)];
        all.extend(
            lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(key, list)| (key.to_owned(), json!(list))),
        );
        let texts = [
            ("client_name", &self.name),
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("scope", &self.scope),
        ];
        all.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), json!(text.as_ref()?)))));
        if self.public {
            all.insert("token_endpoint_auth_method".to_owned(), json!("none"));
        }
        if let Some(kind) = &self.facade {
            all.insert("facade".to_owned(), json!(read_facade(kind)?));
            all.insert("require_pkce".to_owned(), json!(false));
        }
        if self.isolated {
            all.insert("isolated".to_owned(), json!(true));
        }
        Ok(all)
    }
}
