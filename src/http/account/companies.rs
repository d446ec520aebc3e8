//! My companies (我的单位): for whom the person acts, invitations, and which identity is offered first. Registering one is
//! [`super::company`], its agents are [`super::agents`].

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::protected::{Errand, protected_for};
use super::signed_in;
use crate::accounts::{AccountError, Person};
use crate::base::Secret;
use crate::base::id::{EntityId, MandateId};
use crate::delegation::{Carried, DelegationError, InvitationKey, LEAST_LEVEL};
use crate::entities::{Entity, EntityState, Mandate, Role};
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::CompaniesPage;
use crate::http::pages::view::company::{
    ApplicationLine, CompanyLine, CompanyNotice, CompanyProblem, CompanyStanding, Refused,
};
use crate::http::visit::{Visit, shown_name};
use crate::proto::oauth::OAuthError;

/// What was just done, to be told once.
#[derive(Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// Shows the page.
pub async fn get(visit: Visit, Query(query): Query<Done>) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let notice = match query.done.as_str() {
        "registered" => Some(CompanyNotice::Registered),
        "pending" => Some(CompanyNotice::Pending),
        "accepted" => Some(CompanyNotice::Accepted),
        "declined" => Some(CompanyNotice::Declined),
        "given-back" => Some(CompanyNotice::GivenBack),
        "preferred" => Some(CompanyNotice::Preferred),
        "withdrawn" => Some(CompanyNotice::Withdrawn),
        _ => None,
    };
    match page(&visit, &person).await {
        Ok(page) => visit.page(StatusCode::OK, &CompaniesPage { notice, ..page }, FormTargets::ThisNode),
        Err(failure) => error::page(&visit, &failure, None),
    }
}

/// The page again, with what is to be put right.
pub(super) async fn with_problem(
    visit: &Visit,
    person: &Person,
    found: CompanyProblem,
    (uscc, company_name): (&str, &str),
) -> Response {
    match page(visit, person).await {
        Ok(page) => {
            let (uscc, company_name) = (uscc.to_owned(), company_name.to_owned());
            let page = CompaniesPage { found: vec![found], uscc, company_name, ..page };
            visit.page(status(found), &page, FormTargets::ThisNode)
        }
        Err(failure) => error::page(visit, &failure, None),
    }
}

const fn status(problem: CompanyProblem) -> StatusCode {
    match problem {
        CompanyProblem::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

async fn page(visit: &Visit, person: &Person) -> Result<CompaniesPage, OAuthError> {
    let app = visit.app();
    let overview = app.delegation.overview(person).await.map_err(fault)?;
    let applications = app.delegation.applications(&person.id).await?;
    let carried = app.delegation.carried(person).await.map_err(fault)?;
    let mut ctx = visit.context(paths::COMPANIES);
    ctx.person = Some(shown_name(person));
    Ok(CompaniesPage {
        csrf: visit.csrf(),
        notice: None,
        verified: person.level() >= LEAST_LEVEL,
        mandates: overview
            .mandates
            .iter()
            .map(|(mandate, entity)| line(visit, mandate, entity, mandate.valid_until))
            .collect(),
        invitations: overview
            .invitations
            .iter()
            .map(|(mandate, entity)| line(visit, mandate, entity, Some(mandate.answer_until)))
            .collect(),
        applications: applications
            .into_iter()
            .map(|found| ApplicationLine { code: found.uscc, name: found.name, refused: refused(&found.state) })
            .collect(),
        carried: carried.iter().map(carried_line).collect(),
        above: app.upstream.as_ref().map(|above| above.name(visit.lang.tag()).to_owned()).unwrap_or_default(),
        uscc: String::new(),
        company_name: String::new(),
        found: Vec::new(),
        ctx,
    })
}

fn refused(state: &str) -> Option<Refused> {
    match state {
        "mismatch" => Some(Refused::Mismatch),
        "not_found" => Some(Refused::Unknown),
        "closed" => Some(Refused::Closed),
        _ => None,
    }
}

fn line(visit: &Visit, mandate: &Mandate, entity: &Entity, until: Option<crate::base::Timestamp>) -> CompanyLine {
    let now = visit.app().clock.now();
    let standing = if entity.state == EntityState::Suspended {
        CompanyStanding::Suspended
    } else if mandate.valid_from > now {
        CompanyStanding::NotYet
    } else if mandate.valid_until.is_some_and(|end| end <= now) {
        CompanyStanding::Over
    } else {
        CompanyStanding::Good
    };
    CompanyLine {
        company: entity.id.0.clone(),
        mandate: mandate.id.0.clone(),
        name: entity.name.clone(),
        code: entity.code.clone(),
        kind: entity.kind,
        representative: mandate.role == Role::LegalRepresentative,
        matters: mandate.matters.list().to_vec(),
        until,
        standing,
        preferred: mandate.preferred,
    }
}

/// One for which the person acts by what the node above says: nothing can be done about it here.
fn carried_line(carried: &Carried) -> CompanyLine {
    CompanyLine {
        company: carried.company.id.0.clone(),
        mandate: String::new(),
        name: carried.company.name.clone(),
        code: carried.company.code.clone(),
        kind: carried.company.kind,
        representative: carried.role == Role::LegalRepresentative,
        matters: carried.matters.list().to_vec(),
        until: carried.valid_until,
        standing: CompanyStanding::Good,
        preferred: false,
    }
}

/// Accepts or declines an invitation.
pub async fn answer(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected_for(&visit, Errand::Companies, None).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let delegation = &visit.app().delegation;
    let mandate = fields.get("mandate").map(MandateId::from);
    let code = fields.get("code").map(Secret::new);
    let accept = fields.get("answer") == Some("accept");
    let (result, done) = match (&mandate, &code) {
        (Some(mandate), _) if accept => {
            (delegation.accept(&person, &InvitationKey::Waiting(mandate)).await.map(|_| ()), "accepted")
        }
        (Some(mandate), _) => (delegation.revoke(&person, mandate).await, "declined"),
        (None, Some(code)) => (delegation.accept(&person, &InvitationKey::Code(code)).await.map(|_| ()), "accepted"),
        (None, None) => return with_problem(&visit, &person, CompanyProblem::InvitationMissing, ("", "")).await,
    };
    match result.map_err(problem) {
        Ok(()) => visit.to(&format!("{}?done={done}", paths::COMPANIES)),
        Err(Ok(found)) => with_problem(&visit, &person, found, ("", "")).await,
        Err(Err(failure)) => error::page(&visit, &failure, None),
    }
}

/// Chooses which identity is offered first.
pub async fn prefer(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let company = fields.get("company").filter(|value| *value != "self").map(EntityId::from);
    match visit.app().entities.prefer(&person.id, company.as_ref()).await {
        Ok(()) => visit.to(&format!("{}?done=preferred", paths::COMPANIES)),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}

/// What the person is told, or the error that is not about them.
pub(super) fn problem(failure: DelegationError) -> Result<CompanyProblem, OAuthError> {
    Ok(match failure {
        DelegationError::NotVerified => CompanyProblem::Unverified,
        DelegationError::Unknown | DelegationError::NotRepresentative => CompanyProblem::InvitationWrong,
        DelegationError::OtherName => CompanyProblem::OtherName,
        DelegationError::ActsAlready => CompanyProblem::ActsAlready,
        DelegationError::Suspended => CompanyProblem::Suspended,
        DelegationError::Account(AccountError::Throttled { retry_after }) => {
            CompanyProblem::TooMany { seconds: retry_after.as_secs() }
        }
        other => return Err(fault(other)),
    })
}

/// An error that is not about the person.
pub(super) fn fault(failure: DelegationError) -> OAuthError {
    match failure {
        DelegationError::Account(failure) => failure.into(),
        other => OAuthError::new(crate::proto::oauth::ErrorCode::ServerError, "the request could not be completed")
            .because(other.to_string()),
    }
}
