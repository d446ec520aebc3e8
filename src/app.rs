//! [`App`]: every service of one node, built once from the configuration. There are no globals: whoever needs a service is
//! handed it from here.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accounts::{Accounts, Consents, Verifier};
use crate::base::{SharedClock, SharedRandom, SystemClock, SystemRandom};
use crate::config::Config;
use crate::ephemeral::{self, Ephemeral, EphemeralError};
use crate::jobs::{Chore, Handler, Sweeper, Wake, Worker};
use crate::keys::{KeyError, KeyService, MasterKey, RotateKeys};
use crate::logout::{BackchannelLogout, ExpiredSessions, Logouts};
use crate::oidc::{Foundations, Provider};
use crate::outbound::{Outbound, OutboundError};
use crate::realname::SharedCompanyRegistry;
use crate::realname::sources::Sources;
use crate::session::Sessions;
use crate::signon::{Merges, SignOn};
use crate::store::{Store, StoreError};

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The database.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// Redis.
    #[error("ephemeral store: {0}")]
    Ephemeral(#[from] EphemeralError),
    /// The keys.
    #[error("keys: {0}")]
    Keys(#[from] KeyError),
    /// The HTTP client.
    #[error("outbound: {0}")]
    Outbound(#[from] OutboundError),
    /// The authority source.
    #[error("realname: {0}")]
    Authority(String),
}

/// What a test can put in place of the world.
pub struct World {
    /// The time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
}

impl Default for World {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }
}

/// The services of one node; clones share everything.
#[derive(Clone)]
pub struct App {
    /// As configured.
    pub config: Arc<Config>,
    /// The time.
    pub clock: SharedClock,
    /// Chance.
    pub random: SharedRandom,
    /// Durable state.
    pub store: Store,
    /// Ephemeral state.
    pub ephemeral: Ephemeral,
    /// The root of every derived key.
    pub master: Arc<MasterKey>,
    /// Signing keys.
    pub keys: KeyService,
    /// Who can sign in.
    pub accounts: Accounts,
    /// What they agreed to.
    pub consents: Consents,
    /// Confirms real names.
    pub verifier: Verifier,
    /// Who can be asked about people, as configured.
    pub sources: Arc<Sources>,
    /// Who can be asked about companies.
    pub registry: SharedCompanyRegistry,
    /// Where they are signed in.
    pub sessions: Sessions,
    /// The OpenID Provider.
    pub provider: Provider,
    /// Ends sessions.
    pub logouts: Logouts,
    /// Signs people on.
    pub signon: SignOn,
    /// Brings two accounts of one person together.
    pub merges: Merges,
    /// Tells services of logouts.
    pub worker: Worker,
    /// Removes what has expired.
    pub sweeper: Sweeper,
}

impl App {
    /// Builds a node on the machine's clock and randomness.
    pub async fn build(config: Config) -> Result<Self, BuildError> {
        Self::build_in(config, World::default()).await
    }

    /// Builds a node in the given world.
    pub async fn build_in(config: Config, world: World) -> Result<Self, BuildError> {
        let outbound = Outbound::new(config.outbound.clone())?;
        let on = foundations(&config, &world, outbound.clone()).await?;
        let sources = sources(&config, &on)?;
        let verifier =
            Verifier::new(on.accounts.clone(), on.store.clone(), (sources.clone(), sources.clone()), &on.master);
        let registration = config.registration.resolved(config.keys.policy().algs);
        let provider = Provider::new(config.issuer.as_str(), config.tokens.clone(), registration, on.clone());
        let (both, wake) = ((on.clock.clone(), on.random.clone()), Wake::default());
        let rooms = (on.sessions.clone(), provider.clone());
        let logouts = Logouts::new(on.store.clone(), rooms, both.clone(), config.jobs.clone(), wake.clone());
        let handlers: Vec<Arc<dyn Handler>> = vec![Arc::new(BackchannelLogout {
            provider: provider.clone(),
            keys: on.keys.clone(),
            outbound,
            clock: on.clock.clone(),
            random: on.random.clone(),
        })];
        let chores: Vec<Arc<dyn Chore>> =
            vec![Arc::new(ExpiredSessions(logouts.clone())), Arc::new(RotateKeys(on.keys.clone()))];
        Ok(Self {
            worker: Worker::new(on.store.clone(), both, config.jobs.clone(), handlers, wake),
            sweeper: Sweeper::new(on.store.clone(), on.clock.clone(), chores),
            signon: SignOn::new(on.store.clone(), on.accounts.clone(), on.sessions.clone(), logouts.clone()),
            merges: merges(&on, logouts.clone()),
            config: Arc::new(config),
            clock: on.clock,
            random: on.random,
            store: on.store,
            ephemeral: on.ephemeral,
            master: on.master,
            keys: on.keys,
            accounts: on.accounts,
            consents: on.consents,
            verifier,
            registry: sources.clone(),
            sources,
            sessions: on.sessions,
            provider,
            logouts,
        })
    }

    /// Starts what goes on beside the requests; it ends, its work finished, when `stop` is cancelled.
    #[must_use]
    pub fn start_background(&self, stop: &CancellationToken) -> TaskTracker {
        let tasks = TaskTracker::new();
        let (worker, sweeper) = (self.worker.clone(), self.sweeper.clone());
        let (stop_worker, stop_sweeper) = (stop.clone(), stop.clone());
        tasks.spawn(async move { worker.run(stop_worker).await });
        tasks.spawn(async move { sweeper.run(stop_sweeper).await });
        tasks.close();
        tasks
    }
}

/// What every room stands on: stores, keys, people, sessions.
async fn foundations(config: &Config, world: &World, outbound: Outbound) -> Result<Foundations, BuildError> {
    let World { clock, random } = world;
    let both = || (clock.clone(), random.clone());
    let master = Arc::new(match &config.keys.master {
        Some(secret) => MasterKey::from_secret(secret).map_err(KeyError::from)?,
        None => MasterKey::load_or_create(&config.keys.dir, random).map_err(KeyError::from)?,
    });
    let store = Store::open(&config.store).await?;
    let ephemeral = ephemeral::open(&config.ephemeral, clock.clone()).await?;
    Ok(Foundations {
        keys: KeyService::open(store.clone(), &master, clock.clone(), config.keys.policy()).await?,
        accounts: Accounts::new(store.clone(), ephemeral.clone(), &master, both(), &config.accounts),
        consents: Consents::new(store.clone(), clock.clone()),
        sessions: Sessions::new(store.clone(), &master, both(), config.session.clone()),
        assurance: config.realname.assurance(),
        outbound,
        store,
        ephemeral,
        master,
        clock: clock.clone(),
        random: random.clone(),
    })
}

/// Brings two accounts of one person together.
fn merges(on: &Foundations, logouts: Logouts) -> Merges {
    Merges::new((on.store.clone(), on.ephemeral.clone()), on.accounts.clone(), logouts, on.clock.clone())
}

/// Who can be asked about people and companies.
fn sources(config: &Config, on: &Foundations) -> Result<Arc<Sources>, BuildError> {
    let world = (on.clock.clone(), on.random.clone());
    let sources = Sources::new(&config.realname.table(), &on.outbound, &on.ephemeral, world);
    Ok(Arc::new(sources.map_err(|error| BuildError::Authority(error.to_string()))?))
}
