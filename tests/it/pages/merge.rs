//! Two accounts of one person: found by the verified key, brought together after a sign-in to both, and by nobody else.

use axum::http::StatusCode;
use hufu::accounts::AccountState;
use hufu::messages::NoticeKind;
use hufu::store::JsonText;
use hufu::store::consents::{self, ConsentRow, Stated};
use hufu::store::mandates::{self, MandateRow};

use crate::support::span::minutes;
use crate::support::{Browser, Page, Person, Request, TestNode};

/// `second` proves the document that `first` holds, and wishes to merge.
async fn wish(browser: &mut Browser, holder: &Person) -> Page {
    let page = browser.get("/real-name").await.page();
    let fields = [("name", holder.name.as_str()), ("document_number", holder.number.as_str())];
    let page = browser.submit(&page, "realname-form", &fields).await.page();
    page.must_have("answer-other").must_have("realname-merge");
    let page = browser.get("/account/merge").await.page();
    browser.submit(page.must_have("merge-wish"), "merge-wish", &[]).await.page()
}

async fn state(node: &TestNode, person: &Person) -> AccountState {
    node.app.accounts.find(&person.id).await.unwrap().state
}

#[tokio::test]
async fn the_account_that_holds_the_document_goes_on_and_the_other_ends_everywhere() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let first = node.verified_person("first").await;
    let second = node.person("second").await;
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(&node, &matters, &second).await;
    wish(&mut browser, &first).await.must_have("merge-wished");
    // Signing in to the other account leads straight to the question.
    let page = browser.get("/sign-in").await.page();
    node.pass(minutes(1));
    let page = browser.log_in(&page, &first).await.page();
    assert!(page.must_have("merge-form").html.contains("second"));
    let done = browser.submit(&page, "merge-form", &[]).await.page();
    done.must_have("merge-done");
    assert_eq!((state(&node, &first).await, state(&node, &second).await), (AccountState::Active, AccountState::Closed));
    assert!(!node.is_active(&matters, &tokens.access).await, "the absorbed account's tokens end");
    assert_eq!(node.deliver().await, 1, "its service is told once");
    assert!(first.was_told(&node).await.contains(&NoticeKind::AccountsMerged));
    // The absorbed account opens nothing any more, and the survivor is asked nothing.
    let mut other = node.browser();
    let page = other.get("/sign-in").await.page();
    assert_eq!(other.log_in(&page, &second).await.page().status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.get("/account/merge").await.page().must_have("merge-nothing");
    let request = Request::of(&matters).with("scope", "openid realname").with("acr_values", "urn:hufu:acr:l2");
    browser.begin(&request).await.callback().code();
    node.close().await;
}

#[tokio::test]
async fn both_sign_ins_must_be_fresh_and_the_second_younger_than_the_wish() {
    let node = TestNode::start().await;
    let first = node.verified_person("first").await;
    let second = node.person("second").await;
    let mut of_first = node.browser();
    of_first.sign_in(&first).await;
    let mut of_second = node.browser();
    of_second.sign_in(&second).await;
    node.pass(minutes(6));
    // Six minutes after the sign-in the wish is refused.
    wish(&mut of_second, &first).await.must_have("merge-again");
    of_second.sign_in(&second).await;
    let page = of_second.get("/account/merge").await.page();
    of_second.submit(&page, "merge-wish", &[]).await.page().must_have("merge-wished");
    // The older session of the first account shows the question and cannot answer it.
    let page = of_first.get("/account/merge").await.page();
    of_first.submit(page.must_have("merge-form"), "merge-form", &[]).await.page().must_have("merge-again");
    assert_eq!(state(&node, &second).await, AccountState::Active);
    // After a quarter of an hour there is nothing left to answer.
    node.pass(minutes(16));
    let page = of_first.get("/sign-in").await.page();
    of_first.log_in(&page, &first).await.page().must_have("account");
    of_first.get("/account/merge").await.page().must_have("merge-nothing");
    node.close().await;
}

/// Whoever knows name and number of somebody gains nothing: the victim's account goes on as it is, or absorbs theirs.
#[tokio::test]
async fn a_stranger_cannot_take_an_account_by_merging() {
    let node = TestNode::start().await;
    let victim = node.verified_person("victim").await;
    let stranger = node.person("stranger").await;
    let mut browser = node.browser();
    browser.sign_in(&stranger).await;
    // Without a finding there is nothing to wish, and no form can make one.
    let csrf = browser.get("/account/password").await.page().hidden("csrf").remove(0);
    for decision in ["wish", "merge", "decline", "x"] {
        let fields = [("csrf", csrf.as_str()), ("decision", decision), ("holder", victim.id.as_str())];
        browser.post("/account/merge", &fields).await.page().must_have("merge-nothing");
    }
    wish(&mut browser, &victim).await.must_have("merge-wished");
    // The stranger cannot answer for the victim.
    let fields = [("csrf", csrf.as_str()), ("decision", "merge")];
    browser.post("/account/merge", &fields).await.page().must_have("merge-nothing");
    let mut of_victim = node.browser();
    let page = of_victim.get("/sign-in").await.page();
    let page = of_victim.log_in(&page, &victim).await.page();
    of_victim.submit(page.must_have("merge-decline"), "merge-decline", &[]).await.page().must_have("merge-nothing");
    assert_eq!(state(&node, &victim).await, AccountState::Active);
    assert_eq!(state(&node, &stranger).await, AccountState::Active);
    // And where the victim agrees, it is the stranger's account that ends, and no password or number moves.
    node.pass(minutes(1));
    browser.sign_in(&stranger).await;
    wish(&mut browser, &victim).await.must_have("merge-wished");
    let page = of_victim.get("/sign-in").await.page();
    let page = of_victim.log_in(&page, &victim).await.page();
    of_victim.submit(&page, "merge-form", &[]).await.page().must_have("merge-done");
    assert_eq!(state(&node, &stranger).await, AccountState::Closed);
    let kept = node.app.accounts.find(&victim.id).await.unwrap();
    assert_eq!(kept.mobile.as_ref().map(|mobile| mobile.expose()), Some(victim.mobile.as_str()));
    node.close().await;
}

/// Takes `second` into the account of `first`, which is already in `browser`'s way.
async fn merge(node: &TestNode, browser: &mut Browser, first: &Person) -> Page {
    let page = browser.get("/sign-in").await.page();
    node.pass(minutes(1));
    let page = browser.log_in(&page, first).await.page();
    browser.submit(page.must_have("merge-form"), "merge-form", &[]).await.page()
}

#[tokio::test]
async fn companies_and_history_move_and_whatever_opens_an_account_ends() {
    let node = TestNode::start().await;
    let (boss, first) = (node.verified_person("boss").await, node.verified_person("first").await);
    let second = node.person("second").await;
    let company = node.company(&boss).await;
    let mut browser = node.browser();
    browser.sign_in(&second).await;
    wish(&mut browser, &first).await.must_have("merge-wished");
    let mandate = node.appoint(&company, &first, "tax", 30).await;
    let mut tx = node.app.store.begin().await.unwrap();
    assert!(mandates::hand_over(&mut tx, &mandate, &first.id, &second.id).await.unwrap());
    tx.commit().await.unwrap();
    second.set_up_authenticator(&node).await;
    merge(&node, &mut browser, &first).await.must_have("merge-done");
    let hers = node.app.entities.standings(&first.id).await.unwrap();
    assert_eq!(hers.iter().map(|standing| &standing.mandate_id).collect::<Vec<_>>(), [&mandate]);
    assert!(node.app.entities.standings(&second.id).await.unwrap().is_empty());
    assert!(node.app.factors.list(&second.id).await.unwrap().is_empty());
    let history = node.app.verifier.history(&first.id, 10).await.unwrap();
    assert!(history.iter().any(|row| row.outcome == "held_elsewhere"), "asked in the account that is closed");
    assert!(node.app.verifier.history(&second.id, 10).await.unwrap().is_empty());
    node.close().await;
}

/// Of two mandates for one company the stronger one stays, and what was done by the weaker one ends.
#[tokio::test]
async fn of_two_mandates_for_one_company_one_stays() {
    let node = TestNode::start().await;
    let (boss, first) = (node.verified_person("boss").await, node.verified_person("first").await);
    let second = node.person("second").await;
    let company = node.company(&boss).await;
    let kept = node.appoint(&company, &first, "tax", 30).await;
    let mut browser = node.browser();
    browser.sign_in(&second).await;
    wish(&mut browser, &first).await.must_have("merge-wished");
    let mut tx = node.app.store.begin().await.unwrap();
    let row = mandates::find(&mut tx, &kept).await.unwrap().unwrap();
    let row = MandateRow { id: "mandate-of-second".into(), account_id: Some(second.id.clone()), ..row };
    mandates::insert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    merge(&node, &mut browser, &first).await.must_have("merge-done");
    let standings = node.app.entities.standings(&first.id).await.unwrap();
    assert_eq!(standings.iter().map(|standing| &standing.mandate_id).collect::<Vec<_>>(), [&kept]);
    let ended = mandates::find(&mut node.app.store.read().await.unwrap(), &row.id).await.unwrap().unwrap();
    assert_eq!((ended.state.as_str(), ended.end_reason.as_deref()), ("ended", Some("merged")));
    node.close().await;
}

/// A service that holds a consent and takes part in no session is told by the subject alone, and asks anew afterwards.
#[tokio::test]
async fn a_service_that_only_remembers_the_absorbed_account_is_told_too() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let first = node.verified_person("first").await;
    let second = node.person("second").await;
    let mut browser = node.browser();
    browser.sign_in(&second).await;
    let client = node.app.provider.clients().find(&"matters".into()).await.unwrap().unwrap();
    let subject = node.app.provider.subjects().of(&second.id, &client);
    let mut tx = node.app.store.begin().await.unwrap();
    let agreed = ConsentRow {
        account_id: second.id.clone(),
        client_id: matters.id.as_str().into(),
        scope: "openid".into(),
        claims: JsonText(Vec::new()),
        text_version: "1".into(),
        stated: JsonText(Stated::default()),
        given_at: node.app.accounts.now(),
    };
    consents::put(&mut tx, &agreed).await.unwrap();
    tx.commit().await.unwrap();
    wish(&mut browser, &first).await.must_have("merge-wished");
    merge(&node, &mut browser, &first).await.must_have("merge-done");
    assert_eq!(node.deliver().await, 1);
    let told = node.sink.told("matters").pop().unwrap();
    let mut db = node.app.store.read().await.unwrap();
    assert!(consents::list(&mut db, &second.id).await.unwrap().is_empty());
    drop(db);
    assert_eq!((told.text("sub"), told.claims.get("sid")), (subject.as_str(), None));
    node.close().await;
}

/// Somebody who has one of the two accounts and knows no more than the password of the other.
#[tokio::test]
async fn a_password_alone_merges_nothing_into_or_out_of_an_account_with_a_second_factor() {
    let node = TestNode::start().await;
    // Out of it: the victim's account is to be taken into the attacker's.
    let (attacker, victim) = (node.verified_person("attacker").await, node.person("victim").await);
    victim.set_up_authenticator(&node).await;
    let mut browser = node.browser();
    browser.sign_in(&victim).await;
    // Nothing is proven there, so nothing is found.
    browser.get("/real-name").await.page().must_have("otp-form");
    // Even if it were found, the wish needs what protects the account.
    let session = node.app.sessions.list(&victim.id).await.unwrap().remove(0);
    let account = node.account(&victim).await;
    node.app.merges.found(&account, &session, &attacker.id).await.unwrap();
    let page = browser.get("/account/merge").await.page();
    let page = browser.submit(page.must_have("merge-wish"), "merge-wish", &[]).await.page();
    assert!(page.path.starts_with("/sign-in/second"), "{}", page.path);
    browser.sign_in(&attacker).await;
    browser.get("/account/merge").await.page().must_have("merge-nothing");
    // Into it: the attacker's account, with all that is in it, is to be taken into the victim's.
    let (holder, other) = (node.verified_person("holder").await, node.person("other").await);
    holder.set_up_authenticator(&node).await;
    let mut browser = node.browser();
    browser.sign_in(&other).await;
    wish(&mut browser, &holder).await.must_have("merge-wished");
    let page = merge(&node, &mut browser, &holder).await;
    assert!(!page.has("merge-done") && page.path.starts_with("/sign-in/second"), "{}", page.path);
    assert_eq!((state(&node, &holder).await, state(&node, &other).await), (AccountState::Active, AccountState::Active));
    node.close().await;
}

/// A name that came into the account after it was found, and a session that has ended, void the wish.
#[tokio::test]
async fn a_wish_is_void_when_the_account_is_another_persons_by_then_or_signed_out() {
    let node = TestNode::start().await;
    let first = node.verified_person("first").await;
    let second = node.person("second").await;
    let mut browser = node.browser();
    browser.sign_in(&second).await;
    wish(&mut browser, &first).await.must_have("merge-wished");
    let stranger = node.next_citizen();
    node.pass(minutes(1));
    let account = node.app.accounts.find(&second.id).await.unwrap();
    node.app.verifier.verify(&account, &stranger.name, &stranger.document_number).await.unwrap();
    let mut of_first = node.browser();
    merge(&node, &mut of_first, &first).await.must_have("merge-nothing");
    assert_eq!(state(&node, &second).await, AccountState::Active);
    // The same with a session that its owner has ended since.
    let third = node.person("third").await;
    let mut browser = node.browser();
    browser.sign_in(&third).await;
    wish(&mut browser, &first).await.must_have("merge-wished");
    browser.sign_out().await;
    merge(&node, &mut of_first, &first).await.must_have("merge-nothing");
    assert_eq!(state(&node, &third).await, AccountState::Active);
    node.close().await;
}

/// What is written about the person, and who agrees for a child, is found where she goes on.
#[tokio::test]
async fn guardians_wishes_and_records_move() {
    use hufu::centre::CorrectionItem;
    use hufu::store::guardianships::{self, GuardianshipRow};
    let node = TestNode::start().await;
    let (first, second, child) =
        (node.verified_person("first").await, node.person("second").await, node.person("child").await);
    let mut browser = node.browser();
    browser.sign_in(&second).await;
    wish(&mut browser, &first).await.must_have("merge-wished");
    let account = node.account(&second).await;
    let session = node.app.sessions.list(&second.id).await.unwrap().remove(0);
    let device = hufu::session::Device::default();
    let wished = (CorrectionItem::RealName, "更名");
    node.app.centre.ask_correction(&account, (&session, &device), wished).await.unwrap();
    let now = node.app.accounts.now();
    let until = now.plus(minutes(60));
    let row = |id: &str, child_id: &Person, guardian_id: &Person| GuardianshipRow {
        id: id.into(),
        child_id: child_id.id.clone(),
        guardian_id: guardian_id.id.clone(),
        state: "active".into(),
        asked_at: now,
        accepted_at: Some(now),
        ended_at: None,
        end_reason: None,
        valid_until: until,
        expires_at: until,
    };
    let mut tx = node.app.store.begin().await.unwrap();
    guardianships::insert(&mut tx, &row("as-guardian", &child, &second)).await.unwrap();
    guardianships::insert(&mut tx, &row("as-child", &second, &child)).await.unwrap();
    tx.commit().await.unwrap();
    merge(&node, &mut browser, &first).await.must_have("merge-done");
    let mut db = node.app.store.read().await.unwrap();
    let agrees = guardianships::guardian_of(&mut db, &child.id, now).await.unwrap().unwrap();
    assert_eq!(agrees.guardian_id, first.id, "the child keeps its guardian");
    assert_eq!(guardianships::guardian_of(&mut db, &first.id, now).await.unwrap().unwrap().guardian_id, child.id);
    drop(db);
    let held = node.app.centre.corrections_of(&first.id).await.unwrap();
    assert_eq!(
        held.iter().map(|held| held.wish.as_str()).collect::<Vec<_>>(),
        ["更名"],
        "opened under the new account"
    );
    let events = node.app.accounts.events(&first.id, (true, None), 50).await.unwrap();
    assert_eq!(events.len(), 2, "the sign-ins of both");
    assert!(node.app.accounts.events(&second.id, (true, None), 50).await.unwrap().is_empty());
    node.close().await;
}

/// Attack: a document is being proven in the account that is absorbed meanwhile: it does not come along with the others.
#[tokio::test]
async fn a_proof_that_is_answered_after_the_merge_is_written_nowhere() {
    let node = TestNode::start().await;
    let (first, second) = (node.verified_person("first").await, node.person("second").await);
    let mut browser = node.browser();
    browser.sign_in(&second).await;
    wish(&mut browser, &first).await.must_have("merge-wished");
    let asked_before = node.account(&second).await;
    merge(&node, &mut browser, &first).await.must_have("merge-done");
    let stranger = node.next_citizen();
    let late = node.app.verifier.verify(&asked_before, &stranger.name, &stranger.document_number).await;
    assert!(matches!(late, Err(hufu::accounts::ProofError::Account(_))), "the account has ended");
    let third = node.person("third").await;
    let account = node.account(&third).await;
    node.app.verifier.verify(&account, &stranger.name, &stranger.document_number).await.expect("nobody holds it");
    node.close().await;
}
