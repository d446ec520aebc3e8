//! Account centre (账号中心).

use askama::Template;
use askama::filters::Safe;

use super::logout_result::{LogoutRow, LogoutState};
use super::{Level, LogoutResultPage, claim};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The account centre: level, sessions, services and consents, recent logouts.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The token against forged posts.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<AccountNotice>,
    /// When whoever is recovering this account can finish; none when nobody is.
    pub recovery: Option<Timestamp>,
    /// The user name.
    pub username: String,
    /// The mobile number, masked; empty when there is none.
    pub mobile: String,
    /// The level reached.
    pub level: Level,
    /// The verified name, once there is one.
    pub real_name: Option<VerifiedName>,
    /// Live sessions, this browser's first.
    pub sessions: Vec<SessionLine>,
    /// Services that the person has let in.
    pub services: Vec<ServiceGrant>,
    /// The last logouts, the newest first.
    pub logouts: Vec<LogoutLine>,
}

/// A verified name.
#[derive(Clone, Debug)]
pub struct VerifiedName {
    /// The name, masked.
    pub masked_name: String,
    /// The identity number, masked.
    pub masked_number: String,
    /// When the authority answered.
    pub at: Timestamp,
    /// The authority, in the page's language.
    pub authority: String,
}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// What is posted as `which` to end it; opaque here.
    pub id: String,
    /// The browser and system, as far as they can be told: "Chrome · Windows".
    pub device: String,
    /// The network address, its end masked; may be empty.
    pub address: String,
    /// When the person signed in.
    pub started: Timestamp,
    /// When it was last used.
    pub seen: Timestamp,
    /// Whether it is this browser's.
    pub current: bool,
    /// The services used in it.
    pub services: Vec<String>,
}

/// One service and what it may see.
#[derive(Clone, Debug)]
pub struct ServiceGrant {
    /// What is posted as `client_id` to withdraw it.
    pub client_id: String,
    /// The service's name in the page's language.
    pub name: String,
    /// The claims it may see, each with what it said it needs it for; that may be empty.
    pub claims: Vec<(String, String)>,
    /// What it said it needs them for as a whole; may be empty.
    pub purpose: String,
    /// When the person agreed, or first used it.
    pub at: Timestamp,
    /// Whether it rests on a law and not on consent, and cannot be withdrawn here.
    pub statutory: bool,
}

/// One logout.
#[derive(Clone, Debug)]
pub struct LogoutLine {
    /// The address of its result page, below the base path.
    pub href: String,
    /// When it began.
    pub at: Timestamp,
    /// The services that took part, and what became of telling each.
    pub services: Vec<LogoutRow>,
}

impl LogoutLine {
    /// How many services have been told.
    #[must_use]
    pub fn told(&self) -> usize {
        self.services.iter().filter(|row| matches!(row.state, LogoutState::Told { .. })).count()
    }

    /// Whether all have been told.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.told() == self.services.len()
    }
}

/// What was just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountNotice {
    /// One session was ended.
    SessionEnded,
    /// Every session but this one was ended.
    OthersEnded,
    /// A consent was withdrawn.
    ConsentWithdrawn,
    /// The password was changed.
    PasswordChanged,
    /// A level was reached.
    LevelReached,
}

impl AccountPage {
    /// The notice in words.
    #[must_use]
    pub fn notice_text(&self) -> Option<String> {
        self.notice.map(|notice| {
            self.ctx.t(match notice {
                AccountNotice::SessionEnded => "account-session-ended",
                AccountNotice::OthersEnded => "account-others-ended",
                AccountNotice::ConsentWithdrawn => "account-consent-withdrawn",
                AccountNotice::PasswordChanged => "account-password-changed",
                AccountNotice::LevelReached => "account-level-reached",
            })
        })
    }

    /// Whether there is a session besides this browser's.
    #[must_use]
    pub fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.current)
    }

    /// Names in a row, with the comma of the language.
    #[must_use]
    pub fn listed(&self, names: &[String]) -> String {
        names.join(&self.ctx.t("list-comma"))
    }

    /// The names of claims in a row.
    #[must_use]
    pub fn claims(&self, grant: &ServiceGrant) -> String {
        let shown = |(claim, why): &(String, String)| {
            let name = claim::name(&self.ctx, claim);
            if why.is_empty() {
                return name;
            }
            self.ctx.say("account-claim-why").with("claim", name).with("why", why).plain()
        };
        let names: Vec<String> = grant.claims.iter().map(shown).collect();
        self.listed(&names)
    }

    /// How many of a logout's services have been told.
    #[must_use]
    pub fn told(&self, logout: &LogoutLine) -> Safe<String> {
        let (told, all) = (logout.told() as u64, logout.services.len() as u64);
        self.ctx.say("account-told").count("told", &told).count("all", &all).html()
    }

    /// Each service of a logout and what became of it, in a row.
    #[must_use]
    pub fn results(&self, logout: &LogoutLine) -> String {
        let shown = |row: &LogoutRow| {
            let result = self.ctx.t(row.state.key());
            self.ctx.say("account-logout-service").with("service", &row.service).with("result", result).plain()
        };
        let rows: Vec<String> = logout.services.iter().map(shown).collect();
        self.listed(&rows)
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext::sample_signed_in(lang);
        let ago = |hours: i64| Timestamp(ctx.now.0 - hours * 3_600_000);
        Self {
            csrf: "Y3NyZi10b2tlbg".to_owned(),
            notice: None,
            recovery: None,
            username: "wangming".to_owned(),
            mobile: "138****5021".to_owned(),
            level: Level::L2,
            real_name: Some(VerifiedName {
                masked_name: "*明".to_owned(),
                masked_number: "1****************5".to_owned(),
                at: ago(26),
                authority: lang.pick("国家人口基础信息库", "National Population Register").to_owned(),
            }),
            sessions: Self::sample_sessions(lang, ctx.now),
            services: Self::sample_services(lang, ctx.now),
            logouts: vec![
                LogoutLine {
                    href: "/logout/result?id=1".to_owned(),
                    at: ago(20),
                    services: LogoutResultPage::sample(lang).rows,
                },
                LogoutLine {
                    href: "/logout/result?id=2".to_owned(),
                    at: ago(75),
                    services: LogoutResultPage::sample_done(lang).rows,
                },
            ],
            ctx,
        }
    }

    fn sample_sessions(lang: Lang, now: Timestamp) -> Vec<SessionLine> {
        let ago = |minutes: i64| Timestamp(now.0 - minutes * 60_000);
        vec![
            SessionLine {
                id: "s1".to_owned(),
                device: "Chrome · Windows".to_owned(),
                address: "10.21.8.*".to_owned(),
                started: ago(35),
                seen: now,
                current: true,
                services: vec![
                    lang.pick("电子证照", "e-Licences").to_owned(),
                    lang.pick("网上办事", "Online matters").to_owned(),
                ],
            },
            SessionLine {
                id: "s2".to_owned(),
                device: "Safari · iPhone".to_owned(),
                address: "10.77.3.*".to_owned(),
                started: ago(700),
                seen: ago(12),
                current: false,
                services: vec![lang.pick("政务门户", "Government portal").to_owned()],
            },
        ]
    }

    fn sample_services(lang: Lang, now: Timestamp) -> Vec<ServiceGrant> {
        let grant = |id: &str, name: &str, claims: &[&str], days: i64, statutory| ServiceGrant {
            client_id: id.to_owned(),
            name: name.to_owned(),
            claims: claims.iter().map(|claim| ((*claim).to_owned(), String::new())).collect(),
            purpose: String::new(),
            at: Timestamp(now.0 - days * 86_400_000),
            statutory,
        };
        let mut all = vec![
            grant(
                "licences",
                lang.pick("海城市电子证照", "Haicheng Licences"),
                &["name", "phone_number", "identity_document"],
                1,
                false,
            ),
            grant(
                "matters",
                lang.pick("海城市网上办事", "Haicheng Online Matters"),
                &["name", "phone_number"],
                40,
                false,
            ),
            grant("portal", lang.pick("国家政务服务平台", "National Government Portal"), &["name"], 90, true),
        ];
        if let Some(first) = all.first_mut() {
            first.purpose =
                lang.pick("在线申领与核验电子证照", "applying for and checking electronic licences").to_owned();
            if let Some((_, why)) = first.claims.first_mut() {
                *why = lang.pick("在证照上显示持证人", "to show the holder on the licence").to_owned();
            }
        }
        all
    }

    /// A sample of somebody who has just registered.
    #[must_use]
    pub fn sample_new(lang: Lang) -> Self {
        let mut page = Self::sample(lang);
        page.ctx.person = Some("wangming".to_owned());
        page.mobile = String::new();
        page.level = Level::L0;
        page.real_name = None;
        page.sessions.truncate(1);
        page.services.clear();
        page.logouts.clear();
        page
    }
}
