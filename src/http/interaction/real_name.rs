//! Prove the real name (实名核验), on the way to a service or from the account centre.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::sign_in::optional_step;
use super::{OwnForm, Step, challenge, hidden, level, resume};
use crate::accounts::{AccountError, Aside, Challenged, Person, ProofError, Shown, Statement};
use crate::base::encoding::{base64url, sha256};
use crate::http::account::protected::{Errand, protected_beyond_password};
use crate::http::error;
use crate::http::oidc::authorize::render;
use crate::http::pages::paths;
use crate::http::pages::phrase::Phrase;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::RealNamePage;
use crate::http::pages::view::real_name::{Choice, NumberFault, RealNameProblem, RealNameState, Typed};
use crate::http::visit::Visit;
use crate::oidc::authorize::{Entry, Outcome, RealNameQuestion};
use crate::proto::oauth::{OAuthError, Params};
use crate::realname::{DocumentNumberError, DocumentType, IdentityNumberError, RealNameLevel, VerificationMethod};

/// What the page is called with.
#[derive(Deserialize)]
pub struct RealNameQuery {
    /// The sealed flow; none when the person came on their own.
    #[serde(default)]
    flow: String,
    /// The kind of document that the person has chosen.
    #[serde(default)]
    document_type: String,
    /// The way of proof that the person has chosen.
    #[serde(default)]
    items: String,
}

/// Shows the page.
pub async fn get(mut visit: Visit, Query(query): Query<RealNameQuery>) -> Response {
    let step = match optional_step(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let person = match visit.person().await {
        Ok(Some(person)) => person,
        Ok(None) => return anonymous(&visit, step.as_ref()).await,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    if let Some(response) = binding(&visit, &person, step.as_ref()).await {
        return response;
    }
    match ask_again(&visit, step.as_ref()).await {
        Ok(question) => {
            let choice = choose(&visit, &person, question, (&query.document_type, &query.items));
            let mut page = page(&visit, step.as_ref(), (question, choice), RealNameState::Asking);
            page.challenge = challenge::due_to(&visit, Challenged::Proof).await.unwrap_or_default();
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
    if let Some(response) = binding(&visit, &person, step.as_ref()).await {
        return response;
    }
    let question = match ask_again(&visit, step.as_ref()).await {
        Ok(question) => question,
        Err(response) => return response,
    };
    let text = |name| fields.get(name).unwrap_or_default();
    let choice = choose(&visit, &person, question, (text("document_type"), text("items")));
    let state = match missing(&fields, choice.way) {
        found if !found.is_empty() => RealNameState::Malformed(found),
        _ => match ask_unless_challenged(&visit, &person, &fields, &choice).await {
            Ok(state) => state,
            Err(failure) => return error::page(&visit, &failure, None),
        },
    };
    let keep = matches!(state, RealNameState::Malformed(_) | RealNameState::Unavailable | RealNameState::QuotaSpent);
    let status = status(&state);
    let mut page = page(&visit, step.as_ref(), (question, choice), state);
    page.challenge = challenge::due_to(&visit, Challenged::Proof).await.unwrap_or_default();
    if keep {
        page.typed = typed(&fields);
    }
    visit.page(status, &page, FormTargets::Anywhere)
}

/// An account that belongs to nobody yet is bound to a person by what protects it: whoever has only its password could else
/// bind it to themselves, and then recover it by their own face. The response is where that is shown; none: it was.
async fn binding(visit: &Visit, person: &Person, step: Option<&Step>) -> Option<Response> {
    if person.best_proof().is_some() {
        return None;
    }
    protected_beyond_password(visit, Errand::RealName, step).await.err()
}

/// What was typed, to be shown again.
pub fn typed(fields: &Params) -> Typed {
    let text = |name| fields.get(name).unwrap_or_default().to_owned();
    Typed {
        name: text("name"),
        document_number: text("document_number"),
        issuing_country: text("issuing_country"),
        mobile: text("mobile"),
        bank_card: text("bank_card"),
    }
}

/// What the person chose, as far as somebody can be asked about it; otherwise what most people need, by a way that reaches
/// the level in question.
fn choose(visit: &Visit, person: &Person, question: Option<RealNameQuestion>, (kind, items): (&str, &str)) -> Choice {
    let sources = &visit.app().sources;
    let offers = sources.offers();
    let wanted: Option<DocumentType> = kind.parse().ok();
    let offer = offers.iter().find(|offer| Some(offer.kind) == wanted).or_else(|| offers.first());
    let kind = wanted.or(offer.map(|offer| offer.kind)).unwrap_or(DocumentType::ResidentIdentityCard);
    let mut ways = offer.map(|offer| offer.items.clone()).unwrap_or_default();
    if sources.redeems_network_identities() && person.real_name.is_none() {
        ways.push(VerificationMethod::NetworkIdentity);
    }
    let least = question.map_or(0, |question| i16::from(question.level));
    let reaches = |way: &&VerificationMethod| i16::from(RealNameLevel::proven_by(**way)) >= least;
    let usual = ways.iter().find(reaches).or_else(|| ways.first()).copied();
    let chosen = items.parse().ok().filter(|way| ways.contains(way));
    let way = chosen.or(usual).unwrap_or(VerificationMethod::TwoItems);
    Choice { kinds: offers.iter().map(|offer| offer.kind).collect(), ways, kind, way }
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
        other => Err(render(visit, &other).await),
    }
}

async fn anonymous(visit: &Visit, step: Option<&Step>) -> Response {
    match step {
        Some(step) => resume(visit, &step.flow).await,
        None => visit.to(paths::SIGN_IN),
    }
}

/// What was left out.
pub fn missing(fields: &Params, way: VerificationMethod) -> Vec<RealNameProblem> {
    use VerificationMethod::{Face, FourItems, NetworkIdentity, ThreeItems};
    let named = way != NetworkIdentity;
    let wanted = [
        (named, "name", RealNameProblem::NameMissing),
        (named, "document_number", RealNameProblem::NumberMissing),
        (!named, "ticket", RealNameProblem::Ticket),
        (matches!(way, ThreeItems | FourItems), "mobile", RealNameProblem::Mobile),
        (way == FourItems, "bank_card", RealNameProblem::BankCard),
        (way == Face, "face", RealNameProblem::Face),
        (way == Face, "face_consent", RealNameProblem::FaceConsent),
    ];
    let absent = wanted.into_iter().filter(|(needed, name, _)| *needed && fields.get(name).is_none());
    absent.map(|(_, _, problem)| problem).collect()
}

/// Asks, unless a challenge is due that was not answered; what does not match counts towards the next one.
async fn ask_unless_challenged(
    visit: &Visit,
    person: &Person,
    fields: &Params,
    choice: &Choice,
) -> Result<RealNameState, OAuthError> {
    use RealNameState::{Invalid, Mismatch, OtherAccount, OtherPerson, TicketUnknown, Unknown};
    if !challenge::passed_to(visit, Challenged::Proof, fields).await? {
        return Ok(RealNameState::Malformed(vec![RealNameProblem::Challenge]));
    }
    let state = ask(visit, person, fields, choice).await?;
    if matches!(state, Mismatch | Unknown | Invalid | TicketUnknown | OtherAccount | OtherPerson) {
        visit.app().accounts.limits().counts_towards(Challenged::Proof, &visit.device.address).await?;
    }
    Ok(state)
}

async fn ask(visit: &Visit, person: &Person, fields: &Params, choice: &Choice) -> Result<RealNameState, OAuthError> {
    let text = |name| fields.get(name).unwrap_or_default();
    let (face, agreed) = (face_words(visit), name_words(visit, choice));
    let aside = match choice.way {
        VerificationMethod::ThreeItems => Aside::Mobile(text("mobile")),
        VerificationMethod::FourItems => Aside::MobileAndBankCard(text("mobile"), text("bank_card")),
        VerificationMethod::Face => Aside::Face(text("face"), &face),
        _ => Aside::Nothing,
    };
    let verifier = &visit.app().verifier;
    let number = numbered(fields, choice);
    let (name, agreed) = (text("name"), Some(&agreed));
    let statement = Statement { name, kind: choice.kind, number: &number, aside, agreed };
    let by_ticket = choice.way == VerificationMethod::NetworkIdentity;
    let result = if by_ticket {
        verifier.prove_by_network_identity(person, text("ticket")).await
    } else {
        verifier.prove(person, &statement).await
    };
    Ok(match result {
        Ok(proven) => RealNameState::Matched {
            level: level(i32::from(i16::from(proven.level))),
            at: proven.at,
            masked_name: proven.masked_name,
            masked_number: proven.masked_number,
        },
        Err(ProofError::HeldElsewhere { holder }) => {
            if let Some(session) = &visit.session {
                visit.app().merges.found(person, session, &holder).await?;
            }
            RealNameState::OtherAccount
        }
        Err(ProofError::NotFound) if by_ticket => RealNameState::TicketUnknown,
        Err(failure) => refused(failure, by_ticket)?,
    })
}

/// What the box says by which a person agrees to the use of her face.
pub fn face_words(visit: &Visit) -> Shown {
    let words = ["consent-sensitive", "face-consent", "face-consent-what"].map(|key| visit.lang.text(key)).join("\n");
    Shown { hash: base64url(&sha256(words.as_bytes())), language: visit.lang.tag().to_owned() }
}

/// What the page says beside the button by which a person agrees that name and document are checked.
pub fn name_words(visit: &Visit, choice: &Choice) -> Shown {
    let authority = authority(visit, choice);
    let words = Phrase::new(visit.lang, "real-name-what").with("authority", &authority).plain();
    Shown { hash: base64url(&sha256(words.as_bytes())), language: visit.lang.tag().to_owned() }
}

/// Who would be asked, in words.
pub fn authority(visit: &Visit, choice: &Choice) -> String {
    let (sources, lang) = (&visit.app().sources, visit.lang.tag());
    let title = sources.title_of_first(choice.kind, choice.way, lang);
    title.unwrap_or_else(|| visit.app().config.realname.title("", lang)).to_owned()
}

/// The number as it was typed; before that of a foreign passport stands who issued it.
pub fn numbered(fields: &Params, choice: &Choice) -> String {
    let number = fields.get("document_number").unwrap_or_default();
    match fields.get("issuing_country").filter(|_| choice.kind == DocumentType::ForeignPassport) {
        Some(country) => format!("{country}:{number}"),
        None => number.to_owned(),
    }
}

/// What the person is told, or the error that is not about them.
pub fn refused(failure: ProofError, by_ticket: bool) -> Result<RealNameState, OAuthError> {
    let malformed = |problem| RealNameState::Malformed(vec![problem]);
    Ok(match failure {
        ProofError::Name(_) => malformed(RealNameProblem::NameShape),
        ProofError::Number(fault) => malformed(number_problem(fault)),
        ProofError::Mobile(_) => malformed(RealNameProblem::Mobile),
        ProofError::BankCard(_) => malformed(RealNameProblem::BankCard),
        ProofError::Token if by_ticket => malformed(RealNameProblem::Ticket),
        ProofError::Token => malformed(RealNameProblem::Face),
        ProofError::Mismatch => RealNameState::Mismatch,
        ProofError::NotFound => RealNameState::Unknown,
        ProofError::Invalid => RealNameState::Invalid,
        ProofError::Unavailable { .. } => RealNameState::Unavailable,
        ProofError::QuotaSpent { .. } => RealNameState::QuotaSpent,
        ProofError::NobodyToAsk => RealNameState::NobodyToAsk,
        ProofError::HeldElsewhere { .. } => RealNameState::OtherAccount,
        ProofError::OtherPerson => RealNameState::OtherPerson,
        ProofError::Account(AccountError::Throttled { retry_after }) => {
            RealNameState::TooMany { minutes: retry_after.as_secs().div_ceil(60) }
        }
        ProofError::Account(other) => return Err(other.into()),
    })
}

const fn number_problem(fault: DocumentNumberError) -> RealNameProblem {
    RealNameProblem::Number(match fault {
        DocumentNumberError::Shape => return RealNameProblem::NumberShape,
        DocumentNumberError::Country => return RealNameProblem::Country,
        DocumentNumberError::OtherKind(kind) => return RealNameProblem::NumberOfKind(kind),
        DocumentNumberError::Identity(IdentityNumberError::Length) => NumberFault::Length,
        DocumentNumberError::Identity(IdentityNumberError::Character) => NumberFault::Characters,
        DocumentNumberError::Identity(IdentityNumberError::Area) => NumberFault::Region,
        DocumentNumberError::Identity(IdentityNumberError::BirthDate) => NumberFault::Birthday,
        DocumentNumberError::Identity(IdentityNumberError::Checksum) => NumberFault::Checksum,
    })
}

fn page(
    visit: &Visit,
    step: Option<&Step>,
    (question, choice): (Option<RealNameQuestion>, Choice),
    state: RealNameState,
) -> RealNamePage {
    let needed = question.filter(|question| question.required).map(|question| level(i32::from(question.level)));
    let (sources, lang) = (&visit.app().sources, visit.lang.tag());
    RealNamePage {
        ctx: visit.context(&here(step, &choice)),
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, needed)),
        may_skip: question.is_some_and(|question| !question.required),
        again: question.is_some_and(|question| question.again),
        authority: authority(visit, &choice),
        outage: sources.notice(choice.kind, choice.way, lang).map(str::to_owned),
        choice,
        typed: Typed::default(),
        state,
        challenge: None,
    }
}

/// Where a GET shows the same fields again.
fn here(step: Option<&Step>, choice: &Choice) -> String {
    let (kind, way) = (choice.kind.name(), choice.way.as_str());
    let (place, joint) = step.map_or((paths::REAL_NAME.to_owned(), '?'), |step| (step.here(paths::REAL_NAME), '&'));
    format!("{place}{joint}document_type={kind}&items={way}")
}

/// The status of a page in this state.
pub const fn status(state: &RealNameState) -> StatusCode {
    match state {
        RealNameState::Asking | RealNameState::Matched { .. } => StatusCode::OK,
        RealNameState::Unavailable | RealNameState::QuotaSpent => StatusCode::SERVICE_UNAVAILABLE,
        RealNameState::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        RealNameState::OtherAccount | RealNameState::OtherPerson => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
