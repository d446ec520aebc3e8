//! Everything that this node holds about a person, as one JSON file (PIPL art. 45: copy and take along). In plain: it is hers.
//! No secret is in it: no password, no key of a factor, no token.
//!
//! The members are described in `docs/EXPORT.md`; a reader goes by [`SCHEMA`]. Histories are read page by page and end with
//! what is on record, so that the file is bounded by how long records are kept.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Centre, CentreError};
use crate::accounts::{Event, EventKind, Person};
use crate::base::Timestamp;
use crate::messages::NoticeKind;
use crate::session::{Device, Session};
use crate::store;
use crate::store::mandates::MandateRow;

/// The name of the file's form.
pub const SCHEMA: &str = "https://hufu.example/schemas/personal-data/1";

/// Records read in one go.
const PAGE: i64 = 500;

/// Most records of one kind: far more than a person makes while they are kept.
const MOST: usize = 50_000;

impl Centre {
    /// The file, once it is on record that it was made.
    pub async fn export(&self, person: &Person, at: (&Session, &Device)) -> Result<Vec<u8>, CentreError> {
        let (session, device) = at;
        let mut tx = self.on().store.begin().await?;
        let event = Event {
            session: Some(&session.id),
            address: &device.address,
            user_agent: &device.user_agent,
            ..Event::default()
        };
        self.on().accounts.record(&mut tx, &person.id, EventKind::Exported, event).await?;
        self.on().signon.tell(&mut tx, person, NoticeKind::DataExported).await?;
        tx.commit().await?;
        self.on().signon.told(person);
        tracing::info!(account = %person.id, "everything that is held was exported");
        let file = json!({
            "schema": SCHEMA,
            "made_at": moment(self.now()),
            "account": account(person),
            "real_name": real_name(person),
            "documents": self.documents(person).await?,
            "factors": self.factors(person).await?,
            "devices": self.devices(person).await?,
            "sessions": self.sessions(person).await?,
            "consents": self.consents(person).await?,
            "companies": self.companies(person).await?,
            "guardianships": self.guardianships_held(person).await?,
            "corrections": self.corrections_held(person).await?,
            "registrations": self.registrations(person).await?,
            "verifications": self.verifications(person).await?,
            "events": self.events(person).await?,
        });
        serde_json::to_vec_pretty(&file).map_err(|_| CentreError::Nothing)
    }

    async fn documents(&self, person: &Person) -> Result<Value, CentreError> {
        let mut db = self.on().store.read().await?;
        let rows = store::identity_documents::of_account(&mut db, &person.id).await?;
        let line = |row: store::identity_documents::IdentityDocumentRow| json!({ "kind": row.document_type, "last_proven_at": moment(row.proven_at) });
        Ok(rows.into_iter().map(line).collect())
    }

    /// Which access parties have registered her and keep that in step here.
    async fn registrations(&self, person: &Person) -> Result<Value, CentreError> {
        let rows = store::registrations::of_account(&mut self.on().store.read().await?, &person.id).await?;
        let line = |row: store::registrations::RegistrationRow| {
            json!({
                "client": row.client_id, "since": moment(row.created_at), "changed_at": moment(row.updated_at),
                "confirmed_level": row.level,
            })
        };
        Ok(rows.into_iter().map(line).collect())
    }

    async fn factors(&self, person: &Person) -> Result<Value, CentreError> {
        let factors = self.on().factors.list(&person.id).await?;
        let line = |factor: crate::factors::Factor| {
            json!({
                "kind": factor.kind.as_str(), "label": factor.label, "added_at": moment(factor.created_at),
                "last_used_at": factor.last_used_at.map(moment),
            })
        };
        Ok(factors.into_iter().map(line).collect())
    }

    async fn devices(&self, person: &Person) -> Result<Value, CentreError> {
        let rows = store::devices::list(&mut self.on().store.read().await?, &person.id).await?;
        let line = |row: store::devices::DeviceRow| {
            json!({
                "browser": row.label, "first_seen_at": moment(row.created_at), "last_seen_at": moment(row.seen_at),
                "trusted_until": row.trusted_until.map(moment),
            })
        };
        Ok(rows.into_iter().map(line).collect())
    }

    async fn sessions(&self, person: &Person) -> Result<Value, CentreError> {
        let mut db = self.on().store.read().await?;
        let links = store::sessions::links_of(&mut db, &person.id).await?;
        let rows = store::sessions::on_record(&mut db, &person.id, PAGE).await?;
        let line = |row: store::sessions::SessionRow| {
            let services = links.iter().filter(|link| link.session_id == row.id);
            let services: Vec<Value> = services
                .map(|link| {
                    json!({ "client_id": link.client_id, "sub": link.subject, "since": moment(link.created_at),
                            "acting_for": Some(&link.acting_for).filter(|id| !id.is_empty()) })
                })
                .collect();
            json!({
                "began_at": moment(row.created_at), "last_seen_at": moment(row.seen_at),
                "ended_at": row.ended_at.map(moment), "why_ended": row.end_reason, "methods": row.amr.0,
                "address": row.address, "browser": row.user_agent, "services": services,
            })
        };
        Ok(rows.into_iter().map(line).collect())
    }

    async fn consents(&self, person: &Person) -> Result<Value, CentreError> {
        let mut all = Vec::new();
        let mut before = None;
        while all.len() < MOST {
            let rows = self.on().consents.records(&person.id, before.as_ref(), PAGE).await?;
            let Some(last) = rows.last() else { break };
            before = Some(last.id.clone());
            all.extend(rows.into_iter().map(|row| {
                json!({
                    "client_id": row.client_id, "scope": row.scope, "claims": row.claims.0, "separate": row.separate.0,
                    "purpose": row.stated.0.purpose, "purposes": row.stated.0.items, "text_version": row.text_version,
                    "text_sha256": row.text_hash, "language": row.language, "by_guardian": row.guardian_id.is_some(),
                    "given_at": moment(row.given_at), "ended_at": row.ended_at.map(moment), "why_ended": row.end_reason,
                })
            }));
        }
        Ok(Value::Array(all))
    }

    async fn companies(&self, person: &Person) -> Result<Value, CentreError> {
        let mut db = self.on().store.read().await?;
        let mut all = Vec::new();
        for row in store::mandates::on_record(&mut db, &person.id, PAGE).await? {
            let entity = store::entities::find(&mut db, &row.entity_id).await?;
            let company = entity.map(|entity| json!({ "code": entity.uscc, "name": entity.name }));
            all.push(mandate(company.as_ref(), &row));
        }
        for row in store::entities::applications(&mut db, &person.id).await? {
            all.push(json!({
                "company": { "code": row.uscc, "name": row.name }, "role": "applicant", "state": row.state,
                "since": moment(row.created_at),
            }));
        }
        Ok(Value::Array(all))
    }

    async fn guardianships_held(&self, person: &Person) -> Result<Value, CentreError> {
        let line = |line: super::GuardianLine| {
            let as_what = if line.as_guardian { "guardian" } else { "child" };
            json!({ "as": as_what, "with": line.name, "active": line.active, "until": moment(line.until) })
        };
        Ok(self.guardianships(person).await?.into_iter().map(line).collect())
    }

    async fn corrections_held(&self, person: &Person) -> Result<Value, CentreError> {
        let line = |held: super::Correction| {
            json!({
                "item": held.item, "wish": held.wish, "state": held.state.as_str(), "answer": held.answer,
                "asked_at": moment(held.asked_at), "decided_at": held.decided_at.map(moment),
            })
        };
        Ok(self.corrections_of(&person.id).await?.into_iter().map(line).collect())
    }

    async fn verifications(&self, person: &Person) -> Result<Value, CentreError> {
        let mut all = Vec::new();
        let mut before = None;
        while all.len() < MOST {
            let rows = self.on().verifier.history_before(&person.id, before.as_ref(), PAGE).await?;
            let Some(last) = rows.last() else { break };
            before = Some(last.id.clone());
            all.extend(rows.into_iter().map(|row| {
                json!({
                    "at": moment(row.asked_at), "document": row.document_type, "method": row.method,
                    "source": row.source, "answer": row.outcome, "reference": row.reference,
                    "level_before": row.level_before, "level_after": row.level_after,
                })
            }));
        }
        Ok(Value::Array(all))
    }

    async fn events(&self, person: &Person) -> Result<Value, CentreError> {
        let mut all = Vec::new();
        for sign_ins in [true, false] {
            let mut before = None;
            while all.len() < MOST {
                let rows = self.on().accounts.events(&person.id, (sign_ins, before.as_ref()), PAGE).await?;
                let Some(last) = rows.last() else { break };
                before = Some(last.id.clone());
                all.extend(rows.into_iter().map(|row| {
                    json!({
                        "at": moment(row.at), "kind": row.kind, "about": row.about, "methods": row.ways.0,
                        "failures_before": row.failures, "client_id": row.client_id, "address": row.address,
                        "browser": row.user_agent,
                    })
                }));
            }
        }
        Ok(Value::Array(all))
    }
}

fn account(person: &Person) -> Value {
    json!({
        "id": person.id, "state": person.state.as_str(), "username": person.username,
        "mobile": person.mobile.as_ref().map(|mobile| mobile.expose()),
        "mobile_verified_at": person.mobile_verified_at.map(moment), "locale": person.locale,
        "created_at": moment(person.created_at), "updated_at": moment(person.updated_at),
        "password_changed_at": moment(person.password_changed_at), "level": i16::from(person.level()),
    })
}

fn real_name(person: &Person) -> Value {
    let proofs: Vec<Value> = person
        .proofs()
        .into_iter()
        .map(|proof| {
            json!({
                "level": i16::from(proof.level), "document": proof.document_type.map(|kind| kind.name()),
                "method": proof.method.as_str(), "source": proof.source, "reference": proof.reference,
                "at": moment(proof.verified_at),
            })
        })
        .collect();
    match &person.real_name {
        None => json!({ "proofs": proofs }),
        Some(held) => json!({
            "name": held.name.expose(), "document": held.document_type.name(), "number": held.document.expose(),
            "proofs": proofs,
        }),
    }
}

fn mandate(company: Option<&Value>, row: &MandateRow) -> Value {
    json!({
        "company": company, "role": row.role, "state": row.state, "matters": row.matters.0,
        "from": moment(row.valid_from), "until": (row.valid_until < Timestamp::NEVER).then(|| moment(row.valid_until)),
        "accepted_at": row.accepted_at.map(moment), "ended_at": row.ended_at.map(moment), "why_ended": row.end_reason,
    })
}

/// A moment as programs read it (RFC 3339).
fn moment(at: Timestamp) -> String {
    let then = OffsetDateTime::from_unix_timestamp(at.seconds()).ok();
    then.and_then(|then| then.format(&Rfc3339).ok()).unwrap_or_default()
}
