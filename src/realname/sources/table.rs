//! [`Sources`]: the configured sources in their order, and who is asked what.
//!
//! The first source that fits the question is asked. The next one is tried only when that one gives no answer (down, left
//! alone, in an announced stop, quota spent, or not on terms with us); never after an answer: a mismatch stands, and nobody
//! shops for a better one.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::http::HttpSource;
use super::options::{Outage, SourceKind, SourceOptions, Title, Via};
use super::quota::Quota;
use crate::base::{Secret, SharedClock, SharedRandom};
use crate::ephemeral::Ephemeral;
use crate::outbound::{Outbound, OutboundError};
use crate::realname::authority::{
    Authority, AuthorityError, SharedAuthority, Verdict, VerificationMethod, VerificationRequest,
};
use crate::realname::company::{CompanyQuestion, CompanyRegistry, CompanyVerdict};
use crate::realname::document::DocumentType;
use crate::realname::network_identity::{NetworkIdentity, NetworkIdentityProvider};

/// What people are told of an announced stop whose end is not near.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// The configured sources.
pub struct Sources {
    rows: Vec<Row>,
    clock: SharedClock,
}

struct Row {
    name: String,
    title: Title,
    kinds: Vec<SourceKind>,
    items: Vec<VerificationMethod>,
    outage: Option<Outage>,
    quota: Quota,
    source: Asked,
}

/// Who answers.
enum Asked {
    Authority(Box<HttpSource>),
    NodeAbove(SharedAuthority),
}

/// A kind of document that somebody can be asked about, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The kind.
    pub kind: DocumentType,
    /// The ways, the first source's first.
    pub items: Vec<VerificationMethod>,
}

impl Sources {
    /// The sources of `options`, in their order. A row that goes by the node above is left out where there is none.
    ///
    /// # Errors
    /// [`OutboundError::Refused`] when a URL is none, or leads where the guard lets nothing out.
    pub fn new(
        options: &[SourceOptions],
        above: Option<&SharedAuthority>,
        outbound: &Outbound,
        ephemeral: &Ephemeral,
        (clock, random): (SharedClock, SharedRandom),
    ) -> Result<Self, OutboundError> {
        let row = |options: &SourceOptions| {
            let limits = (options.quota_per_minute, options.quota_per_day);
            let source = match (options.via, above) {
                (Via::NodeAbove, None) => return Ok(None),
                (Via::NodeAbove, Some(above)) => Asked::NodeAbove(Arc::clone(above)),
                (Via::Authority, _) => {
                    let source = HttpSource::new(options, outbound.clone(), clock.clone(), random.clone())?;
                    Asked::Authority(Box::new(source))
                }
            };
            Ok(Some(Row {
                name: options.name.clone(),
                title: options.title.clone(),
                kinds: options.knows(),
                items: options.items.clone(),
                outage: options.outage.clone(),
                quota: Quota::new(&options.name, limits, ephemeral.clone(), clock.clone()),
                source,
            }))
        };
        let rows = options.iter().map(row).collect::<Result<Vec<_>, OutboundError>>()?;
        Ok(Self { rows: rows.into_iter().flatten().collect(), clock: clock.clone() })
    }

    /// The kinds of document that somebody can be asked about, in the order of the table.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        let mut offers: Vec<Offer> = Vec::new();
        for row in &self.rows {
            for kind in &row.kinds {
                let SourceKind::Document(kind) = *kind else { continue };
                let at = offers.iter().position(|offer| offer.kind == kind).unwrap_or(offers.len());
                if at == offers.len() {
                    offers.push(Offer { kind, items: Vec::new() });
                }
                if let Some(offer) = offers.get_mut(at) {
                    let news: Vec<_> = row.items.iter().filter(|item| !offer.items.contains(item)).copied().collect();
                    offer.items.extend(news);
                }
            }
        }
        offers.retain(|offer| !offer.items.is_empty());
        offers
    }

    /// Whether tickets of the network identity service can be redeemed.
    #[must_use]
    pub fn redeems_network_identities(&self) -> bool {
        self.rows.iter().any(|row| row.kinds.contains(&SourceKind::NetworkIdentity))
    }

    /// What the source called `name` is called on pages.
    #[must_use]
    pub fn title(&self, name: &str, lang: &str) -> Option<&str> {
        self.rows.iter().find(|row| row.name == name).map(|row| row.title.text(lang))
    }

    /// Who would be asked about a person with such a document, in words.
    #[must_use]
    pub fn title_of_first(&self, kind: DocumentType, method: VerificationMethod, lang: &str) -> Option<&str> {
        let mut fitting = self.rows.iter().filter(|row| row.answers_about(kind, method));
        let first = fitting.clone().find(|row| !self.is_out(row)).or_else(|| fitting.next());
        first.map(|row| row.title.text(lang))
    }

    /// What was announced, when everybody who could be asked is in an announced stop.
    #[must_use]
    pub fn notice(&self, kind: DocumentType, method: VerificationMethod, lang: &str) -> Option<&str> {
        let mut fitting = self.rows.iter().filter(|row| row.answers_about(kind, method)).peekable();
        let first = fitting.peek()?.outage.as_ref()?;
        fitting.all(|row| self.is_out(row)).then(|| first.text(lang))
    }

    fn is_out(&self, row: &Row) -> bool {
        row.outage.as_ref().is_some_and(|outage| outage.is_on(self.clock.now()))
    }

    /// Asks one after the other until there is an answer.
    async fn in_order<'s, A>(
        &'s self,
        fits: impl Fn(&Row) -> bool,
        ask: impl Fn(&'s Row) -> BoxFuture<'s, Result<A, AuthorityError>>,
    ) -> Result<A, AuthorityError> {
        let mut worst = AuthorityError::NobodyToAsk;
        for row in self.rows.iter().filter(|row| fits(row)) {
            let answer = match self.may_ask(row).await {
                Ok(()) => ask(row).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    tracing::info!(source = row.name, why = error.label(), "the source gave no answer");
                    worst = told(worst, error);
                }
            }
        }
        Err(worst)
    }

    async fn may_ask(&self, row: &Row) -> Result<(), AuthorityError> {
        if self.is_out(row) {
            return Err(AuthorityError::Unavailable { retry_after: LONGEST_WAIT });
        }
        row.quota.spend().await
    }
}

impl Row {
    fn answers_about(&self, kind: DocumentType, method: VerificationMethod) -> bool {
        self.kinds.contains(&SourceKind::Document(kind)) && self.items.contains(&method)
    }

    /// The authority, where it is one: only one knows of companies and tickets.
    fn authority(&self) -> Option<&HttpSource> {
        match &self.source {
            Asked::Authority(source) => Some(source),
            Asked::NodeAbove(_) => None,
        }
    }

    fn verify(&self, request: VerificationRequest) -> BoxFuture<'_, Result<Verdict, AuthorityError>> {
        match &self.source {
            Asked::Authority(source) => source.verify(request),
            Asked::NodeAbove(above) => Box::pin(async move {
                let verdict = above.verify(request).await?;
                Ok(Verdict { source: self.name.clone(), ..verdict })
            }),
        }
    }
}

impl Authority for Sources {
    fn verify(&self, request: VerificationRequest) -> BoxFuture<'_, Result<Verdict, AuthorityError>> {
        Box::pin(async move {
            let (kind, method) = (request.document.kind(), request.method());
            self.in_order(|row| row.answers_about(kind, method), |row| row.verify(request.clone())).await
        })
    }
}

impl CompanyRegistry for Sources {
    fn verify_company(&self, question: CompanyQuestion) -> BoxFuture<'_, Result<CompanyVerdict, AuthorityError>> {
        Box::pin(async move {
            let knows = |row: &Row| row.kinds.contains(&SourceKind::LegalPerson);
            self.in_order(knows, |row| match row.authority() {
                Some(source) => source.verify_company(question.clone()),
                None => Box::pin(async { Err(AuthorityError::NobodyToAsk) }),
            })
            .await
        })
    }
}

impl NetworkIdentityProvider for Sources {
    fn redeem(&self, ticket: Secret) -> BoxFuture<'_, Result<Option<NetworkIdentity>, AuthorityError>> {
        Box::pin(async move {
            let knows = |row: &Row| row.kinds.contains(&SourceKind::NetworkIdentity);
            self.in_order(knows, |row| match row.authority() {
                Some(source) => source.redeem(ticket.clone()),
                None => Box::pin(async { Err(AuthorityError::NobodyToAsk) }),
            })
            .await
        })
    }
}

/// What is told when several gave no answer: the soonest moment at which one of them may.
fn told(before: AuthorityError, now: AuthorityError) -> AuthorityError {
    use AuthorityError::{QuotaSpent, Unavailable};
    match (before, now) {
        (Unavailable { retry_after: a }, Unavailable { retry_after: b } | QuotaSpent { retry_after: b })
        | (QuotaSpent { retry_after: a }, Unavailable { retry_after: b }) => Unavailable { retry_after: a.min(b) },
        (QuotaSpent { retry_after: a }, QuotaSpent { retry_after: b }) => QuotaSpent { retry_after: a.min(b) },
        (before @ (Unavailable { .. } | QuotaSpent { .. }), _) => before,
        (_, now) => now,
    }
}
