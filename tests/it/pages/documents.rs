//! Documents of every kind and every way of proof, through the page: what is reached, what is told, and what is kept.

use std::time::Duration;

use axum::http::StatusCode;
use hufu::accounts::{Aside, Statement};
use hufu::demo;
use hufu::demo::authority::{AuthorityOptions, Mode, bank_card_of};
use hufu::demo::papers::{Paper, papers};
use hufu::demo::people::people;
use hufu::realname::{DocumentType, RealNameLevel, VerificationMethod};
use serde_json::json;

use crate::support::span::minutes;
use crate::support::{Browser, Page, Person, Request, TestNode};

/// The documents of people who have no identity card.
fn paper(holder: &str, kind: DocumentType) -> Paper {
    let all = papers(&people(AuthorityOptions::SEED, 60));
    all.into_iter().find(|paper| paper.holder == holder && paper.document_type == kind && paper.good).unwrap()
}

/// Two fields of the form.
type Items<'a> = [(&'a str, &'a str); 2];

async fn prove(
    browser: &mut Browser,
    (kind, way): (DocumentType, VerificationMethod),
    fields: &[(&str, &str)],
) -> Page {
    let page = browser.get(&format!("/real-name?document_type={kind}&items={way}")).await.page();
    browser.submit(&page, "realname-form", fields).await.page()
}

async fn prove_paper(browser: &mut Browser, paper: &Paper) -> Page {
    let fields = [("name", paper.name.as_str()), ("document_number", paper.document_number.as_str())];
    prove(browser, (paper.document_type, VerificationMethod::TwoItems), &fields).await
}

async fn level(node: &TestNode, person: &Person) -> RealNameLevel {
    node.app.accounts.find(&person.id).await.unwrap().level()
}

/// The outcomes that were recorded about a person, the oldest first.
async fn outcomes(node: &TestNode, person: &Person) -> Vec<String> {
    let mut rows = node.app.verifier.history(&person.id, 100).await.unwrap();
    rows.reverse();
    rows.into_iter().map(|row| format!("{}:{}", row.method, row.outcome)).collect()
}

async fn phone(node: &TestNode, number: &str, purpose: &str) -> String {
    let hand = json!({"document_type": "resident_identity_card", "document_number": number, "purpose": purpose});
    node.tell_authority("/v1/phone", &hand).await["token"].as_str().unwrap().to_owned()
}

/// One good paper of every kind and of every holder who has none else, of age; identity cards are proven by everybody.
fn one_of_every_kind(node: &TestNode) -> Vec<Paper> {
    let all = papers(&people(AuthorityOptions::SEED, 60));
    let by_identity_number =
        [DocumentType::ResidentIdentityCard, DocumentType::TemporaryIdentityCard, DocumentType::HouseholdRegister];
    let mut taken = std::collections::HashSet::new();
    let mut chosen: Vec<Paper> = DocumentType::all()
        .filter(|kind| !by_identity_number.contains(kind))
        .map(|kind| {
            let fits = |paper: &&Paper| paper.document_type == kind && paper.good && !paper.holder.ends_with("-child");
            let mut good = all.iter().filter(fits);
            let paper = good.clone().find(|paper| !taken.contains(&paper.holder)).or_else(|| good.next());
            let paper = paper.unwrap_or_else(|| panic!("nobody has a {kind}")).clone();
            taken.insert(paper.holder.clone());
            paper
        })
        .collect();
    for kind in by_identity_number {
        let citizen = node.next_citizen();
        let (name, document_number) = (citizen.name, citizen.document_number);
        chosen.push(Paper {
            holder: name.clone(),
            name,
            document_type: kind,
            document_number,
            mobile: citizen.mobile,
            good: true,
        });
    }
    for (holder, kind) in [
        ("macao-lo", DocumentType::HongKongMacaoTravelPermit),
        ("foreign-garcia", DocumentType::ForeignPassport),
        ("foreign-long", DocumentType::ForeignPassport),
    ] {
        if taken.insert(holder.to_owned()) {
            chosen.push(paper(holder, kind));
        }
    }
    chosen
}

/// Rare characters, middle dots, fifty characters, Latin letters: typed, matched, told in tokens, shown on pages.
#[tokio::test]
async fn every_kind_and_every_name_goes_all_the_way() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let chosen = one_of_every_kind(&node);
    assert_eq!(
        chosen.iter().map(|paper| paper.document_type).collect::<std::collections::HashSet<_>>().len(),
        DocumentType::all().count()
    );
    for (at, paper) in chosen.into_iter().enumerate() {
        let (holder, kind) = (paper.holder.clone(), paper.document_type);
        let person = node.person(&format!("person{at}")).await;
        let mut browser = node.browser();
        browser.sign_in(&person).await;
        let matched = prove_paper(&mut browser, &paper).await;
        matched.must_have("answer-matched");
        assert!(!matched.html.contains(&paper.document_number), "{holder}: masked");
        let request = Request::of(&matters).with("scope", "openid realname").with("acr_values", "urn:hufu:acr:l2");
        let code = browser.begin(&request).await.callback().code().to_owned();
        let tokens = node.redeem(&matters, &request, &code).await.tokens();
        assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l2");
        let info = node.userinfo(&tokens.access).await.ok();
        assert_eq!(info["name"].as_str(), Some(paper.name.as_str()), "{holder}");
        let held = node.app.accounts.find(&person.id).await.unwrap();
        let real_name = held.real_name.as_ref().unwrap();
        assert_eq!((real_name.document_type, real_name.document.expose()), (kind, paper.document_number.as_str()));
        let account = browser.get("/account").await.page();
        assert!(account.html.contains(&real_name.masked_name()), "{holder}: {}", real_name.masked_name());
    }
    node.close().await;
}

#[tokio::test]
async fn more_items_or_a_face_reach_the_next_level_and_a_wrong_one_reaches_nothing() {
    let node = TestNode::start().await;
    let card = DocumentType::ResidentIdentityCard;
    let ways = [VerificationMethod::ThreeItems, VerificationMethod::FourItems, VerificationMethod::Face];
    for (at, way) in ways.into_iter().enumerate() {
        let wang = node.person(&format!("wang{at}")).await;
        let other = node.next_citizen();
        let mut browser = node.browser();
        browser.sign_in(&wang).await;
        let (own_face, other_face) =
            (phone(&node, &wang.number, "face").await, phone(&node, &other.document_number, "face").await);
        let (own_card, other_card) = (bank_card_of(&wang.mobile), bank_card_of(&other.mobile));
        let name = [("name", wang.name.as_str()), ("document_number", wang.number.as_str())];
        let (right, wrong): (Items<'_>, Items<'_>) = match way {
            VerificationMethod::ThreeItems => {
                ([("mobile", &wang.mobile), ("x", "")], [("mobile", &other.mobile), ("x", "")])
            }
            VerificationMethod::FourItems => (
                [("mobile", &wang.mobile), ("bank_card", &own_card)],
                [("mobile", &wang.mobile), ("bank_card", &other_card)],
            ),
            _ => {
                ([("face", &own_face), ("face_consent", "agreed")], [("face", &other_face), ("face_consent", "agreed")])
            }
        };
        let page = prove(&mut browser, (card, way), &[&name[..], &wrong[..]].concat()).await;
        page.must_have("answer-mismatch");
        assert_eq!(level(&node, &wang).await, RealNameLevel::L0, "{way}");
        let page = prove(&mut browser, (card, way), &name).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{way}: an item is missing");
        prove(&mut browser, (card, way), &[&name[..], &right[..]].concat()).await.must_have("answer-matched");
        assert_eq!(level(&node, &wang).await, RealNameLevel::L3, "{way}");
        assert_eq!(outcomes(&node, &wang).await, [format!("{way}:mismatch"), format!("{way}:match")]);
    }
    node.close().await;
}

#[tokio::test]
async fn every_answer_is_told_apart_and_recorded_without_the_number() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let lost = papers(&people(AuthorityOptions::SEED, 60)).into_iter().find(|paper| !paper.good).unwrap();
    let invalid = prove_paper(&mut browser, &lost).await;
    invalid.must_have("answer-invalid");
    assert_eq!(invalid.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown =
        Paper { document_number: "USA:X99999999".into(), document_type: DocumentType::ForeignPassport, ..lost };
    prove_paper(&mut browser, &unknown).await.must_have("answer-unknown");
    node.authority_fails(Mode::Quota).await;
    let spent = prove_paper(&mut browser, &unknown).await;
    spent.must_have("answer-quota");
    assert_eq!(spent.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(spent.html.contains("X99999999"), "what was typed is not lost");
    node.authority_fails(Mode::Error500).await;
    prove_paper(&mut browser, &unknown).await.must_have("answer-unavailable");
    let expected = ["two_items:invalid", "two_items:not_found", "two_items:quota_spent", "two_items:unavailable"];
    assert_eq!(outcomes(&node, &wang).await, expected);
    let recorded = format!("{:?}", node.app.verifier.history(&wang.id, 100).await.unwrap());
    for open in [lost_number(), "X99999999".to_owned(), wang.name.clone()] {
        assert!(!recorded.contains(&open), "{open}");
    }
    node.close().await;
}

fn lost_number() -> String {
    papers(&people(AuthorityOptions::SEED, 60)).into_iter().find(|paper| !paper.good).unwrap().document_number
}

/// Each kind has its own rules, and its own words when they are broken.
#[tokio::test]
async fn a_number_of_another_kind_is_told_and_nobody_is_asked() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let asked = node.authority_was_asked().await;
    let permit = paper("hk-chan", DocumentType::HongKongMacaoTaiwanResidencePermit);
    for (kind, number) in [
        (DocumentType::ResidentIdentityCard, permit.document_number.as_str()),
        (DocumentType::TaiwanTravelPermit, "H12345678"),
        (DocumentType::OrdinaryPassport, "12345678"),
        (DocumentType::ForeignPermanentResidence, wang.number.as_str()),
        (DocumentType::HongKongMacaoIdentityCard, "A123456(4)"),
    ] {
        let fields = [("name", wang.name.as_str()), ("document_number", number)];
        let page = prove(&mut browser, (kind, VerificationMethod::TwoItems), &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
        page.must_have("document_number-error");
    }
    assert_eq!(node.authority_was_asked().await, asked);
    node.close().await;
}

#[tokio::test]
async fn a_person_who_changed_their_name_keeps_account_and_subject() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let mut wang = node.verified_person("wangming").await;
    let mut browser = node.browser();
    let before = browser.sign_in_at(&node, &matters, &wang).await;
    let rename = json!({
        "document_type": "resident_identity_card", "document_number": wang.number, "name": "王𬭎䶮",
    });
    node.tell_authority("/v1/renames", &rename).await;
    let two = (DocumentType::ResidentIdentityCard, VerificationMethod::TwoItems);
    let old = [("name", wang.name.as_str()), ("document_number", wang.number.as_str())];
    prove(&mut browser, two, &old).await.must_have("answer-mismatch");
    let new = [("name", "王𬭎䶮"), ("document_number", wang.number.as_str())];
    prove(&mut browser, two, &new).await.must_have("answer-matched");
    wang.name = "王𬭎䶮".to_owned();
    let request = Request::of(&matters).with("scope", "openid realname");
    let code = browser.begin(&request).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    assert_eq!(tokens.claim("sub"), before.claim("sub"));
    assert_eq!(node.userinfo(&tokens.access).await.ok()["name"], "王𬭎䶮");
    node.close().await;
}

#[tokio::test]
async fn a_replaced_document_keeps_its_account_and_the_old_one_frees_nobody() {
    let node = TestNode::start().await;
    let person = node.person("linrare").await;
    let mut browser = node.browser();
    browser.sign_in(&person).await;
    let old = paper("taiwan-lin", DocumentType::TaiwanTravelPermit);
    let new = paper("taiwan-lin", DocumentType::HongKongMacaoTaiwanResidencePermit);
    prove_paper(&mut browser, &old).await.must_have("answer-matched");
    prove_paper(&mut browser, &new).await.must_have("answer-matched");
    let held = node.app.accounts.find(&person.id).await.unwrap();
    let real_name = held.real_name.as_ref().unwrap();
    assert_eq!(real_name.document.expose(), new.document_number, "the one proven last");
    // Somebody else's document is not taken, whatever its owner has told.
    let stranger = paper("hk-chan", DocumentType::HongKongMacaoTravelPermit);
    let page = prove_paper(&mut browser, &stranger).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.must_have("answer-person");
    // Neither document opens a second account.
    let second = node.person("linsecond").await;
    let mut other = node.browser();
    other.sign_in(&second).await;
    for paper in [&old, &new] {
        prove_paper(&mut other, paper).await.must_have("answer-other");
    }
    assert_eq!(level(&node, &second).await, RealNameLevel::L0);
    node.close().await;
}

#[tokio::test]
async fn fifteen_and_eighteen_digits_are_one_person() {
    let node = TestNode::start().await;
    // Somebody born before 2000, whose number had fifteen digits once.
    let citizen = loop {
        let citizen = node.next_citizen();
        if citizen.birth.year() < 2000 {
            break citizen;
        }
    };
    let old = format!("{}{}", &citizen.document_number[..6], &citizen.document_number[8..17]);
    let (first, second) = (node.person("first").await, node.person("second").await);
    let mut browser = node.browser();
    browser.sign_in(&first).await;
    let two = (DocumentType::ResidentIdentityCard, VerificationMethod::TwoItems);
    let name = ("name", citizen.name.as_str());
    prove(&mut browser, two, &[name, ("document_number", &old)]).await.must_have("answer-matched");
    prove(&mut browser, two, &[name, ("document_number", &citizen.document_number)]).await.must_have("answer-matched");
    let mut other = node.browser();
    other.sign_in(&second).await;
    for number in [&old, &citizen.document_number] {
        prove(&mut other, two, &[name, ("document_number", number)]).await.must_have("answer-other");
    }
    node.close().await;
}

/// An account without a name must not become two people's by asking about both at once.
#[tokio::test]
async fn two_people_proven_at_once_leave_one() {
    let node = TestNode::start().await;
    for round in 0..5 {
        let person = node.person(&format!("racer{round}")).await;
        let (one, other) = (node.next_citizen(), node.next_citizen());
        let account = node.app.accounts.find(&person.id).await.unwrap();
        let prove = |citizen: demo::people::Person| {
            let (verifier, account) = (node.app.verifier.clone(), account.clone());
            async move { verifier.verify(&account, &citizen.name, &citizen.document_number).await.is_ok() }
        };
        let (first, second) = tokio::join!(prove(one.clone()), prove(other.clone()));
        assert!(first != second, "exactly one is taken");
        node.pass(minutes(1));
        let held = node.app.accounts.find(&person.id).await.unwrap();
        let number = held.real_name.as_ref().unwrap().document.expose().to_owned();
        assert_eq!(number, if first { one.document_number } else { other.document_number });
    }
    node.close().await;
}

#[tokio::test]
async fn a_network_identity_gives_a_level_and_no_name_and_raises_nobody_else() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let (wang, li) = (node.person("wangming").await, node.verified_person("lina").await);
    let citizen = node.next_citizen();
    let network = (DocumentType::ResidentIdentityCard, VerificationMethod::NetworkIdentity);
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let ticket = phone(&node, &citizen.document_number, "network_identity").await;
    let matched = prove(&mut browser, network, &[("ticket", &ticket)]).await;
    matched.must_have("answer-matched");
    assert_eq!(level(&node, &wang).await, RealNameLevel::L3);
    prove(&mut browser, network, &[("ticket", &ticket)]).await.must_have("answer-ticket");
    let request = Request::of(&matters).with("scope", "openid realname");
    let code = browser.begin(&request).await.callback().code().to_owned();
    let tokens = node.redeem(&matters, &request, &code).await.tokens();
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l2", "capped by the password");
    let info = node.userinfo(&tokens.access).await.ok();
    assert_eq!((info["realname_level"].as_i64(), info.get("name")), (Some(3), None));
    // A borrowed ticket does not raise somebody whose name is known.
    let account = node.app.accounts.find(&li.id).await.unwrap();
    let ticket = phone(&node, &node.next_citizen().document_number, "network_identity").await;
    assert!(node.app.verifier.prove_by_network_identity(&account, &ticket).await.is_err());
    assert_eq!(level(&node, &li).await, RealNameLevel::L2);
    // One person, one account.
    let zhao = node.person("zhaorui").await;
    let account = node.app.accounts.find(&zhao.id).await.unwrap();
    let ticket = phone(&node, &citizen.document_number, "network_identity").await;
    assert!(node.app.verifier.prove_by_network_identity(&account, &ticket).await.is_err());
    assert_eq!(outcomes(&node, &zhao).await, ["network_identity:held_elsewhere"]);
    // And a real name, once proven, counts for itself.
    let two = (DocumentType::ResidentIdentityCard, VerificationMethod::TwoItems);
    let fields = [("name", wang.name.as_str()), ("document_number", wang.number.as_str())];
    prove(&mut browser, two, &fields).await.must_have("answer-matched");
    assert_eq!(level(&node, &wang).await, RealNameLevel::L2);
    node.close().await;
}

#[tokio::test]
async fn a_counter_proves_the_highest_level_and_the_login_still_caps_it() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let account = node.app.accounts.find(&wang.id).await.unwrap();
    let other = node.next_citizen();
    let kind = DocumentType::ResidentIdentityCard;
    let statement = |name, number| Statement { name, kind, number, aside: Aside::Nothing, agreed: None };
    let wrong = statement(&wang.name, &other.document_number);
    assert!(node.app.verifier.prove_in_person(&account, &wrong, "hall-1/clerk-7").await.is_err());
    node.pass(Duration::from_secs(1));
    let right = statement(&wang.name, &wang.number);
    let proven = node.app.verifier.prove_in_person(&account, &right, "hall-1/clerk-7").await.unwrap();
    assert_eq!(proven.level, RealNameLevel::L4);
    let mut browser = node.browser();
    let tokens = browser.sign_in_at(&node, &matters, &wang).await;
    assert_eq!(tokens.claim("acr"), "urn:hufu:acr:l2");
    assert_eq!(outcomes(&node, &wang).await, ["in_person:mismatch", "in_person:match"]);
    node.close().await;
}

#[tokio::test]
async fn sources_are_asked_in_their_order_and_an_answer_stands() {
    let mut node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let dead = "url = \"http://127.0.0.1:9\"";
    let row = |name: &str, members: &str| node.source_row(name, members);
    let titled = |name: &str| format!("title = {{\"zh-CN\" = \"{name}\", en = \"{name}\"}}");
    let gone =
        format!("{{name = \"gone\", {dead}, party_id = \"node\", secret = \"x\", attempts = 1, {}}}", titled("Gone"));
    let limited = row("limited", &format!("quota_per_day = 1, {}", titled("Limited")));
    let last = row("last", &titled("Last"));
    node.with_sources(&[gone.clone(), limited, last]).await;
    let ask = async |node: &TestNode| {
        let account = node.app.accounts.find(&wang.id).await.unwrap();
        let kind = DocumentType::ResidentIdentityCard;
        let statement = Statement { name: &wang.name, kind, number: &wang.number, aside: Aside::Nothing, agreed: None };
        node.app.verifier.prove(&account, &statement).await
    };
    assert_eq!(ask(&node).await.unwrap().source, "limited", "the first is down");
    assert_eq!(ask(&node).await.unwrap().source, "last", "the second has had its share");
    // A mismatch stands: nobody is asked after it.
    node.authority_fails(Mode::MismatchAll).await;
    let asked = node.authority_was_asked().await;
    node.pass(crate::support::span::hours(24));
    assert!(ask(&node).await.is_err());
    assert_eq!(node.authority_was_asked().await, asked + 1);
    node.authority_fails(Mode::Ok).await;
    // A kind that nobody is configured for.
    let permits = node.source_row("permits", "kinds = [\"taiwan_travel_permit\"]");
    node.with_sources(&[permits]).await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let fields = [("name", wang.name.as_str()), ("document_number", wang.number.as_str())];
    let two = (DocumentType::ResidentIdentityCard, VerificationMethod::TwoItems);
    prove(&mut browser, two, &fields).await.must_have("answer-nobody");
    node.close().await;
}

#[tokio::test]
async fn an_announced_stop_is_read_before_and_after_and_the_next_source_is_asked_meanwhile() {
    let mut node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let outage = "outage = {until = \"2026-11-24T08:00:00Z\", \"zh-CN\" = \"人口库升级至十六时\", en = \"Until four\"}";
    let stopped = node.source_row("stopped", outage);
    node.with_sources(std::slice::from_ref(&stopped)).await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.get("/real-name").await.page();
    assert!(page.must_have("realname-outage").html.contains("人口库升级至十六时"));
    let asked = node.authority_was_asked().await;
    let fields = [("name", wang.name.as_str()), ("document_number", wang.number.as_str())];
    let page = browser.submit(&page, "realname-form", &fields).await.page();
    assert!(page.must_have("answer-unavailable").html.contains("人口库升级至十六时"));
    assert_eq!(node.authority_was_asked().await, asked, "it is left in peace");
    let other = node.source_row("other", "items = [\"two_items\"]");
    node.with_sources(&[stopped.clone(), other]).await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let page = browser.get("/real-name").await.page();
    assert!(!page.has("realname-outage"), "somebody answers");
    browser.submit(&page, "realname-form", &fields).await.page().must_have("answer-matched");
    node.with_sources(&[stopped]).await;
    node.pass(minutes(80));
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    assert!(!browser.get("/real-name").await.page().has("realname-outage"), "its end has come");
    node.close().await;
}

/// PIPL art. 29: a face is compared only after a consent of its own, which is on record with its words.
#[tokio::test]
async fn a_face_needs_a_consent_of_its_own_which_is_on_record() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser();
    browser.sign_in(&wang).await;
    let face = phone(&node, &wang.number, "face").await;
    let way = (DocumentType::ResidentIdentityCard, VerificationMethod::Face);
    let without = [("name", wang.name.as_str()), ("document_number", wang.number.as_str()), ("face", face.as_str())];
    let asked = node.authority_was_asked().await;
    let refused = prove(&mut browser, way, &without).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.must_have("face_consent-error");
    assert!(!refused.html.contains("checked"), "never ticked beforehand");
    assert_eq!(node.authority_was_asked().await, asked, "nobody was asked");
    let records = async || node.app.consents.records(&wang.id, None, 10).await.unwrap();
    assert!(records().await.is_empty());
    prove(&mut browser, way, &[&without[..], &[("face_consent", "agreed")]].concat()).await.must_have("answer-matched");
    let record = records().await.remove(0);
    assert_eq!((record.client_id.as_str(), record.separate.0.as_slice()), ("hufu:node", &["face".to_owned()][..]));
    assert!(record.text_hash.len() == 43 && record.language == "zh-CN" && record.ended_at.is_some());
    assert!(!browser.get("/real-name").await.page().has("face-consent-box"), "no other way asks for it");
    node.close().await;
}

/// What was read before the authority was asked is worth nothing when it has answered.
#[tokio::test]
async fn two_proofs_at_once_lose_neither() {
    let node = TestNode::start().await;
    let wang = node.person("wangming").await;
    let before = node.account(&wang).await;
    let kind = DocumentType::ResidentIdentityCard;
    let statement = |aside| Statement { name: &wang.name, kind, number: &wang.number, aside, agreed: None };
    node.app.verifier.prove(&before, &statement(Aside::Mobile(&wang.mobile))).await.unwrap();
    // Asked at the same time, answered second.
    let proven = node.app.verifier.prove(&before, &statement(Aside::Nothing)).await.unwrap();
    assert_eq!(proven.level, RealNameLevel::L3);
    assert_eq!(level(&node, &wang).await, RealNameLevel::L3);
    assert_eq!(node.account(&wang).await.proofs().len(), 2);
    node.close().await;
}

/// Attack: a ticket of somebody else is brought to an account whose name is known, in both orders.
#[tokio::test]
async fn whoever_proves_a_name_beside_a_network_identity_loses_its_level() {
    let node = TestNode::start().await;
    let (wang, stranger) = (node.person("wangming").await, node.next_citizen());
    let account = node.account(&wang).await;
    let ticket = phone(&node, &stranger.document_number, "network_identity").await;
    node.app.verifier.prove_by_network_identity(&account, &ticket).await.unwrap();
    assert_eq!(level(&node, &wang).await, RealNameLevel::L3);
    let before = node.account(&wang).await;
    node.app.verifier.verify(&before, &wang.name, &wang.number).await.unwrap();
    assert_eq!(level(&node, &wang).await, RealNameLevel::L2, "nobody knows whether both are one person's");
    // The other order, by somebody who read the account before it had a name.
    let li = node.person("lina").await;
    let before = node.account(&li).await;
    node.app.verifier.verify(&before, &li.name, &li.number).await.unwrap();
    let ticket = phone(&node, &node.next_citizen().document_number, "network_identity").await;
    assert!(node.app.verifier.prove_by_network_identity(&before, &ticket).await.is_err());
    assert_eq!(level(&node, &li).await, RealNameLevel::L2);
    node.close().await;
}
