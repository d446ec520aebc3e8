//! The search for a chain (OpenID Federation 1.0 §10.1): from an entity's configuration along its authority hints to an
//! anchor, the shortest way first, through the outbound guard.
//!
//! A search is bounded in steps, hints, requests, bytes and time, whatever the entities say of themselves: whoever can name
//! an entity can make a node search, so that a search must not be worth naming one for. What this node says itself it does
//! not fetch from itself. Every way is kept as it was found, for whoever asks why there is no trust.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::Url;

use super::Federation;
use super::chain::{Anchor, TrustChain};
use super::config::SearchLimits;
use super::entity_id::EntityIdentifier;
use super::fault::{Fault, Link, NoTrust, Path};
use super::statement::{MAX_STATEMENT, Moment, Statement};
use crate::outbound::{Limits, Outbound, OutboundRequest};

/// One request of a search.
const ONE: Limits = Limits { timeout: Duration::from_secs(3), max_body: MAX_STATEMENT };

/// Ways that are followed at once; hints beyond make no more.
const MAX_WAYS: usize = 16;

/// What is fetched, and what is left to be.
pub(super) struct Search<'f> {
    federation: &'f Federation,
    limits: SearchLimits,
    began: Instant,
    requests: u64,
    configurations: HashMap<EntityIdentifier, Result<Statement, Fault>>,
}

/// A way that may still lead to an anchor.
struct Way {
    statements: Vec<Statement>,
    /// The entity at its end.
    top: Statement,
}

impl<'f> Search<'f> {
    pub(super) fn new(federation: &'f Federation) -> Self {
        let limits = federation.config().limits;
        Self { federation, limits, began: Instant::now(), requests: 0, configurations: HashMap::new() }
    }

    /// The shortest good chain from `entity` to one of `anchors`. `known`: its configuration, where it came along.
    ///
    /// # Errors
    /// Every way that was tried.
    pub(super) async fn chain(
        &mut self,
        entity: &EntityIdentifier,
        known: Option<Statement>,
        anchors: &[Anchor],
    ) -> Result<TrustChain, NoTrust> {
        let first = match known {
            Some(known) => Ok(known),
            None => self.configuration(entity).await,
        };
        let first = first.map_err(|fault| NoTrust::at(entity, Link::broken(entity, entity, fault)))?;
        if first.subject != *entity || !first.is_configuration() {
            let fault = Fault::Subject(first.subject.to_string());
            return Err(NoTrust::at(entity, Link::broken(entity, entity, fault)));
        }
        self.follow(entity, first, anchors).await
    }

    async fn follow(
        &mut self,
        entity: &EntityIdentifier,
        first: Statement,
        anchors: &[Anchor],
    ) -> Result<TrustChain, NoTrust> {
        let at = self.federation.moment();
        let mut ways = VecDeque::from([Way { statements: vec![first.clone()], top: first }]);
        let mut paths = Vec::new();
        while let Some(way) = ways.pop_front() {
            if let Some(anchor) = anchors.iter().find(|anchor| anchor.id == way.top.subject) {
                match TrustChain::validate(whole(&way), anchor, at) {
                    Ok(chain) => return Ok(chain),
                    Err(path) => paths.push(path),
                }
                continue;
            }
            match self.hints(&way) {
                Err(fault) => paths.push(broken(&way, Link::broken(&way.top.subject, &way.top.subject, fault))),
                Ok(hints) => {
                    for hint in hints {
                        match self.step(&way, &hint).await {
                            Ok(longer) if ways.len() < MAX_WAYS => ways.push_back(longer),
                            Ok(_) => {}
                            Err(fault) => {
                                paths.push(broken(&way, Link::broken(&hint, &way.top.subject, fault)));
                            }
                        }
                    }
                }
            }
        }
        Err(NoTrust { entity: entity.clone(), paths })
    }

    /// Whom the top of a way names above itself.
    fn hints(&self, way: &Way) -> Result<Vec<EntityIdentifier>, Fault> {
        let hints = way.top.authority_hints();
        let most = usize::try_from(self.limits.hints).unwrap_or(usize::MAX);
        let depth = usize::try_from(self.limits.depth).unwrap_or(usize::MAX);
        if hints.is_empty() {
            return Err(Fault::NoHints);
        }
        if hints.len() > most {
            return Err(Fault::TooManyHints(hints.len(), most));
        }
        if way.statements.len() > depth {
            return Err(Fault::TooDeep(depth));
        }
        Ok(hints)
    }

    /// One step up: the superior's configuration, and what it says about the top of the way.
    async fn step(&mut self, way: &Way, superior: &EntityIdentifier) -> Result<Way, Fault> {
        let been =
            way.statements.iter().any(|statement| statement.issuer == *superior || statement.subject == *superior);
        if been {
            return Err(Fault::Loop(superior.to_string()));
        }
        let top = self.configuration(superior).await?;
        let said = self.about(&top, &way.top.subject).await?;
        if said.issuer != *superior {
            return Err(Fault::Issuer(said.issuer.to_string()));
        }
        if said.subject != way.top.subject {
            return Err(Fault::Subject(said.subject.to_string()));
        }
        let mut statements = way.statements.clone();
        statements.push(said);
        Ok(Way { statements, top })
    }

    /// What an entity says of itself; of this node, what it says now. Asked once a search.
    async fn configuration(&mut self, entity: &EntityIdentifier) -> Result<Statement, Fault> {
        if let Some(known) = self.configurations.get(entity) {
            return known.clone();
        }
        let said = if *entity == *self.federation.id() {
            self.federation.own_configuration().map_err(|error| Fault::Unreachable(error.to_string()))
        } else {
            match entity.configuration_url() {
                Some(url) => self.fetch(url).await,
                None => Err(Fault::Unreachable("it is no URL".into())),
            }
        };
        let said = said.and_then(|said| {
            let own = said.is_configuration() && said.subject == *entity;
            if own { Ok(said) } else { Err(Fault::Subject(said.subject.to_string())) }
        });
        self.configurations.insert(entity.clone(), said.clone());
        said
    }

    /// What a superior says about `subject` (§8.1).
    async fn about(&mut self, superior: &Statement, subject: &EntityIdentifier) -> Result<Statement, Fault> {
        if superior.subject == *self.federation.id() {
            let said = self.federation.about(subject).await.map_err(|error| Fault::Unreachable(error.to_string()))?;
            return said.ok_or(Fault::NotVouchedFor);
        }
        let mut url = superior.endpoint("federation_fetch_endpoint").ok_or(Fault::NoFetchEndpoint)?;
        url.query_pairs_mut().append_pair("sub", subject.as_str());
        self.fetch(url).await
    }

    async fn fetch(&mut self, url: Url) -> Result<Statement, Fault> {
        if self.requests >= self.limits.requests {
            return Err(Fault::GivenUp("too many requests"));
        }
        let left = Duration::from_millis(self.limits.milliseconds).saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Err(Fault::GivenUp("it took too long"));
        }
        self.requests += 1;
        let limits = Limits { timeout: ONE.timeout.min(left), ..ONE };
        fetch_statement(self.federation.outbound(), url, limits).await
    }
}

/// The statements of a way that has come to an anchor: with the anchor's own at its end.
fn whole(way: &Way) -> Vec<Statement> {
    let mut statements = way.statements.clone();
    if statements.len() > 1 {
        statements.push(way.top.clone());
    }
    statements
}

/// A way that ends in a broken link; the links before it have not been judged, and are told as good as they are.
fn broken(way: &Way, last: Link) -> Path {
    let link = |statement: &Statement| Link {
        issuer: statement.issuer.to_string(),
        subject: statement.subject.to_string(),
        until: Some(statement.expires_at),
        verdict: Ok(()),
    };
    let mut links: Vec<Link> = way.statements.iter().map(link).collect();
    links.push(last);
    Path { links }
}

/// Fetches one statement.
pub(super) async fn fetch_statement(outbound: &Outbound, url: Url, limits: Limits) -> Result<Statement, Fault> {
    let accepted = HeaderValue::from_static("application/entity-statement+jwt");
    let request = OutboundRequest {
        method: Method::GET,
        url,
        headers: HeaderMap::from_iter([(header::ACCEPT, accepted)]),
        body: bytes::Bytes::new(),
        limits,
        purpose: "federation",
    };
    let answer = outbound.send(request).await.map_err(|error| Fault::Unreachable(error.to_string()))?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND if says_not_found(&answer.body) => return Err(Fault::NotVouchedFor),
        status => return Err(Fault::Unreachable(format!("it answered {status}"))),
    }
    let text = std::str::from_utf8(&answer.body).map_err(|_| Fault::Unreadable("it is not text".into()))?;
    Statement::read(text.trim())
}

/// A superior that has no such subordinate says so in the standard's words (§8.9); another 404 is a server out of order.
fn says_not_found(body: &[u8]) -> bool {
    let error: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    error.is_some_and(|error| error.get("error").is_some_and(|code| code == "not_found"))
}

/// The present, for judging.
impl Federation {
    pub(super) fn moment(&self) -> Moment {
        Moment { now: self.now(), leeway: Duration::from_secs(60) }
    }
}
