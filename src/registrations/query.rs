//! Lists of what a party has registered (RFC 7644 §3.4.2), in the order of change: a filter on `meta.lastModified` with a cursor
//! (RFC 9865) reads what has changed since. How much is looked at for one answer is bounded.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Registrations, Resource, unavailable};
use crate::base::Timestamp;
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::{ClientId, RegistrationId};
use crate::proto::scim::filter::Narrowing;
use crate::proto::scim::{Filter, Kind, LIST_RESPONSE, Projection, ScimError};
use crate::store::registrations::{self as rows, Changed, RegistrationRow};
use crate::store::{Reader, StoreError};

/// Most resources of one page.
pub const MOST: i64 = 200;
/// Resources of a page where nothing is said.
pub const USUAL: i64 = 100;
/// How many rows are opened at most for a filter that the store cannot look for.
const SCANNED: i64 = 1_000;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The filter.
    pub filter: Option<String>,
    /// The first of the page, from 1.
    pub start_index: Option<i64>,
    /// At most how many.
    pub count: Option<i64>,
    /// Where the page before ended; empty: from the beginning, by cursor.
    pub cursor: Option<String>,
    /// Which attributes.
    pub projection: Projection,
}

/// A page.
pub struct Page {
    /// How many there are in all, where that is known.
    total: Option<i64>,
    start_index: i64,
    resources: Vec<Resource>,
    next: Option<String>,
    by_cursor: bool,
}

/// Where a page ended.
#[derive(Serialize, Deserialize)]
struct Cursor {
    at: Timestamp,
    id: String,
}

impl Cursor {
    fn text(&self) -> String {
        base64url(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str) -> Result<Self, ScimError> {
        let start = || Self { at: Timestamp(i64::MIN), id: String::new() };
        if text.is_empty() {
            return Ok(start());
        }
        let read = from_base64url(text).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        read.ok_or_else(|| ScimError::value("bad_cursor", "the cursor is none of ours"))
    }
}

impl Page {
    /// The message (RFC 7644 §3.4.2).
    #[must_use]
    pub fn told(self, projection: &Projection) -> Value {
        let mut message = Map::new();
        message.insert("schemas".into(), json!([LIST_RESPONSE]));
        if let Some(total) = self.total {
            message.insert("totalResults".into(), json!(total));
        }
        message.insert("itemsPerPage".into(), json!(self.resources.len()));
        if !self.by_cursor {
            message.insert("startIndex".into(), json!(self.start_index));
        }
        if let Some(next) = self.next {
            message.insert("nextCursor".into(), json!(next));
        }
        let told: Vec<Value> = self.resources.into_iter().map(|resource| resource.told(projection)).collect();
        message.insert("Resources".into(), Value::Array(told));
        Value::Object(message)
    }
}

impl Registrations {
    /// What of `party`'s registrations meets a query.
    ///
    /// # Errors
    /// `bad_filter`, `bad_cursor`; `too_many`: more than can be looked at would have to be.
    pub async fn list(&self, party: &ClientId, kind: Kind, query: &Query) -> Result<Page, ScimError> {
        let filter = query.filter.as_deref().map(|text| Filter::parse(kind, text)).transpose()?;
        let narrowing = filter.as_ref().map_or(Narrowing { whole: true, ..Narrowing::default() }, Filter::narrowing);
        let mut db = self.0.store.read().await.map_err(unavailable)?;
        if let Some(found) = self.single(&mut db, (party, kind), &narrowing).await.map_err(unavailable)? {
            return self.page_of_single(kind, query, filter.as_ref(), found);
        }
        if let Some(cursor) = &query.cursor {
            return self.page_after(&mut db, (party, kind), (query, filter.as_ref()), (&narrowing, cursor)).await;
        }
        if narrowing.whole {
            return self.page_by_index(&mut db, (party, kind), query, &narrowing).await;
        }
        self.page_by_scan(&mut db, (party, kind), (query, filter.as_ref()), &narrowing).await
    }

    /// The one registration that a name or an id can mean: `None` where neither is asked for.
    async fn single(
        &self,
        db: &mut Reader,
        (party, kind): (&ClientId, Kind),
        narrowing: &Narrowing,
    ) -> Result<Option<Option<RegistrationRow>>, StoreError> {
        let own = (party, kind.name());
        if let Some(id) = &narrowing.id {
            return Ok(Some(rows::find(db, own, &RegistrationId::from(id.as_str())).await?));
        }
        if let Some(external) = &narrowing.external_id {
            return Ok(Some(rows::find_by_external(db, own, &self.external_index_of(external)).await?));
        }
        if let Some(unique) = &narrowing.unique {
            return Ok(Some(rows::find_by_name(db, own, &self.name_index_of(kind, unique)).await?));
        }
        Ok(None)
    }

    fn page_of_single(
        &self,
        kind: Kind,
        query: &Query,
        filter: Option<&Filter>,
        found: Option<RegistrationRow>,
    ) -> Result<Page, ScimError> {
        let met = found.map(|row| self.meeting(kind, &row, filter)).transpose()?;
        let resources: VecDeque<Resource> = met.flatten().into_iter().collect();
        let total = i64::try_from(resources.len()).unwrap_or(0);
        Ok(sliced(query, resources, total))
    }

    async fn page_by_index(
        &self,
        db: &mut Reader,
        (party, kind): (&ClientId, Kind),
        query: &Query,
        narrowing: &Narrowing,
    ) -> Result<Page, ScimError> {
        let changed = changed(narrowing, Timestamp(i64::MIN), "");
        let own = (party, kind.name());
        let total = rows::count(db, own, (changed.since, changed.until)).await.map_err(unavailable)?;
        let start = query.start_index.unwrap_or(1).max(1);
        let window = (start - 1, wanted(query));
        let found = if window.1 == 0 {
            Vec::new()
        } else {
            rows::page(db, own, &changed, window).await.map_err(unavailable)?
        };
        let resources = found.iter().map(|row| Ok(self.resource(kind, row, self.open(row)?)));
        let resources = resources.collect::<Result<Vec<_>, ScimError>>()?;
        Ok(Page { total: Some(total), start_index: start, resources, next: None, by_cursor: false })
    }

    async fn page_by_scan(
        &self,
        db: &mut Reader,
        (party, kind): (&ClientId, Kind),
        (query, filter): (&Query, Option<&Filter>),
        narrowing: &Narrowing,
    ) -> Result<Page, ScimError> {
        let changed = changed(narrowing, Timestamp(i64::MIN), "");
        let found = rows::page(db, (party, kind.name()), &changed, (0, SCANNED + 1)).await.map_err(unavailable)?;
        if found.len() > usize::try_from(SCANNED).unwrap_or(usize::MAX) {
            let detail = "too much would have to be looked at: narrow by meta.lastModified, externalId or the name, or read by cursor";
            return Err(ScimError::bad(crate::proto::scim::ScimType::TooMany, "too_many", detail));
        }
        let mut resources = VecDeque::new();
        for row in &found {
            resources.extend(self.meeting(kind, row, filter)?);
        }
        let total = i64::try_from(resources.len()).unwrap_or(0);
        Ok(sliced(query, resources, total))
    }

    /// RFC 9865: whatever the filter, one page of rows is looked at; what meets it is told.
    async fn page_after(
        &self,
        db: &mut Reader,
        (party, kind): (&ClientId, Kind),
        (query, filter): (&Query, Option<&Filter>),
        (narrowing, cursor): (&Narrowing, &str),
    ) -> Result<Page, ScimError> {
        let after = Cursor::read(cursor)?;
        let changed = changed(narrowing, after.at, &after.id);
        let count = wanted(query).max(1);
        let own = (party, kind.name());
        let mut found = rows::page(db, own, &changed, (0, count + 1)).await.map_err(unavailable)?;
        let more = i64::try_from(found.len()).unwrap_or(0) > count;
        found.truncate(usize::try_from(count).unwrap_or(0));
        let next =
            found.last().filter(|_| more).map(|row| Cursor { at: row.updated_at, id: row.id.to_string() }.text());
        let total = match narrowing.whole {
            true => Some(rows::count(db, own, (changed.since, changed.until)).await.map_err(unavailable)?),
            false => None,
        };
        let mut resources = Vec::new();
        for row in &found {
            resources.extend(self.meeting(kind, row, filter)?);
        }
        Ok(Page { total, start_index: 1, resources, next, by_cursor: true })
    }

    fn meeting(
        &self,
        kind: Kind,
        row: &RegistrationRow,
        filter: Option<&Filter>,
    ) -> Result<Option<Resource>, ScimError> {
        let resource = self.resource(kind, row, self.open(row)?);
        Ok(Some(resource).filter(|resource| filter.is_none_or(|filter| filter.meets(&resource.document))))
    }
}

fn changed<'a>(narrowing: &Narrowing, at: Timestamp, id: &'a str) -> Changed<'a> {
    Changed {
        since: narrowing.since.unwrap_or(Timestamp(i64::MIN)),
        until: narrowing.until.unwrap_or(Timestamp(i64::MAX)),
        after: (at, id),
    }
}

fn wanted(query: &Query) -> i64 {
    query.count.unwrap_or(USUAL).clamp(0, MOST)
}

fn sliced(query: &Query, resources: VecDeque<Resource>, total: i64) -> Page {
    let start = query.start_index.unwrap_or(1).max(1);
    let skip = usize::try_from(start - 1).unwrap_or(usize::MAX);
    let take = usize::try_from(wanted(query)).unwrap_or(0);
    let resources = resources.into_iter().skip(skip).take(take).collect();
    Page { total: Some(total), start_index: start, resources, next: None, by_cursor: query.cursor.is_some() }
}
