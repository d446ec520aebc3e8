//! Notices: what happens to an account is told on its page to everybody, and by message to whoever has a verified number; a
//! flood of one kind silences no other, and a gateway that is gone fails nothing.

use hufu::messages::NoticeKind;

use crate::support::{Browser, DAY, Person, TestNode};

/// What an account was told, the latest first.
async fn told(node: &TestNode, person: &Person) -> Vec<NoticeKind> {
    let told = node.app.factors.notices().inbox(&person.id, 100).await.unwrap();
    told.into_iter().map(|told| told.kind).collect()
}

async fn signed_in(node: &TestNode, name: &str) -> (Person, Browser) {
    let person = node.person(name).await;
    let mut browser = node.browser();
    browser.sign_in(&person).await;
    (person, browser)
}

#[tokio::test]
async fn whoever_has_no_number_reads_it_on_her_page() {
    let node = TestNode::start().await;
    let (wang, mut browser) = signed_in(&node, "wangming").await;
    let page = browser.get("/real-name").await.page();
    let fields = [("name", wang.name.as_str()), ("document_number", wang.number.as_str())];
    browser.submit(&page, "realname-form", &fields).await.page().must_have("answer-matched");
    node.browser().sign_in(&wang).await;
    let page = browser.get("/account").await.page();
    page.must_have("notices-link");
    browser.submit(&page, "end-others", &[]).await.page();
    let kinds = told(&node, &wang).await;
    let expected =
        [NoticeKind::SignedOutEverywhere, NoticeKind::NewDevice, NoticeKind::LevelChanged, NoticeKind::NewDevice];
    assert_eq!(kinds, expected);
    let page = browser.get("/account/notices").await.page();
    for said in ["在其他设备上退出了登录", "在新设备上登录", "实名等级已变更"] {
        assert!(page.must_have("notices").html.contains(said), "{said}");
    }
    // Nobody reads another's.
    let (_, mut lis) = signed_in(&node, "lina").await;
    assert!(!lis.get("/account/notices").await.page().html.contains("实名等级已变更"));
    assert_eq!(node.browser().get("/account/notices").await.page().path, "/sign-in");
    node.close().await;
}

#[tokio::test]
async fn a_new_account_is_not_told_of_the_browser_it_was_made_in() {
    let node = TestNode::start().await;
    let mut browser = node.browser();
    let page = browser.get("/register").await.page();
    let fields = [
        ("username", "newcomer"),
        ("mobile", ""),
        ("password", "quiet-start-2027"),
        ("password_again", "quiet-start-2027"),
        ("terms", "accepted"),
    ];
    browser.submit(&page, "register-form", &fields).await.page().must_have("account");
    let person = node.app.accounts.find_by_name("newcomer").await.unwrap();
    assert!(node.app.factors.notices().inbox(&person.id, 10).await.unwrap().is_empty());
    node.close().await;
}

#[tokio::test]
async fn a_flood_of_one_kind_sends_few_messages_and_silences_no_other() {
    let node = TestNode::with(&[("messages.local", "true"), ("messages.kind_per_day", "3")]).await;
    let wang = node.person("wangming").await;
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    let number = hufu::realname::MobileNumber::parse(&wang.mobile).unwrap();
    node.app.signon.set_mobile(&account, &number, &hufu::session::Device::default()).await.unwrap();
    for _ in 0..6 {
        node.browser().sign_in(&wang).await;
    }
    node.deliver().await;
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    let of = |template: &str| sent.iter().filter(|sent| sent.template == template).count();
    assert_eq!(of("notice_new_device"), 3, "by message");
    let kinds = told(&node, &wang).await;
    assert_eq!(kinds.iter().filter(|kind| **kind == NoticeKind::NewDevice).count(), 6, "on the page");
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    node.app.signon.remove_mobile(&account).await.unwrap();
    node.deliver().await;
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    assert_eq!(sent.iter().filter(|sent| sent.template == "notice_factor_removed").count(), 1);
    node.close().await;
}

#[tokio::test]
async fn the_company_and_its_agent_are_told_of_each_other() {
    let node = TestNode::start().await;
    let head = node.verified_person("head").await;
    let company = node.company(&head).await;
    let agent = node.verified_person("agent").await;
    let mandate = node.appoint(&company, &agent, "", 3).await;
    for person in [&head, &agent] {
        let kinds = told(&node, person).await;
        assert!(kinds.contains(&NoticeKind::AgentInvited) && kinds.contains(&NoticeKind::AgentAccepted), "{kinds:?}");
    }
    node.revoke_mandate(&company, &mandate).await;
    node.appoint(&company, &agent, "", 1).await;
    node.pass(DAY * 2);
    node.app.sweeper.run_chores().await.unwrap();
    for person in [&head, &agent] {
        let kinds = told(&node, person).await;
        assert!(kinds.contains(&NoticeKind::AgentRevoked) && kinds.contains(&NoticeKind::AgentExpired), "{kinds:?}");
    }
    node.deliver().await;
    node.close().await;
}
