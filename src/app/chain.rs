//! The chain of nodes, put together: the node above, and the nodes below.

use std::sync::Arc;
use std::time::Duration;

use super::BuildError;
use crate::accounts::Verifier;
use crate::config::Config;
use crate::delegation::Delegation;
use crate::logout::Logouts;
use crate::oidc::{Foundations, Provider};
use crate::realname::SharedCompanyRegistry;
use crate::realname::sources::Sources;
use crate::registrations::Registrations;
use crate::signon::SignOn;
use crate::trust::upstream::above::Above;
use crate::trust::upstream::party::Party;
use crate::trust::upstream::sync::{self, Synchroniser};
use crate::trust::upward::Upward;
use crate::trust::{FromBelow, Links, Upstream, below, from_below, upstream};
use crate::verification::Verifications;

/// What this node is to others.
pub(super) struct Chain {
    /// The node above, if there is one.
    pub(super) upstream: Option<Upstream>,
    /// Tells it of the people here, where it is to be told.
    pub(super) sync: Option<Synchroniser>,
    /// Takes logouts from the nodes below.
    pub(super) upward: Upward,
    /// Takes sign-ins from the nodes below.
    pub(super) from_below: FromBelow,
    /// Accounts of people whom another node knows.
    pub(super) links: Links,
}

/// The node above, and what the nodes below tell; these are registered as clients.
pub(super) async fn chain(
    config: &Config,
    on: &Foundations,
    (provider, party): (&Provider, Option<Arc<Party>>),
    rooms: (&Verifier, &SignOn, &Logouts, &Delegation),
) -> Result<Chain, BuildError> {
    let registered = below::register(provider, &config.below).await;
    registered.map_err(|error| BuildError::Below(error.description.to_string()))?;
    let both = (provider.clone(), rooms.2.clone());
    let upstream = party.map(|party| node_above(config, on, (provider, party), rooms));
    Ok(Chain {
        sync: synchroniser(config, on, upstream.as_ref()).await?,
        upward: Upward::new(config.below.clone(), on.store.clone(), both, on.clock.clone()),
        from_below: sign_ins_from_below(config, on, provider, (rooms.0, rooms.1)),
        links: Links::new(on.store.clone(), on.clock.clone()),
        upstream,
    })
}

/// This node as the access party of the node above, if there is one.
pub(super) fn party(config: &Config, on: &Foundations) -> Option<Arc<Party>> {
    let above = Above::new(config.upstream.issuer.clone()?, on.outbound.clone(), on.clock.clone());
    let entity_id = config.node.entity_id.as_ref().unwrap_or(&config.issuer);
    let client_id = config.upstream.client_id.clone().unwrap_or_else(|| entity_id.as_str().to_owned());
    let world = (on.clock.clone(), on.random.clone());
    Some(Arc::new(Party::new(Arc::new(above), client_id, on.keys.clone(), world)))
}

/// The node above.
fn node_above(
    config: &Config,
    on: &Foundations,
    (provider, party): (&Provider, Arc<Party>),
    (verifier, signon, logouts, delegation): (&Verifier, &SignOn, &Logouts, &Delegation),
) -> Upstream {
    let foundations = upstream::Foundations {
        store: on.store.clone(),
        ephemeral: on.ephemeral.clone(),
        keys: on.keys.clone(),
        outbound: on.outbound.clone(),
        accounts: on.accounts.clone(),
        verifier: verifier.clone(),
        signon: signon.clone(),
        logouts: logouts.clone(),
        delegation: delegation.clone(),
        provider: provider.clone(),
        clock: on.clock.clone(),
        random: on.random.clone(),
        leeway: config.tokens.leeway(),
        session_cap: Duration::from_secs(config.session.cap_seconds),
    };
    Upstream::new(&config.upstream, (&config.issuer, party), &on.master, foundations)
}

/// Who tells the node above of the people here, where it is to be told.
async fn synchroniser(
    config: &Config,
    on: &Foundations,
    upstream: Option<&Upstream>,
) -> Result<Option<Synchroniser>, BuildError> {
    let sync = upstream.and_then(|upstream| Synchroniser::new(upstream, &config.upstream.sync, &on.master));
    sync::switch(&on.store, sync.as_ref(), on.clock.now()).await?;
    Ok(sync)
}

/// Takes sign-ins from the nodes below.
fn sign_ins_from_below(
    config: &Config,
    on: &Foundations,
    provider: &Provider,
    (verifier, signon): (&Verifier, &SignOn),
) -> FromBelow {
    let foundations = from_below::Foundations {
        store: on.store.clone(),
        provider: provider.clone(),
        keys: on.keys.clone(),
        accounts: on.accounts.clone(),
        verifier: verifier.clone(),
        signon: signon.clone(),
        clock: on.clock.clone(),
        random: on.random.clone(),
        session_cap: Duration::from_secs(config.session.cap_seconds),
    };
    FromBelow::new(config.below.clone(), &on.master, foundations)
}

/// What access parties register and keep in step.
pub(super) fn registrations(
    config: &Config,
    on: &Foundations,
    registry: SharedCompanyRegistry,
    verifications: Verifications,
) -> Registrations {
    let both = (on.clock.clone(), on.random.clone());
    Registrations::new((on.store.clone(), config.issuer.as_str()), verifications, registry, &on.master, both)
}

/// Real names confirmed for access parties.
pub(super) fn verifications(config: &Config, on: &Foundations, sources: Arc<Sources>) -> Verifications {
    let (state, both) = ((on.store.clone(), on.accounts.clone()), (on.clock.clone(), on.random.clone()));
    Verifications::new(state, sources, &on.master, both, config.verification.clone())
}
