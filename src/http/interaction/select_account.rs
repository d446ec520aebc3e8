//! Choose an account (`prompt=select_account`): the one that is signed in, or another. And at a service that serves companies:
//! as whom (登录身份), oneself or a company; changing is the same page, and nobody signs in again for it.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::FlowQuery;
use super::{OwnForm, Step, hidden, level, resume};
use crate::entities::Role;
use crate::http::error;
use crate::http::oidc::authorize::render;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::SelectAccountPage;
use crate::http::pages::view::select_account::{AboveCompanies, AccountChoice, CompanyChoice, IdentityChoice};
use crate::http::trust;
use crate::http::visit::{Visit, shown_name};
use crate::oidc::authorize::{Entry, Identity, IdentityQuestion, Outcome};
use crate::proto::oauth::OAuthError;

/// The value of the button for another account.
const ANOTHER: &str = "another";

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let step = match Step::open(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    if visit.session.is_none() {
        return resume(&visit, &step.flow).await;
    }
    match ask_again(&visit, &step).await {
        Ok(question) => show(&visit, &step, &question).await,
        Err(response) => response,
    }
}

/// The question as the engine puts it now. Any other outcome goes its own way at once: a code of it is issued already.
async fn ask_again(visit: &Visit, step: &Step) -> Result<IdentityQuestion, Response> {
    let entry = Entry::Flow(step.sealed.clone());
    match visit.app().provider.authorize(entry, &visit.browser()).await {
        Outcome::NeedAccount(asked) => Ok(asked.question),
        other => Err(render(visit, &other).await),
    }
}

async fn show(visit: &Visit, step: &Step, question: &IdentityQuestion) -> Response {
    match page(visit, step, question).await {
        Ok(Some(page)) => {
            let status = if page.gone { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            visit.page(status, &page, FormTargets::Anywhere)
        }
        Ok(None) => resume(visit, &step.flow).await,
        Err(failure) => error::page(visit, &failure, None),
    }
}

async fn page(
    visit: &Visit,
    step: &Step,
    question: &IdentityQuestion,
) -> Result<Option<SelectAccountPage>, OAuthError> {
    let Some(person) = visit.person().await? else { return Ok(None) };
    let above = visit.app().upstream.as_ref().map(|upstream| upstream.name(visit.lang.tag()).to_owned());
    let since = visit.session.as_ref().map(|session| session.auth_time).unwrap_or_default();
    Ok(Some(SelectAccountPage {
        ctx: visit.context(&step.here(paths::SELECT_ACCOUNT)),
        form: hidden(visit, &step.sealed),
        asking: Some(step.asking(visit, None)),
        accounts: vec![AccountChoice {
            value: "current".to_owned(),
            name: shown_name(&person),
            level: level(i32::from(i16::from(person.level()))),
            since,
        }],
        identities: question
            .companies
            .then(|| question.identities.iter().map(|identity| choice(identity, above.as_deref())).collect()),
        // A choice that is in the flow and was asked again is none that can be made.
        gone: step.flow.identity.is_some(),
        above: above
            .filter(|_| question.above)
            .map(|name| AboveCompanies { href: format!("{}&why={}", step.here(paths::ABOVE), trust::COMPANY), name }),
    }))
}

fn choice(identity: &Identity, above: Option<&str>) -> IdentityChoice {
    let company = match identity {
        Identity::Oneself => None,
        Identity::Company(standing) => Some(CompanyChoice {
            name: standing.name.clone(),
            code: standing.code.clone(),
            representative: standing.role == Role::LegalRepresentative,
            until: standing.valid_until,
            preferred: standing.preferred,
            told_by: above.filter(|_| standing.carried).map(str::to_owned),
        }),
    };
    IdentityChoice { value: identity.value().to_owned(), company }
}

/// Goes on as whom the person chose, or to the sign-in page. What may be chosen is the engine's to say, here and at every
/// later step.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match Step::open(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    if fields.get("account") == Some(ANOTHER) {
        return visit.to(&step.here(paths::SIGN_IN));
    }
    let mut flow = step.flow.clone();
    flow.chosen = visit.session.as_ref().map(|session| session.id.clone());
    flow.identity = fields.get("identity").map(str::to_owned);
    resume(&visit, &flow).await
}
