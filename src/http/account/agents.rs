//! A company's agents (经办人), for its legal representative: who is appointed, invite one, revoke one.

use std::time::Duration;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use time::macros::{format_description, offset};
use time::{Date, Time};

use super::companies::fault;
use super::protected::{Errand, protected_for};
use super::signed_in;
use crate::accounts::Person;
use crate::base::Timestamp;
use crate::base::id::{EntityId, MandateId};
use crate::delegation::{self, DelegationError, Invitation, Invited};
use crate::entities::MandateState;
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::AgentsPage;
use crate::http::pages::view::agents::{AgentLine, AgentNotice, AgentProblem, AgentState, TypedAgent};
use crate::http::visit::{Visit, shown_name};
use crate::proto::oauth::{OAuthError, Params};

/// Which company, and what was just done.
#[derive(Deserialize)]
pub struct Which {
    #[serde(default)]
    company: String,
    #[serde(default)]
    done: String,
    /// The code that was just made, sealed.
    #[serde(default)]
    shown: String,
}

/// A code that its representative may see again for a while, as when the page is loaded anew.
#[derive(Serialize, Deserialize)]
struct ShownCode {
    code: String,
    person: String,
    at: Timestamp,
}

/// How long a code can be looked at.
const SHOWN_FOR: Duration = Duration::from_secs(600);

/// Shows the page; whoever does not represent the company is back among their own.
pub async fn get(visit: Visit, Query(query): Query<Which>) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let notice = match query.done.as_str() {
        "invited" => Some(AgentNotice::Invited),
        "revoked" => Some(AgentNotice::Revoked),
        _ => shown(&visit, &person, &query),
    };
    match page(&visit, &person, &query.company).await {
        Ok(page) => visit.page(StatusCode::OK, &AgentsPage { notice, ..page }, FormTargets::ThisNode),
        Err(response) => response,
    }
}

/// The code in the address, if it was made for this person's company just now.
fn shown(visit: &Visit, person: &Person, query: &Which) -> Option<AgentNotice> {
    let found: ShownCode = visit.web.shown_invitation.open(&query.shown, &place(person, &query.company)).ok()?;
    let fresh = visit.app().clock.now().since(found.at) <= SHOWN_FOR;
    fresh.then_some(AgentNotice::Code { code: found.code, person: found.person })
}

/// Where a shown code counts: for one person, at one company.
fn place(person: &Person, company: &str) -> Vec<u8> {
    format!("{}\n{company}", person.id).into_bytes()
}

async fn page(visit: &Visit, person: &Person, company: &str) -> Result<AgentsPage, Response> {
    let (entity, agents) = match visit.app().delegation.agents(person, &EntityId::from(company)).await {
        Ok(found) => found,
        Err(DelegationError::NotRepresentative | DelegationError::Unknown) => return Err(visit.to(paths::COMPANIES)),
        Err(failure) => return Err(error::page(visit, &fault(failure), None)),
    };
    let mut ctx = visit.context(&format!("{}?company={}", paths::AGENTS, entity.id));
    ctx.person = Some(shown_name(person));
    Ok(AgentsPage {
        csrf: visit.csrf(),
        notice: None,
        company: entity.id.0,
        name: entity.name,
        code: entity.code,
        agents: agents.into_iter().map(|found| line(visit, found)).collect(),
        typed: TypedAgent::default(),
        found: Vec::new(),
        ctx,
    })
}

fn line(visit: &Visit, found: delegation::AgentLine) -> AgentLine {
    let mandate = found.mandate;
    let until = mandate.valid_until.unwrap_or(Timestamp::NEVER);
    let over = until <= visit.app().clock.now();
    let state = match mandate.state {
        _ if over => AgentState::Ended,
        MandateState::Invited => AgentState::Invited(mandate.answer_until),
        MandateState::Active => AgentState::Active,
        MandateState::Ended => AgentState::Ended,
    };
    AgentLine {
        mandate: mandate.id.0,
        name: found.name,
        state,
        matters: mandate.matters.list().to_vec(),
        from: mandate.valid_from,
        until: mandate.ended_at.unwrap_or(until),
    }
}

/// Invites an agent.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected_for(&visit, Errand::Companies, None).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let company = fields.get("company").unwrap_or_default();
    match invite(&visit, &person, company, &fields).await {
        Ok(Invited::InAccount) => visit.to(&format!("{}?company={company}&done=invited", paths::AGENTS)),
        // The page with the code has an address of its own: loading it anew does not invite anew.
        Ok(Invited::ByCode(code)) => {
            let name = fields.get("agent_name").unwrap_or_default().to_owned();
            let shown = ShownCode { code: code.expose().to_owned(), person: name, at: visit.app().clock.now() };
            let sealed = visit.web.shown_invitation.seal(&shown, &place(&person, company));
            visit.to(&format!("{}?company={company}&shown={sealed}", paths::AGENTS))
        }
        Err(Ok(found)) => match page(&visit, &person, company).await {
            Ok(page) => {
                let page = AgentsPage { typed: typed(&fields), found, ..page };
                visit.page(StatusCode::UNPROCESSABLE_ENTITY, &page, FormTargets::ThisNode)
            }
            Err(response) => response,
        },
        Err(Err(DelegationError::NotRepresentative)) => visit.to(paths::COMPANIES),
        Err(Err(failure)) => error::page(&visit, &refused(failure), None),
    }
}

async fn invite(
    visit: &Visit,
    person: &Person,
    company: &str,
    fields: &Params,
) -> Result<Invited, Result<Vec<AgentProblem>, DelegationError>> {
    let until = fields.get("valid_until").and_then(end_of_day);
    let mut found = Vec::new();
    if fields.get("agent_name").is_none() {
        found.push(AgentProblem::Name);
    }
    if until.is_none() {
        found.push(AgentProblem::Until);
    }
    let (Some(valid_until), true) = (until, found.is_empty()) else { return Err(Ok(found)) };
    let wish = Invitation {
        entity: &EntityId::from(company),
        name: fields.get("agent_name").unwrap_or_default(),
        login: fields.get("agent_login").map(str::trim).filter(|login| !login.is_empty()),
        matters: fields.get("matters").unwrap_or_default(),
        valid_from: None,
        valid_until,
    };
    visit.app().delegation.invite(person, &wish).await.map_err(|failure| match failure {
        DelegationError::Name(_) => Ok(vec![AgentProblem::Name]),
        DelegationError::Dates => Ok(vec![AgentProblem::Until]),
        DelegationError::Matters(_) => Ok(vec![AgentProblem::Matters]),
        DelegationError::ActsAlready => Ok(vec![AgentProblem::Oneself]),
        DelegationError::TooMany => Ok(vec![AgentProblem::TooMany]),
        other => Err(other),
    })
}

fn refused(failure: DelegationError) -> OAuthError {
    match failure {
        DelegationError::NotVerified => {
            OAuthError::new(crate::proto::oauth::ErrorCode::AccessDenied, "the real name must be verified first")
        }
        other => fault(other),
    }
}

fn typed(fields: &Params) -> TypedAgent {
    let text = |name| fields.get(name).unwrap_or_default().to_owned();
    TypedAgent {
        name: text("agent_name"),
        login: text("agent_login"),
        until: text("valid_until"),
        matters: text("matters"),
    }
}

/// The end of a day in Beijing, written as date fields write it: `2027-03-31`.
fn end_of_day(text: &str) -> Option<Timestamp> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
    let next = day.next_day()?.with_time(Time::MIDNIGHT).assume_offset(offset!(+8));
    Some(Timestamp::from_seconds(next.unix_timestamp()))
}

/// Revokes an agent's mandate or an invitation, or gives one's own back.
pub async fn revoke(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected_for(&visit, Errand::Companies, None).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let mandate = MandateId::from(fields.get("mandate").unwrap_or_default());
    let back = match fields.get("company") {
        Some(company) => format!("{}?company={company}&done=revoked", paths::AGENTS),
        None => format!("{}?done=given-back", paths::COMPANIES),
    };
    match visit.app().delegation.revoke(&person, &mandate).await {
        Ok(()) => visit.to(&back),
        // It has ended already, or was never theirs to end.
        Err(DelegationError::Unknown | DelegationError::NotRepresentative) => visit.to(paths::COMPANIES),
        Err(failure) => error::page(&visit, &fault(failure), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mandate_ends_with_its_day_in_beijing() {
        assert_eq!(end_of_day("2026-11-24"), Some(Timestamp(1_795_536_000_000)));
        for wrong in ["", "2026-02-30", "24.11.2026", "2026-11-24T00:00"] {
            assert_eq!(end_of_day(wrong), None, "{wrong}");
        }
    }
}
