//! Notices: what happens to an account is told on its page to everybody, and by message to whoever has a verified number; a
//! flood of one kind silences no other, and a gateway that is gone fails nothing.

use hufu::messages::NoticeKind;

use crate::support::{Browser, DAY, Person, TestNode};

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
    let kinds = wang.was_told(&node).await;
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
    let kinds = wang.was_told(&node).await;
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
        let kinds = person.was_told(&node).await;
        assert!(kinds.contains(&NoticeKind::AgentInvited) && kinds.contains(&NoticeKind::AgentAccepted), "{kinds:?}");
    }
    node.revoke_mandate(&company, &mandate).await;
    node.appoint(&company, &agent, "", 1).await;
    node.pass(DAY * 2);
    node.app.sweeper.run_chores().await.unwrap();
    for person in [&head, &agent] {
        let kinds = person.was_told(&node).await;
        assert!(kinds.contains(&NoticeKind::AgentRevoked) && kinds.contains(&NoticeKind::AgentExpired), "{kinds:?}");
    }
    node.deliver().await;
    node.close().await;
}

/// Threat: a number moves to another card, and with it what it stood for at the account that had it.
#[tokio::test]
async fn whoever_loses_a_number_to_another_account_is_told_and_loses_what_it_stood_for() {
    let node = TestNode::with(&[("messages.local", "true")]).await;
    let (wang, li) = (node.person("wangming").await, node.person("lina").await);
    let number = hufu::realname::MobileNumber::parse(&wang.mobile).unwrap();
    let device = hufu::session::Device::default();
    node.app.signon.set_mobile(&*node.account(&wang).await, &number, &device).await.unwrap();
    assert!(wang.was_told(&node).await.contains(&NoticeKind::LevelChanged), "from l0 to l1");
    let account = node.account(&wang).await;
    node.app.signon.make_recovery_codes(&account).await.unwrap();
    node.app.signon.set_always_asks(&account, true).await.unwrap();
    node.app.signon.set_mobile(&*node.account(&li).await, &number, &device).await.unwrap();
    let kinds = wang.was_told(&node).await;
    assert!(kinds.contains(&NoticeKind::MobileTaken), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == NoticeKind::LevelChanged).count(), 2, "and back to l0");
    assert!(node.app.factors.list(&wang.id).await.unwrap().is_empty(), "codes that stood in for it");
    assert!(!node.app.factors.always_asks(&wang.id).await.unwrap(), "there is nothing to ask for");
    assert!(node.account(&wang).await.mobile.is_none());
    node.deliver().await;
    let sent = node.app.local_messages.as_ref().unwrap().sent();
    assert!(!sent.iter().any(|sent| sent.template == "notice_mobile_taken"), "the number is in another hand");
    node.close().await;
}

/// Without a factor that could be shown the wish to be always asked means nothing, and must not come back by itself.
#[tokio::test]
async fn the_wish_to_be_always_asked_goes_with_the_last_factor() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    wang.set_up_authenticator(&node).await;
    wang.wants_to_be_always_asked(&node).await;
    let id = node.app.factors.list(&wang.id).await.unwrap()[0].id.clone();
    assert!(node.app.signon.remove_factor(&*node.account(&wang).await, &id).await.unwrap());
    assert!(!node.app.factors.always_asks(&wang.id).await.unwrap());
    node.close().await;
}

/// Every kind stands on the account's page in words of its own, and goes out by message to a verified number.
#[tokio::test]
async fn every_kind_is_told_on_the_page_and_by_message() {
    let node = TestNode::with(&[("messages.local", "true")]).await;
    let (wang, mut browser) = signed_in(&node, "wangming").await;
    let number = hufu::realname::MobileNumber::parse(&wang.mobile).unwrap();
    node.app.signon.set_mobile(&*node.account(&wang).await, &number, &hufu::session::Device::default()).await.unwrap();
    let account = node.account(&wang).await;
    let mut said = std::collections::BTreeSet::new();
    for kind in NoticeKind::ALL {
        let before = browser.get("/account/notices").await.page().html;
        let mut tx = node.app.store.begin().await.unwrap();
        node.app.signon.tell(&mut tx, &account, kind).await.unwrap();
        tx.commit().await.unwrap();
        node.app.signon.told(&account);
        node.deliver().await;
        let page = browser.get("/account/notices").await.page();
        assert!(page.html.len() > before.len(), "{kind:?} is on the page");
        let sent = node.app.local_messages.as_ref().unwrap().sent();
        let template = format!("notice_{}", kind.as_str());
        let message = sent.iter().find(|sent| sent.template == template && sent.to == wang.mobile);
        assert!(
            said.insert(message.unwrap_or_else(|| panic!("{template}")).text.clone()),
            "{kind:?}: words of its own"
        );
        node.pass(std::time::Duration::from_secs(1));
    }
    node.close().await;
}

/// What weakens the account is told, whoever does it.
#[tokio::test]
async fn switching_off_trusting_and_distrusting_is_told() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    wang.set_up_authenticator(&node).await;
    wang.wants_to_be_always_asked(&node).await;
    let account = node.account(&wang).await;
    let cookie = hufu::base::Secret::new("a-browser-of-hers");
    let device = hufu::session::Device { cookie: Some(cookie), ..hufu::session::Device::default() };
    node.app.signon.trust(&account, &device).await.unwrap();
    let trusted = node.app.factors.trusted_devices(&wang.id).await.unwrap().remove(0).id;
    assert!(node.app.signon.distrust(&account, &trusted).await.unwrap());
    assert!(!node.app.signon.distrust(&account, &"another".into()).await.unwrap());
    node.app.signon.set_always_asks(&account, false).await.unwrap();
    node.app.signon.set_always_asks(&account, false).await.unwrap();
    let kinds = wang.was_told(&node).await;
    for kind in [NoticeKind::AlwaysAskOff, NoticeKind::DeviceTrusted, NoticeKind::DeviceDistrusted] {
        assert_eq!(kinds.iter().filter(|told| **told == kind).count(), 1, "{kind:?}");
    }
    node.close().await;
}
