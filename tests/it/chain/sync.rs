//! Registrations go up (standard 6.4 a): what changes at the city is told to the province, which checks it again.

use std::time::Duration;

use hufu::accounts::AccountState;
use hufu::base::Clock as _;
use hufu::base::id::{AccountId, ClientId};
use hufu::demo::authority::Mode;
use hufu::proto::scim::{Kind, Projection};
use hufu::registrations::Query;
use hufu::store::accounts::AccountRow;
use hufu::store::real_names::RealNameRow;
use hufu::store::sync_people;
use hufu::trust::upstream::sync::{Round, Synchroniser};
use serde_json::{Value, json};

use super::stage::{Chain, Wishes};

const REAL_NAME: &str = "urn:hufu:params:scim:schemas:extension:realname:1.0:User";

/// A chain whose city tells the province.
async fn telling() -> Chain {
    Box::pin(Chain::with(Wishes { city: &[("upstream.sync.on", "true")], ..Wishes::default() })).await
}

fn sync(chain: &Chain) -> &Synchroniser {
    chain.city.node.app.sync.as_ref().unwrap()
}

const fn round(told: usize, rejected: usize, put_off: usize) -> Round {
    Round { told, rejected, put_off }
}

/// What the province knows of the people of the city.
async fn known(chain: &Chain) -> Vec<Value> {
    let city = ClientId::from(chain.city.issuer.as_str());
    let page = chain.province.node.app.registrations.list(&city, Kind::User, &Query::default()).await.unwrap();
    page.told(&Projection::All)["Resources"].as_array().unwrap().clone()
}

/// Writes another name over that of a person, as a mistake would.
async fn misname(chain: &Chain, account: &AccountId, name: &str) {
    let app = &chain.city.node.app;
    let mut tx = app.store.begin().await.unwrap();
    let row = hufu::store::real_names::find(&mut tx, account).await.unwrap().unwrap();
    let row = RealNameRow { name: app.accounts.seal(account, name), ..row };
    assert!(hufu::store::real_names::put(&mut tx, &row, None).await.unwrap());
    tx.commit().await.unwrap();
    app.accounts.changed(account);
}

#[tokio::test]
async fn every_registration_level_change_and_closing_goes_up() {
    let chain = telling().await;
    let city = &chain.city.node;
    let mut person = city.person("zhang").await;
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 0));
    let first = known(&chain).await;
    assert_eq!((&first[0][REAL_NAME]["level"], &first[0]["active"]), (&json!(0), &json!(true)));
    for own in ["zhang", person.id.as_str(), person.mobile.as_str()] {
        assert!(!first[0].to_string().contains(own), "{own}: what is only said, or only ours, stays here");
    }
    person.verify(city).await;
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 0));
    let named = known(&chain).await;
    assert_eq!((&named[0]["id"], &named[0]["name"]["formatted"]), (&first[0]["id"], &json!(person.name)));
    assert_eq!((&named[0][REAL_NAME]["assertedLevel"], &named[0][REAL_NAME]["level"]), (&json!(2), &json!(2)));
    person.raise_to(city, 4).await;
    sync(&chain).run_due().await.unwrap();
    let raised = known(&chain).await;
    assert_eq!(
        (&raised[0][REAL_NAME]["assertedLevel"], &raised[0][REAL_NAME]["level"]),
        (&json!(4), &json!(2)),
        "the province believes its own authority"
    );
    person.set_state(city, AccountState::Locked).await;
    sync(&chain).run_due().await.unwrap();
    assert_eq!(known(&chain).await[0]["active"], false);
    assert_eq!(sync(&chain).run_due().await.unwrap(), Round::default(), "nothing has changed");
    city.app.signon.delete(&person.id).await.unwrap();
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 0));
    assert!(known(&chain).await.is_empty());
    assert_eq!(sync(&chain).status().await.unwrap().told, 0, "and nothing is left of it here");
    // Who has come and gone unseen leaves no trace there.
    let brief = city.person("lihua").await;
    city.app.signon.delete(&brief.id).await.unwrap();
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 0));
    assert!(known(&chain).await.is_empty());
    chain.close().await;
}

#[tokio::test]
async fn no_account_of_the_province_is_changed_or_opened_by_it() {
    let chain = telling().await;
    let own = chain.province.node.verified_person("wangming").await;
    let before = chain.province.node.app.accounts.find(&own.id).await.unwrap();
    // The same citizen registers at the city.
    let here = chain.city.node.verified_person("zhang").await;
    assert_eq!(here.number, own.number);
    sync(&chain).run_due().await.unwrap();
    assert_eq!(known(&chain).await.len(), 1);
    chain.province.node.app.accounts.changed(&own.id);
    let after = chain.province.node.app.accounts.find(&own.id).await.unwrap();
    assert_eq!(
        (after.updated_at, after.level(), &after.username),
        (before.updated_at, before.level(), &before.username)
    );
    assert_eq!(chain.province.node.app.registrations.beside(&own.id).await.unwrap().len(), 1, "hers to read");
    chain.city.node.app.signon.delete(&here.id).await.unwrap();
    sync(&chain).run_due().await.unwrap();
    assert!(chain.province.node.app.accounts.find(&own.id).await.is_ok(), "closed at the city, not at the province");
    chain.close().await;
}

#[tokio::test]
async fn with_the_province_down_for_an_hour_nothing_is_lost_and_all_is_told_when_it_is_back() {
    let chain = telling().await;
    let city = &chain.city.node;
    let zhang = city.person("zhang").await;
    sync(&chain).run_due().await.unwrap();
    chain.province.is_up(false);
    city.verified_person("lihua").await;
    city.person("wusong").await;
    zhang.set_state(city, AccountState::Locked).await;
    for _ in 0..6 {
        sync(&chain).run_due().await.unwrap_err();
        chain.clock.advance(Duration::from_secs(600));
    }
    let status = sync(&chain).status().await.unwrap();
    assert_eq!((status.due, status.told, status.rejected), (3, 0, 0));
    assert!(status.lag_seconds >= 3_600, "{}", status.lag_seconds);
    chain.province.is_up(true);
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(3, 0, 0));
    assert_eq!(known(&chain).await.len(), 3);
    let status = sync(&chain).status().await.unwrap();
    assert_eq!((status.due, status.told, status.lag_seconds), (0, 3, 0));
    // Its authority away: the row waits, and what needs no authority goes up.
    chain.province.node.authority_fails(Mode::Error500).await;
    city.verified_person("qian").await;
    zhang.set_state(city, AccountState::Active).await;
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 1));
    chain.province.node.authority_fails(Mode::Ok).await;
    chain.clock.advance(Duration::from_secs(120));
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 0));
    chain.close().await;
}

#[tokio::test]
async fn what_is_rejected_waits_with_its_reason_until_it_is_put_right() {
    let chain = telling().await;
    let city = &chain.city.node;
    let (zhang, li) = (city.verified_person("zhang").await, city.verified_person("lihua").await);
    misname(&chain, &zhang.id, &li.name).await;
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 1, 0), "one takes no other with it");
    let rejects = sync(&chain).rejects("", 10).await.unwrap();
    assert_eq!((rejects.len(), &rejects[0].account, rejects[0].code.as_str()), (1, &zhang.id, "mismatch"));
    assert!(!rejects[0].reason.is_empty() && !rejects[0].masked_number.is_empty());
    let shown = serde_json::to_string(&rejects).unwrap();
    assert!(!shown.contains(&zhang.number) && !shown.contains(&li.name), "{shown}");
    assert_eq!(sync(&chain).run_due().await.unwrap(), Round::default(), "it waits");
    // Sent again as it is, it is rejected again.
    assert_eq!(sync(&chain).resend(Some(&zhang.id)).await.unwrap(), 1);
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(0, 1, 0));
    // Put right, it goes by itself.
    misname(&chain, &zhang.id, &zhang.name).await;
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 0));
    assert_eq!(sync(&chain).resend(None).await.unwrap(), 0, "nothing is left");
    assert!(sync(&chain).rejects("", 10).await.unwrap().is_empty());
    assert_eq!(known(&chain).await.len(), 2);
    chain.close().await;
}

#[tokio::test]
async fn a_batch_whose_answer_was_lost_is_told_again_without_harm() {
    let chain = telling().await;
    let city = &chain.city.node;
    let mut zhang = city.person("zhang").await;
    sync(&chain).run_due().await.unwrap();
    let before = known(&chain).await;
    // As if the answer had never come: the registration there is not known here.
    let forget = async || {
        let mut tx = city.app.store.begin().await.unwrap();
        let now = chain.clock.now();
        sync_people::put_off(&mut tx, &zhang_id(&before, city).await, (now, None), ("lost", "")).await.unwrap();
        tx.commit().await.unwrap();
    };
    forget().await;
    zhang.verify(city).await;
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 1), "found there, and replaced");
    let after = known(&chain).await;
    assert_eq!((after.len(), &after[0]["id"], &after[0][REAL_NAME]["level"]), (1, &before[0]["id"], &json!(2)));
    forget().await;
    city.app.signon.delete(&zhang.id).await.unwrap();
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 0));
    assert!(known(&chain).await.is_empty());
    // And the other way round: gone there, known here.
    let li = city.person("lihua").await;
    sync(&chain).run_due().await.unwrap();
    let mut tx = chain.province.node.app.store.begin().await.unwrap();
    let (client, id) =
        (ClientId::from(chain.city.issuer.as_str()), known(&chain).await[0]["id"].as_str().unwrap().into());
    assert!(hufu::store::registrations::delete(&mut tx, &client, (&id, 1)).await.unwrap());
    tx.commit().await.unwrap();
    li.set_state(city, AccountState::Locked).await;
    assert_eq!(sync(&chain).run_due().await.unwrap(), round(1, 0, 1));
    assert_eq!(known(&chain).await.len(), 1);
    chain.close().await;
}

/// The one account that is told of.
async fn zhang_id(_: &[Value], city: &crate::support::TestNode) -> AccountId {
    city.app.accounts.find_by_name("zhang").await.unwrap().id.clone()
}

#[tokio::test]
async fn those_who_were_here_before_are_loaded_in_steps_that_go_on_where_they_stopped() {
    let chain = telling().await;
    let app = &chain.city.node.app;
    let mut tx = app.store.begin().await.unwrap();
    sync_people::clear_target(&mut tx).await.unwrap();
    for number in 0..620 {
        hufu::store::accounts::insert(&mut tx, &account(number)).await.unwrap();
    }
    let now = chain.clock.now();
    sync_people::set_target(&mut tx, &chain.province.issuer, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sync(&chain).run_due().await.unwrap(), Round::default(), "nobody is told of before the load");
    let step = sync(&chain).load_step().await.unwrap();
    assert_eq!((step.loaded, step.of, step.ended, step.round), (500, 620, false, round(500, 0, 0)));
    // Stopped, and gone on with by another process.
    let upstream = app.upstream.as_ref().unwrap();
    let again = Synchroniser::new(upstream, &app.config.upstream.sync, &app.master).unwrap();
    let step = again.load_step().await.unwrap();
    assert_eq!((step.loaded, step.ended, step.round), (620, true, round(120, 0, 0)));
    let status = again.status().await.unwrap();
    assert_eq!((status.told, status.due, status.loaded, status.load_ended), (620, 0, 620, true));
    let city = ClientId::from(chain.city.issuer.as_str());
    let all = chain.province.node.app.registrations.list(&city, Kind::User, &Query::default()).await.unwrap();
    assert_eq!(all.told(&Projection::All)["totalResults"], 620);
    // Again from the beginning: nobody is told of twice who is known.
    again.load_again().await.unwrap();
    assert_eq!(again.load_step().await.unwrap().round, Round::default());
    chain.close().await;
}

fn account(number: i64) -> AccountRow {
    let at = crate::support::NOW;
    AccountRow {
        id: AccountId::from(format!("account-{number:04}").as_str()),
        kind: "natural".into(),
        state: "active".into(),
        username: format!("Old{number}"),
        username_key: format!("old{number}"),
        password_hash: String::new(),
        password_changed_at: at,
        mobile: None,
        mobile_index: None,
        mobile_verified_at: None,
        locale: Some("zh-CN".into()),
        created_at: at,
        updated_at: at,
    }
}

#[tokio::test]
async fn a_node_that_is_not_to_tell_queues_nobody() {
    let chain = Chain::start().await;
    let city = &chain.city.node;
    assert!(city.app.sync.is_none());
    city.verified_person("zhang").await;
    let mut db = city.app.store.read().await.unwrap();
    assert!(sync_people::counts(&mut db).await.unwrap().is_empty());
    drop(db);
    chain.close().await;
}

#[tokio::test]
async fn a_node_that_is_not_let_or_suspended_keeps_everything() {
    let chain = telling().await;
    let city = &chain.city.node;
    city.person("zhang").await;
    let client = ClientId::from(chain.city.issuer.as_str());
    chain.province.node.app.logouts.suspend_client(&client).await.unwrap();
    sync(&chain).run_due().await.unwrap_err();
    assert_eq!(sync(&chain).status().await.unwrap().due, 1);
    assert!(known(&chain).await.is_empty());
    chain.close().await;
}
