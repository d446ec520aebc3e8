//! Real-name check (实名核验).

use askama::Template;

use super::sign_in::ChallengeAsked;
use super::{Asking, Interaction, Level, Problems, document};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};
use crate::realname::{DocumentType, VerificationMethod};

/// The real-name page. `#realname-kind` asks by GET for the fields of another kind of document or way of proof;
/// `#realname-form` posts `document_type`, `items`, `name`, `document_number` and what else the way compares; after a match
/// `#realname-continue` posts `step=continue`. Where the service only wishes for it, `#realname-skip` posts `step=skip`.
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
    /// Whether a proof exists, and the service wants a fresh one.
    pub again: bool,
    /// The authority that is asked, in the page's language: 国家人口基础信息库.
    pub authority: String,
    /// What was announced about a stop of the authority.
    pub outage: Option<String>,
    /// What can be chosen.
    pub choice: Choice,
    /// What was typed.
    pub typed: Typed,
    /// Where the check stands.
    pub state: RealNameState,
    /// A challenge that must be answered with it.
    pub challenge: Option<ChallengeAsked>,
}

/// The kinds of document and the ways of proof, and which of them the form is for.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The kinds that somebody can be asked about.
    pub kinds: Vec<DocumentType>,
    /// The ways for the kind chosen.
    pub ways: Vec<VerificationMethod>,
    /// The kind chosen.
    pub kind: DocumentType,
    /// The way chosen.
    pub way: VerificationMethod,
}

/// What was typed, given back only where the person needs it to go on (malformed, authority unavailable). A face token or a
/// ticket is never given back.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The name.
    pub name: String,
    /// The number.
    pub document_number: String,
    /// Who issued a foreign passport.
    pub issuing_country: String,
    /// The mobile number.
    pub mobile: String,
    /// The bank card number.
    pub bank_card: String,
}

/// Where the check stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RealNameState {
    /// Nothing was sent yet.
    Asking,
    /// What was sent cannot be right, and nobody was asked.
    Malformed(Vec<RealNameProblem>),
    /// The authority says that everything belongs together.
    Matched {
        /// The level reached.
        level: Level,
        /// When the authority answered.
        at: Timestamp,
        /// The name, masked; empty with a network identity.
        masked_name: String,
        /// The number, masked; empty with a network identity.
        masked_number: String,
    },
    /// The authority knows the number, with something else.
    Mismatch,
    /// The authority does not know the number.
    Unknown,
    /// The document is known and no longer good.
    Invalid,
    /// The ticket of the network identity service is unknown, used or too old.
    TicketUnknown,
    /// The authority did not answer.
    Unavailable,
    /// The authority was asked as often as it may be.
    QuotaSpent,
    /// Nobody can be asked about this kind in this way.
    NobodyToAsk,
    /// The document belongs to another account here: perhaps the person's own.
    OtherAccount,
    /// This account is confirmed for another person.
    OtherPerson,
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
    /// Not a name as on a document.
    NameShape,
    /// No number.
    NumberMissing,
    /// The number breaks a rule of GB 11643.
    Number(NumberFault),
    /// Numbers of this kind of document look different.
    NumberShape,
    /// Not the three letters of who issues passports.
    Country,
    /// It is the number of a document of this kind.
    NumberOfKind(DocumentType),
    /// Not a mobile number.
    Mobile,
    /// Not a bank card number.
    BankCard,
    /// Not a result of a face check.
    Face,
    /// The separate consent to use a face was not given.
    FaceConsent,
    /// Not a ticket.
    Ticket,
    /// A challenge is due, and was not answered rightly.
    Challenge,
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

/// An answer that is not a match, in words. Each has an id of its own: different answers are told apart by programs too.
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

impl NumberFault {
    const fn key(self) -> &'static str {
        match self {
            Self::Length => "real-name-number-length",
            Self::Characters => "real-name-number-characters",
            Self::Region => "real-name-number-region",
            Self::Birthday => "real-name-number-birthday",
            Self::Checksum => "real-name-number-checksum",
        }
    }
}

impl RealNamePage {
    fn told(&self, problem: RealNameProblem) -> (&'static str, String) {
        let ctx = &self.ctx;
        match problem {
            RealNameProblem::NameMissing => ("name", ctx.t("real-name-name-missing")),
            RealNameProblem::NameShape => ("name", ctx.t("real-name-name-shape")),
            RealNameProblem::NumberMissing => ("document_number", ctx.t("real-name-number-missing")),
            RealNameProblem::Number(fault) => ("document_number", ctx.t(fault.key())),
            RealNameProblem::NumberShape => {
                let (kind, hint) = (document::name(ctx, self.choice.kind), document::hint(ctx, self.choice.kind));
                let text = ctx.say("real-name-number-shape").with("document", kind).with("hint", hint);
                ("document_number", text.plain())
            }
            RealNameProblem::NumberOfKind(kind) => {
                let text = ctx.say("real-name-number-kind").with("document", document::name(ctx, kind));
                ("document_number", text.plain())
            }
            RealNameProblem::Mobile => ("mobile", ctx.t("real-name-mobile-shape")),
            RealNameProblem::BankCard => ("bank_card", ctx.t("real-name-card-shape")),
            RealNameProblem::Face => ("face", ctx.t("real-name-face-shape")),
            RealNameProblem::FaceConsent => ("face_consent", ctx.t("face-consent-missing")),
            RealNameProblem::Ticket => ("ticket", ctx.t("real-name-ticket-shape")),
            RealNameProblem::Country => ("issuing_country", ctx.t("real-name-country-shape")),
            RealNameProblem::Challenge => ("answer", ctx.t("challenge-again")),
        }
    }

    /// The problems in words, beside their fields.
    #[must_use]
    pub fn problems(&self) -> Problems {
        let RealNameState::Malformed(found) = &self.state else { return Problems::default() };
        Problems::new(found.iter().map(|problem| self.told(*problem)))
    }

    /// An answer that is not a match, in words.
    #[must_use]
    pub fn answer(&self) -> Option<Answer> {
        let ctx = &self.ctx;
        let said =
            |id, headline, advice| Answer { id, temporary: false, headline: ctx.t(headline), advice: ctx.t(advice) };
        let later = |id, headline, advice| Answer { temporary: true, ..said(id, headline, advice) };
        Some(match &self.state {
            RealNameState::Mismatch => said("answer-mismatch", "real-name-mismatch", "real-name-mismatch-advice"),
            RealNameState::Unknown => said("answer-unknown", "real-name-unknown", "real-name-unknown-advice"),
            RealNameState::Invalid => said("answer-invalid", "real-name-invalid", "real-name-invalid-advice"),
            RealNameState::TicketUnknown => said("answer-ticket", "real-name-ticket", "real-name-ticket-advice"),
            RealNameState::OtherAccount => said("answer-other", "real-name-other", "real-name-other-advice"),
            RealNameState::OtherPerson => said("answer-person", "real-name-person", "real-name-person-advice"),
            RealNameState::NobodyToAsk => said("answer-nobody", "real-name-nobody", "real-name-nobody-advice"),
            RealNameState::Unavailable => Answer {
                advice: self.outage.clone().unwrap_or_else(|| ctx.t("real-name-unavailable-advice")),
                ..later("answer-unavailable", "real-name-unavailable", "real-name-unavailable-advice")
            },
            RealNameState::QuotaSpent => later("answer-quota", "real-name-quota", "real-name-quota-advice"),
            RealNameState::TooMany { minutes } => Answer {
                id: "answer-too-many",
                temporary: true,
                headline: ctx.say("real-name-too-many").count("minutes", minutes).plain(),
                advice: ctx.t("real-name-too-many-advice"),
            },
            RealNameState::Asking | RealNameState::Malformed(_) | RealNameState::Matched { .. } => return None,
        })
    }

    /// Whether the person can be shown the way to their other account.
    #[must_use]
    pub fn may_merge(&self) -> bool {
        self.state == RealNameState::OtherAccount
    }

    /// Whether the form asks for name and number.
    #[must_use]
    pub fn asks_name(&self) -> bool {
        self.choice.way != VerificationMethod::NetworkIdentity
    }

    /// Whether the form asks for the mobile number.
    #[must_use]
    pub fn asks_mobile(&self) -> bool {
        matches!(self.choice.way, VerificationMethod::ThreeItems | VerificationMethod::FourItems)
    }

    /// Whether the form asks for the bank card.
    #[must_use]
    pub fn asks_bank_card(&self) -> bool {
        self.choice.way == VerificationMethod::FourItems
    }

    /// Whether the form asks for the result of a face check.
    #[must_use]
    pub fn asks_face(&self) -> bool {
        self.choice.way == VerificationMethod::Face
    }

    /// Whether there is anything to choose.
    #[must_use]
    pub fn can_choose(&self) -> bool {
        self.choice.kinds.len() > 1 || self.choice.ways.len() > 1
    }

    /// Whether the form is another one than most people need.
    #[must_use]
    pub fn has_chosen(&self) -> bool {
        let usual = self.choice.kinds.first() == Some(&self.choice.kind);
        !usual || self.choice.ways.first() != Some(&self.choice.way) || self.state == RealNameState::NobodyToAsk
    }

    /// What a kind of document is called.
    #[must_use]
    pub fn kind_name(&self, kind: &DocumentType) -> String {
        document::name(&self.ctx, *kind)
    }

    /// How the number looks.
    #[must_use]
    pub fn number_hint(&self) -> String {
        document::hint(&self.ctx, self.choice.kind)
    }

    /// What a way compares.
    #[must_use]
    pub fn way_name(&self, way: &VerificationMethod) -> String {
        document::way(&self.ctx, *way)
    }

    /// Whether the number counts only together with who issued the document.
    #[must_use]
    pub fn asks_country(&self) -> bool {
        self.asks_name() && self.choice.kind == DocumentType::ForeignPassport
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        Self {
            ctx: PageContext { here: paths::REAL_NAME.to_owned(), ..PageContext::sample_signed_in(lang) },
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            may_skip: false,
            again: false,
            authority: lang.pick("国家人口基础信息库", "the National Population Register").to_owned(),
            outage: None,
            choice: Choice::sample(DocumentType::ResidentIdentityCard, VerificationMethod::TwoItems),
            typed: Typed::default(),
            state: RealNameState::Asking,
            challenge: None,
        }
    }

    /// A sample: a challenge is due.
    #[must_use]
    pub fn sample_challenged(lang: Lang) -> Self {
        let state = RealNameState::Malformed(vec![RealNameProblem::Challenge]);
        Self { challenge: Some(ChallengeAsked::sample(lang)), ..Self::sample_in(lang, state) }
    }

    /// A sample in another state.
    #[must_use]
    pub fn sample_in(lang: Lang, state: RealNameState) -> Self {
        let typed = Typed { name: "王明".to_owned(), ..Typed::default() };
        Self { typed, state, ..Self::sample(lang) }
    }

    /// A sample for another kind of document and way of proof.
    #[must_use]
    pub fn sample_for(lang: Lang, kind: DocumentType, way: VerificationMethod) -> Self {
        Self { choice: Choice::sample(kind, way), asking: None, ..Self::sample(lang) }
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

impl Choice {
    fn sample(kind: DocumentType, way: VerificationMethod) -> Self {
        use VerificationMethod::{Face, FourItems, NetworkIdentity, ThreeItems, TwoItems};
        let ways = vec![TwoItems, ThreeItems, FourItems, Face, NetworkIdentity];
        Self { kinds: DocumentType::all().collect(), ways, kind, way }
    }
}
