//! The nodes below the nation, each a process of its own: `hufu serve` on a configuration that is written here. They end with
//! the demo, however that ends: each leaves when its standard input does.
//!
//! Where the demo itself is no `hufu` (a test), they are served in its own process.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use url::Url;

use super::layout::Layout;
use super::manifest::Client;
use super::nodes::DemoNode;
use super::service::view::ServiceKind;
use super::{DemoError, Serving, seed, write_private};
use crate::app::{App, World};
use crate::config::{Config, Sources};
use crate::demo::manifest::Manifest;
use crate::outbound::{Limits, Outbound};

/// How long a node may take until it serves, and until it has left.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the demo keeps everything, and what its nodes share.
pub(super) struct Place<'a> {
    pub dir: &'a Path,
    pub layout: Layout,
    pub ca: Option<&'a Path>,
}

/// The running nodes below the nation.
#[derive(Default)]
pub(super) struct LowerNodes {
    processes: Vec<Child>,
    own: Vec<(App, tokio_util::task::TaskTracker)>,
}

impl LowerNodes {
    /// Writes the configuration of each node and furnishes it; gives their clients.
    pub(super) async fn furnish(place: &Place<'_>, earlier: Option<&Manifest>) -> Result<Vec<Client>, DemoError> {
        let mut clients = Vec::new();
        for furnished in
            futures::future::try_join_all(DemoNode::LOWER.map(|node| furnish(place, node, earlier))).await?
        {
            clients.extend(furnished);
        }
        Ok(clients)
    }

    /// Starts every node: as `program serve`, or in this process where there is no program. They serve when this returns.
    pub(super) async fn start(
        place: &Place<'_>,
        program: Option<&Path>,
        serving: &mut Serving,
    ) -> Result<Self, DemoError> {
        let mut nodes = Self::default();
        for node in DemoNode::LOWER {
            match program {
                Some(program) => nodes.processes.push(spawn(program, &folder(place, node))?),
                None => nodes.own.push(serve_here(place, node, serving).await?),
            }
        }
        if program.is_some() {
            nodes.until_ready(place).await?;
        }
        Ok(nodes)
    }

    async fn until_ready(&mut self, place: &Place<'_>) -> Result<(), DemoError> {
        let outbound = Outbound::new(load(place, DemoNode::Province)?.outbound)?;
        let begun = tokio::time::Instant::now();
        for (node, process) in DemoNode::LOWER.into_iter().zip(&mut self.processes) {
            let url = Url::parse(&format!("{}/readyz", place.layout.issuer_of(node)));
            let url = url.map_err(|error| DemoError::Config(error.to_string()))?;
            while !outbound.get(url.clone(), Limits::default(), "demo").await.is_ok_and(|answer| answer.is_success()) {
                let gone = process.try_wait()?.is_some();
                if gone || begun.elapsed() > PATIENCE {
                    let log = folder(place, node).join("serve.log");
                    return Err(DemoError::Lower(node.slug(), log));
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(())
    }

    /// Lets every node leave in order.
    pub(super) async fn stop(self) {
        let mut leaving = Vec::new();
        for mut process in self.processes {
            drop(process.stdin.take());
            leaving.push(async move {
                if tokio::time::timeout(PATIENCE, process.wait()).await.is_err() {
                    tracing::warn!("a node did not leave in time");
                    let _ = process.kill().await;
                }
            });
        }
        futures::future::join_all(leaving).await;
        for (app, background) in self.own {
            background.wait().await;
            app.store.close().await;
        }
    }
}

fn folder(place: &Place<'_>, node: DemoNode) -> PathBuf {
    place.dir.join(node.slug())
}

async fn furnish(place: &Place<'_>, node: DemoNode, earlier: Option<&Manifest>) -> Result<Vec<Client>, DemoError> {
    let dir = folder(place, node);
    std::fs::create_dir_all(&dir)?;
    write_private(&dir.join("hufu.toml"), &node.config(place.layout, &dir, place.ca))?;
    let app = Box::pin(App::build_in(load(place, node)?, World::default())).await?;
    let mut clients = Vec::new();
    for kind in ServiceKind::of_node(node) {
        clients.push(seed::client(&app, place.layout, kind, earlier).await?);
    }
    app.store.close().await;
    Ok(clients)
}

fn load(place: &Place<'_>, node: DemoNode) -> Result<Config, DemoError> {
    let file = folder(place, node).join("hufu.toml");
    let sources = Sources { file: Some(file), environment: Vec::new(), overrides: Vec::new() };
    Config::from_sources(&sources).map_err(|error| DemoError::Config(error.to_string()))
}

fn spawn(program: &Path, dir: &Path) -> Result<Child, DemoError> {
    let log = std::fs::File::options().create(true).append(true).open(dir.join("serve.log"))?;
    let mut command = Command::new(program);
    command.arg("--config").arg(dir.join("hufu.toml")).args(["serve", "--until-input-ends"]);
    // A group of its own: Ctrl-C is for the demo, which then lets its nodes leave.
    command.process_group(0).env_clear().current_dir(dir);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    Ok(command.spawn()?)
}

async fn serve_here(
    place: &Place<'_>,
    node: DemoNode,
    serving: &mut Serving,
) -> Result<(App, tokio_util::task::TaskTracker), DemoError> {
    let app = Box::pin(App::build_in(load(place, node)?, World::default())).await?;
    serving.add_node(&place.layout.sockets_of(node), &app).await?;
    let background = app.start_background(&serving.shutdown.token());
    Ok((app, background))
}
