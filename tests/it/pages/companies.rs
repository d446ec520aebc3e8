//! `/account/companies…`: register a company, invite, accept, give back, as people do it; without script.

use axum::http::StatusCode;
use hufu::base::Clock as _;
use hufu::demo::authority::Mode;

use crate::support::span::minutes;
use crate::support::{Browser, DAY, Landed, Page, Person, TestNode};

async fn mine(browser: &mut Browser) -> Page {
    let page = browser.get("/account/companies").await.page();
    page.must_have("companies");
    page
}

async fn register(browser: &mut Browser, code: &str, name: &str) -> Page {
    let page = mine(browser).await;
    browser.submit(&page, "company-form", &[("uscc", code), ("company_name", name)]).await.page()
}

/// The page of the first company's agents.
async fn agents(browser: &mut Browser) -> Page {
    let page = mine(browser).await;
    let link = page.html.split("href=\"").find(|rest| rest.starts_with("/account/companies/agents?")).unwrap();
    browser.get(link.split('"').next().unwrap()).await.page()
}

/// The hidden fields and action of the form with this button text.
async fn press(browser: &mut Browser, page: &Page, name: &str, value: &str, more: &[(&str, &str)]) -> Landed {
    let forms = page.html.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next());
    let mark = format!("name=\"{name}\" value=\"{value}\"");
    let form =
        forms.into_iter().find(|form| form.contains(&mark)).unwrap_or_else(|| panic!("no {mark}: {}", page.html));
    let action = form.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let inputs = form.split("<input ").skip(1).filter_map(|rest| rest.split('>').next());
    let part =
        |tag: &str, what: &str| tag.split(&format!("{what}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut fields: Vec<(String, String)> = inputs
        .filter(|tag| tag.contains("type=\"hidden\""))
        .map(|tag| (part(tag, "name"), part(tag, "value")))
        .collect();
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    browser.post(&action, &fields).await
}

fn day(node: &TestNode, days: u32) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(node.clock.now().plus(DAY * days).seconds()).unwrap();
    at.date().to_string()
}

struct Stage {
    node: TestNode,
    qin: Person,
    cui: Person,
    at_qin: Browser,
    at_cui: Browser,
}

impl Stage {
    async fn set() -> Self {
        let node = TestNode::start().await;
        let (qin, cui) = (node.verified_person("qinlei").await, node.verified_person("cuiwenjun").await);
        let (mut at_qin, mut at_cui) = (node.browser(), node.browser());
        at_qin.sign_in(&qin).await;
        at_cui.sign_in(&cui).await;
        Self { node, qin, cui, at_qin, at_cui }
    }
}

#[tokio::test]
async fn a_company_is_registered_an_agent_invited_and_both_see_it() {
    let Stage { node, qin, cui, mut at_qin, mut at_cui } = Stage::set().await;
    let known = node.known_company(&qin);
    let typed = known.code.to_lowercase();
    let page = register(&mut at_qin, &typed, &format!(" {} ", known.name)).await;
    page.must_have("notice");
    assert!(page.html.contains(&known.name) && page.html.contains("法定代表人"), "{}", page.html);
    let page = agents(&mut at_qin).await;
    page.must_have("agent-form");
    let until = day(&node, 30);
    let fields = [
        ("agent_name", cui.name.as_str()),
        ("agent_login", "cuiwenjun"),
        ("valid_until", until.as_str()),
        ("matters", "tax:file"),
    ];
    let page = at_qin.submit(&page, "agent-form", &fields).await.page();
    page.must_have("notice").must_have("agents");
    assert!(page.html.contains("待接受") && !page.html.contains(&cui.name), "the name is masked");
    let page = mine(&mut at_cui).await;
    page.must_have("invitations");
    let page = press(&mut at_cui, &page, "answer", "decline", &[("answer", "accept")]).await.page();
    assert!(page.html.contains("经办人") && page.html.contains("tax:file") && !page.has("invitations"));
    assert!(agents(&mut at_qin).await.html.contains("有效"));
    let page = mine(&mut at_cui).await;
    let company = page.html.split("name=\"company\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = press(&mut at_cui, &page, "company", &company, &[]).await.page();
    page.must_have("prefer-self");
    let mandate = page.html.split("name=\"mandate\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = press(&mut at_cui, &page, "mandate", &mandate, &[]).await.page();
    assert!(!page.html.contains(&known.code), "given back");
    node.close().await;
}

#[tokio::test]
async fn by_code_the_invitation_is_for_whoever_has_the_code_and_the_name() {
    let Stage { node, qin, cui, mut at_qin, mut at_cui } = Stage::set().await;
    node.company(&qin).await;
    let page = agents(&mut at_qin).await;
    let until = day(&node, 30);
    let fields =
        [("agent_name", cui.name.as_str()), ("agent_login", ""), ("valid_until", until.as_str()), ("matters", "")];
    let page = at_qin.submit(&page, "agent-form", &fields).await.page();
    let code = page.must_have("invitation-code").text("invitation-code");
    assert!(!agents(&mut at_qin).await.has("invitation-code"), "it is shown once");
    let again = at_qin.get(&page.path).await.page();
    assert_eq!(again.must_have("invitation-code").text("invitation-code"), code, "and when the page is loaded anew");
    assert_eq!(again.html.matches("待接受").count(), 1, "which invites nobody anew");
    assert!(!at_cui.get(&page.path).await.page().has("invitation-code"), "nobody else sees it");
    node.pass(minutes(11));
    assert!(!at_qin.get(&page.path).await.page().has("invitation-code"), "nor is it there for ever");
    let other = node.verified_person("other").await;
    let mut at_other = node.browser();
    at_other.sign_in(&other).await;
    let page = mine(&mut at_other).await;
    let page = at_other.submit(&page, "invitation-form", &[("code", &code)]).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.must_have("problems").html.contains("姓名与您实名核验的姓名不一致"));
    let page = mine(&mut at_cui).await;
    let wrong = at_cui.submit(&page, "invitation-form", &[("code", "guessed")]).await.page();
    assert!(wrong.must_have("code-error").html.contains("不能使用"));
    assert!(at_cui.submit(&page, "invitation-form", &[("code", "")]).await.page().has("code-error"));
    let page = at_cui.submit(&page, "invitation-form", &[("code", &format!(" {code} "))]).await.page();
    assert!(page.html.contains("经办人"));
    node.close().await;
}

#[tokio::test]
async fn each_mistake_has_its_own_words_and_nobody_is_asked_in_vain() {
    let Stage { node, qin, cui, mut at_qin, mut at_cui } = Stage::set().await;
    let known = node.known_company(&qin);
    let asked = node.authority_was_asked().await;
    for (code, name, field) in [
        ("", known.name.as_str(), "uscc-error"),
        ("91350100M000100Y4", &known.name, "uscc-error"),
        ("91350100M000100Y44", &known.name, "uscc-error"),
        ("91350100I000100Y43", &known.name, "uscc-error"),
        (&known.code, "", "company_name-error"),
        (&known.code, "<script>", "company_name-error"),
    ] {
        let page = register(&mut at_qin, code, name).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{code} {name}");
        page.must_have(field).must_have("problems");
    }
    assert_eq!(node.authority_was_asked().await, asked);
    let unknown = register(&mut at_qin, "91350100M000100Y43", &known.name).await;
    unknown.must_have("uscc-error");
    let page = register(&mut at_cui, &known.code, &known.name).await;
    assert!(page.must_have("problems").html.contains("不一致"));
    assert!(!mine(&mut at_cui).await.html.contains(&known.code), "a refusal is told and not kept");
    node.company(&qin).await;
    let page = agents(&mut at_qin).await;
    let (good, late, past) = (day(&node, 30), day(&node, 2000), day(&node, 0));
    for (name, login, until, matters, field) in [
        ("", "", good.as_str(), "", "agent_name-error"),
        ("12345", "", &good, "", "agent_name-error"),
        (&cui.name, "", "", "", "valid_until-error"),
        (&cui.name, "", &late, "", "valid_until-error"),
        (&cui.name, "", "2020-01-01", "", "valid_until-error"),
        (&cui.name, "", &good, "税务", "matters-error"),
        (&qin.name, "qinlei", &good, "", "agent_login-error"),
    ] {
        let fields = [("agent_name", name), ("agent_login", login), ("valid_until", until), ("matters", matters)];
        let page = at_qin.submit(&page, "agent-form", &fields).await.page();
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        page.must_have(field);
    }
    let today =
        [("agent_name", cui.name.as_str()), ("agent_login", ""), ("valid_until", past.as_str()), ("matters", "")];
    at_qin.submit(&page, "agent-form", &today).await.page().must_have("invitation-code");
    node.close().await;
}

#[tokio::test]
async fn an_account_that_nobody_has_is_answered_as_one_that_somebody_has() {
    let Stage { node, qin, cui, mut at_qin, .. } = Stage::set().await;
    node.company(&qin).await;
    let page = agents(&mut at_qin).await;
    let until = day(&node, 30);
    let mut answers = Vec::new();
    for login in ["cuiwenjun", "nobody_at_all"] {
        let fields = [
            ("agent_name", cui.name.as_str()),
            ("agent_login", login),
            ("valid_until", until.as_str()),
            ("matters", ""),
        ];
        let page = at_qin.submit(&page, "agent-form", &fields).await.page();
        let notice = page.html.split("id=\"notice\"").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
        answers.push((page.status, page.path.clone(), notice));
    }
    assert_eq!(answers[0], answers[1]);
    node.close().await;
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_a_status_and_is_asked_again() {
    let Stage { node, qin, mut at_qin, .. } = Stage::set().await;
    let known = node.known_company(&qin);
    node.authority_fails(Mode::Error500).await;
    let page = register(&mut at_qin, &known.code, &known.name).await;
    page.must_have("applications").must_have("notice");
    assert_eq!(page.status, StatusCode::OK, "nothing is wrong with what was typed");
    let page = press(&mut at_qin, &page, "uscc", &known.code, &[("which", "retry")]).await.page();
    page.must_have("applications");
    node.authority_fails(Mode::Ok).await;
    node.app.sweeper.run_chores().await.unwrap();
    mine(&mut at_qin).await.must_have("applications");
    node.pass(minutes(20));
    node.app.sweeper.run_chores().await.unwrap();
    let page = mine(&mut at_qin).await;
    assert!(!page.has("applications") && page.html.contains("法定代表人"), "confirmed without the person");
    node.close().await;
}

/// While nobody asks for her, what waits in the name of somebody who was locked is not done.
#[tokio::test]
async fn what_waits_for_the_registry_is_not_done_for_whoever_was_locked_meanwhile() {
    let Stage { node, qin, mut at_qin, .. } = Stage::set().await;
    let known = node.known_company(&qin);
    node.authority_fails(Mode::Error500).await;
    register(&mut at_qin, &known.code, &known.name).await.must_have("applications");
    qin.set_state(&node, hufu::accounts::AccountState::Locked).await;
    node.authority_fails(Mode::Ok).await;
    let asked = node.authority_was_asked().await;
    node.pass(minutes(20));
    node.app.sweeper.run_chores().await.unwrap();
    assert_eq!(node.authority_was_asked().await, asked, "nobody is asked about");
    assert!(node.app.entities.find_by_code(&known.code).await.unwrap().is_none());
    node.deliver().await;
    node.close().await;
}

#[tokio::test]
async fn what_the_registry_refuses_later_is_told_with_its_reason() {
    let Stage { node, qin, mut at_cui, .. } = Stage::set().await;
    let known = node.known_company(&qin);
    node.authority_fails(Mode::Error500).await;
    register(&mut at_cui, &known.code, &known.name).await.must_have("applications");
    node.authority_fails(Mode::Ok).await;
    node.pass(minutes(20));
    node.app.sweeper.run_chores().await.unwrap();
    let page = mine(&mut at_cui).await;
    assert!(page.must_have("applications").html.contains("核验没有通过"));
    assert!(!page.html.contains("法定代表人</span>"));
    let page = press(&mut at_cui, &page, "uscc", &known.code, &[("which", "withdraw")]).await.page();
    assert!(!page.has("applications"));
    node.close().await;
}

#[tokio::test]
async fn who_is_not_verified_is_led_to_the_proof_and_can_do_nothing_else() {
    let Stage { node, qin, .. } = Stage::set().await;
    let known = node.known_company(&qin);
    let unproven = node.person("unproven").await;
    let mut browser = node.browser();
    browser.sign_in(&unproven).await;
    let page = mine(&mut browser).await;
    page.must_have("raise-level");
    assert!(!page.has("company-form") && !page.has("invitation-form"));
    let csrf = browser.get("/account").await.page().hidden("csrf")[0].clone();
    let fields = [("csrf", csrf.as_str()), ("uscc", &known.code), ("company_name", &known.name)];
    let page = browser.post("/account/companies", &fields).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!mine(&mut browser).await.html.contains(&known.code));
    node.close().await;
}

#[tokio::test]
async fn declined_and_taken_back_invitations_are_gone_on_both_sides() {
    let Stage { node, qin, cui, mut at_qin, mut at_cui } = Stage::set().await;
    let company = node.company(&qin).await;
    node.invite(&company, &cui, "", 30).await;
    let page = mine(&mut at_cui).await;
    let page = press(&mut at_cui, &page, "answer", "decline", &[("answer", "decline")]).await.page();
    assert!(!page.has("invitations"));
    let mandate = node.invite(&company, &cui, "", 30).await;
    let stale = mine(&mut at_cui).await;
    let page = agents(&mut at_qin).await;
    let page = press(&mut at_qin, &page, "mandate", mandate.as_str(), &[]).await.page();
    assert!(page.must_have("notice").html.contains("已撤销") && !page.has(&format!("revoke-{mandate}")));
    let page = press(&mut at_cui, &stale, "answer", "decline", &[("answer", "accept")]).await.page();
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!page.has("invitations"));
    node.close().await;
}
