//! Chains that are known: kept within their validity, in memory and in the store, so that trust outlasts a restart while the
//! node above is away; searched for when they are not. A chain is judged again whenever it is read back.

use std::sync::Arc;
use std::time::Duration;

use super::Federation;
use super::chain::{MAX_STATEMENTS, TrustChain};
use super::collect::Search;
use super::entity_id::EntityIdentifier;
use super::error::FederationError;
use super::fault::{Fault, NoTrust};
use super::statement::Statement;
use crate::store::trust_chains::{self, TrustChainRow};
use crate::store::{JsonText, StoreError};

/// For how long a failure is remembered: whoever asks again at once gets the same answer, and causes no request.
const REMEMBER_FAILURE: Duration = Duration::from_secs(10);

impl Federation {
    /// The chain of `entity` if one is known that still holds. Asks nobody. The store decides, so that what another process
    /// has found out counts here at once; memory only saves judging the same texts again.
    pub async fn known(&self, entity: &EntityIdentifier) -> Result<Option<Arc<TrustChain>>, FederationError> {
        let row = trust_chains::find(&mut self.0.on.store.read().await?, entity.as_str()).await?;
        let Some(row) = row.filter(|row| row.valid_until > self.now()) else { return Ok(None) };
        let same = self.0.chains.get(entity).filter(|chain| chain.texts() == row.statements.0);
        let chain = match same {
            Some(chain) => chain,
            None => match self.judge(&row.statements.0) {
                Ok(chain) if chain.subject == *entity => Arc::new(chain),
                _ => return Ok(None),
            },
        };
        if !self.stands_here(&chain).await? {
            return Ok(None);
        }
        self.0.chains.insert(entity.clone(), Arc::clone(&chain));
        Ok(Some(chain))
    }

    /// Whether this node, where it is a link itself, still vouches for the one below it.
    async fn stands_here(&self, chain: &TrustChain) -> Result<bool, StoreError> {
        let own = chain.statements.iter().find(|said| said.issuer == *self.id() && !said.is_configuration());
        Ok(match own {
            Some(said) => self.vouched_for(said.subject.as_str()).await?.is_some(),
            None => true,
        })
    }

    /// The chain of `entity`: a known one, or the outcome of a search. Whoever lets a stranger name the entity asks
    /// [`Federation::admit`] instead.
    pub async fn trusted(&self, entity: &EntityIdentifier) -> Result<Arc<TrustChain>, FederationError> {
        if let Some(chain) = self.known(entity).await? {
            return Ok(chain);
        }
        if let Some((at, failure)) = self.0.failures.get(entity)
            && self.now().since(at) < REMEMBER_FAILURE
        {
            return Err(NoTrust::clone(&failure).into());
        }
        self.search(entity, None).await
    }

    /// Searches for a chain anew, and keeps it. `known`: the entity's configuration, where it came along.
    pub(super) async fn search(
        &self,
        entity: &EntityIdentifier,
        known: Option<Statement>,
    ) -> Result<Arc<TrustChain>, FederationError> {
        let _place = self.0.searches.try_acquire().map_err(|_| FederationError::Busy)?;
        let anchors = self.anchor_keys();
        // One search is a deep tree of futures: on the heap, not within every caller.
        match Box::pin(Search::new(self).chain(entity, known, &anchors)).await {
            Ok(chain) => Ok(self.keep(chain).await?),
            Err(no) => {
                tracing::warn!(%entity, why = %no, "no trust");
                self.0.failures.insert(entity.clone(), (self.now(), Arc::new(no.clone())));
                Err(no.into())
            }
        }
    }

    /// Keeps a chain until it ends.
    pub(super) async fn keep(&self, chain: TrustChain) -> Result<Arc<TrustChain>, StoreError> {
        let (chain, fetched_at) = (Arc::new(chain), self.now());
        let anchor = self.0.anchors.load().iter().any(|view| view.anchor.id == chain.subject);
        if !anchor {
            let row = TrustChainRow {
                entity_id: chain.subject.to_string(),
                statements: JsonText(chain.texts().into_iter().map(str::to_owned).collect()),
                fetched_at,
                valid_until: chain.expires_at,
                expires_at: chain.expires_at,
            };
            let mut tx = self.0.on.store.begin().await?;
            trust_chains::put(&mut tx, &row).await?;
            tx.commit().await?;
        }
        self.0.failures.forget(&chain.subject);
        self.0.chains.insert(chain.subject.clone(), Arc::clone(&chain));
        Ok(chain)
    }

    /// Forgets a chain: it is known that its subject is not vouched for any more.
    pub(super) async fn forget(&self, entity: &EntityIdentifier) -> Result<(), StoreError> {
        self.0.chains.forget(entity);
        let mut tx = self.0.on.store.begin().await?;
        trust_chains::delete(&mut tx, entity.as_str()).await?;
        tx.commit().await
    }

    /// Judges statements as a chain to one of the anchors, without asking anybody.
    ///
    /// # Errors
    /// The path with the verdict of every link.
    pub(super) fn judge(&self, texts: &[String]) -> Result<TrustChain, NoTrust> {
        let malformed = |fault: Fault| {
            NoTrust::at(self.id(), super::fault::Link::broken("the chain", "the one who sent it", fault))
        };
        if texts.len() > MAX_STATEMENTS {
            return Err(malformed(Fault::TooDeep(MAX_STATEMENTS)));
        }
        let statements: Result<Vec<Statement>, Fault> = texts.iter().map(|text| Statement::read(text)).collect();
        let statements = statements.map_err(malformed)?;
        let (first, last) = statements.first().zip(statements.last()).ok_or_else(|| malformed(Fault::NoHints))?;
        let (subject, top) = (first.subject.clone(), last.issuer.clone());
        let anchors = self.anchor_keys();
        let Some(anchor) = anchors.iter().find(|anchor| anchor.id == top) else {
            return Err(NoTrust::at(&subject, super::fault::Link::broken(&top, &top, Fault::NoHints)));
        };
        TrustChain::validate(statements, anchor, self.moment())
            .map_err(|path| NoTrust { entity: subject, paths: vec![path] })
    }
}
