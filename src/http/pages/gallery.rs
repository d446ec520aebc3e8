//! Every page as a sample, for tests and for the people who look at pages.
//!
//! `cargo run --example gallery -- DIR` writes the gallery (with the pages of the demo); `tests/browser/screenshots.mjs` photographs it and
//! `tests/browser/gallery.test.mjs` checks it for accessibility. No page is finished before somebody has looked at it.

use std::path::Path;

use askama::Template;

use super::view::busy::BusyReason;
use super::view::closing::ClosingState;
use super::view::error::ErrorKind;
use super::view::expired::ExpiredReason;
use super::view::legal::LegalDocument;
use super::view::link::LinkState;
use super::view::merge::MergeState;
use super::view::passage::PassageState;
use super::view::real_name::{NumberFault, RealNameProblem, RealNameState, Typed};
use super::view::recover_cancel::CancelState;
use super::view::scan::{ScanEnd, ScanState, ScanTold};
use super::view::sign_in::{SignInNotice, SignInProblem};
use super::view::{
    AccountPage, AccountRecoveryPage, ActivatePage, AgentsPage, AppealPage, BusyPage, ClosePage, ClosingPage,
    CompaniesPage, ConsentPage, CorrectionsPage, DataPage, EnrolPage, ErrorPage, ExpiredPage, FormPostPage,
    GuardianNeededPage, GuardianPage, HistoryPage, HomePage, LegalPage, LinkPage, LogoutPage, LogoutResultPage,
    MergePage, MobilePage, NoticesPage, PassagePage, PasskeySetupPage, PasskeySignInPage, PasswordPage, RealNamePage,
    RecoverCancelPage, RecoverPage, RecoverStatusPage, RecoverWaysPage, RecoveryCodesPage, RegisterPage,
    ScanApprovePage, ScanPage, SecondFactorPage, SecurityPage, SelectAccountPage, SignInPage, SmsSignInPage,
    TotpSetupPage,
};
use super::{Lang, assets};
use crate::realname::{DocumentType, VerificationMethod};
use crate::signon::OwnWay;

/// Every page of the node in `lang`, by name.
///
/// # Errors
/// When a template fails, which the tests rule out.
pub fn samples(lang: Lang) -> askama::Result<Vec<(&'static str, String)>> {
    let mut pages = on_the_way_in(lang)?;
    for (name, page) in RecoverStatusPage::samples(lang) {
        pages.push((name, page.render()?));
    }
    pages.extend(from_above(lang)?);
    pages.extend(real_name(lang)?);
    pages.extend(at_home(lang)?);
    pages.extend(centre(lang)?);
    pages.extend(when_it_fails(lang)?);
    Ok(pages)
}

fn on_the_way_in(lang: Lang) -> askama::Result<Vec<(&'static str, String)>> {
    let sign_in = SignInPage::sample(lang);
    let mut elder = SignInPage::sample_full(lang);
    elder.ctx.elder = true;
    let noticed = |notice| SignInPage { notice: Some(notice), ..SignInPage::sample(lang) };
    let scanned = |state| ScanPage::sample_in(lang, state);
    let refused = |problem| SignInPage { problem: Some(problem), ..SignInPage::sample_full(lang) };
    Ok(vec![
        ("sign-in", sign_in.render()?),
        ("sign-in-full", SignInPage::sample_full(lang).render()?),
        ("sign-in-elder", elder.render()?),
        ("sign-in-challenged", SignInPage::sample_challenged(lang).render()?),
        ("sign-in-again", noticed(SignInNotice::ShowAgain).render()?),
        ("sign-in-locked", refused(SignInProblem::Locked { minutes: 15 }).render()?),
        ("sms-sign-in", SmsSignInPage::sample(lang).render()?),
        ("sms-sign-in-challenge", SmsSignInPage::sample_challenged(lang).render()?),
        ("sms-sign-in-sent", SmsSignInPage::sample_sent(lang).render()?),
        ("second-factor", SecondFactorPage::sample(lang).render()?),
        ("second-factor-sent", SecondFactorPage::sample_sent(lang).render()?),
        ("second-factor-wrong", SecondFactorPage::sample_wrong(lang).render()?),
        ("second-factor-passkey", SecondFactorPage::sample_passkey(lang).render()?),
        ("enrol", EnrolPage::sample(lang).render()?),
        ("passkey-sign-in", PasskeySignInPage::sample(lang).render()?),
        ("passkey-sign-in-wrong", PasskeySignInPage::sample_wrong(lang).render()?),
        ("scan", ScanPage::sample(lang).render()?),
        ("scan-approved", scanned(ScanState::Approved { name: "*明".to_owned() }).render()?),
        ("scan-over", scanned(ScanState::Ended(ScanEnd::Over)).render()?),
        ("scan-wrong", scanned(ScanState::Ended(ScanEnd::WrongNumber)).render()?),
        ("register", RegisterPage::sample(lang).render()?),
        ("register-refused", RegisterPage::sample_refused(lang).render()?),
        ("recovery-start", RecoverPage::sample(lang).render()?),
        ("recovery-ways", RecoverWaysPage::sample(lang).render()?),
        ("recovery-enough", RecoverWaysPage::sample_enough(lang).render()?),
        ("recovery-open", RecoverWaysPage::sample_open(lang).render()?),
        ("recovery-wrong", RecoverWaysPage::sample_wrong(lang, OwnWay::Mobile).render()?),
        ("recovery-cancel", RecoverCancelPage::sample_in(lang, CancelState::Asking).render()?),
        ("recovery-cancelled", RecoverCancelPage::sample_in(lang, CancelState::Done).render()?),
        ("recovery-cancel-over", RecoverCancelPage::sample_in(lang, CancelState::Over).render()?),
        ("recovery-appeal", AppealPage::sample(lang).render()?),
        ("recovery-appeal-refused-form", AppealPage::sample_refused(lang).render()?),
        ("account-recovery", AccountRecoveryPage::sample(lang).render()?),
        ("account-recovery-cancelled", AccountRecoveryPage::sample_cancelled(lang).render()?),
        ("consent", ConsentPage::sample(lang).render()?),
        ("consent-demanding", ConsentPage::sample_demanding(lang).render()?),
        ("select-account", SelectAccountPage::sample(lang).render()?),
        ("select-identity", SelectAccountPage::sample_companies(lang).render()?),
        ("select-identity-above", SelectAccountPage::sample_above(lang).render()?),
        ("select-no-company", SelectAccountPage::sample_no_company(lang).render()?),
        ("form-post", FormPostPage::sample(lang).render()?),
    ])
}

fn from_above(lang: Lang) -> askama::Result<Vec<(&'static str, String)>> {
    let failed = |kind, code: &str| {
        let detail = None;
        ErrorPage { detail, code: code.to_owned(), ..ErrorPage::sample_of(lang, kind) }.render()
    };
    Ok(vec![
        ("above-activate", ActivatePage::sample(lang).render()?),
        ("above-activate-little", ActivatePage::sample_little(lang).render()?),
        ("above-link", LinkPage::sample(lang).render()?),
        ("above-link-asking", LinkPage::sample_in(lang, LinkState::Asking).render()?),
        ("above-link-taken", LinkPage::sample_in(lang, LinkState::Taken).render()?),
        ("above-link-nothing", LinkPage::sample_in(lang, LinkState::Nothing).render()?),
        ("above-activate-below", ActivatePage::sample_below(lang).render()?),
        ("passage-other", PassagePage::sample(lang).render()?),
        ("passage-sign-in", PassagePage::sample_in(lang, PassageState::SignIn).render()?),
        ("passage-link", PassagePage::sample_in(lang, PassageState::Link).render()?),
        ("passage-nothing", PassagePage::sample_in(lang, PassageState::Nothing).render()?),
        ("above-unavailable", failed(ErrorKind::AboveUnavailable, "upstream_unavailable")?),
        ("above-untrusted", failed(ErrorKind::AboveUntrusted, "upstream_untrusted")?),
        ("above-company", failed(ErrorKind::AboveCompany, "upstream_company")?),
    ])
}

fn real_name(lang: Lang) -> askama::Result<Vec<(&'static str, String)>> {
    let page = |state| RealNamePage::sample_in(lang, state);
    let typo = RealNameState::Malformed(vec![RealNameProblem::Number(NumberFault::Checksum)]);
    let typed = |number: &str| Typed { document_number: number.to_owned(), ..page(RealNameState::Asking).typed };
    let malformed = RealNamePage { typed: typed("11010519491231002Y"), ..page(typo) };
    let unavailable = RealNamePage { typed: typed("11010519491231002X"), ..page(RealNameState::Unavailable) };
    let permit = RealNamePage::sample_for(lang, DocumentType::TaiwanTravelPermit, VerificationMethod::FourItems);
    let wrong = RealNameState::Malformed(vec![
        RealNameProblem::NumberShape,
        RealNameProblem::Mobile,
        RealNameProblem::BankCard,
    ]);
    let ticket = VerificationMethod::NetworkIdentity;
    let outage = lang.pick("系统升级，11 月 25 日 6 时恢复。", "Maintenance until 25 November, 6:00.").to_owned();
    Ok(vec![
        ("real-name", RealNamePage::sample(lang).render()?),
        ("real-name-challenge", RealNamePage::sample_challenged(lang).render()?),
        ("real-name-wished", RealNamePage { may_skip: true, ..RealNamePage::sample(lang) }.render()?),
        ("real-name-malformed", malformed.render()?),
        ("real-name-matched", page(RealNamePage::sample_match(lang)).render()?),
        ("real-name-mismatch", page(RealNameState::Mismatch).render()?),
        ("real-name-unknown", page(RealNameState::Unknown).render()?),
        ("real-name-unavailable", unavailable.render()?),
        ("real-name-invalid", page(RealNameState::Invalid).render()?),
        ("real-name-quota", page(RealNameState::QuotaSpent).render()?),
        ("real-name-outage", RealNamePage { outage: Some(outage), ..RealNamePage::sample(lang) }.render()?),
        ("real-name-again", RealNamePage { again: true, ..RealNamePage::sample(lang) }.render()?),
        ("real-name-permit", RealNamePage { state: wrong, ..permit }.render()?),
        (
            "real-name-face",
            RealNamePage::sample_for(lang, DocumentType::ForeignPassport, VerificationMethod::Face).render()?,
        ),
        ("real-name-network", RealNamePage::sample_for(lang, DocumentType::ResidentIdentityCard, ticket).render()?),
        ("real-name-nobody", page(RealNameState::NobodyToAsk).render()?),
        ("real-name-person", page(RealNameState::OtherPerson).render()?),
        ("merge", MergePage::sample(lang).render()?),
        ("merge-found", MergePage::sample_in(lang, MergeState::Found).render()?),
        ("merge-wished", MergePage::sample_in(lang, MergeState::WishedHere).render()?),
        ("merge-again", MergePage::sample_in(lang, MergeState::SignInAgain).render()?),
        ("merge-done", MergePage::sample_in(lang, MergeState::Done).render()?),
        ("merge-nothing", MergePage::sample_in(lang, MergeState::Nothing).render()?),
        ("real-name-other", page(RealNameState::OtherAccount).render()?),
        ("real-name-too-many", page(RealNameState::TooMany { minutes: 10 }).render()?),
    ])
}

fn at_home(lang: Lang) -> askama::Result<Vec<(&'static str, String)>> {
    let mut elder = AccountPage::sample(lang);
    elder.ctx.elder = true;
    let mut recovered = AccountPage::sample(lang);
    recovered.recovery = Some(recovered.ctx.now);
    Ok(vec![
        ("account-recovering", recovered.render()?),
        ("home", HomePage::sample(lang).render()?),
        ("home-signed-in", HomePage::sample_signed_in(lang).render()?),
        ("account", AccountPage::sample(lang).render()?),
        ("account-new", AccountPage::sample_new(lang).render()?),
        ("account-elder", elder.render()?),
        ("account-companies", CompaniesPage::sample(lang).render()?),
        ("account-companies-carried", CompaniesPage::sample_carried(lang).render()?),
        ("account-companies-refused", CompaniesPage::sample_refused(lang).render()?),
        ("account-companies-unverified", CompaniesPage::sample_unverified(lang).render()?),
        ("account-agents", AgentsPage::sample(lang).render()?),
        ("account-agents-code", AgentsPage::sample_code(lang).render()?),
        ("account-agents-refused", AgentsPage::sample_refused(lang).render()?),
        ("password", PasswordPage::sample(lang).render()?),
        ("password-refused", PasswordPage::sample_refused(lang).render()?),
        ("account-notices", NoticesPage::sample(lang).render()?),
        ("account-notices-none", NoticesPage::sample_empty(lang).render()?),
        ("security", SecurityPage::sample(lang).render()?),
        ("security-new", SecurityPage::sample_new(lang).render()?),
        ("security-passkey", PasskeySetupPage::sample(lang).render()?),
        ("phone-scanned", ScanApprovePage::sample(lang).render()?),
        ("phone-missing", ScanApprovePage { missing: true, ..ScanApprovePage::sample(lang) }.render()?),
        ("phone-approved", ScanApprovePage::sample_told(lang, ScanTold::Approved).render()?),
        ("phone-wrong", ScanApprovePage::sample_told(lang, ScanTold::WrongNumber).render()?),
        ("phone-sign-in", ScanApprovePage::sample_told(lang, ScanTold::SignIn).render()?),
        ("totp-setup", TotpSetupPage::sample(lang).render()?),
        ("recovery-codes", RecoveryCodesPage::sample(lang).render()?),
        ("mobile", MobilePage::sample(lang).render()?),
        ("mobile-sent", MobilePage::sample_sent(lang).render()?),
        ("logout", LogoutPage::sample(lang).render()?),
        ("logout-result", LogoutResultPage::sample(lang).render()?),
        ("logout-result-done", LogoutResultPage::sample_done(lang).render()?),
        ("terms", LegalPage::sample_of(lang, LegalDocument::Terms).render()?),
        ("privacy", LegalPage::sample_of(lang, LegalDocument::Privacy).render()?),
    ])
}

fn centre(lang: Lang) -> askama::Result<Vec<(&'static str, String)>> {
    let closing = |state| ClosingPage::sample_in(lang, state);
    let due = ClosingPage::sample_due(lang);
    let mut elder = HistoryPage::sample(lang);
    elder.ctx.elder = true;
    Ok(vec![
        ("account-history", HistoryPage::sample(lang).render()?),
        ("account-history-elder", elder.render()?),
        ("account-history-checks", HistoryPage::sample_checks(lang).render()?),
        ("account-history-changes", HistoryPage::sample_changes(lang).render()?),
        ("account-history-empty", HistoryPage::sample_empty(lang).render()?),
        ("account-data", DataPage::sample(lang).render()?),
        ("account-data-shown", DataPage::sample_shown(lang).render()?),
        ("account-corrections", CorrectionsPage::sample(lang).render()?),
        ("account-corrections-refused", CorrectionsPage::sample_refused(lang).render()?),
        ("account-close", ClosePage::sample(lang).render()?),
        ("account-close-companies", ClosePage::sample_companies(lang).render()?),
        ("account-closing-asked", closing(ClosingState::Asked(due)).render()?),
        ("account-closing-waiting", closing(ClosingState::Waiting(due)).render()?),
        ("account-closing-cancelled", closing(ClosingState::Cancelled).render()?),
        ("account-closing-over", closing(ClosingState::Over).render()?),
        ("account-guardian-child", GuardianPage::sample_child(lang).render()?),
        ("account-guardian-sent", GuardianPage::sample_sent(lang).render()?),
        ("account-guardian", GuardianPage::sample_guardian(lang).render()?),
        ("guardian-needed", GuardianNeededPage::sample(lang).render()?),
    ])
}

fn when_it_fails(lang: Lang) -> askama::Result<Vec<(&'static str, String)>> {
    Ok(vec![
        ("error", ErrorPage::sample(lang).render()?),
        (
            "error-fault",
            ErrorPage { back: None, detail: None, ..ErrorPage::sample_of(lang, ErrorKind::Fault) }.render()?,
        ),
        ("expired", ExpiredPage::sample(lang).render()?),
        (
            "expired-finished",
            ExpiredPage { back: None, ..ExpiredPage::sample_for(lang, ExpiredReason::Finished) }.render()?,
        ),
        ("busy", BusyPage::sample(lang).render()?),
        ("busy-too-many", BusyPage::sample_for(lang, BusyReason::TooMany).render()?),
    ])
}

/// Writes `pages` of every language, and the assets, under `dir`: `DIR/zh-CN/sign-in.html`, `DIR/static/…`. Serve `DIR` as
/// the root of a web server to look at it.
///
/// # Errors
/// When a file cannot be written.
pub async fn write(dir: &Path, pages: &[(Lang, Vec<(&'static str, String)>)]) -> std::io::Result<()> {
    let folder = dir.join("static");
    tokio::fs::create_dir_all(&folder).await?;
    for asset in assets::all() {
        tokio::fs::write(folder.join(&asset.file), asset.bytes).await?;
    }
    for (lang, samples) in pages {
        let folder = dir.join(lang.tag());
        tokio::fs::create_dir_all(&folder).await?;
        for (name, html) in samples {
            tokio::fs::write(folder.join(format!("{name}.html")), html).await?;
        }
    }
    Ok(())
}
