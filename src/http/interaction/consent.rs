//! Consent (授权确认): what is asked, why, for whom; sensitive items each by a box of its own.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::sign_in::FlowQuery;
use super::{OwnForm, Step, hidden, level, resume};
use crate::accounts::{Person, Shown, Stated};
use crate::base::encoding::{base64url, sha256};
use crate::http::error;
use crate::http::oidc::authorize::render;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::ConsentPage;
use crate::http::pages::view::consent::{ConsentItem, SensitiveItem};
use crate::http::visit::{Visit, shown_name};
use crate::oidc::authorize::{ConsentAnswer, ConsentQuestion, Entry, Outcome};
use crate::oidc::claims;
use crate::realname::MobileNumber;

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<FlowQuery>) -> Response {
    let (step, question) = match ask_again(&mut visit, &query.flow).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let person = match visit.person().await {
        Ok(Some(person)) => person,
        Ok(None) => return resume(&visit, &step.flow).await,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    let page = page(&visit, &step, &question, &person);
    visit.page(StatusCode::OK, &page, FormTargets::Anywhere)
}

/// Records the answer. What was asked is asked of the engine again: the form cannot widen it.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let (step, question) = match ask_again(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let Some(session) = visit.session.clone() else { return resume(&visit, &step.flow).await };
    if fields.get("decision") != Some("accept") {
        let mut flow = step.flow.clone();
        flow.denied = true;
        return resume(&visit, &flow).await;
    }
    let ticked: Vec<String> = fields.all("sensitive").map(str::to_owned).collect();
    let provider = &visit.app().provider;
    let person = match visit.person().await {
        Ok(Some(person)) => person,
        Ok(None) => return resume(&visit, &step.flow).await,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    let words = page(&visit, &step, &question, &person).words();
    let shown = Shown { hash: base64url(&sha256(words.as_bytes())), language: visit.lang.tag().to_owned() };
    let answer = ConsentAnswer { ticked: &ticked, stated: stated(&visit, &step, &question), shown: &shown };
    match provider.record_consent(&session.account_id, &step.client.id, &question, answer).await {
        Ok(()) => resume(&visit, &step.flow).await,
        Err(failure) => error::page(&visit, &failure, None),
    }
}

/// The question as the engine puts it now. Any other outcome goes its own way at once: a code of it is issued already.
async fn ask_again(visit: &mut Visit, sealed: &str) -> Result<(Step, ConsentQuestion), Response> {
    let step = Step::open(visit, sealed).await?;
    let entry = Entry::Flow(step.sealed.clone());
    match visit.app().provider.authorize(entry, &visit.browser()).await {
        Outcome::NeedConsent(asked) => Ok((step, asked.question)),
        other => Err(render(visit, &other).await),
    }
}

/// What the service says about it in the language of the page.
fn stated(visit: &Visit, step: &Step, question: &ConsentQuestion) -> Stated {
    let (metadata, language) = (&step.client.metadata, visit.lang.tag());
    let why = |item: &String| {
        let scope = claims::SCOPES.iter().find(|scope| scope.claims.contains(&item.as_str()));
        let said = metadata.purposes.of(item, language);
        let said = said.or_else(|| scope.and_then(|scope| metadata.purposes.of(scope.name, language)));
        said.map(|text| (item.clone(), text.to_owned()))
    };
    let asked = question.scope.iter().chain(&question.claims).chain(&question.sensitive);
    Stated {
        version: metadata.purpose_version(),
        purpose: metadata.purpose(language).unwrap_or_default().to_owned(),
        items: asked.filter_map(why).collect(),
    }
}

fn page(visit: &Visit, step: &Step, question: &ConsentQuestion, person: &Person) -> ConsentPage {
    let proof = person.real_name.as_ref().map(|found| (level(i32::from(i16::from(found.level))), found.verified_at));
    let plain = question.scope.iter().filter(|name| *name != "offline_access").chain(&question.claims);
    let stated = stated(visit, step, question);
    let why = |claim: &String| stated.items.get(claim).cloned().unwrap_or_default();
    let item = |claim: &String| ConsentItem {
        masked: masked(person, claim),
        why: why(claim),
        proof: proof.filter(|_| matches!(claim.as_str(), "realname" | "name")),
        claim: claim.clone(),
    };
    let sensitive = |claim: &String| SensitiveItem {
        masked: masked(person, claim),
        why: why(claim),
        essential: claims::is_essential_in(&step.flow.params, claim),
        claim: claim.clone(),
    };
    ConsentPage {
        ctx: visit.context(&step.here(paths::CONSENT)),
        form: hidden(visit, &step.sealed),
        asking: step.asking(visit, None),
        purpose: stated.purpose.clone(),
        person: match &question.company {
            Some(company) => format!("{company} · {}", shown_name(person)),
            None => shown_name(person),
        },
        items: plain.map(item).collect(),
        sensitive: question.sensitive.iter().map(sensitive).collect(),
        offline: question.scope.iter().any(|name| name == "offline_access"),
    }
}

/// What the service would see, masked.
fn masked(person: &Person, claim: &str) -> String {
    let document = || person.real_name.as_ref().map(|found| found.masked_document());
    let mobile = || MobileNumber::parse(person.mobile.as_ref()?.expose()).ok().map(|number| number.masked());
    match claim {
        "identity_document" => document().unwrap_or_default(),
        "phone" | "phone_number" => mobile().unwrap_or_default(),
        "realname" | "name" | "masked_name" if person.real_name.is_some() => shown_name(person),
        "profile" | "preferred_username" => person.username.clone(),
        _ => String::new(),
    }
}
