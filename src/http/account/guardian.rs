//! Guardians (监护人): a child asks, its guardian accepts, either ends it; and what a child sees on the way to a service.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::protected::protected;
use super::{fault, signed_in};
use crate::accounts::Person;
use crate::base::Secret;
use crate::base::id::GuardianshipId;
use crate::centre::CentreError;
use crate::factors::Browser;
use crate::http::error;
use crate::http::interaction::second::{is_answer, problem, status};
use crate::http::interaction::sign_in::FlowQuery;
use crate::http::interaction::{OwnForm, Step, hidden, resume};
use crate::http::oidc::authorize::render;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::guardian::{GuardianNotice, GuardianProblem, GuardianRole, GuardianRow};
use crate::http::pages::view::second_factor::SecondFactorProblem;
use crate::http::pages::view::{GuardianNeededPage, GuardianPage};
use crate::http::visit::{Visit, shown_name};
use crate::oidc::authorize::{Entry, Outcome};
use crate::oidc::endpoints::path;
use crate::proto::oauth::Params;
use crate::realname::MobileNumber;

/// Shows the page.
pub async fn get(visit: Visit) -> Response {
    match signed_in(&visit).await {
        Ok((_, person)) => show(&visit, &person, StatusCode::OK, |page| page).await,
        Err(response) => response,
    }
}

/// A child names its guardian; a guardian answers; either ends it.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    // What is agreed for a child, and what ends it, needs what protects the account to be shown first.
    let (_, person) = match protected(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match fields.get("answer") {
        Some(answer) => decide(&visit, &person, answer, &fields).await,
        None => ask(&visit, &person, &fields).await,
    }
}

async fn decide(visit: &Visit, person: &Person, answer: &str, fields: &Params) -> Response {
    let id = GuardianshipId::from(fields.get("guardianship").unwrap_or_default());
    let centre = &visit.app().centre;
    let (result, notice) = match answer {
        "accept" => (centre.accept_guardianship(person, &id).await, GuardianNotice::Accepted),
        _ => (centre.end_guardianship(person, &id).await, GuardianNotice::Ended),
    };
    match result {
        Ok(()) => show(visit, person, StatusCode::OK, |page| GuardianPage { notice: Some(notice), ..page }).await,
        // It is not hers to answer, or there is nothing any more: the page shows what there is.
        Err(CentreError::Nothing | CentreError::NotForThem) => {
            show(visit, person, StatusCode::UNPROCESSABLE_ENTITY, |page| page).await
        }
        Err(failure) => error::page(visit, &fault(failure), None),
    }
}

async fn ask(visit: &Visit, child: &Person, fields: &Params) -> Response {
    let (name, mobile) = (fields.get("guardian_name").unwrap_or_default(), fields.get("mobile").unwrap_or_default());
    let (code, answers) = (fields.get("code").filter(|code| !code.trim().is_empty()), is_answer(fields));
    let refused = async |problem: GuardianProblem, status: StatusCode| {
        let sent = answers;
        let (name, mobile, problem) = (name.to_owned(), mobile.to_owned(), Some(problem));
        show(visit, child, status, |page| GuardianPage { name, mobile, sent, problem, ..page }).await
    };
    if name.trim().is_empty() {
        return refused(GuardianProblem::Name, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let Ok(number) = MobileNumber::parse(mobile) else {
        return refused(GuardianProblem::Number, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let browser = Browser { id: visit.browser_id(), address: &visit.device.address };
    let centre = &visit.app().centre;
    let result = match code {
        None if answers => {
            let missing = SecondFactorProblem::Missing;
            return refused(GuardianProblem::Code(missing), status(missing)).await;
        }
        None => centre.send_guardian_code(child, (name, &number), browser, visit.lang.tag()).await,
        Some(code) => centre.ask_guardian(child, (name, &number), (&Secret::new(code), browser)).await,
    };
    match result {
        Ok(()) if code.is_some() => {
            let notice = Some(GuardianNotice::Asked);
            show(visit, child, StatusCode::OK, |page| GuardianPage { notice, ..page }).await
        }
        Ok(()) => {
            let (name, mobile) = (name.to_owned(), number.expose().to_owned());
            show(visit, child, StatusCode::OK, |page| GuardianPage { name, mobile, sent: true, ..page }).await
        }
        Err(CentreError::NotForThem) => show(visit, child, StatusCode::UNPROCESSABLE_ENTITY, |page| page).await,
        Err(failure) => match told(failure) {
            Ok(found) => refused(GuardianProblem::Code(found), status(found)).await,
            Err(failure) => error::page(visit, &failure, None),
        },
    }
}

/// What is told about a code, or the error that is not about it.
fn told(failure: CentreError) -> Result<SecondFactorProblem, crate::proto::oauth::OAuthError> {
    match failure {
        CentreError::Factor(failure) => problem(failure),
        CentreError::Account(failure) => problem(failure.into()),
        other => Err(fault(other)),
    }
}

async fn show(
    visit: &Visit,
    person: &Person,
    status: StatusCode,
    told: impl FnOnce(GuardianPage) -> GuardianPage,
) -> Response {
    let centre = &visit.app().centre;
    let lines = match centre.guardianships(person).await {
        Ok(lines) => lines,
        Err(failure) => return error::page(visit, &fault(failure), None),
    };
    let role = if centre.is_child(person) {
        GuardianRole::Child
    } else if centre.can_be_guardian(person) {
        GuardianRole::Guardian
    } else {
        GuardianRole::Neither
    };
    let mut ctx = visit.context(paths::GUARDIAN);
    ctx.person = Some(shown_name(person));
    let row = |line: crate::centre::GuardianLine| GuardianRow {
        id: line.id.0,
        as_guardian: line.as_guardian,
        name: line.name,
        active: line.active,
        until: line.until,
    };
    let page = told(GuardianPage {
        ctx,
        csrf: visit.csrf(),
        notice: None,
        role,
        lines: lines.into_iter().map(row).collect(),
        name: String::new(),
        mobile: String::new(),
        sent: false,
        problem: None,
    });
    visit.page(status, &page, FormTargets::ThisNode)
}

/// On the way to a service: nobody agrees for this child yet.
pub async fn needed(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let step = match Step::open(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    match visit.app().provider.authorize(Entry::Flow(step.sealed.clone()), &visit.browser()).await {
        Outcome::NeedGuardian(_) => {}
        other => return render(&visit, &other).await,
    }
    let person = match visit.person().await {
        Ok(Some(person)) => person,
        Ok(None) => return resume(&visit, &step.flow).await,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    let mut ctx = visit.context(&step.here(paths::GUARDIAN_NEEDED));
    ctx.person = Some(shown_name(&person));
    let page = GuardianNeededPage {
        ctx,
        form: hidden(&visit, &step.sealed),
        asking: step.asking(&visit, None),
        again: format!("{}?flow={}", path::AUTHORIZE, step.sealed),
    };
    visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
}
