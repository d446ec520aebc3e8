//! One batch: who is due is taken, told of in one bulk request, and what was answered to each is written down.

use std::collections::HashMap;
use std::time::Duration;

use http::{HeaderValue, Method, header};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{SyncError, Synchroniser};
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::outbound::{Backoff, Limits, OutboundRequest, OutboundResponse};
use crate::proto::scim::bulk::BULK_REQUEST;
use crate::proto::scim::{MEDIA_TYPE, ScimError};
use crate::store::sync_people::{self as rows, SyncPersonRow};
use crate::store::{StoreError, Transaction};

/// How long a worker has those whom it has taken: longer than any request goes.
const LEASE: Duration = Duration::from_secs(120);
/// Limits on a batch: the other side may ask its authority about each.
const LIMITS: Limits = Limits { timeout: Duration::from_secs(60), max_body: 1 << 20 };
/// The longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Scopes that are needed there.
const SCOPE: &str = "scim.read scim.write";
/// Longest reason that is kept, in characters.
const LONGEST_REASON: usize = 300;

/// What came of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// People of whom the node above was told.
    pub told: usize,
    /// Whom it rejected.
    pub rejected: usize,
    /// Who waits for another try.
    pub put_off: usize,
}

/// What was answered to one row.
enum Answered {
    /// Accepted, as this registration.
    Told(Option<String>),
    /// Nothing is left to tell.
    Forgotten,
    /// It may work after a while.
    Later { code: String, reason: String },
    /// It works by another operation, at once: the registration there has this id, or is gone.
    Otherwise(Option<String>),
    /// It will not work as it is.
    Rejected { code: String, reason: String },
}

/// The answer to a bulk request, as far as it is read.
#[derive(Deserialize)]
struct BulkAnswer {
    #[serde(rename = "Operations")]
    operations: Vec<RowAnswer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RowAnswer {
    bulk_id: Option<String>,
    status: String,
    location: Option<String>,
    response: Option<Value>,
}

impl Synchroniser {
    /// Tells the node above of everybody who is due.
    ///
    /// # Errors
    /// The batch that could not be told waits for another try; nothing is lost.
    pub async fn run_due(&self) -> Result<Round, SyncError> {
        let mut all = Round::default();
        loop {
            let (round, taken) = self.one_batch().await?;
            all.told += round.told;
            all.rejected += round.rejected;
            all.put_off += round.put_off;
            if taken == 0 {
                return Ok(all);
            }
        }
    }

    /// One batch, and how many were taken for it.
    pub(super) async fn one_batch(&self) -> Result<(Round, usize), SyncError> {
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let due = rows::claim(&mut tx, (now, now.plus(LEASE)), self.0.batch).await?;
        tx.commit().await?;
        if due.is_empty() {
            return Ok((Round::default(), 0));
        }
        match self.tell(&due).await {
            Ok(answers) => Ok((self.settle(&due, answers).await?, due.len())),
            Err(error) => {
                let reason = shortened(&error.to_string());
                let put_off =
                    |_: &SyncPersonRow| Answered::Later { code: "node_above".to_owned(), reason: reason.clone() };
                self.settle(&due, due.iter().map(put_off).collect()).await?;
                Err(error)
            }
        }
    }

    /// What the node above answers to each.
    async fn tell(&self, due: &[SyncPersonRow]) -> Result<Vec<Answered>, SyncError> {
        let mut operations = Vec::new();
        for row in due {
            operations.extend(self.operation(row).await?);
        }
        let mut told = HashMap::new();
        if !operations.is_empty() {
            let message = json!({"schemas": [BULK_REQUEST], "Operations": operations});
            let answer = self.send(Method::POST, "/Bulk", Some(&message)).await?;
            let answer: BulkAnswer =
                answer.json().map_err(|_| SyncError::Refused("what is no bulk answer".to_owned()))?;
            told.extend(answer.operations.into_iter().filter_map(|row| Some((row.bulk_id.clone()?, row))));
        }
        let mut answers = Vec::new();
        for row in due {
            let answered = match told.remove(&self.bulk_id(row)) {
                Some(answer) => self.judge(row, &answer).await?,
                // Never told there, and closed here.
                None if self.is_over(row).await? => Answered::Forgotten,
                None => Answered::Later { code: "no_answer".into(), reason: "no answer to this row".into() },
            };
            answers.push(answered);
        }
        Ok(answers)
    }

    async fn is_over(&self, row: &SyncPersonRow) -> Result<bool, SyncError> {
        Ok(row.remote_id.is_none() && self.person(&row.account_id).await?.is_none())
    }

    /// The row's own name: the same at every try, another one for every change.
    fn bulk_id(&self, row: &SyncPersonRow) -> String {
        format!("{}:{}", self.external_id(&row.account_id), row.version)
    }

    async fn operation(&self, row: &SyncPersonRow) -> Result<Option<Value>, SyncError> {
        let name = self.bulk_id(row);
        let place = |id: &String| format!("/Users/{id}");
        Ok(match (self.person(&row.account_id).await?, &row.remote_id) {
            (Some(person), None) => {
                Some(json!({"method": "POST", "path": "/Users", "bulkId": name, "data": self.resource(&person)}))
            }
            (Some(person), Some(id)) => {
                Some(json!({"method": "PUT", "path": place(id), "bulkId": name, "data": self.resource(&person)}))
            }
            (None, Some(id)) => Some(json!({"method": "DELETE", "path": place(id), "bulkId": name})),
            // Perhaps it was told there, and the answer was lost.
            (None, None) => self
                .find_there(&row.account_id)
                .await?
                .map(|id| json!({"method": "DELETE", "path": place(&id), "bulkId": name})),
        })
    }

    async fn judge(&self, row: &SyncPersonRow, answer: &RowAnswer) -> Result<Answered, SyncError> {
        let (code, reason) = answer.response.as_ref().map(ScimError::read_detail).unwrap_or_default();
        let (code, reason) = (code.unwrap_or("refused").to_owned(), shortened(reason));
        let status: u16 = answer.status.parse().unwrap_or(500);
        Ok(match status {
            204 => Answered::Forgotten,
            200..=299 => Answered::Told(answer.location.as_deref().and_then(last_part).map(str::to_owned)),
            404 if row.remote_id.is_some() => Answered::Otherwise(None),
            409 if code == "external_id_taken" => match self.find_there(&row.account_id).await? {
                Some(id) => Answered::Otherwise(Some(id)),
                None => Answered::Later { code, reason },
            },
            408 | 429 | 500..=599 => Answered::Later { code, reason },
            _ => Answered::Rejected { code, reason },
        })
    }

    async fn settle(&self, due: &[SyncPersonRow], answers: Vec<Answered>) -> Result<Round, StoreError> {
        let (mut round, now) = (Round::default(), self.now());
        let mut tx = self.store().begin().await?;
        for (row, answered) in due.iter().zip(answers) {
            let result = match &answered {
                Answered::Told(_) | Answered::Forgotten => (&mut round.told, "told"),
                Answered::Rejected { .. } => (&mut round.rejected, "rejected"),
                Answered::Later { .. } | Answered::Otherwise(_) => (&mut round.put_off, "put_off"),
            };
            *result.0 += 1;
            metrics::counter!("hufu_sync_rows_total", "result" => result.1).increment(1);
            self.settle_one(&mut tx, row, answered, now).await?;
        }
        tx.commit().await?;
        Ok(round)
    }

    async fn settle_one(
        &self,
        tx: &mut Transaction,
        row: &SyncPersonRow,
        answered: Answered,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (account, this) = (&row.account_id, (&row.account_id, row.version));
        let known = row.remote_id.as_deref();
        match answered {
            Answered::Told(id) => rows::told(tx, this, id.as_deref().or(known), now).await,
            Answered::Forgotten => rows::forget(tx, account).await,
            Answered::Rejected { code, reason } => {
                tracing::warn!(code, "the node above rejects a registration");
                rows::rejected(tx, this, (&code, &reason)).await
            }
            Answered::Otherwise(id) => rows::put_off(tx, account, (now, id.as_deref()), ("again", "")).await,
            Answered::Later { code, reason } => {
                let backoff = Backoff { first: Duration::from_secs(2), cap: LONGEST_WAIT };
                let tries = u32::try_from(row.tries).unwrap_or(0);
                let due_at = now.plus(backoff.delay(tries, &self.0.upstream.0.on.random));
                rows::put_off(tx, account, (due_at, known), (&code, &reason)).await
            }
        }
    }

    /// The registration of an account at the node above.
    async fn find_there(&self, account: &AccountId) -> Result<Option<String>, SyncError> {
        let filter = format!("externalId eq \"{}\"", self.external_id(account));
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("filter", filter.as_str()), ("attributes", "id")])
            .finish();
        let answer = self.send(Method::GET, &format!("/Users?{query}"), None).await?;
        let page: Value = answer.json().map_err(|_| SyncError::Refused("what is no list".to_owned()))?;
        let first = page.get("Resources").and_then(|found| found.get(0)).and_then(|found| found.get("id"));
        Ok(first.and_then(Value::as_str).map(str::to_owned))
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<OutboundResponse, SyncError> {
        let url = Url::parse(&format!("{}/scim/v2{path}", self.0.upstream.issuer()));
        let url = url.map_err(|_| SyncError::Refused("no address".to_owned()))?;
        let mut request = OutboundRequest::get(url, LIMITS, "registration-sync");
        request.method = method;
        request.body = body.map(Value::to_string).unwrap_or_default().into();
        request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        let answer = self.0.upstream.0.party.send(request, SCOPE).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(SyncError::Refused(answer.status.to_string()))
    }
}

fn last_part(location: &str) -> Option<&str> {
    location.rsplit('/').next().filter(|part| !part.is_empty() && part.len() <= 128)
}

fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(LONGEST_REASON).collect()
}
