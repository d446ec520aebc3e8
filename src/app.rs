//! [`App`]: every service of one node, built once from the configuration. There are no globals: whoever needs a service is
//! handed it from here.

mod chain;
mod error;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accounts::{Accounts, BreachedPasswords, Consents, Verifier};
use crate::base::{SharedClock, SharedRandom, SystemClock, SystemRandom};
use crate::centre::{self, Centre, DueClosings};
use crate::challenge::{LocalChallenge, SharedChallenge};
use crate::config::Config;
use crate::delegation::{self, Delegation, ExpiredMandates, Rechecks, WaitingCompanies};
use crate::entities::Entities;
use crate::ephemeral::{self, Ephemeral};
use crate::factors::{Factors, Passkeys};
use crate::federation::{self, EntityIdentifier, Federation, FederationError, RefreshTrust, RollSubordinates};
use crate::jobs::{Chore, Handler, Sweeper, Wake, Worker};
use crate::keys::{KeyError, KeyService, MasterKey, Purpose, RotateKeys};
use crate::logout::{BackchannelLogout, ExpiredSessions, Logouts};
use crate::messages::{DeliverNotice, HttpGateway, LocalOutbox, NoMessenger, Notices, Sender, SharedMessenger};
use crate::oidc::federated::RenewFederatedClients;
use crate::oidc::{Foundations, Provider};
use crate::outbound::Outbound;
use crate::realname::sources::Sources;
use crate::realname::{SharedAuthority, SharedCompanyRegistry};
use crate::registrations::Registrations;
use crate::session::Sessions;
use crate::signon::{Merges, Recoveries, Scans, SignOn};
use crate::store::Store;
use crate::trust::upstream::party::Party;
use crate::trust::upstream::people::FollowPeople;
use crate::trust::upstream::sync::{Synchroniser, TellRegistrations};
use crate::trust::upstream::tell_above::TellAbove;
use crate::trust::upstream::verify_above::VerifyAbove;
use crate::trust::upward::Upward;
use crate::trust::{FromBelow, Links, Upstream};
use crate::verification::Verifications;

pub use error::BuildError;

use chain::{registrations, verifications};

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
    /// What they sign in with besides the password.
    pub factors: Factors,
    /// The passkeys among it.
    pub passkeys: Passkeys,
    /// The messages that were kept instead of sent, where `[messages] local` is set.
    pub local_messages: Option<LocalOutbox>,
    /// What they are asked after several failures.
    pub challenge: SharedChallenge,
    /// What they agreed to.
    pub consents: Consents,
    /// Confirms real names.
    pub verifier: Verifier,
    /// The same, offered to access parties.
    pub verifications: Verifications,
    /// What access parties register and keep in step.
    pub registrations: Registrations,
    /// Who can be asked about people, as configured.
    pub sources: Arc<Sources>,
    /// Who can be asked about companies.
    pub registry: SharedCompanyRegistry,
    /// Where they are signed in.
    pub sessions: Sessions,
    /// This node's part in the federation.
    pub federation: Federation,
    /// The OpenID Provider.
    pub provider: Provider,
    /// Ends sessions.
    pub logouts: Logouts,
    /// The node above, if there is one.
    pub upstream: Option<Upstream>,
    /// Tells the node above of the people here, where it is to be told.
    pub sync: Option<Synchroniser>,
    /// Takes logouts from the nodes below.
    pub upward: Upward,
    /// Takes sign-ins from the nodes below.
    pub from_below: FromBelow,
    /// Accounts of people whom another node knows.
    pub links: Links,
    /// Companies, as they stand.
    pub entities: Entities,
    /// Who may act for them, and what is done about it.
    pub delegation: Delegation,
    /// Signs people on.
    pub signon: SignOn,
    /// Gives accounts back to their owners.
    pub recoveries: Recoveries,
    /// Brings two accounts of one person together.
    pub merges: Merges,
    /// What people do about what is held of them.
    pub centre: Centre,
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
        let (messenger, local_messages) = messenger(&config, &world, &outbound)?;
        let on = Box::pin(foundations(&config, &world, outbound.clone(), messenger)).await?;
        let party = chain::party(&config, &on);
        let sources = sources(&config, &on, party.as_ref())?;
        let verifier = verifier(&on, sources.clone());
        let provider = provider(&config, &on);
        let (both, wake) = ((on.clock.clone(), on.random.clone()), on.wake.clone());
        let rooms = (on.sessions.clone(), provider.clone());
        let logouts = Logouts::new(on.store.clone(), rooms, both.clone(), config.jobs.clone(), wake.clone());
        let delegation = delegation(&config, &on, logouts.clone(), sources.clone());
        let challenge = Arc::new(LocalChallenge::new(&on.master, on.ephemeral.clone(), both.clone()));
        let issuer = config.issuer.url();
        let passkeys = Passkeys::new(on.factors.clone(), issuer, config.node.name("zh-CN"), &on.master);
        let signon = signon(&on, passkeys.clone(), logouts.clone());
        let chain = chain::chain(&config, &on, (&provider, party), (&verifier, &signon, &logouts, &delegation)).await?;
        let handlers = handlers(&config, &on, &provider, &chain.upstream);
        let recoveries = recoveries(&config, &on, (&signon, &verifier));
        let centre = centre(&config, &on, (&verifier, &signon), (&logouts, &delegation));
        let chores = chores(&on, &provider, &logouts, (&delegation, &centre, &chain));
        let verifications = verifications(&config, &on, sources.clone());
        Ok(Self {
            worker: Worker::new(on.store.clone(), both, config.jobs.clone(), handlers, wake),
            sweeper: Sweeper::new(on.store.clone(), on.clock.clone(), chores),
            merges: merges(&on, logouts.clone()),
            registrations: registrations(&config, &on, sources.clone(), verifications.clone()),
            verifications,
            recoveries,
            signon,
            centre,
            config: Arc::new(config),
            clock: on.clock,
            random: on.random,
            store: on.store,
            ephemeral: on.ephemeral,
            master: on.master,
            keys: on.keys,
            accounts: on.accounts,
            factors: on.factors,
            passkeys,
            local_messages,
            challenge,
            consents: on.consents,
            verifier,
            registry: sources.clone(),
            sources,
            sessions: on.sessions,
            federation: on.federation,
            provider,
            logouts,
            upstream: chain.upstream,
            sync: chain.sync,
            upward: chain.upward,
            from_below: chain.from_below,
            links: chain.links,
            entities: on.entities,
            delegation,
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
async fn foundations(
    config: &Config,
    world: &World,
    outbound: Outbound,
    messenger: SharedMessenger,
) -> Result<Foundations, BuildError> {
    let World { clock, random } = world;
    let both = || (clock.clone(), random.clone());
    let master = Arc::new(match &config.keys.master {
        Some(secret) => MasterKey::from_secret(secret).map_err(KeyError::from)?,
        None => MasterKey::load_or_create(&config.keys.dir, random).map_err(KeyError::from)?,
    });
    let store = Store::open(&config.store).await?;
    let ephemeral = ephemeral::open(&config.ephemeral, clock.clone()).await?;
    let breached = BreachedPasswords::open(config.accounts.password.breached_list.as_deref());
    let breached = breached.map_err(BuildError::BreachedList)?;
    let accounts = Accounts::new(store.clone(), ephemeral.clone(), &master, both(), &config.accounts, breached);
    let wake = Wake::default();
    let told = (config.jobs.clone(), config.messages.notices());
    let notices = Notices::new((store.clone(), &master), messenger, both(), told, wake.clone());
    let stores = (store.clone(), ephemeral.clone());
    let federation = Box::pin(federation(config, world, &master, (&store, &outbound))).await?;
    Ok(Foundations {
        federation,
        factors: Factors::new(stores, (accounts.clone(), notices), &master, both(), config.factors.clone()),
        keys: KeyService::open(store.clone(), &master, clock.clone(), config.keys.policy()).await?,
        accounts,
        consents: Consents::new(store.clone(), both()),
        entities: Entities::new(store.clone(), clock.clone()),
        sessions: Sessions::new(store.clone(), &master, both(), config.session.clone()),
        assurance: config.realname.assurance(),
        outbound,
        store,
        ephemeral,
        master,
        clock: clock.clone(),
        random: random.clone(),
        jobs: config.jobs.clone(),
        wake,
        asks_above: config.upstream.issuer.is_some() && config.upstream.silent,
        facades: config.facades.clone(),
        companies_above: config.upstream.issuer.is_some() && config.upstream.companies,
    })
}

/// The OpenID Provider, which is also what the federation is told of this node.
fn provider(config: &Config, on: &Foundations) -> Provider {
    let registration = config.registration.resolved(config.keys.policy().algs);
    let provider = Provider::new(config.issuer.as_str(), config.tokens.clone(), registration, on.clone());
    on.federation.declare("openid_provider", &provider.discovery());
    provider
}

/// This node's part in the federation, with keys of its own.
async fn federation(
    config: &Config,
    world: &World,
    master: &MasterKey,
    (store, outbound): (&Store, &Outbound),
) -> Result<Federation, BuildError> {
    let policy = config.federation.key_policy();
    let keys = KeyService::open_for(Purpose::Federation, store.clone(), master, world.clock.clone(), policy).await?;
    let id = config.entity_id();
    let id = EntityIdentifier::parse(id).ok_or_else(|| BuildError::Federation(format!("{id} is no entity id")))?;
    let on = federation::Foundations {
        store: store.clone(),
        keys,
        outbound: outbound.clone(),
        clock: world.clock.clone(),
        random: world.random.clone(),
    };
    let opened = Federation::open(id, config.issuer.as_str(), config.federation.clone(), on).await;
    opened.map_err(|error| match error {
        FederationError::Store(error) => BuildError::Store(error),
        other => BuildError::Federation(other.to_string()),
    })
}

/// Who delivers what the outbox holds.
fn handlers(
    config: &Config,
    on: &Foundations,
    provider: &Provider,
    upstream: &Option<Upstream>,
) -> Vec<Arc<dyn Handler>> {
    let tell_clients = BackchannelLogout {
        nodes: config.below.0.iter().map(|node| node.entity_id.as_str().into()).collect(),
        provider: provider.clone(),
        keys: on.keys.clone(),
        outbound: on.outbound.clone(),
        clock: on.clock.clone(),
        random: on.random.clone(),
    };
    let tell_people = DeliverNotice(on.factors.notices().clone());
    vec![Arc::new(tell_clients), Arc::new(tell_people), Arc::new(TellAbove(upstream.clone()))]
}

/// Signs people on.
fn signon(on: &Foundations, passkeys: Passkeys, logouts: Logouts) -> SignOn {
    let both = (on.clock.clone(), on.random.clone());
    let scans = Scans::new(on.ephemeral.clone(), on.accounts.clone(), &on.master, both);
    let factors = (on.factors.clone(), passkeys, scans);
    SignOn::new(on.store.clone(), on.accounts.clone(), factors, on.sessions.clone(), logouts)
}

/// Gives accounts back to their owners.
fn recoveries(config: &Config, on: &Foundations, (signon, verifier): (&SignOn, &Verifier)) -> Recoveries {
    let (rooms, both) = ((signon.clone(), verifier.clone()), (on.clock.clone(), on.random.clone()));
    Recoveries::new(rooms, on.ephemeral.clone(), &on.master, both, config.recovery.clone())
}

/// What is done from time to time.
fn chores(
    on: &Foundations,
    provider: &Provider,
    logouts: &Logouts,
    (delegation, centre, chain): (&Delegation, &Centre, &chain::Chain),
) -> Vec<Arc<dyn Chore>> {
    vec![
        Arc::new(ExpiredSessions(logouts.clone())),
        Arc::new(RotateKeys(on.keys.clone())),
        Arc::new(RotateKeys(on.federation.keys().clone())),
        Arc::new(RefreshTrust(on.federation.clone())),
        Arc::new(RollSubordinates(on.federation.clone())),
        Arc::new(RenewFederatedClients(provider.clone())),
        Arc::new(ExpiredMandates(delegation.clone())),
        Arc::new(WaitingCompanies(delegation.clone())),
        Arc::new(DueClosings(centre.clone())),
        Arc::new(Rechecks(delegation.clone())),
        Arc::new(TellRegistrations(chain.sync.clone())),
        Arc::new(FollowPeople(chain.upstream.clone())),
    ]
}

/// What people do about what is held of them.
fn centre(
    config: &Config,
    on: &Foundations,
    (verifier, signon): (&Verifier, &SignOn),
    (logouts, delegation): (&Logouts, &Delegation),
) -> Centre {
    let foundations = centre::Foundations {
        store: on.store.clone(),
        ephemeral: on.ephemeral.clone(),
        accounts: on.accounts.clone(),
        verifier: verifier.clone(),
        factors: on.factors.clone(),
        consents: on.consents.clone(),
        sessions: on.sessions.clone(),
        logouts: logouts.clone(),
        delegation: delegation.clone(),
        signon: signon.clone(),
        clock: on.clock.clone(),
        random: on.random.clone(),
    };
    Centre::new(foundations, config.centre.clone(), &on.master)
}

/// Brings two accounts of one person together.
fn merges(on: &Foundations, logouts: Logouts) -> Merges {
    Merges::new(
        (on.store.clone(), on.ephemeral.clone()),
        (on.accounts.clone(), on.factors.clone()),
        logouts,
        on.clock.clone(),
    )
}

/// Who can be asked about people and companies.
fn sources(config: &Config, on: &Foundations, party: Option<&Arc<Party>>) -> Result<Arc<Sources>, BuildError> {
    let world = || (on.clock.clone(), on.random.clone());
    let above = party.map(|party| -> SharedAuthority { Arc::new(VerifyAbove::new(Arc::clone(party), world())) });
    let sources = Sources::new(&config.realname.table(), above.as_ref(), &on.outbound, &on.ephemeral, world());
    Ok(Arc::new(sources.map_err(|error| BuildError::Authority(error.to_string()))?))
}

/// Who confirms real names.
fn verifier(on: &Foundations, sources: Arc<Sources>) -> Verifier {
    let rooms = (on.accounts.clone(), on.factors.notices().clone());
    Verifier::new(rooms, on.store.clone(), (sources.clone(), sources), &on.master)
}

/// Companies and those who act for them.
fn delegation(config: &Config, on: &Foundations, logouts: Logouts, registry: SharedCompanyRegistry) -> Delegation {
    let foundations = delegation::Foundations {
        store: on.store.clone(),
        entities: on.entities.clone(),
        accounts: on.accounts.clone(),
        logouts,
        registry,
        companies: config.companies.clone(),
        notices: on.factors.notices().clone(),
        clock: on.clock.clone(),
        random: on.random.clone(),
    };
    Delegation::new(foundations, &on.master)
}

/// Who carries messages, and the messages themselves where they are only kept.
fn messenger(
    config: &Config,
    world: &World,
    outbound: &Outbound,
) -> Result<(SharedMessenger, Option<LocalOutbox>), BuildError> {
    let name = |lang| config.node.name(lang).to_owned();
    let sender = Sender { zh_cn: name("zh-CN"), en: name("en") };
    if config.messages.local {
        let local = LocalOutbox::new(sender, world.clock.clone());
        return Ok((Arc::new(local.clone()), Some(local)));
    }
    let Some(options) = config.messages.gateway.clone() else { return Ok((Arc::new(NoMessenger), None)) };
    let both = (world.clock.clone(), world.random.clone());
    let gateway = HttpGateway::new(options, sender, outbound.clone(), both);
    Ok((Arc::new(gateway.map_err(|error| BuildError::Messages(error.to_string()))?), None))
}
