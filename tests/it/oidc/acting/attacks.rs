//! Every way to become a company that is not one's own, or to stay one: each must fail, and at once.

use std::time::Duration;

use hufu::delegation::{DelegationError, Invitation, InvitationKey, RegistrationError};
use serde_json::json;

use super::{Stage, acting_for};
use crate::support::span::hours;
use crate::support::{DAY, Landed, Request};

fn named(stage: &Stage, code: &str) -> Request {
    Request::of(&stage.matters).with("authorization_details", &acting_for(code))
}

#[tokio::test]
async fn an_invitation_that_was_not_accepted_gives_nothing() {
    let stage = Stage::set().await;
    let mut browser = stage.node.browser();
    stage.node.invite(&stage.tally, &stage.cui, "", 90).await;
    let tokens = browser.sign_in_at(&stage.node, &stage.matters, &stage.cui).await;
    assert!(!tokens.claims.contains_key("entity"), "there is only the person");
    assert_eq!(browser.begin(&named(&stage, &stage.tally.code)).await.callback().error(), "access_denied");
    let page = browser.begin(&Request::of(&stage.matters).with("prompt", "select_account")).await.page();
    assert!(!page.html.contains(stage.tally.id.as_str()));
    stage.node.close().await;
}

#[tokio::test]
async fn anothers_invitation_is_of_no_use() {
    let stage = Stage::set().await;
    let node = &stage.node;
    let waiting = node.invite(&stage.tally, &stage.cui, "", 90).await;
    let mallory = node.account(&node.verified_person("mallory").await).await;
    let delegation = &node.app.delegation;
    let stolen = delegation.accept(&mallory, &InvitationKey::Waiting(&waiting)).await;
    assert!(matches!(stolen, Err(DelegationError::Unknown)), "it waits in another's account");
    let by = node.account(&stage.qin).await;
    let wish = Invitation {
        entity: &stage.tally.id,
        name: &stage.cui.name,
        login: None,
        matters: "",
        valid_from: None,
        valid_until: hufu::base::Clock::now(&node.clock).plus(DAY * 90),
    };
    let hufu::delegation::Invited::ByCode(code) = delegation.invite(&by, &wish).await.unwrap() else { panic!() };
    let overheard = delegation.accept(&mallory, &InvitationKey::Code(&code)).await;
    assert!(matches!(overheard, Err(DelegationError::OtherName)), "the code is for somebody of another name");
    let unproven = node.account(&node.person("unproven").await).await;
    let nameless = delegation.accept(&unproven, &InvitationKey::Code(&code)).await;
    assert!(matches!(nameless, Err(DelegationError::NotVerified)));
    let cui = node.account(&stage.cui).await;
    delegation.accept(&cui, &InvitationKey::Code(&code)).await.unwrap();
    let again = delegation.accept(&cui, &InvitationKey::Code(&code)).await;
    assert!(matches!(again, Err(DelegationError::Unknown)), "a code is good once");
    stage.node.close().await;
}

#[tokio::test]
async fn a_mobile_number_that_somebody_else_declared_does_not_catch_an_invitation() {
    let stage = Stage::set().await;
    let node = &stage.node;
    let mut mallory = node.person("mallory").await;
    let by = node.account(&stage.qin).await;
    let wish = Invitation {
        entity: &stage.tally.id,
        name: &stage.cui.name,
        login: Some(&mallory.mobile),
        matters: "",
        valid_from: None,
        valid_until: hufu::base::Clock::now(&node.clock).plus(DAY * 90),
    };
    node.app.delegation.invite(&by, &wish).await.unwrap();
    let account = node.account(&mallory).await;
    assert!(node.app.delegation.overview(&account).await.unwrap().invitations.is_empty(), "a name of nobody");
    // Even a number that she has verified brings her nothing that is for somebody of another name.
    let number = hufu::realname::MobileNumber::parse(&mallory.mobile).unwrap();
    node.app.signon.set_mobile(&account, &number, &hufu::session::Device::default()).await.unwrap();
    node.app.delegation.invite(&by, &wish).await.unwrap();
    let account = node.account(&mallory).await;
    let overview = node.app.delegation.overview(&account).await.unwrap();
    let waiting = &overview.invitations[0].0.id;
    let refused = node.app.delegation.accept(&account, &InvitationKey::Waiting(waiting)).await;
    assert!(matches!(refused, Err(DelegationError::NotVerified)));
    let account = node.app.accounts.find(&mallory.id).await.unwrap();
    node.app.verifier.verify(&account, &mallory.name, &mallory.number).await.unwrap();
    mallory.username.clear();
    let refused = node.app.delegation.accept(&*node.account(&mallory).await, &InvitationKey::Waiting(waiting)).await;
    assert!(matches!(refused, Err(DelegationError::OtherName)));
    let left = stage.node.pending().await;
    stage.node.close_with_pending(left).await;
}

#[tokio::test]
async fn an_invitation_lapses_and_one_that_was_taken_back_is_gone() {
    let stage = Stage::set().await;
    let node = &stage.node;
    let cui = node.account(&stage.cui).await;
    let first = node.invite(&stage.tally, &stage.cui, "", 90).await;
    node.revoke_mandate(&stage.tally, &first).await;
    let taken_back = node.app.delegation.accept(&cui, &InvitationKey::Waiting(&first)).await;
    assert!(matches!(taken_back, Err(DelegationError::Unknown)));
    let second = node.invite(&stage.tally, &stage.cui, "", 90).await;
    node.pass(DAY * 8);
    let late = node.app.delegation.accept(&cui, &InvitationKey::Waiting(&second)).await;
    assert!(matches!(late, Err(DelegationError::Unknown)));
    node.app.sweeper.run_chores().await.unwrap();
    assert!(node.app.delegation.overview(&cui).await.unwrap().invitations.is_empty());
    stage.node.close().await;
}

#[tokio::test]
async fn agents_and_strangers_neither_invite_nor_revoke() {
    let stage = Stage::with_agent().await;
    let node = &stage.node;
    let cui = node.account(&stage.cui).await;
    let friend = node.verified_person("friend").await;
    let wish = |entity| Invitation {
        entity,
        name: &friend.name,
        login: Some("friend"),
        matters: "",
        valid_from: None,
        valid_until: hufu::base::Clock::now(&node.clock).plus(DAY),
    };
    let delegation = &node.app.delegation;
    let passed_on = delegation.invite(&cui, &wish(&stage.tally.id)).await;
    assert!(matches!(passed_on, Err(DelegationError::NotRepresentative)), "an agent passes nothing on");
    let qin = node.account(&stage.qin).await;
    let foreign = delegation.invite(&qin, &wish(&stage.trade.id)).await;
    assert!(matches!(foreign, Err(DelegationError::NotRepresentative)), "nor does another company's representative");
    let mandates = delegation.overview(&cui).await.unwrap().mandates;
    let of_trade = mandates.iter().find(|(mandate, _)| mandate.entity_id == stage.trade.id).unwrap();
    let meddled = delegation.revoke(&qin, &of_trade.0.id).await;
    assert!(matches!(meddled, Err(DelegationError::Unknown)));
    let own = delegation.overview(&qin).await.unwrap().mandates[0].0.id.clone();
    for (who, what) in [(&cui, "an agent"), (&qin, "the representative")] {
        let ended = delegation.revoke(who, &own).await;
        assert!(matches!(ended, Err(DelegationError::Unknown)), "{what} does not end who the register names");
    }
    let mut browser = node.browser();
    browser.sign_in(&stage.cui).await;
    let landed = browser.get(&format!("/account/companies/agents?company={}", stage.tally.id)).await.page();
    assert!(landed.has("companies") && !landed.has("agent-form"), "nor is an agent shown the others");
    stage.node.close().await;
}

#[tokio::test]
async fn revoking_ends_tokens_and_sids_at_once_and_leaves_the_rest() {
    let stage = Stage::set().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let mandate = node.appoint(&stage.tally, &stage.cui, "", 90).await;
    let tokens = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let people = node.client("people").await;
    let own = browser.sign_in_at(node, &people, &stage.cui).await;
    let mut other = node.browser();
    let of_qin = stage.enter(&mut other, &stage.qin, stage.tally.id.as_str()).await;
    assert!(node.is_active(&stage.matters, &tokens.access).await);
    node.revoke_mandate(&stage.tally, &mandate).await;
    assert!(!node.is_active(&stage.matters, &tokens.access).await);
    assert_eq!(node.userinfo(&tokens.access).await.error(), "invalid_token");
    assert_eq!(node.refresh(&stage.matters, tokens.refresh()).await.error(), "invalid_grant");
    assert_eq!(node.deliver().await, 1);
    assert_eq!(node.sink.told_once("matters").text("sid"), tokens.claim("sid"));
    assert!(node.is_active(&people, &own.access).await, "the person stays signed in as themselves");
    assert!(node.is_active(&stage.matters, &of_qin.access).await, "and others stay the company's");
    assert_eq!(browser.begin(&named(&stage, &stage.tally.code)).await.callback().error(), "access_denied");
    let again = stage.redeem(browser.begin(&Request::of(&stage.matters)).await).await;
    assert!(!again.claims.contains_key("entity"));
    stage.node.close().await;
}

#[tokio::test]
async fn an_offline_grant_of_a_company_ends_with_the_mandate() {
    let stage = Stage::set().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let mandate = node.appoint(&stage.tally, &stage.cui, "", 90).await;
    let request = named(&stage, &stage.tally.code).with("scope", "openid offline_access").with("prompt", "consent");
    let page = browser.begin(&request).await.page();
    let page = browser.log_in(&page, &stage.cui).await.page();
    let tokens = stage.redeem(browser.submit(&page, "consent-form", &[("decision", "accept")]).await).await;
    browser.sign_out().await;
    let tokens = node.refresh(&stage.matters, tokens.refresh()).await.tokens();
    node.revoke_mandate(&stage.tally, &mandate).await;
    assert_eq!(node.refresh(&stage.matters, tokens.refresh()).await.error(), "invalid_grant");
    assert!(!node.is_active(&stage.matters, &tokens.access).await);
    node.deliver().await;
    stage.node.close().await;
}

#[tokio::test]
async fn revoked_on_the_way_the_choice_is_none_any_more() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let page = stage.asked(&mut browser, &stage.cui).await;
    let mandates = node.app.delegation.overview(&*node.account(&stage.cui).await).await.unwrap().mandates;
    let of_tally = mandates.iter().find(|(mandate, _)| mandate.entity_id == stage.tally.id).unwrap();
    node.revoke_mandate(&stage.tally, &of_tally.0.id).await;
    let page = browser.submit(&page, "identity-form", &[("identity", stage.tally.id.as_str())]).await.page();
    page.must_have("identity-gone").must_have("identity-form");
    assert!(!page.html.contains(&stage.tally.name));
    let tokens = stage.choose(&mut browser, &page, stage.trade.id.as_str()).await;
    assert_eq!(tokens.claims["entity"]["uscc"], json!(stage.trade.code), "the other one is still there");
    stage.node.close().await;
}

#[tokio::test]
async fn a_choice_that_is_not_on_the_page_is_none() {
    let stage = Stage::set().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    node.appoint(&stage.trade, &stage.cui, "", 30).await;
    let page = stage.asked(&mut browser, &stage.cui).await;
    for forged in [stage.tally.id.as_str(), &stage.tally.code, "", "self ", "SELF", stage.qin.id.as_str()] {
        let page = browser.submit(&page, "identity-form", &[("identity", forged)]).await.page();
        page.must_have("identity-form");
    }
    let firms = node.client_with("firms", json!({"subject": "entity"})).await;
    let landed = browser.begin(&Request::of(&firms).with("prompt", "select_account")).await.page();
    let page = browser.submit(&landed, "select-form", &[("identity", "self")]).await.page();
    assert!(page.has("identity-form"), "oneself is no choice at a service for companies");
    stage.node.close().await;
}

#[tokio::test]
async fn a_flow_in_which_another_person_chose_does_not_choose_for_this_one() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let page = stage.asked(&mut browser, &stage.cui).await;
    let (action, mut fields) = page.form("identity-form");
    fields.push(("identity".into(), stage.trade.id.0.clone()));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let answer = browser.send(axum::http::Method::POST, &action, Some(body)).await;
    let stolen = answer.location().to_owned();
    let mut mallory = node.browser();
    mallory.sign_in(&stage.qin).await;
    let page = mallory.get(&stolen).await.page();
    page.must_have("identity-form");
    assert!(!page.html.contains(&stage.trade.name), "{}", page.html);
    stage.node.close().await;
}

#[tokio::test]
async fn a_code_is_void_once_the_mandate_is() {
    let stage = Stage::set().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let mandate = node.appoint(&stage.tally, &stage.cui, "", 90).await;
    browser.sign_in(&stage.cui).await;
    let request = named(&stage, &stage.tally.code);
    let code = browser.begin(&request).await.callback().code().to_owned();
    node.revoke_mandate(&stage.tally, &mandate).await;
    assert_eq!(node.redeem(&stage.matters, &request, &code).await.error(), "invalid_grant");
    node.appoint(&stage.tally, &stage.cui, "", 90).await;
    assert_eq!(node.redeem(&stage.matters, &request, &code).await.error(), "invalid_grant", "nor by a later mandate");
    assert_eq!(node.deliver().await, 0);
    stage.node.close().await;
}

#[tokio::test]
async fn a_mandate_that_is_over_ends_by_itself_and_no_token_outlives_it() {
    let stage = Stage::set().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    node.appoint(&stage.tally, &stage.cui, "", 1).await;
    node.pass(DAY - Duration::from_secs(100));
    let tokens = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let seen = node.form("/oauth2/introspect", &stage.matters, &[("token", &tokens.access)]).await.ok();
    assert!(seen["exp"].as_i64().unwrap() <= tokens.claims["agent_valid_until"].as_i64().unwrap());
    let other = node.client_with("licences", json!({"subject": "either"})).await;
    let code = browser.begin(&Request::of(&other).with("authorization_details", &acting_for(&stage.tally.code))).await;
    let code = code.callback().code().to_owned();
    node.pass(Duration::from_secs(101));
    assert_eq!(node.refresh(&stage.matters, tokens.refresh()).await.error(), "invalid_grant", "before any chore");
    let late = node.redeem(&other, &Request::of(&other), &code).await;
    assert_eq!(late.error(), "invalid_grant");
    assert_eq!(browser.begin(&named(&stage, &stage.tally.code)).await.callback().error(), "access_denied");
    node.app.sweeper.run_chores().await.unwrap();
    assert!(!node.is_active(&stage.matters, &tokens.access).await);
    assert_eq!(node.deliver().await, 1, "the service is told that it is over");
    assert_eq!(node.sink.told_once("matters").text("sid"), tokens.claim("sid"));
    stage.node.close().await;
}

#[tokio::test]
async fn nobody_acts_for_a_suspended_company() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let tally = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    let mut other = node.browser();
    let representative = stage.enter(&mut other, &stage.qin, stage.tally.id.as_str()).await;
    let code = browser.begin(&named(&stage, &stage.tally.code)).await.callback().code().to_owned();
    node.app.delegation.suspend(&stage.tally.code).await.unwrap();
    for tokens in [&tally, &representative] {
        assert!(!node.is_active(&stage.matters, &tokens.access).await);
        assert_eq!(node.refresh(&stage.matters, tokens.refresh()).await.error(), "invalid_grant");
    }
    assert_eq!(node.redeem(&stage.matters, &Request::of(&stage.matters), &code).await.error(), "invalid_grant");
    assert_eq!(node.deliver().await, 2);
    assert_eq!(browser.begin(&named(&stage, &stage.tally.code)).await.callback().error(), "access_denied");
    let qin = node.account(&stage.qin).await;
    node.app.delegation.register(&qin, &stage.tally.code, &stage.tally.name).await.unwrap();
    let again = other.begin(&named(&stage, &stage.tally.code)).await;
    assert_eq!(again.callback().error(), "access_denied", "registering it again does not lift it");
    node.app.delegation.resume(&stage.tally.code).await.unwrap();
    stage.redeem(browser.begin(&named(&stage, &stage.tally.code)).await).await;
    stage.node.close().await;
}

#[tokio::test]
async fn a_company_is_registered_by_nobody_but_whom_the_register_names() {
    let stage = Stage::set().await;
    let node = &stage.node;
    let register = async |person: &crate::support::Person, code: &str, name: &str| {
        node.app.delegation.register(&*node.account(person).await, code, name).await
    };
    let (code, name) = (stage.tally.code.as_str(), stage.tally.name.as_str());
    let by_another = register(&stage.cui, code, name).await;
    assert!(matches!(by_another, Err(RegistrationError::Mismatch)));
    let by_name = register(&stage.qin, code, "另一家有限公司").await;
    assert!(matches!(by_name, Err(RegistrationError::Mismatch)));
    let unknown = register(&stage.qin, "91350100M000100Y43", name).await;
    assert!(matches!(unknown, Err(RegistrationError::NotFound)));
    let unproven = node.person("unproven").await;
    let nameless = register(&unproven, code, name).await;
    assert!(matches!(nameless, Err(RegistrationError::Delegation(DelegationError::NotVerified))));
    for gone in ["旧渡口运输有限公司", "云门印务有限公司"] {
        let known = hufu::demo::companies::companies(&hufu::demo::people::people(
            hufu::demo::authority::AuthorityOptions::SEED,
            20,
        ));
        let company = known.into_iter().find(|company| company.name == gone).unwrap();
        let owner = if company.representative == stage.qin.name { &stage.qin } else { &stage.trade.representative };
        let dissolved = register(owner, &company.code, gone).await;
        assert!(matches!(dissolved, Err(RegistrationError::Closed)), "{gone}");
    }
    stage.node.close().await;
}

#[tokio::test]
async fn a_lock_ends_what_was_done_for_companies_too() {
    let stage = Stage::with_agent().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    let tokens = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    stage.cui.set_state(node, hufu::accounts::AccountState::Locked).await;
    assert!(!node.is_active(&stage.matters, &tokens.access).await);
    node.deliver().await;
    assert_eq!(node.sink.told_once("matters").text("sid"), tokens.claim("sid"));
    stage.node.close().await;
}

#[tokio::test]
async fn a_client_that_serves_people_only_from_now_on_refreshes_no_company() {
    let stage = Stage::with_agent().await;
    let mut browser = stage.node.browser();
    let tokens = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    stage.node.put_again(&stage.matters, json!({"subject": "person"})).await;
    assert_eq!(stage.node.refresh(&stage.matters, tokens.refresh()).await.error(), "invalid_grant");
    stage.node.close().await;
}

/// Whichever comes first: no live token is left when both are done.
#[tokio::test]
async fn a_redemption_and_a_revocation_at_once_leave_no_live_token() {
    let stage = Stage::set().await;
    let (node, mut browser) = (&stage.node, stage.node.browser());
    browser.sign_in(&stage.cui).await;
    let request = named(&stage, &stage.tally.code);
    for round in 0..8 {
        let mandate = node.appoint(&stage.tally, &stage.cui, "", 90).await;
        let code = browser.begin(&request).await.callback().code().to_owned();
        let (redeemed, ()) =
            tokio::join!(node.redeem(&stage.matters, &request, &code), node.revoke_mandate(&stage.tally, &mandate));
        if redeemed.status.is_success() {
            let tokens = redeemed.tokens();
            assert_eq!(node.refresh(&stage.matters, tokens.refresh()).await.error(), "invalid_grant", "round {round}");
            node.pass(Duration::from_secs(1));
            assert!(!node.is_active(&stage.matters, &tokens.access).await, "round {round}");
        } else {
            assert_eq!(redeemed.error(), "invalid_grant");
        }
    }
    node.deliver().await;
    stage.node.close().await;
}

#[tokio::test]
async fn a_session_that_ran_out_takes_the_company_along() {
    let stage = Stage::with_agent().await;
    let mut browser = stage.node.browser();
    let tokens = stage.enter(&mut browser, &stage.cui, stage.tally.id.as_str()).await;
    stage.node.pass(hours(1));
    assert_eq!(stage.node.refresh(&stage.matters, tokens.refresh()).await.error(), "invalid_grant");
    assert!(
        matches!(browser.begin(&named(&stage, &stage.tally.code)).await, Landed::Here(page) if page.has("login-form"))
    );
    stage.node.app.sweeper.run_chores().await.unwrap();
    stage.node.deliver().await;
    stage.node.close().await;
}

/// An invitation waits for a week, and for nobody while the company is suspended.
#[tokio::test]
async fn an_invitation_lapses_and_is_taken_up_at_no_suspended_company() {
    let stage = Stage::set().await;
    let node = &stage.node;
    let cui = node.account(&stage.cui).await;
    let waiting = node.invite(&stage.tally, &stage.cui, "", 90).await;
    node.app.delegation.suspend(&stage.tally.code).await.unwrap();
    let refused = node.app.delegation.accept(&cui, &InvitationKey::Waiting(&waiting)).await;
    assert!(matches!(refused, Err(DelegationError::Suspended | DelegationError::Unknown)), "{refused:?}");
    node.app.delegation.resume(&stage.tally.code).await.unwrap();
    let waiting = node.invite(&stage.tally, &stage.cui, "", 90).await;
    node.pass(hufu::delegation::INVITATION_LIFE);
    let late = node.app.delegation.accept(&cui, &InvitationKey::Waiting(&waiting)).await;
    assert!(matches!(late, Err(DelegationError::Unknown)), "{late:?}");
    assert!(node.app.entities.standings(&stage.cui.id).await.unwrap().is_empty());
    node.deliver().await;
    stage.node.close().await;
}

/// A mandate gives a standing to whom it was given and to nobody else, whatever a code or a row would carry.
#[tokio::test]
async fn a_mandate_gives_nobody_else_a_standing() {
    let stage = Stage::set().await;
    let node = &stage.node;
    let mandate = node.appoint(&stage.tally, &stage.cui, "", 30).await;
    let mut tx = node.app.store.begin().await.unwrap();
    assert!(node.app.entities.hold(&mut tx, &mandate, &stage.cui.id).await.unwrap().is_some());
    assert!(node.app.entities.hold(&mut tx, &mandate, &stage.qin.id).await.unwrap().is_none());
    drop(tx);
    node.deliver().await;
    stage.node.close().await;
}

/// Attack: a company's account floods others with invitations.
#[tokio::test]
async fn a_company_has_two_hundred_agents_and_open_invitations_and_no_more() {
    let stage = Stage::set().await;
    let node = &stage.node;
    let first = node.invite(&stage.tally, &stage.cui, "", 90).await;
    let mut tx = node.app.store.begin().await.unwrap();
    let row = hufu::store::mandates::find(&mut tx, &first).await.unwrap().unwrap();
    for number in 1..200 {
        let id = format!("mandate-{number}");
        let row = hufu::store::mandates::MandateRow { id: id.as_str().into(), account_id: None, ..row.clone() };
        hufu::store::mandates::insert(&mut tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let by = node.account(&stage.qin).await;
    let wish = hufu::delegation::Invitation {
        entity: &stage.tally.id,
        name: "张伟",
        login: None,
        matters: "",
        valid_from: None,
        valid_until: node.app.accounts.now().plus(crate::support::DAY),
    };
    let refused = node.app.delegation.invite(&by, &wish).await;
    assert!(matches!(refused, Err(DelegationError::TooMany)), "{:?}", refused.err());
    node.deliver().await;
    stage.node.close().await;
}
