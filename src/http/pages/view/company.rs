//! My companies (我的单位): for whom a person may act, invitations, and the registration of a company.

use askama::Template;

use super::Problems;
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};
use crate::realname::LegalPersonKind;

/// The companies of a person. `#company-form` posts `uscc` and `company_name`, `#invitation-form` posts `code`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/companies.html")]
pub struct CompaniesPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<CompanyNotice>,
    /// Whether the person's own name is proven far enough.
    pub verified: bool,
    /// For whom the person acts.
    pub mandates: Vec<CompanyLine>,
    /// Who invites them.
    pub invitations: Vec<CompanyLine>,
    /// Companies that the registry has not confirmed.
    pub applications: Vec<ApplicationLine>,
    /// Companies for which they act now by what the node above says.
    pub carried: Vec<CompanyLine>,
    /// What people call an account there.
    pub above: String,
    /// The code as typed.
    pub uscc: String,
    /// The name as typed.
    pub company_name: String,
    /// What to put right.
    pub found: Vec<CompanyProblem>,
}

/// One company and what the person is to it.
#[derive(Clone, Debug)]
pub struct CompanyLine {
    /// What is posted as `company`.
    pub company: String,
    /// What is posted as `mandate`.
    pub mandate: String,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// Its kind.
    pub kind: LegalPersonKind,
    /// Whether the person is its legal representative.
    pub representative: bool,
    /// The matters; empty: all.
    pub matters: Vec<String>,
    /// Until when the mandate is good, or the invitation can be answered.
    pub until: Option<Timestamp>,
    /// Whether it can be used now.
    pub standing: CompanyStanding,
    /// Whether it is offered first.
    pub preferred: bool,
}

/// Whether a mandate can be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyStanding {
    /// It can.
    Good,
    /// Its time has not come.
    NotYet,
    /// Its time is over.
    Over,
    /// The company is suspended.
    Suspended,
}

/// A company that the registry has not confirmed.
#[derive(Clone, Debug)]
pub struct ApplicationLine {
    /// The code, which is posted as `uscc`.
    pub code: String,
    /// The name as typed.
    pub name: String,
    /// The refusal; none while it is pending.
    pub refused: Option<Refused>,
}

/// Why the registry refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Name, code and representative do not belong together.
    Mismatch,
    /// The code is not known.
    Unknown,
    /// The company exists no longer.
    Closed,
}

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyNotice {
    /// A company was registered.
    Registered,
    /// A registration waits for the registry.
    Pending,
    /// An invitation was accepted.
    Accepted,
    /// An invitation was declined.
    Declined,
    /// A mandate was given back.
    GivenBack,
    /// Another identity is preferred.
    Preferred,
    /// A registration was cancelled.
    Withdrawn,
}

/// What kept something from being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanyProblem {
    /// The code has not 18 characters.
    CodeLength,
    /// The code has a wrong character.
    CodeCharacter,
    /// The check character is wrong.
    CodeChecksum,
    /// The name is missing or cannot be one.
    Name,
    /// Name, code and representative do not belong together.
    Mismatch,
    /// The registry does not know the code.
    Unknown,
    /// The company exists no longer.
    Closed,
    /// Nobody can be asked here.
    NotOffered,
    /// No invitation code.
    InvitationMissing,
    /// The invitation cannot be used.
    InvitationWrong,
    /// The invitation is for another name.
    OtherName,
    /// The person represents the company.
    ActsAlready,
    /// The company is suspended.
    Suspended,
    /// Their own name is not proven.
    Unverified,
    /// Too many tries; again in so many seconds.
    TooMany {
        /// Whole seconds, at least one.
        seconds: u64,
    },
}

impl CompanyProblem {
    fn told(self, ctx: &PageContext) -> (&'static str, String) {
        let (field, key) = match self {
            Self::CodeLength => ("uscc", "company-code-length"),
            Self::CodeCharacter => ("uscc", "company-code-character"),
            Self::CodeChecksum => ("uscc", "company-code-checksum"),
            Self::Name => ("company_name", "company-name-wrong"),
            Self::Mismatch => ("", "company-mismatch"),
            Self::Unknown => ("uscc", "company-unknown"),
            Self::Closed => ("uscc", "company-closed"),
            Self::NotOffered => ("", "company-not-offered"),
            Self::InvitationMissing => ("code", "companies-code-missing"),
            Self::InvitationWrong => ("code", "companies-code-wrong"),
            Self::OtherName => ("", "companies-other-name"),
            Self::ActsAlready => ("", "companies-acts-already"),
            Self::Suspended => ("", "companies-is-suspended"),
            Self::Unverified => ("", "companies-unverified"),
            Self::TooMany { seconds } => return ("", ctx.say("problem-too-many").count("seconds", &seconds).plain()),
        };
        (field, ctx.t(key))
    }
}

/// The wording of a kind of legal person.
#[must_use]
pub const fn kind_key(kind: LegalPersonKind) -> &'static str {
    match kind {
        LegalPersonKind::GovernmentOrgan => "kind-government-organ",
        LegalPersonKind::PublicInstitution => "kind-public-institution",
        LegalPersonKind::SocialGroup => "kind-social-group",
        LegalPersonKind::PrivateNonEnterprise => "kind-private-non-enterprise",
        LegalPersonKind::Foundation => "kind-foundation",
        LegalPersonKind::Enterprise => "kind-enterprise",
        LegalPersonKind::IndividualBusiness => "kind-individual-business",
        LegalPersonKind::FarmersCooperative => "kind-farmers-cooperative",
        LegalPersonKind::RuralCollective => "kind-rural-collective",
        LegalPersonKind::Other => "kind-other",
    }
}

/// The wording of a role.
#[must_use]
pub const fn role_key(representative: bool) -> &'static str {
    if representative { "role-legal-representative" } else { "role-agent" }
}

impl CompaniesPage {
    /// The problems in words, beside their fields.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.found.iter().map(|problem| problem.told(&self.ctx)))
    }

    /// The notice in words.
    #[must_use]
    pub fn notice_text(&self) -> Option<String> {
        let key = match self.notice? {
            CompanyNotice::Registered => "companies-done-registered",
            CompanyNotice::Pending => "companies-done-pending",
            CompanyNotice::Accepted => "companies-done-accepted",
            CompanyNotice::Declined => "companies-done-declined",
            CompanyNotice::GivenBack => "companies-done-given-back",
            CompanyNotice::Preferred => "companies-done-preferred",
            CompanyNotice::Withdrawn => "companies-done-withdrawn",
        };
        Some(self.ctx.t(key))
    }

    fn carried_by(&self) -> askama::filters::Safe<String> {
        self.ctx.say("companies-carried-what").with("name", self.above.as_str()).html()
    }

    fn any_preferred(&self) -> bool {
        self.mandates.iter().any(|line| line.preferred)
    }

    fn kind(&self, line: &CompanyLine) -> String {
        self.ctx.t(kind_key(line.kind))
    }

    fn role(&self, line: &CompanyLine) -> String {
        self.ctx.t(role_key(line.representative))
    }

    fn trouble(&self, line: &CompanyLine) -> Option<String> {
        let key = match line.standing {
            CompanyStanding::Good => return None,
            CompanyStanding::NotYet => "companies-not-yet",
            CompanyStanding::Over => "companies-over",
            CompanyStanding::Suspended => "companies-suspended",
        };
        Some(self.ctx.t(key))
    }

    fn matters(&self, line: &CompanyLine) -> askama::filters::Safe<String> {
        if line.matters.is_empty() {
            return self.ctx.say("companies-matters-all").html();
        }
        let list = line.matters.join(&self.ctx.t("list-comma"));
        self.ctx.say("companies-matters").with("matters", list).html()
    }

    fn answer_until(&self, line: &CompanyLine) -> String {
        let until = crate::http::pages::moment::text(self.ctx.lang, line.until.unwrap_or_default(), self.ctx.now);
        self.ctx.say("companies-invitation-what").with("until", until).plain()
    }

    fn refusal(&self, refused: &Refused) -> String {
        self.ctx.t(match refused {
            Refused::Mismatch => "companies-refused-mismatch",
            Refused::Unknown => "companies-refused-unknown",
            Refused::Closed => "companies-refused-closed",
        })
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::COMPANIES.to_owned(), ..PageContext::sample_signed_in(lang) };
        let days = |count: i64| Some(Timestamp(ctx.now.0 + count * 86_400_000));
        let line = |id: &str, name: &str, code: &str| CompanyLine {
            company: id.to_owned(),
            mandate: format!("m-{id}"),
            name: name.to_owned(),
            code: code.to_owned(),
            kind: LegalPersonKind::Enterprise,
            representative: true,
            matters: Vec::new(),
            until: None,
            standing: CompanyStanding::Good,
            preferred: true,
        };
        let trade = line("c1", lang.pick("海城虎符商贸有限公司", "Haicheng Tally Trading Ltd."), "91350100M000100Y43");
        let agency = CompanyLine {
            representative: false,
            preferred: false,
            matters: vec!["tax:file".to_owned(), "permit/440100-01".to_owned()],
            until: days(90),
            ..line("c2", lang.pick("海城代理服务中心", "Haicheng Agency Centre"), "12441500196720244T")
        };
        let over =
            CompanyLine { standing: CompanyStanding::Over, until: days(-3), company: "c3".into(), ..agency.clone() };
        let invitation = CompanyLine { until: days(6), company: "c4".to_owned(), ..agency.clone() };
        let waiting = ApplicationLine {
            code: "11330105002500287C".to_owned(),
            name: lang.pick("海城市示范局", "Haicheng Model Bureau").to_owned(),
            refused: None,
        };
        let refused =
            ApplicationLine { refused: Some(Refused::Mismatch), code: "11110000000021135M".into(), ..waiting.clone() };
        Self {
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            notice: Some(CompanyNotice::Registered),
            verified: true,
            mandates: vec![trade, agency, over],
            invitations: vec![invitation],
            applications: vec![waiting, refused],
            carried: Vec::new(),
            above: String::new(),
            uscc: String::new(),
            company_name: String::new(),
            found: Vec::new(),
            ctx,
        }
    }

    /// A sample of somebody who acts for a company of the node above.
    #[must_use]
    pub fn sample_carried(lang: Lang) -> Self {
        let page = Self::sample(lang);
        let carried = page.mandates.iter().skip(1).take(1).cloned().collect();
        let above = lang.pick("国家政务服务平台账号", "national platform account").to_owned();
        Self { notice: None, mandates: Vec::new(), invitations: Vec::new(), carried, above, ..page }
    }

    /// A sample of somebody who has nothing yet and typed something wrong.
    #[must_use]
    pub fn sample_refused(lang: Lang) -> Self {
        Self {
            notice: None,
            mandates: Vec::new(),
            invitations: Vec::new(),
            applications: Vec::new(),
            uscc: "91350100M000100Y44".to_owned(),
            found: vec![CompanyProblem::CodeChecksum, CompanyProblem::Name],
            ..Self::sample(lang)
        }
    }

    /// A sample of somebody whose own name is not proven.
    #[must_use]
    pub fn sample_unverified(lang: Lang) -> Self {
        Self { verified: false, found: Vec::new(), uscc: String::new(), ..Self::sample_refused(lang) }
    }
}
