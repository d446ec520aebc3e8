//! The registry is asked again: whoever no longer represents a company acts for it no more; no answer is no answer.

use std::time::Duration;

use hufu::base::Clock as _;
use hufu::delegation::Rechecked;
use hufu::demo::authority::Mode;
use hufu::entities::EntityState;
use hufu::messages::NoticeKind;
use hufu::realname::MobileNumber;
use hufu::session::Device;

use super::Stage;
use crate::support::span::hours;

/// A day more than the usual interval.
const MONTH: Duration = Duration::from_secs(31 * 24 * 3600);

async fn due(stage: &Stage) -> Vec<(String, Rechecked)> {
    let mut all = stage.node.app.delegation.recheck_due().await.unwrap();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn both(stage: &Stage, came: Rechecked) -> Vec<(String, Rechecked)> {
    let mut all = vec![(stage.tally.code.clone(), came), (stage.trade.code.clone(), came)];
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

#[tokio::test]
async fn a_company_is_asked_about_when_its_time_has_come_and_stands_when_it_matches() {
    let stage = Stage::set().await;
    assert!(due(&stage).await.is_empty(), "it was confirmed just now");
    stage.node.pass(MONTH);
    let asked = stage.node.authority_was_asked().await;
    assert_eq!(due(&stage).await, both(&stage, Rechecked::Confirmed));
    assert_eq!(stage.node.authority_was_asked().await, asked + 2);
    assert!(due(&stage).await.is_empty(), "and it is good for another interval");
    let company = stage.node.app.entities.find_by_code(&stage.tally.code).await.unwrap().unwrap();
    assert_eq!(company.verified_at, stage.node.clock.now());
    stage.node.close().await;
}

/// Threat 11: a power that the register has taken away bites at once, everywhere.
#[tokio::test]
async fn who_no_longer_represents_a_company_acts_for_it_no_more_and_is_told() {
    let stage = Stage::with_agent().await;
    let node = &stage.node;
    let qin = node.account(&stage.qin).await;
    let number = MobileNumber::parse(&stage.qin.mobile).unwrap();
    node.app.signon.set_mobile(&qin, &number, &Device::default()).await.unwrap();
    let (mut of_qin, mut of_cui) = (node.browser(), node.browser());
    let request = crate::support::Request::of(&stage.matters);
    let page = of_qin.begin(&request).await.page();
    let page = of_qin.log_in(&page, &stage.qin).await.page();
    let hers = stage.choose(&mut of_qin, &page, stage.tally.id.as_str()).await;
    let agents = stage.enter(&mut of_cui, &stage.cui, stage.tally.id.as_str()).await;
    assert!(node.is_active(&stage.matters, &hers.access).await);
    let waiting = node.pending().await;
    node.authority_fails(Mode::MismatchAll).await;
    assert_eq!(node.app.delegation.recheck(&stage.tally.code).await.unwrap(), Rechecked::Changed);
    assert!(!node.is_active(&stage.matters, &hers.access).await);
    let refused = node.refresh(&stage.matters, hers.refresh()).await;
    assert_eq!(refused.error(), "invalid_grant");
    assert!(node.app.entities.standings(&stage.qin.id).await.unwrap().is_empty());
    // What the agent does for the company goes on; so does her own session.
    assert!(node.is_active(&stage.matters, &agents.access).await);
    assert!(node.app.sessions.list(&stage.qin.id).await.unwrap().len() == 1);
    assert_eq!(node.pending().await, waiting + 2, "the service and she are told");
    assert_eq!(stage.qin.was_told(node).await.first(), Some(&NoticeKind::RepresentativeChanged));
    // And whoever represents it now registers it.
    node.authority_fails(Mode::Ok).await;
    node.company(&stage.qin).await;
    assert_eq!(node.app.entities.standings(&stage.qin.id).await.unwrap().len(), 1);
    let left = node.pending().await;
    stage.node.close_with_pending(left).await;
}

/// An outage is a status and never a wrong answer; a round ends with it, and nothing is lost.
#[tokio::test]
async fn a_registry_that_is_away_or_talks_nonsense_changes_nothing_and_is_asked_again() {
    let stage = Stage::with_agent().await;
    let node = &stage.node;
    for mode in [Mode::Error500, Mode::Garbage, Mode::Quota] {
        node.pass(MONTH);
        node.authority_fails(mode).await;
        let came = due(&stage).await;
        assert_eq!(
            came.iter().map(|(_, came)| *came).collect::<Vec<_>>(),
            [Rechecked::NoAnswer],
            "{mode:?}: one, and no more"
        );
        assert_eq!(node.app.entities.standings(&stage.qin.id).await.unwrap().len(), 1, "{mode:?}");
        let company = node.app.entities.find_by_code(&stage.tally.code).await.unwrap().unwrap();
        assert_eq!(company.state, EntityState::Active, "{mode:?}");
        node.authority_fails(Mode::Ok).await;
        node.pass(hours(2));
        assert_eq!(due(&stage).await, both(&stage, Rechecked::Confirmed), "{mode:?}");
    }
    stage.node.close().await;
}

/// Of several processes that see a company due, one asks.
#[tokio::test]
async fn of_twenty_rounds_at_once_each_company_is_asked_about_once() {
    let stage = Stage::set().await;
    stage.node.pass(MONTH);
    let asked = stage.node.authority_was_asked().await;
    let mut rounds = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let delegation = stage.node.app.delegation.clone();
        rounds.spawn(async move { delegation.recheck_due().await.unwrap().len() });
    }
    assert_eq!(rounds.join_all().await.into_iter().sum::<usize>(), 2);
    assert_eq!(stage.node.authority_was_asked().await, asked + 2);
    stage.node.close().await;
}
