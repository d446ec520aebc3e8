//! Real-name check (实名核验).

use askama::Template;

use super::{Asking, Interaction, Level, Problems};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The real-name page. `#realname-form` posts `name` and `document_number`; after a match `#realname-continue` posts
/// `step=continue`. Where the service only wishes for it, `#realname-skip` posts `step=skip`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/real_name.html")]
pub struct RealNamePage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// The service on whose way the check lies; nobody when the person came from the account centre.
    pub asking: Option<Asking>,
    /// Whether the service can do without: the person may go on to it as they are.
    pub may_skip: bool,
    /// The authority that is asked, in the page's language: 国家人口基础信息库.
    pub authority: String,
    /// The name as it was typed.
    pub name: String,
    /// The number as it was typed, given back only where the person needs it to go on (malformed, authority unavailable).
    pub document_number: String,
    /// Where the check stands.
    pub state: RealNameState,
}

/// Where the check stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RealNameState {
    /// Nothing was sent yet.
    Asking,
    /// What was sent cannot be right, and nobody was asked.
    Malformed(Vec<RealNameProblem>),
    /// The authority says that name and number belong together.
    Matched {
        /// The level reached.
        level: Level,
        /// When the authority answered.
        at: Timestamp,
        /// The name, masked.
        masked_name: String,
        /// The number, masked.
        masked_number: String,
    },
    /// The authority knows the number, with another name.
    Mismatch,
    /// The authority does not know the number.
    Unknown,
    /// The authority did not answer.
    Unavailable,
    /// The number belongs to another account here.
    OtherAccount,
    /// Too many tries; again in so many minutes.
    TooMany {
        /// Whole minutes, at least one.
        minutes: u64,
    },
}

/// What is wrong with what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealNameProblem {
    /// No name.
    NameMissing,
    /// Not a name as on an identity card.
    NameShape,
    /// No number.
    NumberMissing,
    /// The number breaks a rule of GB 11643.
    Number(NumberFault),
}

/// Which rule of GB 11643 an identity number breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// Not 18 characters.
    Length,
    /// Not 17 digits and then a digit or X.
    Characters,
    /// The first six digits are no region.
    Region,
    /// Digits 7 to 14 are no date in the past.
    Birthday,
    /// The last character does not fit the others.
    Checksum,
}

/// An answer that is not a match, in words. Each has an id of its own: three different answers are told apart by programs too.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The element's id.
    pub id: &'static str,
    /// Whether trying again later may help, without changing anything.
    pub temporary: bool,
    /// What happened.
    pub headline: String,
    /// What to do.
    pub advice: String,
}

impl RealNameProblem {
    const fn field_and_key(self) -> (&'static str, &'static str) {
        match self {
            Self::NameMissing => ("name", "real-name-name-missing"),
            Self::NameShape => ("name", "real-name-name-shape"),
            Self::NumberMissing => ("document_number", "real-name-number-missing"),
            Self::Number(NumberFault::Length) => ("document_number", "real-name-number-length"),
            Self::Number(NumberFault::Characters) => ("document_number", "real-name-number-characters"),
            Self::Number(NumberFault::Region) => ("document_number", "real-name-number-region"),
            Self::Number(NumberFault::Birthday) => ("document_number", "real-name-number-birthday"),
            Self::Number(NumberFault::Checksum) => ("document_number", "real-name-number-checksum"),
        }
    }
}

impl RealNamePage {
    /// The problems in words, beside their fields.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let RealNameState::Malformed(found) = &self.state else { return Problems::default() };
        Problems::new(found.iter().map(|problem| {
            let (field, key) = problem.field_and_key();
            (field, self.ctx.t(key))
        }))
    }

    /// An answer that is not a match, in words.
    #[must_use]
    pub fn answer(&self) -> Option<Answer> {
        let ctx = &self.ctx;
        let said =
            |id, headline, advice| Answer { id, temporary: false, headline: ctx.t(headline), advice: ctx.t(advice) };
        match &self.state {
            RealNameState::Mismatch => Some(said("answer-mismatch", "real-name-mismatch", "real-name-mismatch-advice")),
            RealNameState::Unknown => Some(said("answer-unknown", "real-name-unknown", "real-name-unknown-advice")),
            RealNameState::OtherAccount => Some(said("answer-other", "real-name-other", "real-name-other-advice")),
            RealNameState::Unavailable => Some(Answer {
                temporary: true,
                ..said("answer-unavailable", "real-name-unavailable", "real-name-unavailable-advice")
            }),
            RealNameState::TooMany { minutes } => Some(Answer {
                id: "answer-too-many",
                temporary: true,
                headline: ctx.say("real-name-too-many").count("minutes", minutes).plain(),
                advice: ctx.t("real-name-too-many-advice"),
            }),
            RealNameState::Asking | RealNameState::Malformed(_) | RealNameState::Matched { .. } => None,
        }
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::REAL_NAME.to_owned(), ..PageContext::sample_signed_in(lang) },
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            may_skip: false,
            authority: lang.pick("国家人口基础信息库", "the National Population Register").to_owned(),
            name: String::new(),
            document_number: String::new(),
            state: RealNameState::Asking,
        }
    }

    /// A sample in another state.
    #[must_use]
    pub fn sample_in(lang: Lang, state: RealNameState) -> Self {
        let name = "王明".to_owned();
        Self { name, state, ..Self::sample(lang) }
    }

    /// A match, for samples.
    #[must_use]
    pub fn sample_match(lang: Lang) -> RealNameState {
        RealNameState::Matched {
            level: Level::L2,
            at: PageContext::sample(lang).now,
            masked_name: "*明".to_owned(),
            masked_number: "1****************X".to_owned(),
        }
    }
}
