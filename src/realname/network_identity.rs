//! The seam to the national network identity service (国家网络身份认证公共服务, 网号): an upstream that tells a pairwise
//! identifier and a level, and neither name nor number.
//!
//! The person is authenticated in that service's own app and brings a ticket from there. Use is voluntary, and whoever has
//! come this way is not asked for name or number again, except by law or with their consent (管理办法, in force
//! 2025-07-15): so what is stored is the identifier, and services get the level and no name.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::authority::AuthorityError;
use super::level::RealNameLevel;
use crate::base::{Secret, Timestamp};

/// A person as the service tells them.
#[derive(Clone, Debug)]
pub struct NetworkIdentity {
    /// The same for one person at this node always, and another at every other platform.
    pub pairwise_id: Secret,
    /// How well the service has proven the person.
    pub level: RealNameLevel,
    /// The service's own number for this answer.
    pub reference: String,
    /// Which upstream answered, as configured.
    pub source: String,
    /// When it answered. Never in the future.
    pub checked_at: Timestamp,
}

/// One who redeems the tickets of the service.
pub trait NetworkIdentityProvider: Send + Sync + 'static {
    /// The person behind a ticket; `None` when the ticket is unknown, used or too old.
    ///
    /// # Errors
    /// Why there is no answer.
    fn redeem(&self, ticket: Secret) -> BoxFuture<'_, Result<Option<NetworkIdentity>, AuthorityError>>;
}

/// A provider that can be handed around.
pub type SharedNetworkIdentity = Arc<dyn NetworkIdentityProvider>;
