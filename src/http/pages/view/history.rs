//! History (历史记录): sign-ins, checks of the real name, changes of the account; each newest first, page by page.

use askama::Template;

use super::{data, document};
use crate::base::Timestamp;
use crate::centre::Item;
use crate::http::pages::{Lang, PageContext, paths};
use crate::realname::{DocumentType, VerificationMethod};

/// The history. `?show=` is `signins`, `checks` or `changes`; `before` goes on.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/history.html")]
pub struct HistoryPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// Which of the three is shown.
    pub show: Show,
    /// Failed tries since the last sign-in.
    pub failures: u64,
    /// The lines, newest first.
    pub lines: Vec<HistoryLine>,
    /// Where the older ones begin, when there are any.
    pub older: Option<String>,
    /// For how many days sign-ins and changes stay on record.
    pub days: u64,
}

/// One of the three histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Sign-ins, and acting for companies.
    SignIns,
    /// Checks of the real name.
    Checks,
    /// Changes of the account.
    Changes,
}

impl Show {
    /// All three, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::SignIns, Self::Checks, Self::Changes];

    /// The word in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIns => "signins",
            Self::Checks => "checks",
            Self::Changes => "changes",
        }
    }

    /// The one with this word; sign-ins for any other.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|show| show.as_str() == word).unwrap_or(Self::SignIns)
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self, ctx: &PageContext) -> String {
        ctx.t(match self {
            Self::SignIns => "history-sign-ins",
            Self::Checks => "history-checks",
            Self::Changes => "history-changes",
        })
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// The browser and system, as far as they can be told; may be empty.
    pub device: String,
    /// The address without its end; may be empty.
    pub address: String,
    /// The service that it was about, or on the way to; may be empty.
    pub service: String,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    /// A sign-in by these methods, after so many failures.
    SignIn {
        /// The methods (RFC 8176).
        ways: Vec<String>,
        /// Failed tries before.
        failures: u64,
    },
    /// Acting for a company.
    Acted {
        /// The company's name, or its code.
        company: String,
    },
    /// A check of the real name.
    Check {
        /// The kind of document; none with a network identity.
        document: Option<DocumentType>,
        /// How it was checked.
        method: Option<VerificationMethod>,
        /// Who was asked; empty when nobody answered.
        source: String,
        /// The answer, by its stored word.
        outcome: String,
        /// The level before and after, where both are on record.
        levels: Option<(i32, i32)>,
    },
    /// A change: its stored word, and what it was about.
    Change {
        /// The kind.
        kind: String,
        /// About what.
        about: String,
    },
}

impl HistoryPage {
    /// What happened, in words.
    #[must_use]
    pub fn headline(&self, line: &HistoryLine) -> String {
        let ctx = &self.ctx;
        match &line.what {
            What::SignIn { ways, .. } => {
                let ways: Vec<String> = ways.iter().filter_map(|way| self.way(way)).collect();
                ctx.say("history-signed-in").with("ways", ways.join(&ctx.t("list-comma"))).plain()
            }
            What::Acted { company } => ctx.say("history-acted").with("company", company).plain(),
            What::Check { document, method, .. } => {
                let kind = document.map_or_else(|| ctx.t("way-network-identity"), |kind| document::name(ctx, kind));
                let way = method.map(|method| document::way(ctx, method)).unwrap_or_default();
                ctx.say("history-checked").with("document", kind).with("way", way).plain()
            }
            What::Change { kind, about } => self.change(kind, about),
        }
    }

    fn way(&self, method: &str) -> Option<String> {
        let key = match method {
            "pwd" => "history-way-password",
            "otp" => "history-way-code",
            "sms" => "history-way-sms",
            "hwk" => "history-way-passkey",
            "face" => "history-way-face",
            "sc" => "history-way-certificate",
            "mca" => "history-way-scan",
            _ => return None,
        };
        Some(self.ctx.t(key))
    }

    fn change(&self, kind: &str, about: &str) -> String {
        let ctx = &self.ctx;
        let item = || Item::parse(about).map(|item| data::title(ctx, item)).unwrap_or_default();
        match kind {
            "unmasked" => ctx.say("history-unmasked").with("item", item()).plain(),
            "exported" => ctx.t("history-exported"),
            "username_changed" => ctx.t("history-username"),
            "correction_asked" => ctx.t("history-correction-asked"),
            "correction_decided" if about == "accepted" => ctx.t("history-correction-accepted"),
            "correction_decided" => ctx.t("history-correction-refused"),
            "closing_asked" => ctx.t("history-closing-asked"),
            "closing_cancelled" => ctx.t("history-closing-cancelled"),
            "guardian_asked" => ctx.t("history-guardian-asked"),
            "guardian_accepted" => ctx.t("history-guardian-accepted"),
            "guardian_ended" => ctx.t("history-guardian-ended"),
            _ => ctx.t("history-other"),
        }
    }

    /// The answer of a check, in words, and how it looks.
    #[must_use]
    pub fn answer(&self, line: &HistoryLine) -> Option<(&'static str, String)> {
        let What::Check { outcome, .. } = &line.what else { return None };
        let (look, key) = match outcome.as_str() {
            "match" => ("good", "history-answer-match"),
            "mismatch" => ("fail", "history-answer-mismatch"),
            "not_found" => ("fail", "history-answer-unknown"),
            "invalid" => ("fail", "history-answer-invalid"),
            "held_elsewhere" => ("fail", "history-answer-held"),
            "other_person" => ("fail", "history-answer-person"),
            _ => ("wait", "history-answer-none"),
        };
        Some((look, self.ctx.t(key)))
    }

    /// Failed tries before a sign-in, in words.
    #[must_use]
    pub fn failed_before(&self, line: &HistoryLine) -> Option<String> {
        match &line.what {
            What::SignIn { failures, .. } if *failures > 0 => {
                Some(self.ctx.say("history-failures").count("count", failures).plain())
            }
            _ => None,
        }
    }

    /// Failed tries since the last sign-in, in words.
    #[must_use]
    pub fn failed_since(&self) -> String {
        self.ctx.say("history-failures-since").count("count", &self.failures).plain()
    }

    /// What else is known of a line, in a row.
    #[must_use]
    pub fn detail(&self, line: &HistoryLine) -> String {
        let ctx = &self.ctx;
        let mut parts = Vec::new();
        if let What::Check { source, levels, .. } = &line.what {
            parts.push(source.clone());
            if let Some((before, after)) = levels.filter(|(before, after)| before != after) {
                let words =
                    ctx.say("history-level").with("before", format!("L{before}")).with("after", format!("L{after}"));
                parts.push(words.plain());
            }
        }
        if !line.service.is_empty() {
            parts.push(ctx.say("history-service").with("service", &line.service).plain());
        }
        parts.extend([line.device.clone(), line.address.clone()]);
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
    }

    /// The address of the older ones.
    #[must_use]
    pub fn older_href(&self, before: &str) -> String {
        self.ctx.link(&format!("{}?show={}&before={before}", paths::HISTORY, self.show.as_str()))
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::HISTORY.to_owned(), ..PageContext::sample_signed_in(lang) };
        let at = |hours: i64| Timestamp(ctx.now.0 - hours * 3_600_000);
        let line = |hours, what, device: &str, service: &str| HistoryLine {
            at: at(hours),
            what,
            device: device.to_owned(),
            address: "203.0.113.*".to_owned(),
            service: service.to_owned(),
        };
        let sign_in = |ways: &[&str], failures| What::SignIn {
            ways: ways.iter().map(|way| (*way).to_owned()).collect(),
            failures,
        };
        let acted = What::Acted { company: lang.pick("海城远航贸易有限公司", "Haicheng Trading").to_owned() };
        Self {
            show: Show::SignIns,
            failures: 2,
            lines: vec![
                line(1, sign_in(&["pwd", "otp"], 0), "Chrome · Windows", lang.pick("电子证照", "e-Licences")),
                line(3, acted, "", lang.pick("网上办事", "Online matters")),
                line(30, sign_in(&["hwk", "user"], 3), "Safari · iPhone", ""),
            ],
            older: Some("0198".to_owned()),
            days: 190,
            ctx,
        }
    }

    /// A sample of the checks.
    #[must_use]
    pub fn sample_checks(lang: Lang) -> Self {
        let sample = Self::sample(lang);
        let check = |hours: i64, outcome: &str, levels| HistoryLine {
            at: Timestamp(sample.ctx.now.0 - hours * 3_600_000),
            what: What::Check {
                document: Some(DocumentType::ResidentIdentityCard),
                method: Some(VerificationMethod::TwoItems),
                source: lang.pick("国家人口基础信息库", "National Population Register").to_owned(),
                outcome: outcome.to_owned(),
                levels,
            },
            device: String::new(),
            address: String::new(),
            service: String::new(),
        };
        let lines = vec![
            check(26, "match", Some((0, 2))),
            check(27, "mismatch", Some((0, 0))),
            check(28, "unavailable", Some((0, 0))),
        ];
        Self { show: Show::Checks, lines, older: None, ..sample }
    }

    /// A sample of the changes.
    #[must_use]
    pub fn sample_changes(lang: Lang) -> Self {
        let sample = Self::sample(lang);
        let change = |hours: i64, kind: &str, about: &str| HistoryLine {
            at: Timestamp(sample.ctx.now.0 - hours * 3_600_000),
            what: What::Change { kind: kind.to_owned(), about: about.to_owned() },
            device: "Chrome · Windows".to_owned(),
            address: "203.0.113.*".to_owned(),
            service: String::new(),
        };
        let lines = vec![
            change(1, "unmasked", "document"),
            change(2, "exported", ""),
            change(9, "correction_decided", "accepted"),
            change(40, "username_changed", ""),
        ];
        Self { show: Show::Changes, failures: 0, lines, older: None, ..sample }
    }

    /// A sample of nothing.
    #[must_use]
    pub fn sample_empty(lang: Lang) -> Self {
        Self { lines: Vec::new(), older: None, ..Self::sample_changes(lang) }
    }
}
