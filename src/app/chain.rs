//! What a node is to the nodes above and below and to access parties, built of the rooms that do it.

use std::sync::Arc;
use std::time::Duration;

use super::BuildError;
use crate::accounts::Verifier;
use crate::config::Config;
use crate::logout::Logouts;
use crate::oidc::{Foundations, Provider};
use crate::realname::SharedCompanyRegistry;
use crate::realname::sources::Sources;
use crate::registrations::Registrations;
use crate::signon::SignOn;
use crate::trust::upstream::sync::{self, Synchroniser};
use crate::trust::upward::Upward;
use crate::trust::{Upstream, below, upstream};
use crate::verification::Verifications;

/// The node above, and what the nodes below tell; these are registered as clients.
pub(super) async fn chain(
    config: &Config,
    on: &Foundations,
    provider: &Provider,
    rooms: (&Verifier, &SignOn, &Logouts),
) -> Result<(Option<Upstream>, Upward), BuildError> {
    let registered = below::register(provider, &config.below).await;
    registered.map_err(|error| BuildError::Below(error.description.to_string()))?;
    let both = (provider.clone(), rooms.2.clone());
    let upward = Upward::new(config.below.clone(), on.store.clone(), both, on.clock.clone());
    Ok((upstream(config, on, rooms), upward))
}

/// The node above, if there is one.
fn upstream(
    config: &Config,
    on: &Foundations,
    (verifier, signon, logouts): (&Verifier, &SignOn, &Logouts),
) -> Option<Upstream> {
    let foundations = upstream::Foundations {
        store: on.store.clone(),
        ephemeral: on.ephemeral.clone(),
        keys: on.keys.clone(),
        outbound: on.outbound.clone(),
        accounts: on.accounts.clone(),
        verifier: verifier.clone(),
        signon: signon.clone(),
        logouts: logouts.clone(),
        clock: on.clock.clone(),
        random: on.random.clone(),
        leeway: config.tokens.leeway(),
        session_cap: Duration::from_secs(config.session.cap_seconds),
    };
    let entity_id = config.node.entity_id.as_ref().unwrap_or(&config.issuer);
    Upstream::new(&config.upstream, (&config.issuer, entity_id), &on.master, foundations)
}

/// Who tells the node above of the people here, where it is to be told.
pub(super) async fn synchroniser(
    config: &Config,
    on: &Foundations,
    upstream: Option<&Upstream>,
) -> Result<Option<Synchroniser>, BuildError> {
    let sync = upstream.and_then(|upstream| Synchroniser::new(upstream, &config.upstream.sync, &on.master));
    sync::switch(&on.store, sync.as_ref(), on.clock.now()).await?;
    Ok(sync)
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
