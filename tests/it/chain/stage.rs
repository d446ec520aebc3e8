//! [`Chain`]: the nodes. [`Traveller`]: a browser before all of them, with cookies for each.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request as HttpRequest, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use hufu::base::{ManualClock, SharedRandom, SystemRandom, Timestamp};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;
use url::Url;

use crate::support::{Browser, Client, Landed, NOW, Page, Person, Request, TestNode, Tokens};

/// A node that others reach.
pub struct Reachable {
    pub node: Box<TestNode>,
    pub issuer: String,
    door: Arc<Door>,
    task: JoinHandle<()>,
}

/// How the link to a node is, as other nodes find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Good,
    /// Its proxy answers that it is gone.
    Down,
    /// It takes connections and requests and never answers: half-open.
    Silent,
    /// What is asked is done, and answered this much later.
    Late(Duration),
}

/// Where a node is reached by others.
struct Door {
    router: Mutex<Router>,
    link: Mutex<Link>,
    asked: AtomicUsize,
}

impl Reachable {
    /// Lets the node answer from now on, or not.
    pub fn is_up(&self, up: bool) {
        self.link(if up { Link::Good } else { Link::Down });
    }

    /// How its link is from now on.
    pub fn link(&self, link: Link) {
        *self.door.link.lock() = link;
    }

    /// How many requests of other nodes have reached its door.
    pub fn asked(&self) -> usize {
        self.door.asked.load(Ordering::SeqCst)
    }

    /// Its process ends without a word, and another one goes on from what is on disk.
    pub async fn restart(&mut self, traveller: &mut Traveller) {
        self.node.restart().await;
        *self.door.router.lock() = self.node.router();
        traveller.at(self).turn_to(&self.node);
    }
}

/// The nodes.
pub struct Chain {
    pub nation: Reachable,
    pub province: Reachable,
    pub city: Reachable,
    pub other: Reachable,
    pub clock: ManualClock,
}

/// What a test wants otherwise, by node: more settings.
#[derive(Default)]
pub struct Wishes<'a> {
    pub nation: &'a [(&'a str, &'a str)],
    pub province: &'a [(&'a str, &'a str)],
    pub city: &'a [(&'a str, &'a str)],
    /// What each node below may do besides: more members of its row of `[[below]]`.
    pub below: &'a str,
    /// By how many seconds the city's clock is wrong.
    pub city_ahead: i64,
}

impl Chain {
    pub async fn start() -> Self {
        Box::pin(Self::with(Wishes::default())).await
    }

    pub async fn with(wishes: Wishes<'_>) -> Self {
        let clock = ManualClock::at(NOW);
        let [nation, province, city, other] = [place(11).await, place(12).await, place(13).await, place(14).await];
        let below_nation = format!(
            "[{}, {}]",
            row(&province.1, "省平台", "province", "330000", wishes.below),
            row(&other.1, "外省平台", "province", "510000", wishes.below)
        );
        let below_province = format!("[{}]", row(&city.1, "市平台", "city", "330100", wishes.below));
        let wrong = NOW.0 + wishes.city_ahead * 1000;
        let of_city = if wishes.city_ahead == 0 { clock.clone() } else { ManualClock::at(Timestamp(wrong)) };
        let (nation_at, province_at) = (nation.1.clone(), province.1.clone());
        Self {
            nation: boot(nation, &clock, &[("below", &below_nation)], wishes.nation).await,
            province: boot(
                province,
                &clock,
                &[("node.level", "province"), ("upstream.issuer", &nation_at), ("below", &below_province)],
                wishes.province,
            )
            .await,
            city: boot(city, &of_city, &[("node.level", "city"), ("upstream.issuer", &province_at)], wishes.city).await,
            other: boot(other, &clock, &[("node.level", "province"), ("upstream.issuer", &nation_at)], &[]).await,
            clock,
        }
    }

    pub fn all(&self) -> [&Reachable; 4] {
        [&self.nation, &self.province, &self.city, &self.other]
    }

    /// A new browser.
    pub fn traveller(&self) -> Traveller {
        Traveller {
            browsers: self.all().into_iter().map(|at| (at.issuer.clone(), at.node.browser())).collect(),
            visited: Vec::new(),
        }
    }

    /// The process of the node at this place ends without a word, and another one goes on.
    pub async fn restart(&mut self, place: usize, traveller: &mut Traveller) {
        let at = match place {
            0 => &mut self.nation,
            1 => &mut self.province,
            2 => &mut self.city,
            _ => &mut self.other,
        };
        at.restart(traveller).await;
    }

    /// Runs every job that is due, at every node, until nothing is.
    pub async fn deliver(&self) {
        loop {
            let mut done = 0;
            for at in self.all() {
                done += at.node.deliver().await;
            }
            if done == 0 {
                return;
            }
        }
    }

    /// The test is over.
    pub async fn close(self) {
        for at in [self.nation, self.province, self.city, self.other] {
            at.task.abort();
            Box::pin(at.node.close()).await;
        }
    }

    /// The same, where a test means to leave jobs behind.
    pub async fn close_leaving(self, jobs: [i64; 4]) {
        for (at, jobs) in [self.nation, self.province, self.city, self.other].into_iter().zip(jobs) {
            at.task.abort();
            Box::pin(at.node.close_with_pending(jobs)).await;
        }
    }
}

/// A row of `[[below]]`, with these members besides.
pub fn row(issuer: &str, name: &str, level: &str, region: &str, more: &str) -> String {
    format!(
        "{{entity_id = \"{issuer}\", name = {{\"zh-CN\" = \"{name}\", en = \"{level} {region}\"}}, level = \"{level}\", \
         region = \"{region}\", registrations = true{more}}}"
    )
}

async fn place(last: u8) -> (TcpListener, String) {
    let listener = TcpListener::bind((format!("127.0.0.{last}"), 0)).await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    (listener, issuer)
}

async fn boot(
    (listener, issuer): (TcpListener, String),
    clock: &ManualClock,
    own: &[(&str, &str)],
    wishes: &[(&str, &str)],
) -> Reachable {
    let random: SharedRandom = Arc::new(SystemRandom);
    let master = random.token();
    let mut settings = vec![("server.issuer", issuer.as_str()), ("keys.master", master.as_str())];
    settings.extend(own);
    settings.extend(wishes);
    let node = Box::new(Box::pin(TestNode::beside_others(clock, &settings)).await);
    let door = Door { router: Mutex::new(node.router()), link: Mutex::new(Link::Good), asked: AtomicUsize::new(0) };
    let door = Arc::new(door);
    let task = tokio::spawn(serve(listener, Arc::clone(&door)));
    Reachable { node, issuer, door, task }
}

async fn serve(listener: TcpListener, door: Arc<Door>) {
    let guarded = Router::new().fallback(enter).with_state(door);
    axum::serve(listener, guarded.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
}

async fn enter(State(door): State<Arc<Door>>, request: HttpRequest) -> Response {
    door.asked.fetch_add(1, Ordering::SeqCst);
    let (router, link) = (door.router.lock().clone(), *door.link.lock());
    match link {
        Link::Good => router.oneshot(request).await.into_response(),
        Link::Down => StatusCode::BAD_GATEWAY.into_response(),
        Link::Silent => std::future::pending().await,
        Link::Late(by) => {
            let answer = router.oneshot(request).await.into_response();
            tokio::time::sleep(by).await;
            answer
        }
    }
}

/// More redirects than any flow has.
const MOST_HOPS: usize = 20;

/// Where a browser is after all redirects: at a node or at a service.
pub enum Arrived {
    At(String, Page),
    Service(crate::support::Callback),
}

impl Arrived {
    #[track_caller]
    pub fn service(self) -> crate::support::Callback {
        match self {
            Self::Service(callback) => callback,
            Self::At(issuer, page) => panic!("at {issuer}{} ({}):\n{}", page.path, page.status, page.html),
        }
    }

    /// The page, which must be at this node.
    #[track_caller]
    pub fn page_at(self, at: &Reachable) -> Page {
        match self {
            Self::At(issuer, page) if issuer == at.issuer => page,
            Self::At(issuer, page) => panic!("at {issuer}{} ({}):\n{}", page.path, page.status, page.html),
            Self::Service(callback) => panic!("at a service: {}", callback.whole),
        }
    }
}

/// A browser before every node.
#[derive(Clone)]
pub struct Traveller {
    browsers: BTreeMap<String, Browser>,
    /// The nodes that it was at, in order.
    pub visited: Vec<String>,
}

impl Traveller {
    pub fn at(&mut self, at: &Reachable) -> &mut Browser {
        self.browsers.get_mut(&at.issuer).unwrap()
    }

    /// Opens an address, and follows every redirect between the nodes.
    pub async fn get(&mut self, address: &str) -> Arrived {
        let (issuer, path) = self.split(address).unwrap_or_else(|| panic!("{address} is at no node"));
        self.visited.push(issuer.clone());
        let landed = self.browsers.get_mut(&issuer).unwrap().get(&path).await;
        self.follow(issuer, landed).await
    }

    /// Goes on from where a browser has landed.
    pub async fn follow(&mut self, issuer: String, landed: Landed) -> Arrived {
        let mut landed = (issuer, landed);
        for _ in 0..MOST_HOPS {
            landed = match self.hop(landed).await {
                Ok(arrived) => return arrived,
                Err(further) => further,
            };
        }
        panic!("the nodes send the browser round: {:?}", self.visited);
    }

    /// The same; before its hop of this number the process of the node at that place ends, and another one goes on.
    pub async fn follow_while_one_ends(
        &mut self,
        chain: &mut Chain,
        (at_hop, place): (usize, usize),
        (issuer, landed): (String, Landed),
    ) -> Arrived {
        let mut landed = (issuer, landed);
        for hop in 0..MOST_HOPS {
            if hop == at_hop {
                chain.restart(place, self).await;
            }
            landed = match self.hop(landed).await {
                Ok(arrived) => return arrived,
                Err(further) => further,
            };
        }
        panic!("the nodes send the browser round: {:?}", self.visited);
    }

    /// One redirect further, or where this is.
    async fn hop(&mut self, (issuer, landed): (String, Landed)) -> Result<Arrived, (String, Landed)> {
        let callback = match landed {
            Landed::Here(page) => return Ok(Arrived::At(issuer, page)),
            Landed::There(callback) => callback,
        };
        let Some((next, path)) = self.split(&callback.whole) else { return Ok(Arrived::Service(callback)) };
        self.visited.push(next.clone());
        let landed = self.browsers.get_mut(&next).unwrap().get(&path).await;
        Err((next, landed))
    }

    fn split(&self, address: &str) -> Option<(String, String)> {
        let url = Url::parse(address).unwrap();
        let issuer = url.origin().ascii_serialization();
        let path = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        self.browsers.contains_key(&issuer).then_some((issuer, path))
    }

    /// Sends a form of a page at a node.
    pub async fn submit(&mut self, at: &Reachable, page: &Page, form: &str, fields: &[(&str, &str)]) -> Arrived {
        let landed = self.at(at).submit(page, form, fields).await;
        self.follow(at.issuer.clone(), landed).await
    }

    /// Begins a sign-in at a service of a node.
    pub async fn begin(&mut self, at: &Reachable, request: &Request) -> Arrived {
        self.get(&format!("{}{}", at.issuer, request.path())).await
    }

    /// Signs in at a service of a node with no page shown: its tokens.
    pub async fn enter(&mut self, at: &Reachable, client: &Client) -> Tokens {
        let request = Request::of(client).with("scope", "openid profile realname phone");
        let code = self.begin(at, &request).await.service().code().to_owned();
        at.node.redeem(client, &request, &code).await.tokens()
    }

    /// Follows a link with this id on a page of a node.
    pub async fn click(&mut self, at: &Reachable, page: &Page, id: &str) -> Arrived {
        let href = href(page, id);
        self.get(&format!("{}{href}", at.issuer)).await
    }

    /// Signs in at the page of a node.
    pub async fn log_in(&mut self, at: &Reachable, page: &Page, person: &Person) -> Arrived {
        let fields = [("username", person.username.as_str()), ("password", person.password.as_str())];
        self.submit(at, page.must_have("login-form"), "login-form", &fields).await
    }

    /// Agrees to what a node asks, with these sensitive claims.
    pub async fn agree(&mut self, at: &Reachable, page: &Page, ticked: &[&str]) -> Arrived {
        let mut fields = vec![("decision", "accept")];
        fields.extend(ticked.iter().map(|claim| ("sensitive", *claim)));
        self.submit(at, page.must_have("consent-form"), "consent-form", &fields).await
    }

    /// From the sign-in page of a province by the button to the nation, where this person signs in and lets the document be
    /// told, and back: where that leads.
    pub async fn through_nation(&mut self, chain: &Chain, at: &Reachable, page: &Page, person: &Person) -> Arrived {
        let page = self.click(at, page, "upstream-button").await.page_at(&chain.nation);
        let page = self.log_in(&chain.nation, &page, person).await.page_at(&chain.nation);
        self.agree(&chain.nation, &page, &["identity_document"]).await
    }
}

/// Where the link with this id leads.
#[track_caller]
pub fn href(page: &Page, id: &str) -> String {
    let tag = page.html.split("<a ").find(|tag| tag.split('>').next().unwrap().contains(&format!("id=\"{id}\"")));
    let tag = tag.unwrap_or_else(|| panic!("no link #{id} at {}:\n{}", page.path, page.html));
    plain(tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap())
}

/// A text of a page, its escapes undone.
pub fn plain(text: &str) -> String {
    text.replace("&#x3D;", "=").replace("&#61;", "=").replace("&#38;", "&").replace("&amp;", "&")
}

/// What a service is told of somebody.
pub async fn userinfo(at: &Reachable, tokens: &Tokens) -> Value {
    at.node.userinfo(&tokens.access).await.ok()
}
