//! The chain of nodes, put together: the node above, and the nodes below.

use std::time::Duration;

use super::BuildError;
use crate::accounts::Verifier;
use crate::config::Config;
use crate::logout::Logouts;
use crate::oidc::{Foundations, Provider};
use crate::signon::SignOn;
use crate::trust::upward::Upward;
use crate::trust::{FromBelow, Upstream, below, from_below, upstream};

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
    Ok((node_above(config, on, provider, rooms), upward))
}

/// The node above, if there is one.
fn node_above(
    config: &Config,
    on: &Foundations,
    provider: &Provider,
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
        provider: provider.clone(),
        clock: on.clock.clone(),
        random: on.random.clone(),
        leeway: config.tokens.leeway(),
        session_cap: Duration::from_secs(config.session.cap_seconds),
    };
    let entity_id = config.node.entity_id.as_ref().unwrap_or(&config.issuer);
    Upstream::new(&config.upstream, (&config.issuer, entity_id), &on.master, foundations)
}

/// Takes sign-ins from the nodes below.
pub(super) fn sign_ins_from_below(
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
