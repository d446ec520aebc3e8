//! Register a company (登记单位): the registry confirms, refuses, or cannot answer now; the last is kept and asked again.

use axum::response::Response;

use super::companies::{fault, problem, with_problem};
use super::protected::{Errand, protected_for};
use crate::accounts::Person;
use crate::delegation::{Registered, RegistrationError};
use crate::http::error;
use crate::http::interaction::OwnForm;
use crate::http::pages::paths;
use crate::http::pages::view::company::CompanyProblem;
use crate::http::visit::Visit;
use crate::proto::oauth::OAuthError;
use crate::realname::CreditCodeError;

/// Registers a company.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected_for(&visit, Errand::Companies, None).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let (code, name) = (fields.get("uscc").unwrap_or_default(), fields.get("company_name").unwrap_or_default());
    register(&visit, &person, (code, name)).await
}

async fn register(visit: &Visit, person: &Person, (code, name): (&str, &str)) -> Response {
    match visit.app().delegation.register(person, code, name).await.map_err(told) {
        Ok(Registered::Confirmed(_)) => visit.to(&format!("{}?done=registered", paths::COMPANIES)),
        Ok(Registered::Pending) => visit.to(&format!("{}?done=pending", paths::COMPANIES)),
        Err(Ok(found)) => with_problem(visit, person, found, (code, name)).await,
        Err(Err(failure)) => error::page(visit, &failure, None),
    }
}

fn told(failure: RegistrationError) -> Result<CompanyProblem, OAuthError> {
    Ok(match failure {
        RegistrationError::Code(CreditCodeError::Length) => CompanyProblem::CodeLength,
        RegistrationError::Code(CreditCodeError::Character) => CompanyProblem::CodeCharacter,
        RegistrationError::Code(CreditCodeError::Checksum) => CompanyProblem::CodeChecksum,
        RegistrationError::Name(_) => CompanyProblem::Name,
        RegistrationError::Mismatch => CompanyProblem::Mismatch,
        RegistrationError::NotFound => CompanyProblem::Unknown,
        RegistrationError::Closed => CompanyProblem::Closed,
        RegistrationError::NotOffered => CompanyProblem::NotOffered,
        RegistrationError::Delegation(failure) => return problem(failure),
    })
}

/// Asks the registry again about a registration that waits, or forgets it.
pub async fn application(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match protected_for(&visit, Errand::Companies, None).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let delegation = &visit.app().delegation;
    let code = fields.get("uscc").unwrap_or_default();
    if fields.get("which") == Some("withdraw") {
        return match delegation.withdraw_application(&person.id, code).await {
            Ok(()) => visit.to(&format!("{}?done=withdrawn", paths::COMPANIES)),
            Err(failure) => error::page(&visit, &fault(failure.into()), None),
        };
    }
    let waiting = match delegation.applications(&person.id).await {
        Ok(all) => all.into_iter().find(|application| application.uscc == code),
        Err(failure) => return error::page(&visit, &fault(failure.into()), None),
    };
    match waiting {
        Some(application) => register(&visit, &person, (&application.uscc, &application.name)).await,
        None => visit.to(paths::COMPANIES),
    }
}
