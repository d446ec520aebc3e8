//! Rules that every sample keeps, and the ids that tests, scripts and other people's programs rely on.

use askama::Template;

use super::markup::{self, Tag};
use crate::http::pages::gallery::samples;
use crate::http::pages::view::error::ErrorKind;
use crate::http::pages::view::real_name::RealNameState;
use crate::http::pages::view::sign_in::SignInProblem;
use crate::http::pages::view::{
    AccountPage, ConsentPage, ErrorPage, FormPostPage, LogoutResultPage, RealNamePage, RegisterPage, SignInPage,
};
use crate::http::pages::{Lang, PageContext};

fn page(lang: Lang, name: &str) -> String {
    samples(lang).unwrap().into_iter().find(|(sample, _)| *sample == name).expect(name).1
}

fn by_id<'a>(tags: &'a [Tag], id: &str) -> Option<&'a Tag> {
    tags.iter().find(|tag| tag.get("id") == Some(id))
}

#[test]
fn every_page_is_sound_in_both_languages() {
    for lang in Lang::ALL {
        for (name, html) in samples(lang).unwrap() {
            markup::check(name, &html, lang.tag());
        }
    }
}

#[test]
fn every_page_can_be_left_switched_and_read_without_scripts() {
    for lang in Lang::ALL {
        for (name, html) in samples(lang).unwrap() {
            let tags = markup::tags(&html);
            let skip = tags.iter().find(|tag| tag.get("class") == Some("skip")).unwrap();
            assert_eq!(skip.get("href"), Some("#main"), "{name}");
            let switch = by_id(&tags, "switch-language").unwrap();
            assert_eq!(switch.get("hreflang"), Some(lang.other().tag()), "{name}");
            assert!(by_id(&tags, "switch-elder").is_some(), "{name}");
            let scripts = tags.iter().filter(|tag| tag.name == "script");
            let files = 1 + usize::from(html.contains("id=\"passkey-form\""));
            assert!(scripts.clone().filter(|tag| tag.get("src").is_some()).count() == files, "{name}: script files");
            assert!(scripts.count() == files || name == "form-post", "{name}: inline script");
        }
    }
}

#[test]
fn pages_carry_the_ids_that_others_rely_on() {
    let expected: [(&str, &[&str]); 34] = [
        ("sign-in", &["login-form", "username", "password", "login-submit", "register-link"]),
        ("passkey-sign-in", &["passkey-form", "passkey-button", "passkey-needs-script", "by-password"]),
        ("second-factor-passkey", &["passkey-form", "passkey-button", "passkey-status"]),
        ("security-passkey", &["passkey-setup", "passkey-form", "label", "passkey-button"]),
        ("scan", &["qr-code", "scan-number", "scan-address", "by-password"]),
        ("scan-approved", &["scan-approved", "scan-continue"]),
        ("phone-scanned", &["scan-form", "scan-facts", "scan-allow", "scan-refuse"]),
        ("second-factor", &["second-factor-form", "way-totp", "way-sms"]),
        ("second-factor-sent", &["otp-form", "code", "otp-submit", "send-again", "other-ways", "second-skip"]),
        ("sms-sign-in", &["sms-form", "mobile", "by-password"]),
        ("security", &["security", "factors", "add-totp", "make-recovery-codes", "always-ask-form", "devices"]),
        ("totp-setup", &["totp-setup", "totp-secret", "code"]),
        ("recovery-codes", &["recovery-codes", "recovery-file"]),
        ("mobile", &["mobile-form", "mobile"]),
        ("sign-in-full", &["upstream-button"]),
        ("above-activate", &["activate-form", "activate-submit", "activate-facts"]),
        ("above-link", &["link-sign-in", "link-go"]),
        ("above-link-asking", &["link-form", "link-decline"]),
        ("register", &["register-form", "username", "mobile", "password", "password_again", "terms"]),
        ("real-name", &["realname-form", "name", "document_number"]),
        ("real-name-matched", &["answer-matched", "realname-continue"]),
        ("consent", &["consent-form", "consent-accept", "consent-deny"]),
        ("select-account", &["select-form", "select-another"]),
        ("select-identity", &["identity-form", "select-form", "select-another"]),
        ("select-identity-above", &["identity-form", "identity-above", "select-form"]),
        ("select-no-company", &["identity-none", "identity-manage", "select-another"]),
        ("account-companies", &["companies", "company-form", "uscc", "company_name", "invitation-form", "code"]),
        ("account-agents", &["agent-form", "agent_name", "agent_login", "valid_until", "matters", "agents"]),
        ("logout", &["logout-form", "logout-confirm", "logout-cancel"]),
        ("logout-result", &["logout-result", "logout-back"]),
        ("account", &["account", "sessions", "end-others", "end-all", "consents", "change-password", "sign-out"]),
        ("password", &["password-form", "current_password", "password", "password_again"]),
        ("error", &["error", "error-code", "error-reference", "error-back"]),
        ("form-post", &["form-post", "form-post-continue"]),
    ];
    for lang in Lang::ALL {
        for (name, ids) in expected {
            let tags = markup::tags(&page(lang, name));
            for id in ids {
                assert!(by_id(&tags, id).is_some(), "{name} has #{id}");
            }
        }
    }
}

#[test]
fn every_posted_form_carries_its_hidden_fields() {
    for (name, html) in samples(Lang::ZhCn).unwrap() {
        for form in html.split("<form ").skip(1).map(|rest| rest.split_once("</form>").unwrap().0) {
            if form.contains("id=\"realname-kind\"") {
                // It only asks for other fields, and changes nothing.
                assert!(form.contains("method=\"get\"") && !form.contains("csrf"), "{name}");
                continue;
            }
            assert!(form.contains("method=\"post\""), "{name}: {form:.60}");
            let own = ["account", "password", "security", "totp", "recovery", "mobile", "phone", "merge"];
            let in_account = own.iter().any(|own| name.starts_with(own));
            assert!(form.contains("name=\"csrf\" value=\"Y3Ny") || name == "form-post", "{name}: csrf");
            assert!(form.contains("name=\"flow\" value=\"c2Vh") || in_account || name == "form-post", "{name}: flow");
        }
    }
}

#[test]
fn the_sign_in_form_is_plain_and_first() {
    let html = page(Lang::ZhCn, "sign-in-full");
    assert_eq!(html.matches("id=\"login-form\"").count(), 1);
    let first = html.find("<form ").unwrap();
    assert!(html[first..].starts_with("<form id=\"login-form\" method=\"post\" action=\"/sign-in\""));
    let tags = markup::tags(&html);
    assert_eq!(by_id(&tags, "username").unwrap().get("name"), Some("username"));
    assert_eq!(by_id(&tags, "password").unwrap().get("type"), Some("password"));
}

#[test]
fn ways_that_are_not_offered_do_not_show() {
    let plain = page(Lang::ZhCn, "sign-in");
    for absent in ["法人登录", "短信验证码", "扫码登录", "通行密钥", "忘记密码"] {
        assert!(!plain.contains(absent), "{absent}");
    }
    assert!(page(Lang::ZhCn, "sign-in-full").contains("法人登录"));
    let closed = SignInPage { registration_open: false, ..SignInPage::sample(Lang::ZhCn) }.render().unwrap();
    assert!(!closed.contains("register"));
}

#[test]
fn a_problem_stands_at_the_top_and_beside_its_field() {
    let tags = markup::tags(&page(Lang::En, "sign-in-full"));
    let password = by_id(&tags, "password").unwrap();
    assert_eq!(password.get("aria-invalid"), Some("true"));
    assert!(password.get("aria-describedby").unwrap().contains("password-error"));
    assert_eq!(by_id(&tags, "problems").unwrap().get("role"), Some("alert"));
    assert!(tags.iter().any(|tag| tag.get("href") == Some("#password")), "the summary leads to the field");
    assert_eq!(by_id(&tags, "username").unwrap().get("aria-invalid"), None);
}

#[test]
fn a_password_is_never_written_into_a_page() {
    for name in ["sign-in-full", "register-refused", "password-refused"] {
        for input in markup::tags(&page(Lang::En, name)).iter().filter(|tag| tag.get("type") == Some("password")) {
            assert_eq!(input.get("value"), Some(""), "{name}");
        }
    }
}

#[test]
fn being_locked_out_is_told_in_whole_minutes() {
    let locked =
        |minutes| SignInPage { problem: Some(SignInProblem::Locked { minutes }), ..SignInPage::sample(Lang::En) };
    let text = |page: SignInPage| page.problems().0[0].text.clone();
    assert!(text(locked(1)).contains("in 1 minute."));
    assert!(text(locked(15)).contains("in 15 minutes."));
}

#[test]
fn sensitive_items_are_boxes_of_their_own_and_never_ticked() {
    for page in [ConsentPage::sample(Lang::ZhCn), ConsentPage::sample_demanding(Lang::ZhCn)] {
        let tags = markup::tags(&page.render().unwrap());
        let boxes: Vec<&Tag> = tags.iter().filter(|tag| tag.get("type") == Some("checkbox")).collect();
        assert_eq!(boxes.len(), page.sensitive.len());
        for (tick, item) in boxes.iter().zip(&page.sensitive) {
            assert_eq!(tick.get("name"), Some("sensitive"));
            assert_eq!(tick.get("value"), Some(item.claim.as_str()));
            assert_eq!(tick.get("checked"), None);
        }
    }
}

#[test]
fn the_three_answers_about_a_real_name_are_three() {
    let answer = |state| RealNamePage::sample_in(Lang::ZhCn, state).answer().unwrap();
    let told = [RealNameState::Mismatch, RealNameState::Unknown, RealNameState::Unavailable].map(answer);
    for (one, other) in [(0, 1), (1, 2), (0, 2)] {
        assert_ne!(told[one].id, told[other].id);
        assert_ne!(told[one].headline, told[other].headline);
        assert_ne!(told[one].advice, told[other].advice);
    }
    assert!(told[2].temporary && !told[0].temporary && !told[1].temporary);
}

#[test]
fn an_unavailable_authority_loses_nothing_that_was_typed() {
    let html = page(Lang::ZhCn, "real-name-unavailable");
    assert!(html.contains("value=\"11010519491231002X\"") && html.contains("value=\"王明\""));
    assert!(!page(Lang::ZhCn, "real-name-mismatch").contains("11010519491231002X"));
}

#[test]
fn the_logout_result_renews_itself_only_while_something_is_pending() {
    let pending = page(Lang::ZhCn, "logout-result");
    assert!(pending.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"));
    assert!(pending.contains("data-renew=\"2\""));
    let done = page(Lang::ZhCn, "logout-result-done");
    assert!(!done.contains("http-equiv") && !done.contains("data-renew"));
    let nobody = LogoutResultPage { rows: Vec::new(), ..LogoutResultPage::sample(Lang::En) };
    assert!(!nobody.pending());
    assert!(nobody.render().unwrap().contains("There was no other service to tell."));
}

#[test]
fn a_code_to_be_scanned_renews_itself_only_while_it_waits() {
    let waiting = page(Lang::ZhCn, "scan");
    assert!(waiting.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"));
    assert!(waiting.contains("data-renew=\"2\""));
    for name in ["scan-approved", "scan-over", "scan-wrong"] {
        let html = page(Lang::ZhCn, name);
        assert!(!html.contains("http-equiv") && !html.contains("data-renew") && !html.contains("qr-code"), "{name}");
    }
}

#[test]
fn no_number_is_picked_for_the_person() {
    for name in ["phone-scanned", "phone-missing"] {
        let tags = markup::tags(&page(Lang::En, name));
        let picks: Vec<&Tag> = tags.iter().filter(|tag| tag.get("type") == Some("radio")).collect();
        assert_eq!(picks.len(), 3);
        assert!(picks.iter().all(|pick| pick.get("checked").is_none()));
    }
}

#[test]
fn the_logout_result_counts_honestly() {
    let page = LogoutResultPage::sample(Lang::ZhCn);
    let told = page.summary().0.replace("<bdi>", "").replace("</bdi>", "");
    assert!(told.starts_with("本次登录用过的 6 个服务，2 个已退出，2 个还在通知"), "{told}");
    assert!(page.left_open());
    assert!(!LogoutResultPage::sample_done(Lang::ZhCn).left_open());
    assert_eq!(page.seconds(&1_096), "1.09");
}

#[test]
fn a_statutory_service_cannot_be_withdrawn_here() {
    let page = AccountPage::sample(Lang::ZhCn);
    let html = page.render().unwrap();
    for grant in &page.services {
        assert_eq!(html.contains(&format!("value=\"{}\"", grant.client_id)), !grant.statutory);
    }
}

#[test]
fn an_error_page_says_what_to_do_for_every_kind() {
    for lang in Lang::ALL {
        let mut seen = std::collections::BTreeSet::new();
        for kind in ErrorKind::ALL {
            let page = ErrorPage::sample_of(lang, kind);
            markup::check("error", &page.render().unwrap(), lang.tag());
            assert!(seen.insert((page.headline(), page.what(), page.advice())), "{kind:?} says something of its own");
        }
    }
}

#[test]
fn the_response_posted_to_a_service_is_complete_and_sends_itself() {
    let page = FormPostPage::sample(Lang::En);
    let html = page.render().unwrap();
    let tags = markup::tags(&html);
    for (name, value) in &page.fields {
        assert!(tags.iter().any(|tag| tag.get("name") == Some(name) && tag.get("value") == Some(value)), "{name}");
    }
    assert!(!html.contains("name=\"csrf\""), "nothing of ours is handed over");
    assert!(html.contains("document.getElementById(\"form-post\").submit();</script>"));
}

#[test]
fn elder_mode_has_larger_type_and_fewer_items() {
    let html = page(Lang::ZhCn, "sign-in-elder");
    assert!(html.contains("<html lang=\"zh-CN\" class=\"elder\">"));
    assert!(html.contains("标准模式") && !html.contains("短信验证码"));
    assert!(!page(Lang::ZhCn, "account-elder").contains("id=\"logouts\""));
}

#[test]
fn the_step_from_sign_in_to_registration_keeps_the_flow() {
    let mut page = SignInPage::sample(Lang::En);
    page.form.flow = "a+b/c=&d".to_owned();
    assert!(page.render().unwrap().contains("href=\"/register?flow=a%2Bb%2Fc%3D%26d\""));
    let mut back = RegisterPage::sample(Lang::En);
    back.form.flow = String::new();
    let html = back.render().unwrap();
    assert!(html.contains("href=\"/sign-in\"") && !html.contains("id=\"leave\""));
}

#[test]
fn the_signed_in_person_finds_the_account_centre_at_the_top() {
    let html = page(Lang::En, "home-signed-in");
    assert!(html.contains("class=\"nav-account\" href=\"/account\""));
    assert!(!page(Lang::En, "home").contains("nav-account"));
    assert_eq!(PageContext::sample(Lang::En).person, None);
}
