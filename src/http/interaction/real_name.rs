//! Prove the real name (实名核验), on the way to a service or from the account centre.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::{FlowQuery, optional_step};
use super::{OwnForm, Step, hidden, level, resume};
use crate::accounts::{AccountError, Person, ProofError};
use crate::http::error;
use crate::http::oidc::authorize::render;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::RealNamePage;
use crate::http::pages::view::real_name::{NumberFault, RealNameProblem, RealNameState};
use crate::http::visit::Visit;
use crate::oidc::authorize::{Entry, Outcome, RealNameQuestion};
use crate::proto::oauth::{OAuthError, Params};
use crate::realname::{DocumentNumberError, IdentityNumber, IdentityNumberError, PersonName, today_in_china};

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let step = match optional_step(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    if visit.session.is_none() {
        return anonymous(&visit, step.as_ref()).await;
    }
    match ask_again(&visit, step.as_ref()).await {
        Ok(question) => {
            let page = page(&visit, step.as_ref(), question, RealNameState::Asking);
            visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
        }
        Err(response) => response,
    }
}

/// Asks the authority, or goes on without.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let person = match visit.person().await {
        Ok(Some(person)) => person,
        Ok(None) => return anonymous(&visit, step.as_ref()).await,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    if let Some(response) = go_on(&visit, step.as_ref(), &fields).await {
        return response;
    }
    let question = match ask_again(&visit, step.as_ref()).await {
        Ok(question) => question,
        Err(response) => return response,
    };
    let state = match missing(&fields) {
        found if !found.is_empty() => RealNameState::Malformed(found),
        _ => match ask(&visit, &person, &fields).await {
            Ok(state) => state,
            Err(failure) => return error::page(&visit, &failure, None),
        },
    };
    let status = status(&state);
    let keep = matches!(state, RealNameState::Malformed(_) | RealNameState::Unavailable);
    let mut page = page(&visit, step.as_ref(), question, state);
    if keep {
        page.name = fields.get("name").unwrap_or_default().to_owned();
        page.document_number = fields.get("document_number").unwrap_or_default().to_owned();
    }
    visit.page(status, &page, FormTargets::Anywhere)
}

/// The person has seen the answer, or does not want to prove what is only wished for.
async fn go_on(visit: &Visit, step: Option<&Step>, fields: &Params) -> Option<Response> {
    let step = step?;
    match fields.get("step")? {
        "continue" => Some(resume(visit, &step.flow).await),
        "skip" => {
            let mut flow = step.flow.clone();
            flow.declined_real_name = true;
            Some(resume(visit, &flow).await)
        }
        _ => None,
    }
}

/// The question of the flow as the engine puts it now; any other outcome goes its own way at once.
async fn ask_again(visit: &Visit, step: Option<&Step>) -> Result<Option<RealNameQuestion>, Response> {
    let Some(step) = step else { return Ok(None) };
    let entry = Entry::Flow(step.sealed.clone());
    match visit.app().provider.authorize(entry, &visit.browser()).await {
        Outcome::NeedRealName(asked) => Ok(Some(asked.question)),
        other => Err(render(visit, &other)),
    }
}

async fn anonymous(visit: &Visit, step: Option<&Step>) -> Response {
    match step {
        Some(step) => resume(visit, &step.flow).await,
        None => visit.to(paths::SIGN_IN),
    }
}

fn missing(fields: &Params) -> Vec<RealNameProblem> {
    let mut found = Vec::new();
    if fields.get("name").is_none() {
        found.push(RealNameProblem::NameMissing);
    }
    if fields.get("document_number").is_none() {
        found.push(RealNameProblem::NumberMissing);
    }
    found
}

async fn ask(visit: &Visit, person: &Person, fields: &Params) -> Result<RealNameState, OAuthError> {
    let (name, number) = (fields.get("name").unwrap_or_default(), fields.get("document_number").unwrap_or_default());
    Ok(match visit.app().verifier.verify(person, name, number).await {
        Ok(reached) => RealNameState::Matched {
            level: level(i32::from(i16::from(reached))),
            at: visit.app().clock.now(),
            masked_name: PersonName::parse(name).map(|name| name.masked()).unwrap_or_default(),
            masked_number: IdentityNumber::parse(number, today_in_china(visit.app().clock.now()))
                .map(|number| number.masked())
                .unwrap_or_default(),
        },
        Err(ProofError::Name(_)) => RealNameState::Malformed(vec![RealNameProblem::NameShape]),
        Err(ProofError::Number(fault)) => RealNameState::Malformed(vec![RealNameProblem::Number(number_fault(fault))]),
        Err(ProofError::Mismatch) => RealNameState::Mismatch,
        Err(ProofError::NotFound | ProofError::Invalid) => RealNameState::Unknown,
        Err(ProofError::Unavailable { .. } | ProofError::QuotaSpent { .. } | ProofError::NobodyToAsk) => {
            RealNameState::Unavailable
        }
        Err(ProofError::HeldElsewhere { .. } | ProofError::OtherPerson) => RealNameState::OtherAccount,
        Err(ProofError::Mobile(_) | ProofError::BankCard(_) | ProofError::Token) => RealNameState::Unavailable,
        Err(ProofError::Account(AccountError::Throttled { retry_after })) => {
            RealNameState::TooMany { minutes: retry_after.as_secs().div_ceil(60) }
        }
        Err(ProofError::Account(other)) => return Err(other.into()),
    })
}

const fn number_fault(fault: DocumentNumberError) -> NumberFault {
    let DocumentNumberError::Identity(fault) = fault else { return NumberFault::Length };
    match fault {
        IdentityNumberError::Length => NumberFault::Length,
        IdentityNumberError::Character => NumberFault::Characters,
        IdentityNumberError::Area => NumberFault::Region,
        IdentityNumberError::BirthDate => NumberFault::Birthday,
        IdentityNumberError::Checksum => NumberFault::Checksum,
    }
}

fn page(visit: &Visit, step: Option<&Step>, question: Option<RealNameQuestion>, state: RealNameState) -> RealNamePage {
    let needed = question.filter(|question| question.required).map(|question| level(i32::from(question.level)));
    RealNamePage {
        ctx: visit.context(&step.map_or_else(|| paths::REAL_NAME.to_owned(), |step| step.here(paths::REAL_NAME))),
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, needed)),
        may_skip: question.is_some_and(|question| !question.required),
        authority: visit.app().config.realname.title("", visit.lang.tag()).to_owned(),
        name: String::new(),
        document_number: String::new(),
        state,
    }
}

const fn status(state: &RealNameState) -> StatusCode {
    match state {
        RealNameState::Asking | RealNameState::Matched { .. } => StatusCode::OK,
        RealNameState::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        RealNameState::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        RealNameState::OtherAccount => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
