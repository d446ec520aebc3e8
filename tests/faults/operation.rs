//! What is done when the process dies, and what must hold afterwards: all of it or nothing of it, and nothing else.

mod passing;
mod services;

use std::path::Path;

use hufu::demo::authority::AuthorityOptions;
use hufu::demo::companies::companies;
use hufu::demo::people::people;

use super::party::{Tokens, register};
use super::process::{answer, command};
use super::stage::Stage;
use super::visitor::{Answer, Gone, Visitor};

pub use passing::UnderWay;

/// Something that a person, a relying party or an administrator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Register,
    ProveName,
    SignIn,
    RedeemCode,
    Refresh,
    RevokeAccess,
    RevokeRefresh,
    RegisterClient,
    LogOut,
    LogOutEverywhere,
    ChangePassword,
    Recover,
    CloseAccount,
    Lock,
    Delete,
    RegisterCompany,
    RevokeAgent,
    SuspendCompany,
    MergeAccounts,
    GiveConsent,
    WithdrawConsent,
    UpdateClient,
    SuspendClient,
    RemoveClient,
    EndSessions,
    RotateKeys,
    Assert,
    Enter,
}

/// How much of an operation there is after the restart, by what its fail-point says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It died before the commit: nothing of it.
    Nothing,
    /// It died after the commit: all of it, though nobody was told so.
    All,
}

const NEW_PASSWORD: &str = "crash-proof-2027";
const STRANGER: &str = "survivor";

impl Operation {
    /// Does it on a node that dies meanwhile: nobody may be told that it is done. Deliveries die after the answer.
    pub async fn fail(self, stage: &Stage, dir: &Path, point: &str) {
        match self {
            Self::Register | Self::ProveName | Self::SignIn => self.fail_for_a_newcomer(stage).await,
            Self::LogOut | Self::LogOutEverywhere | Self::ChangePassword | Self::CloseAccount => {
                self.fail_in_a_session(stage, point.starts_with("outbox.")).await;
            }
            Self::RedeemCode | Self::Refresh | Self::RevokeAccess | Self::RevokeRefresh | Self::RegisterClient => {
                self.fail_for_a_party(stage).await;
            }
            Self::Recover => {
                let (mut visitor, page) = recoverable(stage, dir).await;
                let fields = [("password", NEW_PASSWORD), ("password_again", NEW_PASSWORD)];
                assert!(visitor.submit(&page, "password-form", &fields).await.is_err());
            }
            Self::RegisterCompany => {
                let page = companies_of(stage, AGENT).await;
                let (code, name) = unregistered(stage);
                let fields = [("uscc", code.as_str()), ("company_name", name.as_str())];
                assert!(page.0.clone().submit(&page.1, "company-form", &fields).await.is_err());
            }
            Self::RevokeAgent => {
                let mut visitor = stage.here.0.clone();
                let (page, revoke) = revocable(&mut visitor).await.expect("the company has an agent");
                assert!(visitor.submit(&page, &revoke, &[]).await.is_err());
            }
            Self::SuspendCompany => {
                assert_eq!(command(dir, &["companies", "suspend", &stage.company().uscc], Some(point)), Err(9));
            }
            Self::MergeAccounts => {
                let (mut visitor, page) = mergeable(stage).await;
                assert_eq!(visitor.submit(&page, "merge-form", &[]).await.map(|_| ()), Err(Gone));
            }
            Self::Lock | Self::Delete => {
                let order = if self == Self::Lock { "lock" } else { "delete" };
                let person = &stage.verified().username;
                assert_eq!(command(dir, &["accounts", order, person], Some(point)), Err(9));
            }
            Self::Assert | Self::Enter => passing::fail(self, stage).await,
            _ => services::fail(self, stage, dir, point).await,
        }
    }

    /// In a browser that is not signed in.
    async fn fail_for_a_newcomer(self, stage: &Stage) {
        let mut visitor = Visitor::new(&stage.issuer());
        match self {
            Self::Register => assert_eq!(register_person(stage).await, Err(Gone)),
            Self::ProveName => {
                let person = stage.unverified();
                assert_eq!(visitor.sign_in(&person.username, &person.password).await, Ok(true));
                let page = visitor.get("/real-name").await.unwrap();
                let fields = [("name", person.name.as_str()), ("document_number", person.document_number.as_str())];
                assert!(visitor.submit(&page, "realname-form", &fields).await.is_err());
            }
            _ => {
                let person = stage.verified();
                assert_eq!(visitor.sign_in(&person.username, &person.password).await, Err(Gone));
            }
        }
    }

    /// In the person's first browser.
    async fn fail_in_a_session(self, stage: &Stage, after_the_answer: bool) {
        let mut visitor = stage.here.0.clone();
        match self {
            Self::LogOut => {
                let answer = visitor.get(&stage.party.sign_out_path(&stage.here.1)).await;
                assert!(answer.is_err() || after_the_answer, "it was told that it is signed out");
            }
            Self::LogOutEverywhere => {
                let page = visitor.get("/account").await.unwrap();
                assert!(visitor.submit(&page, "end-all", &[]).await.is_err());
            }
            Self::CloseAccount => {
                let page = visitor.get("/account/close").await.unwrap();
                let fields = [("decision", "close"), ("companies", "end")];
                assert!(visitor.submit(&page, "close-form", &fields).await.is_err());
            }
            _ => {
                let page = visitor.get("/account/password").await.unwrap();
                let present = &stage.verified().password;
                let fields = [
                    ("current_password", present.as_str()),
                    ("password", NEW_PASSWORD),
                    ("password_again", NEW_PASSWORD),
                ];
                assert!(visitor.submit(&page, "password", &fields).await.is_err());
            }
        }
    }

    /// By the relying party.
    async fn fail_for_a_party(self, stage: &Stage) {
        let (party, tokens) = (&stage.party, &stage.here.1);
        match self {
            Self::RedeemCode => assert!(party.redeem(&stage.code).await.is_err()),
            Self::Refresh => assert!(party.refresh(&tokens.refresh).await.is_err()),
            Self::RevokeAccess => assert_eq!(party.revoke(&tokens.access).await, Err(Gone)),
            Self::RevokeRefresh => assert_eq!(party.revoke(&tokens.refresh).await, Err(Gone)),
            _ => {
                let (issuer, address) = (stage.issuer(), stage.sink.address());
                let outcome = register(&issuer, &stage.manifest.initial_access_token, &address).await;
                assert!(outcome.is_err());
            }
        }
    }

    /// Whether an administrator's command dies, and not the node.
    pub const fn is_a_command(self) -> bool {
        matches!(self, Self::Lock | Self::Delete | Self::SuspendCompany) || services::is_a_command(self)
    }

    /// Holds the node after its restart against what it must be.
    pub async fn check(self, stage: &Stage, done: Done) {
        let all = done == Done::All;
        match self {
            Self::Register | Self::ProveName | Self::SignIn | Self::RegisterClient => {
                self.check_newcomer(stage, all).await;
                ended(stage, &stage.here, false).await;
            }
            Self::RedeemCode | Self::Refresh | Self::RevokeAccess | Self::RevokeRefresh => {
                self.check_tokens(stage, all).await;
            }
            Self::LogOut => ended(stage, &stage.here, all).await,
            Self::LogOutEverywhere => {
                ended(stage, &stage.here, all).await;
                ended(stage, &stage.there, all).await;
            }
            Self::ChangePassword => {
                // One of the two passwords is the one.
                assert_eq!(signs_in(stage, &stage.verified().password).await, !all);
                assert_eq!(signs_in(stage, NEW_PASSWORD).await, all);
                ended(stage, &stage.there, all).await;
                ended(stage, &stage.here, false).await;
            }
            Self::Recover => {
                // One of the two passwords is the one, and whatever was before ends with the old one.
                for (password, is_it) in [(stage.verified().password.as_str(), !all), (NEW_PASSWORD, all)] {
                    let mut visitor = Visitor::new(&stage.issuer());
                    visitor.sign_in(&stage.verified().username, password).await.unwrap();
                    assert_eq!(visitor.is_signed_in().await, Ok(is_it));
                }
                ended(stage, &stage.here, all).await;
                ended(stage, &stage.there, all).await;
            }
            Self::CloseAccount => {
                ended(stage, &stage.here, all).await;
                ended(stage, &stage.there, all).await;
                assert_eq!(signs_in(stage, &stage.verified().password).await, !all);
            }
            Self::RegisterCompany => {
                let page = companies_of(stage, AGENT).await.1;
                assert_eq!(page.text.contains(&unregistered(stage).0), all);
            }
            Self::RevokeAgent => {
                assert_eq!(companies_of(stage, AGENT).await.1.text.contains(&stage.company().uscc), !all);
            }
            Self::SuspendCompany => {
                let page = companies_of(stage, AGENT).await.1;
                assert_eq!(page.text.contains("已停用"), all);
                ended(stage, &stage.here, false).await;
            }
            Self::MergeAccounts => merged(stage, all).await,
            Self::Lock | Self::Delete => {
                ended(stage, &stage.here, all).await;
                ended(stage, &stage.there, all).await;
                // A demo that starts again furnishes itself: whoever was deleted has a new account.
                assert_eq!(signs_in(stage, &stage.verified().password).await, !all || self == Self::Delete);
            }
            Self::Assert | Self::Enter => passing::check(stage, all).await,
            _ => services::check(self, stage, all).await,
        }
    }

    async fn check_newcomer(self, stage: &Stage, all: bool) {
        let mut visitor = Visitor::new(&stage.issuer());
        match self {
            Self::Register => {
                assert_eq!(register_person(stage).await, Ok(!all), "the name is free exactly when nothing was done");
                assert_eq!(visitor.sign_in(STRANGER, NEW_PASSWORD).await, Ok(true));
            }
            Self::ProveName => {
                let person = stage.unverified();
                assert_eq!(visitor.sign_in(&person.username, &person.password).await, Ok(true));
                let account = visitor.get("/account").await.unwrap();
                assert_eq!(account.has("raise-level"), !all, "her level is raised, or can be raised");
            }
            _ => {}
        }
    }

    async fn check_tokens(self, stage: &Stage, all: bool) {
        let (party, tokens) = (&stage.party, &stage.here.1);
        match self {
            Self::RedeemCode => {
                let again = party.redeem(&stage.code).await.unwrap();
                assert_eq!(again.is_none(), all, "the code is spent exactly when the grant was written");
            }
            Self::Refresh => {
                let next = party.refresh(&tokens.refresh).await.unwrap();
                let next = next.expect("an answer that was lost is given again");
                assert!(party.refresh(&next.refresh).await.unwrap().is_some(), "and its successor is good");
            }
            Self::RevokeAccess => {
                assert_eq!(party.is_active(&tokens.access).await, Ok(!all));
                assert!(party.refresh(&tokens.refresh).await.unwrap().is_some(), "its family goes on");
            }
            _ => {
                assert_eq!(party.is_active(&tokens.access).await, Ok(!all));
                assert_eq!(party.refresh(&tokens.refresh).await.unwrap().is_none(), all);
            }
        }
    }
}

/// How long an account of the demo waits.
const COOLING: std::time::Duration = std::time::Duration::from_secs(11);

/// A recovery whose time has come: by an appeal that two operators have accepted.
async fn recoverable(stage: &Stage, dir: &Path) -> (Visitor, Answer) {
    let (person, mut visitor) = (stage.verified(), Visitor::new(&stage.issuer()));
    let page = visitor.get("/recover").await.unwrap();
    let fields = [("name", person.name.as_str()), ("document_number", person.document_number.as_str())];
    let page = visitor.submit(&page, "recover-form", &fields).await.unwrap();
    let page = visitor.submit(&page, "recover-none", &[]).await.unwrap();
    let fields = [("contact", "13911112222"), ("text", "手机和密码都丢了。")];
    let page = visitor.submit(&page, "appeal-form", &fields).await.unwrap();
    let code = page.text.split("id=\"appeal-code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let listed = answer(dir, &["appeals", "list"]);
    let id = listed.split('\t').next().unwrap();
    assert_eq!(command(dir, &["appeals", "propose", id, "--operator", "chen"], None), Ok(()));
    assert_eq!(command(dir, &["appeals", "accept", id, "--operator", "zhao"], None), Ok(()));
    tokio::time::sleep(COOLING).await;
    let page = visitor.get("/recover/status").await.unwrap();
    let page = visitor.submit(&page, "recover-code-form", &[("code", &code)]).await.unwrap();
    assert!(page.has("password-form"), "{}", page.text);
    (visitor, page)
}

/// An agent of the demo's companies, who represents another one.
const AGENT: &str = "zhugeyan";

/// A browser of this person, and the page of their companies in it.
async fn companies_of(stage: &Stage, username: &str) -> (Visitor, Answer) {
    let person = stage.manifest.users.iter().find(|user| user.username == username).unwrap();
    let mut visitor = Visitor::new(&stage.issuer());
    assert_eq!(visitor.sign_in(&person.username, &person.password).await, Ok(true));
    let page = visitor.get("/account/companies").await.unwrap();
    (visitor, page)
}

/// The company that the agent represents, and that is not registered: code and name.
fn unregistered(stage: &Stage) -> (String, String) {
    let agent = stage.manifest.users.iter().find(|user| user.username == AGENT).unwrap();
    let all = companies(&people(AuthorityOptions::SEED, 20));
    let own = all.into_iter().find(|company| company.document_number == agent.document_number).unwrap();
    (own.code, own.name)
}

/// The page of the first company's agents, as its representative sees it, and the button that revokes the first of them.
async fn revocable(visitor: &mut Visitor) -> Option<(Answer, String)> {
    let page = visitor.get("/account/companies").await.unwrap();
    let link = page.text.split("href=\"").find(|rest| rest.starts_with("/account/companies/agents?")).unwrap();
    let page = visitor.get(link.split('"').next().unwrap()).await.unwrap();
    let button = page.text.split("id=\"revoke-").skip(1).last()?.split('"').next().unwrap().to_owned();
    Some((page, format!("revoke-{button}")))
}

/// Whether the person signs in with this password.
async fn signs_in(stage: &Stage, password: &str) -> bool {
    Visitor::new(&stage.issuer()).sign_in(&stage.verified().username, password).await.unwrap()
}

/// The account that is absorbed, its tokens and its service have ended, or nothing of it; the other one goes on as it was.
async fn merged(stage: &Stage, all: bool) {
    ended(stage, &stage.unproven, all).await;
    let (absorbed, mut visitor) = (stage.unverified(), Visitor::new(&stage.issuer()));
    assert_eq!(visitor.sign_in(&absorbed.username, &absorbed.password).await, Ok(!all));
    ended(stage, &stage.here, false).await;
}

/// A browser of the person whose name is confirmed, at the question whether the other account is to be taken into hers.
async fn mergeable(stage: &Stage) -> (Visitor, Answer) {
    let (absorbed, survivor) = (stage.unverified(), stage.verified());
    let mut visitor = Visitor::new(&stage.issuer());
    assert_eq!(visitor.sign_in(&absorbed.username, &absorbed.password).await, Ok(true));
    let page = visitor.get("/real-name").await.unwrap();
    let fields = [("name", survivor.name.as_str()), ("document_number", survivor.document_number.as_str())];
    visitor.submit(&page, "realname-form", &fields).await.unwrap();
    let page = visitor.get("/account/merge").await.unwrap();
    assert!(visitor.submit(&page, "merge-wish", &[]).await.unwrap().has("merge-wished"));
    let mut visitor = Visitor::new(&stage.issuer());
    let page = visitor.get("/sign-in").await.unwrap();
    let fields = [("username", survivor.username.as_str()), ("password", survivor.password.as_str())];
    let page = visitor.submit(&page, "login-form", &fields).await.unwrap();
    (visitor, page)
}

/// True when a new account is made, false when its name is taken.
async fn register_person(stage: &Stage) -> Result<bool, Gone> {
    let mut visitor = Visitor::new(&stage.issuer());
    let page = visitor.get("/register").await?;
    let mobile = &stage.stranger().mobile;
    let fields = [
        ("username", STRANGER),
        ("mobile", mobile),
        ("password", NEW_PASSWORD),
        ("password_again", NEW_PASSWORD),
        ("terms", "accepted"),
    ];
    Ok(visitor.submit(&page, "register-form", &fields).await?.has("account"))
}

/// A session and everything that hangs on it has ended, and the party is told; or nothing of all that.
async fn ended(stage: &Stage, (visitor, tokens): &(Visitor, Tokens), has_ended: bool) {
    let (party, mut visitor) = (&stage.party, visitor.clone());
    assert_eq!(visitor.is_signed_in().await, Ok(!has_ended), "the session");
    assert_eq!(party.is_active(&tokens.access).await, Ok(!has_ended), "the access token");
    assert_eq!(party.is_active(&tokens.refresh).await, Ok(!has_ended), "the refresh token");
    if has_ended {
        stage.sink.must_be_told(&tokens.sid()).await;
    } else {
        assert!(!stage.sink.was_told(&tokens.sid()), "nothing has ended, and the party was told so");
        assert!(party.refresh(&tokens.refresh).await.unwrap().is_some());
    }
}
