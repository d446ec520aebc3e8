//! A further factor: on the way into a session (the first factor was shown, nothing is open yet), or as a step-up in one.
//!
//! Which of the two is said by `why`, and decided by what is there: a sealed half-finished sign-in of this very browser,
//! or a live session whose request the engine puts the question of again. Only the ways that lead on are offered and taken.

use std::sync::Arc;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::sign_in::optional_step;
use super::{OwnForm, Step, arrived, hidden, level, passkey, resume};
use crate::accounts::{AccountError, Person};
use crate::base::Secret;
use crate::factors::passkey::Answered;
use crate::factors::{self, FactorError, HalfSignedOn, Way};
use crate::http::account::protected::Errand;
use crate::http::error;
use crate::http::oidc::authorize::render;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::SecondFactorPage;
use crate::http::pages::view::second_factor::{SecondFactorProblem, WayChoice};
use crate::http::visit::Visit;
use crate::oidc::authorize::{Asked, Entry, FactorQuestion, Outcome};
use crate::proto::oauth::{OAuthError, Params};
use crate::realname::MobileNumber;
use crate::session::{Amr, Session, cap};
use crate::signon::{Showing, SignedOn};

/// The level of two factors: what the account centre asks for its own changes, and a policy at sign-in.
pub const TWO_FACTORS: i32 = 3;

/// The word of `why` for a step-up in a session.
const STEP_UP: &str = Errand::Security.why();

/// What the page is called with.
#[derive(Deserialize)]
pub struct SecondQuery {
    #[serde(default)]
    flow: String,
    #[serde(default)]
    why: String,
    #[serde(default)]
    way: String,
}

/// Who is to show something, and what for.
struct Task {
    person: Arc<Person>,
    ways: Vec<Way>,
    /// What counts as shown already.
    shown: Vec<Amr>,
    /// The level of login to reach.
    level: i32,
    may_skip: bool,
    required: Option<i32>,
    stage: Stage,
}

/// Where a right answer leads.
enum Stage {
    /// Into a session.
    Half(HalfSignedOn),
    /// Higher in this one.
    Session(Session, Errand),
}

impl Stage {
    const fn why(&self) -> &'static str {
        match self {
            Self::Half(_) => "",
            Self::Session(_, errand) => errand.why(),
        }
    }
}

/// Sends the browser here for the question of a service.
pub fn start(visit: &Visit, asked: &Asked<FactorQuestion>) -> Response {
    visit.to(&format!("{}?flow={}&why={STEP_UP}", paths::SECOND_FACTOR, asked.flow))
}

/// Sends the browser here with a half-finished sign-in.
pub fn begin(visit: &mut Visit, half: &HalfSignedOn, step: Option<&Step>) -> Response {
    visit.half_signed_on(half);
    let flow = step.map_or("", |step| step.sealed.as_str());
    visit.to(&format!("{}?flow={flow}", paths::SECOND_FACTOR))
}

/// Shows the choice, or the field of the only way there is.
pub async fn get(mut visit: Visit, Query(query): Query<SecondQuery>) -> Response {
    let step = match optional_step(&mut visit, &query.flow).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let task = match task(&visit, step.as_ref(), &query.why).await {
        Ok(task) => task,
        Err(response) => return response,
    };
    let chosen = match (Way::parse(&query.way), task.ways.as_slice()) {
        (Some(way), ways) if ways.contains(&way) => Some(way),
        (None, [only]) => Some(*only),
        _ => None,
    };
    let page = page(&visit, step.as_ref(), &task, chosen.filter(|way| needs_no_sending(*way)));
    present(&visit, step.as_ref(), &task, (StatusCode::OK, page)).await
}

/// Text messages are sent on a post.
const fn needs_no_sending(way: Way) -> bool {
    matches!(way, Way::Passkey | Way::Totp | Way::Password | Way::Recovery)
}

/// Shows the page; where a passkey was chosen, with what the browser is to be asked.
async fn present(
    visit: &Visit,
    step: Option<&Step>,
    task: &Task,
    (status, mut page): (StatusCode, SecondFactorPage),
) -> Response {
    if page.chosen == Some(WayChoice::Passkey) {
        let place = passkey::place(visit, step);
        let begun = visit.app().passkeys.begin_further(&task.person, (&task.shown, task.level), place).await;
        match begun {
            Ok(ceremony) => page.passkey = Some(passkey::ask(ceremony)),
            Err(failure) => return error::page(visit, &failure.into(), None),
        }
    }
    visit.page(status, &page, FormTargets::Anywhere)
}

/// Takes the choice or the answer.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let step = match optional_step(&mut visit, fields.get("flow").unwrap_or_default()).await {
        Ok(step) => step,
        Err(response) => return response,
    };
    let task = match task(&visit, step.as_ref(), fields.get("why").unwrap_or_default()).await {
        Ok(task) => task,
        Err(response) => return response,
    };
    if let (Some("skip"), Some(step), true) = (fields.get("step"), &step, task.may_skip) {
        let mut flow = step.flow.clone();
        flow.declined_factor = true;
        return resume(&visit, &flow).await;
    }
    let way = fields.get("way").and_then(Way::parse).filter(|way| task.ways.contains(way));
    let Some(way) = way else {
        return visit.page(StatusCode::OK, &page(&visit, step.as_ref(), &task, None), FormTargets::Anywhere);
    };
    if is_answer(&fields) {
        answer(visit, step, task, way, &fields).await
    } else {
        chosen(&visit, step.as_ref(), &task, way).await
    }
}

/// Whether a form answers with a code: one that was left empty is an answer too, and asks for no further message.
#[must_use]
pub fn is_answer(fields: &Params) -> bool {
    fields.get("code").or_else(|| fields.get("answering")).is_some()
}

/// The person has chosen a way: its field. A code by text message is sent now.
async fn chosen(visit: &Visit, step: Option<&Step>, task: &Task, way: Way) -> Response {
    let mut page = page(visit, step, task, Some(way));
    let mut code = StatusCode::OK;
    if way == Way::Sms {
        let browser = factors::Browser { id: visit.browser_id(), address: &visit.device.address };
        match visit.app().factors.send_second(&task.person, browser, visit.lang.tag()).await {
            Ok(()) => {}
            Err(failure) => match problem(failure) {
                Ok(found) => {
                    (page.problem, code) = (Some(found), status(found));
                    page.sent_to = String::new();
                }
                Err(failure) => return error::page(visit, &failure, None),
            },
        }
    }
    present(visit, step, task, (code, page)).await
}

async fn answer(mut visit: Visit, step: Option<Step>, task: Task, way: Way, fields: &Params) -> Response {
    let code = fields.get("code").unwrap_or_default();
    let outcome = if code.trim().is_empty() {
        Ok(None)
    } else {
        show(&visit, step.as_ref(), (&task, way), fields).await.map(Some)
    };
    let found = match outcome {
        Ok(Some(signed_on)) => {
            if fields.get("trust").is_some() && matches!(task.stage, Stage::Half(_)) {
                trust(&visit, &signed_on).await;
            }
            visit.signed_on(&signed_on);
            return goal(&visit, step.as_ref(), &task).await;
        }
        Ok(None) => SecondFactorProblem::Missing,
        Err(FactorError::Over) => return again(&visit, step.as_ref()).await,
        Err(failure) => match problem(failure) {
            Ok(problem) => problem,
            Err(failure) => return error::page(&visit, &failure, None),
        },
    };
    let mut page = page(&visit, step.as_ref(), &task, Some(way));
    page.problem = Some(found);
    present(&visit, step.as_ref(), &task, (status(found), page)).await
}

/// Trusts this browser. When that fails the person is in all the same, and is asked again next time.
async fn trust(visit: &Visit, signed_on: &SignedOn) {
    if let Err(error) = visit.app().signon.trust(&signed_on.person, &visit.device).await {
        tracing::warn!(%error, "a device could not be trusted");
    }
}

async fn show(
    visit: &Visit,
    step: Option<&Step>,
    (task, way): (&Task, Way),
    fields: &Params,
) -> Result<SignedOn, FactorError> {
    let (code, address) = (fields.get("code").unwrap_or_default(), visit.device.address.as_str());
    let event = if way == Way::Passkey {
        let answered = Answered { sealed: fields.get("challenge").unwrap_or_default(), credential: code };
        visit.app().passkeys.finish_further(&task.person, (answered, passkey::place(visit, step)), address).await?
    } else {
        let browser = factors::Browser { id: visit.browser_id(), address };
        visit.app().factors.show(&task.person, way, &Secret::new(code), browser).await?
    };
    match &task.stage {
        Stage::Session(session, _) => visit.app().signon.step_up(session, &event).await,
        Stage::Half(half) => visit.app().signon.second(half, &event, &visit.at()).await,
    }
}

/// Where a person goes who has shown it: on with the flow, or back to where she was.
async fn goal(visit: &Visit, step: Option<&Step>, task: &Task) -> Response {
    match (&task.stage, step) {
        // What a service asks for goes on with its flow.
        (Stage::Session(_, errand), step) if step.is_none() || *errand != Errand::Security => {
            visit.to(&errand.place(step))
        }
        (_, step) => arrived(visit, step).await,
    }
}

/// It took too long, or was finished elsewhere: the sign-in begins anew.
async fn again(visit: &Visit, step: Option<&Step>) -> Response {
    match step {
        Some(step) => visit.to(&format!("{}&why=again", step.here(paths::SIGN_IN))),
        None => visit.to(&format!("{}?why=again", paths::SIGN_IN)),
    }
}

/// What there is to do; the error is where to go instead.
async fn task(visit: &Visit, step: Option<&Step>, why: &str) -> Result<Task, Response> {
    let found = match (Errand::parse(why), step) {
        (Some(Errand::Security), Some(step)) => return asked_by_service(visit, step).await,
        (Some(errand), step) if shows_two(visit) => return Err(visit.to(&errand.place(step))),
        (Some(errand), _) => asked_by_node(visit, errand).await,
        (None, _) => half(visit).await,
    };
    match found {
        Ok(Some(task)) => Ok(task),
        Ok(None) => Err(again(visit, step).await),
        Err(failure) => Err(error::page(visit, &failure.into(), None)),
    }
}

async fn half(visit: &Visit) -> Result<Option<Task>, FactorError> {
    let Some(half) = visit.half() else { return Ok(None) };
    let person = visit.app().accounts.find(&half.account_id).await?;
    own_task(visit, person, (half.shown(), Stage::Half(half))).await
}

/// Whether two factors were shown in this session, and recently.
pub fn shows_two(visit: &Visit) -> bool {
    let shown = visit.session.as_ref().map(|session| visit.app().sessions.shown_recently(session));
    shown.is_some_and(|shown| cap(&shown) >= TWO_FACTORS)
}

/// The node's own question: two factors, before something is changed that protects the account.
async fn asked_by_node(visit: &Visit, errand: Errand) -> Result<Option<Task>, FactorError> {
    let Some(session) = visit.session.clone() else { return Ok(None) };
    let person = visit.app().accounts.find(&session.account_id).await?;
    own_task(visit, person, (visit.app().sessions.shown_recently(&session), Stage::Session(session, errand))).await
}

/// Two factors, on top of what was shown; nothing when this person has no way there.
async fn own_task(
    visit: &Visit,
    person: Arc<Person>,
    (shown, stage): (Vec<Amr>, Stage),
) -> Result<Option<Task>, FactorError> {
    let showing = Showing { person: &person, shown };
    let ways = visit.app().signon.ways_on(&showing, TWO_FACTORS).await?;
    let shown = showing.shown;
    let task = Task { person, ways, shown, level: TWO_FACTORS, may_skip: false, required: None, stage };
    Ok((!task.ways.is_empty()).then_some(task))
}

/// A service's question, as the engine puts it now; any other outcome goes its own way at once.
async fn asked_by_service(visit: &Visit, step: &Step) -> Result<Task, Response> {
    let entry = Entry::Flow(step.sealed.clone());
    let question = match visit.app().provider.authorize(entry, &visit.browser()).await {
        Outcome::NeedFactor(asked) => asked.question,
        other => return Err(render(visit, &other).await),
    };
    match (visit.session.clone(), visit.person().await) {
        (Some(session), Ok(Some(person))) => Ok(Task {
            person,
            ways: question.ways,
            shown: visit.app().sessions.shown_recently(&session),
            level: i32::from(question.level),
            may_skip: !question.required,
            required: question.required.then_some(i32::from(question.level)),
            stage: Stage::Session(session, Errand::Security),
        }),
        (_, Err(failure)) => Err(error::page(visit, &failure, None)),
        _ => Err(again(visit, Some(step)).await),
    }
}

fn page(visit: &Visit, step: Option<&Step>, task: &Task, chosen: Option<Way>) -> SecondFactorPage {
    let why = task.stage.why();
    let here = format!("{}?why={why}&flow={}", paths::SECOND_FACTOR, step.map_or("", |step| &step.sealed));
    SecondFactorPage {
        ctx: visit.context(&here),
        form: hidden(visit, step.map_or("", |step| &step.sealed)),
        asking: step.map(|step| step.asking(visit, task.required.map(level))),
        why: why.to_owned(),
        ways: task.ways.iter().copied().map(choice).collect(),
        chosen: chosen.map(choice),
        may_skip: task.may_skip,
        passkey: None,
        sent_to: if chosen == Some(Way::Sms) { masked_mobile(&task.person) } else { String::new() },
        trust_days: visit.app().factors.trust_days().filter(|_| matches!(task.stage, Stage::Half(_))),
        problem: None,
    }
}

fn masked_mobile(person: &Person) -> String {
    let number = person.verified_mobile().and_then(|mobile| MobileNumber::parse(mobile.expose()).ok());
    number.map(|number| number.masked()).unwrap_or_default()
}

const fn choice(way: Way) -> WayChoice {
    match way {
        Way::Passkey => WayChoice::Passkey,
        Way::Totp => WayChoice::Totp,
        Way::Sms => WayChoice::Sms,
        Way::Password => WayChoice::Password,
        Way::Recovery => WayChoice::Recovery,
    }
}

/// What the person is told, or the error that is not about her.
pub fn problem(failure: FactorError) -> Result<SecondFactorProblem, OAuthError> {
    Ok(match failure {
        FactorError::Wrong | FactorError::Account(AccountError::WrongCredentials) => SecondFactorProblem::Wrong,
        FactorError::Account(AccountError::Locked { retry_after }) => {
            SecondFactorProblem::Locked { minutes: retry_after.as_secs().div_ceil(60) }
        }
        FactorError::Account(AccountError::Throttled { retry_after }) => {
            SecondFactorProblem::TooMany { seconds: retry_after.as_secs() }
        }
        FactorError::NotSent => SecondFactorProblem::NotSent,
        FactorError::Account(AccountError::Busy) => SecondFactorProblem::Busy,
        other => return Err(other.into()),
    })
}

/// The status of a page with this problem.
pub const fn status(problem: SecondFactorProblem) -> StatusCode {
    match problem {
        SecondFactorProblem::Missing | SecondFactorProblem::Wrong => StatusCode::UNPROCESSABLE_ENTITY,
        SecondFactorProblem::Locked { .. } | SecondFactorProblem::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        SecondFactorProblem::NotSent | SecondFactorProblem::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}
