//! [`Chain`]: the processes. [`Traveller`]: a browser before all of them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Method, StatusCode};
use hufu::demo::layout::Layout;
use hufu::demo::manifest::{Client, Manifest, User};
use hufu::demo::nodes::DemoNode;
use hufu::demo::service::view::ServiceKind;
use tempfile::TempDir;
use url::Url;

use crate::party::{Party, Tokens};
use crate::process::{Ports, Process};
use crate::sink::Sink;
use crate::visitor::{Answer, Form, Gone, Visitor, send, way};

pub const NATION: usize = 0;
pub const PROVINCE: usize = 1;
pub const CITY: usize = 2;

/// How long a node may take until it serves.
const PATIENCE: Duration = Duration::from_secs(60);

/// More redirects than any flow has.
const MOST_HOPS: usize = 24;

/// Which node is killed: at which request of the flow, and how long after that was sent.
#[derive(Debug)]
pub struct Stop {
    pub place: usize,
    pub hop: usize,
    pub after: Duration,
}

/// A node, a service of it and the process, while there is one.
struct Node {
    folder: PathBuf,
    issuer: Url,
    client: Client,
    sink: Sink,
    process: Option<Process>,
}

impl Node {
    async fn serve(&mut self) {
        self.process = Some(Process::serve(&self.folder));
        let (url, begun) = (self.issuer.join("/readyz").unwrap(), Instant::now());
        loop {
            let answer = send(&way(), &url, Method::GET, HeaderMap::new(), String::new()).await;
            if answer.is_ok_and(|answer| answer.status == StatusCode::OK) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{} does not serve", self.issuer);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The nodes, furnished by a demo that has ended.
pub struct Chain {
    nodes: Vec<Node>,
    manifest: Manifest,
    /// Requests that were under way when a node was killed, and got no answer.
    cut: u64,
    _folder: TempDir,
    _ports: Ports,
}

impl Chain {
    pub async fn start() -> Self {
        let (folder, ports) = (tempfile::tempdir().unwrap(), Ports::free());
        Process::start_all(folder.path(), ports.base).stop();
        let manifest = Manifest::read(folder.path()).unwrap();
        let layout = Layout { base: ports.base, tls: false };
        let places = [
            (DemoNode::Nation, ServiceKind::Matters),
            (DemoNode::Province, ServiceKind::Province),
            (DemoNode::City, ServiceKind::City),
        ];
        let mut nodes = Vec::new();
        for (node, kind) in places {
            let (address, socket) = layout.service(kind);
            let client = manifest.clients.iter().find(|client| client.address == address).unwrap().clone();
            let own = if node == DemoNode::Nation { String::new() } else { node.slug().to_owned() };
            let mut node = Node {
                folder: folder.path().join(own),
                issuer: Url::parse(&layout.issuer_of(node)).unwrap(),
                client,
                sink: Sink::at(socket, "/backchannel-logout").await,
                process: None,
            };
            node.serve().await;
            nodes.push(node);
        }
        Self { nodes, manifest, cut: 0, _folder: folder, _ports: ports }
    }

    /// A person of the nation whose name is confirmed.
    pub fn verified(&self) -> User {
        self.manifest.users.iter().find(|user| user.realname_level == 2).unwrap().clone()
    }

    /// The service of the node at this place.
    pub fn party(&self, place: usize) -> Party {
        Party::furnished(&self.nodes[place].issuer, &self.nodes[place].client)
    }

    /// What that service was told.
    pub fn sink(&self, place: usize) -> &Sink {
        &self.nodes[place].sink
    }

    /// A new browser.
    pub fn traveller(&self) -> Traveller {
        Traveller { visitors: self.nodes.iter().map(|node| Visitor::new(&node.issuer)).collect() }
    }

    /// Kills the node at this place, and starts it again.
    async fn kill(&mut self, place: usize) {
        self.nodes[place].process.take().unwrap().kill();
        self.nodes[place].serve().await;
    }

    /// Lets every node leave as an operator would. Some kills must have come in the middle.
    pub fn stop(self) {
        println!("{} requests got no answer", self.cut);
        assert!(self.cut > 0, "every kill came before or after its request");
        for node in self.nodes {
            node.process.unwrap().stop();
        }
    }
}

/// Where a browser is after all redirects: at a node or at a service.
#[derive(Debug)]
pub enum End {
    Page(usize, Box<Answer>),
    Service(Url),
}

/// A browser, with cookies for each node.
pub struct Traveller {
    visitors: Vec<Visitor>,
}

impl Traveller {
    pub fn at(&mut self, place: usize) -> &mut Visitor {
        &mut self.visitors[place]
    }

    /// Makes an account at a node, which passes that sign-in on.
    pub async fn register_at(&mut self, place: usize, username: &str, password: &str) {
        let End::Page(_, page) = self.open(place, "/register").await else { panic!("no page to register on") };
        let fields =
            [("username", username), ("password", password), ("password_again", password), ("terms", "accepted")];
        let end = self.send(place, page.filled("register-form", &fields)).await;
        assert!(matches!(&end, End::Page(_, page) if page.has("account")), "{end:?}");
    }

    /// Opens an address of a node and follows every redirect.
    pub async fn open(&mut self, place: usize, path: &str) -> End {
        let form = self.at(place).link(path);
        self.send(place, form).await
    }

    /// The same for a form.
    pub async fn send(&mut self, place: usize, form: Form) -> End {
        let mut here = (place, form);
        for _ in 0..MOST_HOPS {
            let (place, form) = here;
            let answer = self.at(place).hop(form).await.expect("every node is up");
            here = match self.further(place, answer) {
                Ok(next) => next,
                Err(end) => return end,
            };
        }
        panic!("the nodes send the browser round");
    }

    /// The next request after an answer, or the end.
    fn further(&mut self, place: usize, answer: Answer) -> Result<(usize, Form), End> {
        let Some(next) = answer.leads_to() else { return Err(End::Page(place, Box::new(answer))) };
        match self.place_of(&next) {
            Some(place) => Ok((place, self.at(place).link(next.as_str()))),
            None => Err(End::Service(next)),
        }
    }

    fn place_of(&self, url: &Url) -> Option<usize> {
        self.visitors.iter().position(|visitor| visitor.issuer().origin() == url.origin())
    }

    /// Sends a link or form and follows every redirect; on the way a node is killed. Whoever gets no answer loads the page once
    /// more, as people do.
    pub async fn interrupted(&mut self, chain: &mut Chain, place: usize, form: Form, stop: &Stop) -> End {
        let mut here = (place, form);
        for hop in 0..MOST_HOPS {
            let (place, form) = here;
            let answer = if hop == stop.hop {
                self.while_killed(chain, (place, form.clone()), stop).await
            } else {
                self.at(place).hop(form.clone()).await
            };
            let answer = match answer {
                Ok(answer) => answer,
                Err(Gone) => self.at(place).hop(form).await.expect("it is up again"),
            };
            here = match self.further(place, answer) {
                Ok(next) => next,
                Err(end) => return end,
            };
        }
        panic!("the nodes send the browser round");
    }

    /// One request, while a node is killed and started again.
    pub async fn while_killed(
        &mut self,
        chain: &mut Chain,
        (place, form): (usize, Form),
        stop: &Stop,
    ) -> Result<Answer, Gone> {
        let begun = Instant::now();
        let killed = async {
            // Finer than a timer is.
            while begun.elapsed() < stop.after {
                tokio::task::yield_now().await;
            }
            chain.kill(stop.place).await;
        };
        let answer = tokio::join!(self.visitors[place].hop(form), killed).0;
        chain.cut += u64::from(answer.is_err());
        answer
    }

    /// Signs in at a service by the account of the node above; no page may be shown but its button, and what an account that
    /// is new there agrees to. The tokens.
    pub async fn enter(&mut self, party: &Party) -> Tokens {
        let mut end = self.open(self.place_of(party.issuer()).unwrap(), &party.request_path()).await;
        for _ in 0..MOST_HOPS {
            let (place, form) = match end {
                End::Service(back) => return party.redeem(&code(&back)).await.unwrap().expect("a fresh code is good"),
                End::Page(place, page) if page.has("activate-form") => (place, page.filled("activate-form", &[])),
                End::Page(place, page) if page.has("upstream-button") => (place, page.pressed("upstream-button")),
                End::Page(place, page) => {
                    assert!(page.has("consent-form"), "{place}: {} {}\n{}", page.url, page.status, page.text);
                    (place, page.filled("consent-form", &[("decision", "accept")]))
                }
            };
            end = self.send(place, form).await;
        }
        panic!("one page after the other");
    }

    /// Who somebody is at a service with nothing shown; none where nobody is known.
    pub async fn known_at(&mut self, party: &Party) -> Option<String> {
        let silent = format!("{}&prompt=none", party.request_path());
        match self.open(self.place_of(party.issuer()).unwrap(), &silent).await {
            End::Service(back) if back.query_pairs().any(|(name, _)| name == "error") => None,
            End::Service(back) => Some(party.redeem(&code(&back)).await.unwrap().unwrap().subject()),
            End::Page(_, page) => panic!("a page under prompt=none: {}", page.text),
        }
    }
}

fn code(back: &Url) -> String {
    let code = back.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    code.unwrap_or_else(|| panic!("no code at {back}"))
}
