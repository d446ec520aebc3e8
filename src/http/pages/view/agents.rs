//! A company's agents (经办人), for its legal representative.

use askama::Template;

use super::Problems;
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The agents of one company. `#agent-form` posts `company`, `agent_name`, `agent_login`, `valid_until` and `matters`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/agents.html")]
pub struct AgentsPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<AgentNotice>,
    /// The company's id.
    pub company: String,
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// Agents and invitations.
    pub agents: Vec<AgentLine>,
    /// What was typed.
    pub typed: TypedAgent,
    /// What to put right.
    pub found: Vec<AgentProblem>,
}

/// One agent or invitation.
#[derive(Clone, Debug)]
pub struct AgentLine {
    /// What is posted as `mandate`.
    pub mandate: String,
    /// The name, masked.
    pub name: String,
    /// How far it has come.
    pub state: AgentState,
    /// The matters; empty: all.
    pub matters: Vec<String>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// How far an appointment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentState {
    /// Invited; to be accepted before this moment.
    Invited(Timestamp),
    /// In force, or in force when its time comes.
    Active,
    /// Over.
    Ended,
}

/// What was typed into the form.
#[derive(Clone, Debug, Default)]
pub struct TypedAgent {
    /// The name.
    pub name: String,
    /// The account.
    pub login: String,
    /// The date.
    pub until: String,
    /// The matters.
    pub matters: String,
}

/// What was just done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentNotice {
    /// An invitation waits in the account that was named.
    Invited,
    /// An invitation by code: shown this once.
    Code {
        /// The code.
        code: String,
        /// For whom, as typed.
        person: String,
    },
    /// A mandate or invitation was revoked.
    Revoked,
}

/// What kept an agent from being invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentProblem {
    /// The name is missing or cannot be one.
    Name,
    /// The date is missing or impossible.
    Until,
    /// The matters cannot be such.
    Matters,
    /// The representative themselves.
    Oneself,
    /// Too many.
    TooMany,
}

impl AgentsPage {
    /// The problems in words, beside their fields.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems::new(self.found.iter().map(|problem| {
            let (field, key) = match problem {
                AgentProblem::Name => ("agent_name", "agent-name-wrong"),
                AgentProblem::Until => ("valid_until", "agent-until-wrong"),
                AgentProblem::Matters => ("matters", "agent-matters-wrong"),
                AgentProblem::Oneself => ("agent_login", "agent-oneself"),
                AgentProblem::TooMany => ("", "agent-too-many"),
            };
            (field, self.ctx.t(key))
        }))
    }

    fn matters(&self, line: &AgentLine) -> askama::filters::Safe<String> {
        if line.matters.is_empty() {
            return self.ctx.say("companies-matters-all").html();
        }
        let list = line.matters.join(&self.ctx.t("list-comma"));
        self.ctx.say("companies-matters").with("matters", list).html()
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::AGENTS.to_owned(), ..PageContext::sample_signed_in(lang) };
        let days = |count: i64| Timestamp(ctx.now.0 + count * 86_400_000);
        let line = |id: &str, name: &str, state| AgentLine {
            mandate: id.to_owned(),
            name: name.to_owned(),
            state,
            matters: Vec::new(),
            from: days(-30),
            until: days(300),
        };
        Self {
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            notice: None,
            company: "c1".to_owned(),
            name: lang.pick("海城虎符商贸有限公司", "Haicheng Tally Trading Ltd.").to_owned(),
            code: "91350100M000100Y43".to_owned(),
            agents: vec![
                line("m1", "李*", AgentState::Invited(days(7))),
                AgentLine { matters: vec!["tax:file".to_owned()], ..line("m2", "王*明", AgentState::Active) },
                line("m3", "赵*", AgentState::Ended),
            ],
            typed: TypedAgent::default(),
            found: Vec::new(),
            ctx,
        }
    }

    /// A sample that shows a code.
    #[must_use]
    pub fn sample_code(lang: Lang) -> Self {
        let notice = AgentNotice::Code { code: "b3ZlcmhlYXJkLW9mLW5v".to_owned(), person: "李娜".to_owned() };
        Self { notice: Some(notice), ..Self::sample(lang) }
    }

    /// A sample of a form that was not accepted.
    #[must_use]
    pub fn sample_refused(lang: Lang) -> Self {
        Self {
            agents: Vec::new(),
            typed: TypedAgent { matters: "税务申报".to_owned(), ..TypedAgent::default() },
            found: vec![AgentProblem::Name, AgentProblem::Until, AgentProblem::Matters],
            ..Self::sample(lang)
        }
    }
}
