//! What changes at the nation of people who are known below comes down to them without their doing (standard 6.4 b).

use std::time::Duration;

use hufu::accounts::AccountState;
use hufu::accounts::Person as Account;
use hufu::realname::RealNameLevel;
use hufu::store::upstream_links;
use hufu::trust::upstream::people::{FollowError, Followed};
use serde_json::json;

use super::stage::{Chain, Link, Reachable, Traveller, Wishes};
use crate::support::{Client, Person, Request, Tokens};

/// Somebody of the nation who has entered a service of the province with her document, and her browser.
struct Known {
    chain: Chain,
    person: Person,
    traveller: Traveller,
    service: Client,
    tokens: Tokens,
}

impl Known {
    async fn set() -> Self {
        Self::at(Box::pin(Chain::start()).await).await
    }

    async fn at(chain: Chain) -> Self {
        let person = chain.nation.node.verified_person("wangming").await;
        let service = chain.province.node.client("matters").await;
        let mut traveller = chain.traveller();
        let request = Request::of(&service).with("scope", "openid profile realname phone");
        let page = traveller.begin(&chain.province, &request).await.page_at(&chain.province);
        let landed = traveller.through_nation(&chain, &chain.province, &page, &person).await;
        let page = landed.page_at(&chain.province);
        let landed = traveller.submit(&chain.province, page.must_have("activate-form"), "activate-form", &[]).await;
        let code = landed.service().code().to_owned();
        let tokens = chain.province.node.redeem(&service, &request, &code).await.tokens();
        Self { chain, person, traveller, service, tokens }
    }

    async fn follow(&self) -> Result<Followed, FollowError> {
        follow(&self.chain.province).await
    }

    /// Her account at the province; none once nobody of the nation is anybody there.
    async fn below(&self) -> Option<std::sync::Arc<Account>> {
        let at = &self.chain.province;
        let subject = subject(&self.chain, &self.person);
        let mut db = at.node.app.store.read().await.unwrap();
        let link = upstream_links::find(&mut db, &self.chain.nation.issuer, &subject).await.unwrap()?;
        at.node.app.accounts.changed(&link.account_id);
        Some(at.node.app.accounts.find(&link.account_id).await.unwrap())
    }

    async fn is_in(&self) -> bool {
        self.chain.province.node.is_active(&self.service, &self.tokens.access).await
    }
}

async fn follow(at: &Reachable) -> Result<Followed, FollowError> {
    at.node.app.upstream.as_ref().unwrap().follow_people().await
}

/// By which name the nation speaks of her to the province.
fn subject(chain: &Chain, person: &Person) -> String {
    let host = url::Url::parse(&chain.province.issuer).unwrap().host_str().unwrap().to_owned();
    chain.nation.node.app.provider.subjects().at_host(&person.id, &host)
}

#[tokio::test]
async fn a_new_name_comes_down_without_the_person() {
    let known = Known::set().await;
    let nothing = known.follow().await.unwrap();
    assert!(nothing.changed <= 1 && nothing.forgotten == 0, "{nothing:?}");
    let nation = &known.chain.nation.node;
    let rename =
        json!({"document_type": "resident_identity_card", "document_number": known.person.number, "name": "王新名"});
    nation.tell_authority("/v1/renames", &rename).await;
    let account = nation.account(&known.person).await;
    nation.app.verifier.verify(&account, "王新名", &known.person.number).await.unwrap();
    assert_eq!(known.follow().await.unwrap(), Followed { changed: 1, ..Followed::default() });
    let below = known.below().await.unwrap();
    assert_eq!(below.known_name().unwrap().expose(), "王新名");
    assert!(known.is_in().await, "and nothing else of her changes");
    assert_eq!(known.follow().await.unwrap(), Followed::default(), "it is read once");
    known.chain.close().await;
}

#[tokio::test]
async fn whoever_is_locked_above_is_in_no_session_below_and_keeps_what_is_hers() {
    let known = Known::set().await;
    known.follow().await.unwrap();
    // The logout does not arrive; the change is read all the same.
    known.person.set_state(&known.chain.nation.node, AccountState::Locked).await;
    assert!(known.is_in().await);
    let followed = known.follow().await.unwrap();
    assert_eq!((followed.suspended, followed.forgotten), (1, 0));
    assert!(!known.is_in().await);
    assert_eq!(known.below().await.unwrap().level(), RealNameLevel::L2, "the name stays: she may come back");
    known.chain.deliver().await;
    known.chain.close().await;
}

#[tokio::test]
async fn whose_account_above_is_closed_is_nobody_below_by_it_and_nothing_told_stays() {
    let mut known = Known::set().await;
    known.follow().await.unwrap();
    let id = known.below().await.unwrap().id.clone();
    assert!(known.chain.nation.node.app.signon.delete(&known.person.id).await.unwrap());
    assert_eq!(known.follow().await.unwrap().forgotten, 1);
    assert!(!known.is_in().await);
    assert!(known.below().await.is_none(), "the link is gone");
    let left = known.chain.province.node.app.accounts.find(&id).await.unwrap();
    assert!(left.known_name().is_none() && left.real_name.is_none() && left.level() <= RealNameLevel::L1);
    // Nobody comes in by what there was.
    let silent = Request::of(&known.service).with("prompt", "none");
    let landed = known.traveller.begin(&known.chain.province, &silent).await;
    assert_eq!(landed.service().error(), "login_required");
    known.chain.deliver().await;
    known.chain.close().await;
}

/// What she has proven at the province herself is hers, whatever becomes of her account above.
#[tokio::test]
async fn what_was_proven_here_stays_when_what_was_told_goes() {
    let known = Known::set().await;
    let province = &known.chain.province.node;
    let below = known.below().await.unwrap();
    province.app.verifier.verify(&below, &known.person.name, &known.person.number).await.unwrap();
    known.chain.nation.node.app.signon.delete(&known.person.id).await.unwrap();
    assert_eq!(known.follow().await.unwrap().forgotten, 1);
    province.app.accounts.changed(&below.id);
    let left = province.app.accounts.find(&below.id).await.unwrap();
    let sources: Vec<_> = left.proofs().iter().map(|proof| proof.source.as_str()).collect();
    assert_eq!((left.known_name().unwrap().expose(), sources), (known.person.name.as_str(), vec!["population"]));
    known.chain.deliver().await;
    known.chain.close().await;
}

#[tokio::test]
async fn while_the_node_above_is_away_or_says_no_nothing_changes_and_later_it_is_read() {
    let known = Known::set().await;
    known.follow().await.unwrap();
    known.person.set_state(&known.chain.nation.node, AccountState::Locked).await;
    known.chain.nation.link(Link::Down);
    assert!(matches!(known.follow().await, Err(FollowError::Above(_))));
    assert!(known.is_in().await);
    known.chain.nation.link(Link::Good);
    known.chain.clock.advance(Duration::from_secs(60));
    assert_eq!(known.follow().await.unwrap().suspended, 1);
    known.chain.deliver().await;
    known.chain.close().await;

    let wishes = Wishes { below: ", reads_people = false", ..Wishes::default() };
    let known = Known::at(Box::pin(Chain::with(wishes)).await).await;
    assert!(matches!(known.follow().await, Err(FollowError::Above(_))));
    assert!(known.is_in().await);
    known.chain.close().await;
}
