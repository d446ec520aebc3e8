//! `hufu demo`: a node, the reference authority and the relying parties on loopback hosts, with people and clients to try.
//!
//! One process. Nothing of a real node may depend on this floor; it may use everything below.

pub mod agency;
pub mod authority;
pub mod check;
pub mod companies;
mod family;
pub mod gallery;
mod guide;
mod home;
pub mod layout;
mod lower;
pub mod manifest;
pub mod nodes;
mod outbox;
pub mod papers;
pub mod people;
mod seed;
pub mod service;
mod tls;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::app::{App, BuildError, World};
use crate::base::{Secret, SharedRandom, SystemRandom};
use crate::config::server::ServerConfig;
use crate::config::{Config, Override, Sources};
use crate::demo::authority::AuthorityOptions;
use crate::http;
use crate::http::server::{Front, Tls};
use crate::http::shutdown::Shutdown;
use crate::outbound::{Outbound, OutboundError};
use crate::realname::sources::signature::Party;
use crate::telemetry::Metrics;

use layout::Layout;
use lower::{LowerNodes, Place};
use manifest::Manifest;
use nodes::DemoNode;
use seed::SeedError;
use service::ServiceOptions;
use service::view::ServiceKind;
use tls::{Certificates, TlsError};

/// What the demo is started with.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// Where it keeps everything.
    pub dir: PathBuf,
    /// First port.
    pub port_base: u16,
    /// Over https.
    pub tls: bool,
    /// Keys of the nation's configuration that are set otherwise.
    pub overrides: Vec<Override>,
    /// Whether there are nodes below the nation.
    pub chain: Chain,
}

/// The nodes below the nation.
#[derive(Clone, Debug)]
pub enum Chain {
    /// None: the nation alone.
    None,
    /// Each served by a process of this program.
    Processes(PathBuf),
    /// All in the demo's own process.
    Here,
}

/// Why the demo cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file or a port.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A port that is taken, most often by another demo.
    #[error("{0} cannot be listened on: {1}; choose other ports with --port-base")]
    Port(SocketAddr, std::io::Error),
    /// The node.
    #[error("the node cannot start: {0}")]
    Build(#[from] BuildError),
    /// Its furniture.
    #[error("the demo cannot be furnished: {0}")]
    Seed(#[from] SeedError),
    /// Certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The services' HTTP client.
    #[error("{0}")]
    Outbound(#[from] OutboundError),
    /// A member of the configuration.
    #[error("configuration: {0}")]
    Config(String),
    /// A node below the nation.
    #[error("the {0} does not serve; its log: {1}")]
    Lower(&'static str, PathBuf),
}

/// A running demo.
pub struct Demo {
    /// As written to `demo.json`.
    pub manifest: Manifest,
    shutdown: Shutdown,
    servers: JoinSet<std::io::Result<()>>,
    background: tokio_util::task::TaskTracker,
    app: App,
    lower: LowerNodes,
}

/// What every server of the demo is served with.
struct Serving {
    tls: Option<Tls>,
    shutdown: Shutdown,
    servers: JoinSet<std::io::Result<()>>,
}

impl Serving {
    /// Serves what only the demo has: the authority, a service, the guide.
    async fn add(&mut self, socket: SocketAddr, router: Router) -> Result<(), DemoError> {
        let listener = open(socket).await?;
        let limits = ServerConfig { drain_seconds: 2, ..ServerConfig::default() };
        self.serve(vec![listener], router, Front::new(&limits, self.tls.clone(), &Metrics::new()));
        Ok(())
    }

    /// Serves a node, as `hufu serve` does.
    async fn add_node(&mut self, sockets: &[SocketAddr], app: &App) -> Result<(), DemoError> {
        let metrics = Metrics::new();
        metrics.adopt_process();
        let mut listeners = Vec::new();
        for socket in sockets.iter().copied() {
            match open(socket).await {
                Ok(listener) => listeners.push(listener),
                Err(error) if socket.is_ipv6() => tracing::warn!(%error, "the demo goes on without IPv6"),
                Err(error) => return Err(error),
            }
        }
        let front = Front::new(&app.config.server, self.tls.clone(), &metrics);
        self.serve(listeners, http::node::node(app.clone(), &metrics, &self.shutdown), front);
        Ok(())
    }

    fn serve(&mut self, listeners: Vec<TcpListener>, router: Router, front: Front) {
        let shutdown = self.shutdown.clone();
        self.servers.spawn(async move { front.serve(listeners, router, &shutdown).await });
    }
}

async fn open(socket: SocketAddr) -> Result<TcpListener, DemoError> {
    TcpListener::bind(socket).await.map_err(|error| DemoError::Port(socket, error))
}

/// Starts the demo; it is up when this returns.
pub async fn start(options: &DemoOptions) -> Result<Demo, DemoError> {
    std::fs::create_dir_all(&options.dir)?;
    let dir = options.dir.canonicalize()?;
    let layout = Layout { base: options.port_base, tls: options.tls };
    let certificates = if options.tls { Some(Certificates::under(&dir)?) } else { None };
    let tls = match &certificates {
        Some(certificates) => Some(Tls::load(&certificates.files).map_err(TlsError::from)?),
        None => None,
    };
    let mut serving = Serving { tls, shutdown: Shutdown::new(), servers: JoinSet::new() };
    let earlier = Manifest::read(&dir);
    let random: SharedRandom = Arc::new(SystemRandom);
    let secret = earlier.as_ref().map(|e| e.authority_secret.clone()).filter(|secret| !secret.is_empty());
    let secret = Secret::new(secret.unwrap_or_else(|| random.token()));
    start_authority(&mut serving, layout, &secret).await?;
    let ca = certificates.as_ref().map(|certificates| certificates.ca.as_path());
    let app = Box::pin(App::build_in(config(options, (&dir, layout, ca), &secret)?, World::default())).await?;
    let mut manifest = seed::furnish(&app, layout, earlier.as_ref()).await?;
    let place = Place { dir: &dir, layout, ca };
    let nodes = if matches!(options.chain, Chain::None) { &DemoNode::ALL[..1] } else { &DemoNode::ALL };
    if nodes.len() > 1 {
        manifest.clients.extend(Box::pin(LowerNodes::furnish(&place, earlier.as_ref())).await?);
    }
    manifest.nodes = nodes.iter().map(|node| manifest::Node::of(*node, layout)).collect();
    manifest.authority = manifest::Authority { url: layout.authority().0 };
    manifest.guide = layout.guide().0;
    manifest.authority_secret = secret.expose().to_owned();
    start_services(&mut serving, layout, &app, &manifest).await?;
    serving.add_node(&layout.sockets_of(DemoNode::Nation), &app).await?;
    let lower = match &options.chain {
        Chain::None => LowerNodes::default(),
        Chain::Processes(program) => Box::pin(LowerNodes::start(&place, Some(program), &mut serving)).await?,
        Chain::Here => Box::pin(LowerNodes::start(&place, None, &mut serving)).await?,
    };
    let guide = guide::router(&manifest, layout).merge(outbox::router(app.local_messages.clone()));
    serving.add(layout.guide().1, guide).await?;
    manifest.write(&dir)?;
    let background = app.start_background(&serving.shutdown.token());
    Ok(Demo { manifest, shutdown: serving.shutdown, servers: serving.servers, background, app, lower })
}

impl Demo {
    /// Ends everything, work under way finished.
    pub async fn stop(mut self) {
        self.shutdown.begin(Duration::ZERO).await;
        self.lower.stop().await;
        while self.servers.join_next().await.is_some() {}
        self.background.wait().await;
        self.app.store.close().await;
    }
}

async fn start_authority(serving: &mut Serving, layout: Layout, secret: &Secret) -> Result<(), DemoError> {
    let world = World::default();
    let party = Party { id: "hufu-nation".into(), secret: secret.clone() };
    let options = AuthorityOptions::new(vec![party], world.clock, world.random);
    let router = authority::router(&options, serving.shutdown.token());
    serving.add(layout.authority().1, router).await
}

async fn start_services(
    serving: &mut Serving,
    layout: Layout,
    app: &App,
    manifest: &Manifest,
) -> Result<(), DemoError> {
    let outbound = Outbound::new(app.config.outbound.clone())?;
    for kind in ServiceKind::ALL.into_iter().chain(ServiceKind::LOWER) {
        if !manifest.nodes.iter().any(|node| node.issuer == layout.issuer_of(kind.node())) {
            continue;
        }
        let (address, socket) = layout.service(kind);
        let client_id = format!("demo-{}", kind.slug());
        let options = ServiceOptions {
            kind,
            address,
            issuer: layout.issuer_of(kind.node()),
            client_secret: Secret::new(manifest.secret_of(&client_id).unwrap_or_default()),
            client_id,
            scope: seed::scope(kind).to_owned(),
            guide: layout.guide().0,
        };
        let router = service::router(options, outbound.clone(), app.clock.clone(), app.random.clone());
        serving.add(socket, router).await?;
    }
    Ok(())
}

/// The node's configuration, as a file that the command line can use too: the demo profile and where things are.
fn config(
    options: &DemoOptions,
    (dir, layout, ca): (&Path, Layout, Option<&Path>),
    secret: &Secret,
) -> Result<Config, DemoError> {
    let file = dir.join("hufu.toml");
    let nation = DemoNode::Nation;
    let place = if matches!(options.chain, Chain::None) { nation.place_alone() } else { nation.place(layout) };
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let listen: Vec<String> = layout.sockets_of(nation).iter().map(|socket| format!("\"{socket}\"")).collect();
    let text = include_str!("hufu.toml")
        .replace("{issuer}", &layout.issuer())
        .replace("{listen}", &listen.join(", "))
        .replace("{place}", &place)
        .replace("{sqlite}", &quoted(&dir.join("hufu.db")))
        .replace("{keys}", &quoted(&dir.join("keys")))
        .replace("{authority}", &layout.authority().0)
        .replace("{secret}", secret.expose())
        .replace("{ca_files}", &ca.map(quoted).unwrap_or_default());
    write_private(&file, &text)?;
    let sources = Sources { file: Some(file), environment: Vec::new(), overrides: options.overrides.clone() };
    Config::from_sources(&sources).map_err(|error| DemoError::Config(error.to_string()))
}

/// Writes a file that only its owner can read: it holds the secret shared with the authority.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests;
