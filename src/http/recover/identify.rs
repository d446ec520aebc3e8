//! Who wants an account back: name and document, checked with the authority. Whatever it says, the next page is the same.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::ways;
use crate::accounts::{Aside, Challenged, ProofError, Statement};
use crate::http::error;
use crate::http::interaction::real_name::{
    authority, face_words, missing, name_words, numbered, refused, status, typed,
};
use crate::http::interaction::{OwnForm, challenge};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::real_name::{Choice, RealNameProblem, RealNameState, Typed};
use crate::http::pages::view::{Interaction, RealNamePage, RecoverPage};
use crate::http::visit::Visit;
use crate::proto::oauth::Params;
use crate::realname::{DocumentType, VerificationMethod};

/// What the page is called with.
#[derive(Deserialize)]
pub struct RecoverQuery {
    #[serde(default)]
    document_type: String,
    #[serde(default)]
    items: String,
}

/// Shows the page.
pub async fn get(visit: Visit, Query(query): Query<RecoverQuery>) -> Response {
    let choice = choose(&visit, (&query.document_type, &query.items));
    let mut page = page(&visit, choice, RealNameState::Asking);
    page.asked.challenge = challenge::due_to(&visit, Challenged::Recovery).await.unwrap_or_default();
    visit.page(StatusCode::OK, &page, FormTargets::ThisNode)
}

/// Asks the authority, and goes on to the ways.
pub async fn post(OwnForm { visit, fields }: OwnForm) -> Response {
    let text = |name| fields.get(name).unwrap_or_default();
    let choice = choose(&visit, (text("document_type"), text("items")));
    let state = match missing(&fields, choice.way) {
        found if !found.is_empty() => RealNameState::Malformed(found),
        _ => match ask_unless_challenged(&visit, &fields, &choice).await {
            Ok(Some(application)) => return ways::show(&visit, &application, None).await,
            Ok(None) => RealNameState::Malformed(vec![RealNameProblem::Challenge]),
            // What was checked and found wrong is told by no answer here; everything else is not about a person.
            Err(failure) => match refused(failure, false) {
                Ok(state) => state,
                Err(failure) => return error::page(&visit, &failure, None),
            },
        },
    };
    let status = status(&state);
    let mut page = page(&visit, choice, state);
    page.asked.typed = typed(&fields);
    page.asked.challenge = challenge::due_to(&visit, Challenged::Recovery).await.unwrap_or_default();
    visit.page(status, &page, FormTargets::ThisNode)
}

/// Asks, unless a challenge is due that was not answered. Every question counts towards the next one, whatever its answer.
async fn ask_unless_challenged(
    visit: &Visit,
    fields: &Params,
    choice: &Choice,
) -> Result<Option<crate::signon::Application>, ProofError> {
    if !challenge::passed_to(visit, Challenged::Recovery, fields).await? {
        return Ok(None);
    }
    visit.app().accounts.limits().counts_towards(Challenged::Recovery, &visit.device.address).await?;
    ask(visit, fields, choice).await.map(Some)
}

async fn ask(visit: &Visit, fields: &Params, choice: &Choice) -> Result<crate::signon::Application, ProofError> {
    let text = |name| fields.get(name).unwrap_or_default();
    let (face, agreed) = (face_words(visit), name_words(visit, choice));
    let aside = match choice.way {
        VerificationMethod::ThreeItems => Aside::Mobile(text("mobile")),
        VerificationMethod::Face => Aside::Face(text("face"), &face),
        _ => Aside::Nothing,
    };
    let number = numbered(fields, choice);
    let (name, agreed) = (text("name"), Some(&agreed));
    let statement = Statement { name, kind: choice.kind, number: &number, aside, agreed };
    visit.app().recoveries.apply(&statement, &visit.device.address).await
}

/// What the person chose, as far as somebody can be asked about it.
fn choose(visit: &Visit, (kind, items): (&str, &str)) -> Choice {
    let offers = visit.app().sources.offers();
    let wanted: Option<DocumentType> = kind.parse().ok();
    let offer = offers.iter().find(|offer| Some(offer.kind) == wanted).or_else(|| offers.first());
    let kind = wanted.or(offer.map(|offer| offer.kind)).unwrap_or(DocumentType::ResidentIdentityCard);
    let open = [VerificationMethod::TwoItems, VerificationMethod::ThreeItems, VerificationMethod::Face];
    let mut ways = offer.map(|offer| offer.items.clone()).unwrap_or_default();
    ways.retain(|way| open.contains(way));
    let way = items.parse().ok().filter(|way| ways.contains(way)).or_else(|| ways.first().copied());
    let way = way.unwrap_or(VerificationMethod::TwoItems);
    Choice { kinds: offers.iter().map(|offer| offer.kind).collect(), ways, kind, way }
}

fn page(visit: &Visit, choice: Choice, state: RealNameState) -> RecoverPage {
    let (sources, lang) = (&visit.app().sources, visit.lang.tag());
    let here = format!("{}?document_type={}&items={}", paths::RECOVER, choice.kind.name(), choice.way.as_str());
    let asked = RealNamePage {
        ctx: visit.context(&here),
        form: Interaction { flow: String::new(), csrf: visit.csrf() },
        asking: None,
        may_skip: false,
        again: false,
        authority: authority(visit, &choice),
        outage: sources.notice(choice.kind, choice.way, lang).map(str::to_owned),
        challenge: None,
        choice,
        typed: Typed::default(),
        state,
    };
    RecoverPage { ctx: visit.context(&here), csrf: visit.csrf(), asked }
}
