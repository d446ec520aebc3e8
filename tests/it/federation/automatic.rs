//! Automatic registration (§12.1): a service that nobody registered signs people in, for as long as it is trusted; and
//! whatever a stranger says causes no request (threat 26).

use hufu::federation::marks::MarkType;
use hufu::federation::marks::issue::Issue;
use serde_json::{Value, json};

use super::stage::{Entity, Served, clock, nation_and_city, presented};
use crate::support::span::{minutes, seconds};
use crate::support::{Answer, Browser, Client, Landed, Request, TestNode, assertion_fields};

/// What services must hold at the city of these tests.
const NEEDED: &str = MarkType::MultiLevelProtection.urn();

/// A city that demands an assessment, and the nation that issues it.
async fn demanding() -> (hufu::base::ManualClock, Served, Served) {
    let clock = clock();
    let needed = format!("[\"{NEEDED}\"]");
    let (nation, city) =
        nation_and_city(&clock, &[("federation.required_marks", &needed), ("federation.refresh_seconds", "600")]).await;
    (clock, nation, city)
}

async fn mark(nation: &Served, hall: &Entity, days: u64) -> String {
    let issue = Issue {
        mark_type: NEEDED.to_owned(),
        subject: hall.entity(),
        life: std::time::Duration::from_secs(days * 86_400),
        level: Some(3),
        region: None,
        reference: None,
    };
    nation.federation().issue_mark(&issue).await.unwrap()
}

/// A service with the mark, vouched for by the nation.
async fn assessed(nation: &Served, city: &Served, clock: &hufu::base::ManualClock, name: &str) -> (Entity, String) {
    let hall = Entity::new(&city.node.sink, clock, name);
    let mark = mark(nation, &hall, 30).await;
    hall.publish_under(&[&nation.id], json!({ "trust_marks": presented(NEEDED, &mark) }));
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    (hall, mark)
}

/// The service as the tests' clients are.
fn as_client(hall: &Entity) -> Client {
    Client {
        id: hall.id.clone(),
        secret: String::new(),
        redirect_uri: hall.relying_party()["redirect_uris"][0].as_str().unwrap().to_owned(),
        post_logout_redirect_uri: String::new(),
        method: "private_key_jwt".into(),
        key: Some(hall.client_key.clone()),
    }
}

fn marks_in_request(mark: &str) -> Value {
    json!({ "trust_marks": presented(NEEDED, mark) })
}

/// The code that comes of a signed request and a sign-in.
async fn code(browser: &mut Browser, city: &Served, hall: &Entity, object: &str) -> String {
    let person = city.node.person(&format!("wang{}", city.node.now() % 100_000)).await;
    let page = browser.get(&hall.authorize(object)).await.page();
    let landed = browser.log_in(&page, &person).await;
    landed.callback().code().to_owned()
}

async fn redeem(city: &TestNode, hall: &Entity, code: &str) -> Answer {
    let client = as_client(hall);
    let request = Request::of(&client).without_pkce();
    city.redeem(&client, &request, code).await
}

/// The code of the error page that a signed request leads to.
async fn refused(city: &Served, path: &str) -> String {
    city.node.browser().get(path).await.page().error_code()
}

#[tokio::test]
async fn a_service_that_nobody_registered_signs_people_in() {
    let (clock, nation, city) = demanding().await;
    let (hall, mark) = assessed(&nation, &city, &clock, "hall").await;
    let object = hall.request(&city.id, marks_in_request(&mark), json!({}));
    let mut browser = city.node.browser();
    let code = code(&mut browser, &city, &hall, &object).await;
    let tokens = redeem(&city.node, &hall, &code).await.tokens();
    assert_eq!(tokens.claim("aud"), hall.id);
    let info = city.node.userinfo(&tokens.access).await.ok();
    assert_eq!(info["sub"], tokens.claims["sub"]);
    assert_eq!(city.node.sink.asked(&hall.configuration_path()), 1);
    // Known now: the next request needs no evidence, but is signed, for this node, and used once.
    let again = hall.request(&city.id, json!({}), json!({}));
    assert!(
        matches!(browser.get(&hall.authorize(&again)).await, Landed::There(callback) if callback.params.contains_key("code"))
    );
    assert_eq!(refused(&city, &hall.authorize(&again)).await, "invalid_request_object");
    for members in [
        json!({"aud": nation.id}),
        json!({"jti": null}),
        json!({"sub": hall.id}),
        json!({"exp": city.node.now() + 7200}),
    ] {
        let object = hall.request(&city.id, members.clone(), json!({}));
        assert_eq!(refused(&city, &hall.authorize(&object)).await, "invalid_request_object", "{members}");
    }
    let unsigned = Request::of(&as_client(&hall)).path();
    assert_eq!(refused(&city, &unsigned).await, "invalid_request");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn a_pushed_request_registers_too() {
    let (clock, nation, city) = demanding().await;
    let (hall, mark) = assessed(&nation, &city, &clock, "hall").await;
    let client = as_client(&hall);
    let claims = crate::support::ClientKey::assertion(&client, &city.id, city.node.now());
    let assertion = hall.client_key.sign("JWT", &claims);
    let object = hall.request(&city.id, marks_in_request(&mark), json!({}));
    let mut fields = assertion_fields(&assertion).to_vec();
    fields.extend([("request", object.as_str()), ("client_id", &hall.id)]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let pushed = city.post("/oauth2/par", "application/x-www-form-urlencoded", &body).await.ok();
    let uri = pushed["request_uri"].as_str().unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", hall.id.as_str()), ("request_uri", uri)])
        .finish();
    city.node.browser().get(&format!("/oauth2/authorize?{query}")).await.page().must_have("login-form");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn a_chain_that_comes_along_needs_nobody_to_be_asked() {
    let (clock, mut nation, city) = demanding().await;
    let (hall, mark) = assessed(&nation, &city, &clock, "hall").await;
    let own = hall.sign(&hall.configuration(&[&nation.id], json!({ "trust_marks": presented(NEEDED, &mark) })));
    let said = nation.federation().statement_about(&hall.id).await.unwrap().unwrap();
    let chain = json!({ "trust_chain": [own, said] });
    let object = hall.request(&city.id, json!({}), chain.clone());
    city.node.browser().get(&hall.authorize(&object)).await.page().must_have("login-form");
    assert_eq!(city.node.sink.asked(&hall.configuration_path()), 0);
    // Another's chain is not one's own, and a chain without the keys proves nothing.
    let thief = Entity::new(&city.node.sink, &clock, "thief");
    let object = thief.request(&city.id, json!({}), chain.clone());
    assert_eq!(refused(&city, &thief.authorize(&object)).await, "invalid_trust_chain");
    nation.go_down().await;
    nation.close().await;
    city.close().await;
}

/// Attack test 26: whatever a stranger writes into a request, nobody is asked anything.
#[tokio::test]
async fn a_made_up_client_id_causes_no_connection() {
    let (clock, nation, city) = demanding().await;
    let sink = &city.node.sink;
    let stranger = Entity::new(sink, &clock, "stranger");
    stranger.publish_under(&[&nation.id], json!({}));
    let (hall, hers) = assessed(&nation, &city, &clock, "hall").await;
    let root = Entity::new(sink, &clock, "root");
    let forge = |key: &hufu::keys::SigningKey, iss: &str, sub: &str| {
        let claims = json!({
            "iss": iss, "sub": sub, "trust_mark_type": NEEDED, "level": 5,
            "iat": city.node.now(), "exp": city.node.now() + 1000,
        });
        key.sign("trust-mark+jwt", &claims).unwrap()
    };
    let by_nobody = forge(&root.key, &root.id, &stranger.id);
    let in_the_name_of_the_nation = forge(&stranger.key, &nation.id, &stranger.id);
    let by_itself = forge(&stranger.key, &stranger.id, &stranger.id);
    let mark_requests = [
        json!({}),
        marks_in_request(&hers),
        marks_in_request(&by_nobody),
        marks_in_request(&in_the_name_of_the_nation),
        marks_in_request(&by_itself),
        marks_in_request("e30.e30.e30"),
    ];
    for members in mark_requests {
        let object = stranger.request(&city.id, members.clone(), json!({}));
        assert_eq!(refused(&city, &stranger.authorize(&object)).await, "invalid_trust_chain", "{members}");
    }
    let own =
        stranger.sign(&stranger.configuration(&[&root.id], json!({ "trust_marks": presented(NEEDED, &by_itself) })));
    let said = root.sign(&root.about(&stranger.id, stranger.jwks(), json!({})));
    let top = root.sign(&root.configuration(&[], json!({})));
    let object = stranger.request(&city.id, json!({}), json!({ "trust_chain": [own, said, top] }));
    assert_eq!(refused(&city, &stranger.authorize(&object)).await, "invalid_trust_chain");
    let plain = Request::of(&as_client(&stranger)).path();
    assert_eq!(refused(&city, &plain).await, "invalid_request");
    for path in
        [stranger.configuration_path(), root.configuration_path(), hall.configuration_path(), "stranger/fetch".into()]
    {
        assert_eq!(sink.asked(&path), 0, "{path}");
    }
    assert!(city.node.app.provider.clients().on_record(&stranger.id.as_str().into()).await.unwrap().is_none());
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn without_demanded_marks_only_a_whole_chain_is_let_in() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let hall = Entity::new(&city.node.sink, &clock, "hall");
    hall.publish_under(&[&nation.id], json!({}));
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    let bare = hall.request(&city.id, json!({}), json!({}));
    assert_eq!(refused(&city, &hall.authorize(&bare)).await, "invalid_trust_chain");
    assert_eq!(city.node.sink.asked(&hall.configuration_path()), 0);
    let own = hall.sign(&hall.configuration(&[&nation.id], json!({})));
    let said = nation.federation().statement_about(&hall.id).await.unwrap().unwrap();
    let object = hall.request(&city.id, json!({}), json!({ "trust_chain": [own, said] }));
    city.node.browser().get(&hall.authorize(&object)).await.page().must_have("login-form");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn only_the_holder_of_the_keys_becomes_the_client() {
    let (clock, nation, city) = demanding().await;
    let (hall, mark) = assessed(&nation, &city, &clock, "hall").await;
    let mut thief = Entity::new(&city.node.sink, &clock, "thief");
    thief.id.clone_from(&hall.id);
    let object = thief.request(&city.id, marks_in_request(&mark), json!({}));
    assert_eq!(refused(&city, &thief.authorize(&object)).await, "invalid_request_object");
    assert!(city.node.app.provider.clients().on_record(&hall.id.as_str().into()).await.unwrap().is_none(), "no trace");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn tokens_and_sign_ins_end_with_the_trust_and_go_on_when_it_is_renewed() {
    let (clock, mut nation, city) = demanding().await;
    let (hall, mark) = assessed(&nation, &city, &clock, "hall").await;
    let evidence = || hall.request(&city.id, marks_in_request(&mark), json!({}));
    let mut browser = city.node.browser();
    let first = code(&mut browser, &city, &hall, &evidence()).await;
    let tokens = redeem(&city.node, &hall, &first).await.tokens();
    let subject = tokens.claim("sub").to_owned();
    // Fetched again in time: the client lives on without a request of its.
    city.node.pass(minutes(40));
    hall.publish_under(&[&nation.id], json!({ "trust_marks": presented(NEEDED, &mark) }));
    city.federation().refresh().await.unwrap();
    city.node.app.provider.renew_federated_clients().await.unwrap();
    nation.go_down().await;
    city.node.pass(minutes(30));
    let second = code(&mut city.node.browser(), &city, &hall, &hall.request(&city.id, json!({}), json!({}))).await;
    let tokens = redeem(&city.node, &hall, &second).await.tokens();
    assert_eq!(city.node.userinfo(&tokens.access).await.status, 200, "the centre is away, logins go on");
    // Its end.
    city.node.pass(minutes(30));
    let third = redeem(&city.node, &hall, "x").await;
    assert_eq!(third.error(), "invalid_client");
    assert_eq!(refused(&city, &hall.authorize(&evidence())).await, "invalid_trust_chain");
    nation.come_back().await;
    hall.publish_under(&[&nation.id], json!({ "trust_marks": presented(NEEDED, &mark) }));
    city.node.pass(seconds(11));
    let fourth = browser.get(&hall.authorize(&evidence())).await;
    let page = match fourth {
        Landed::There(callback) => panic!("the session is over by now: {}", callback.whole),
        Landed::Here(page) => page,
    };
    page.must_have("login-form");
    let again = city.node.app.provider.clients().on_record(&hall.id.as_str().into()).await.unwrap().unwrap();
    assert!(again.may_act(hufu::base::Clock::now(&clock)), "trusted again; {subject} is still hers");
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn who_is_suspended_where_it_is_known_stops_at_once() {
    let clock = clock();
    let needed = format!("[\"{NEEDED}\"]");
    let settings = [("federation.anchor", "true"), ("federation.required_marks", needed.as_str())];
    let nation = Served::start(&clock, &settings).await;
    let (hall, mark) = assessed(&nation, &nation, &clock, "hall").await;
    let evidence = || hall.request(&nation.id, marks_in_request(&mark), json!({}));
    let first = code(&mut nation.node.browser(), &nation, &hall, &evidence()).await;
    let tokens = redeem(&nation.node, &hall, &first).await.tokens();
    assert_eq!(nation.node.userinfo(&tokens.access).await.status, 200);
    nation.federation().suspend_subordinate(&hall.entity(), true).await.unwrap();
    nation.node.app.provider.clients().changed(&hall.id.as_str().into());
    assert_eq!(nation.node.userinfo(&tokens.access).await.status, 401);
    assert_eq!(refused(&nation, &hall.authorize(&evidence())).await, "invalid_trust_chain");
    nation.federation().suspend_subordinate(&hall.entity(), false).await.unwrap();
    nation.node.pass(seconds(11));
    nation.node.browser().get(&hall.authorize(&evidence())).await.page().must_have("login-form");
    // A revoked mark ends it as well.
    nation.federation().revoke_marks(NEEDED, &hall.entity()).await.unwrap();
    nation.node.app.provider.clients().changed(&hall.id.as_str().into());
    assert_eq!(refused(&nation, &hall.authorize(&evidence())).await, "invalid_trust_chain");
    nation.close().await;
}

#[tokio::test]
async fn a_mark_that_was_revoked_or_ends_before_the_chain_counts_no_longer() {
    let (clock, nation, city) = demanding().await;
    let (hall, mark_text) = assessed(&nation, &city, &clock, "hall").await;
    nation.federation().revoke_marks(NEEDED, &hall.entity()).await.unwrap();
    let object = hall.request(&city.id, marks_in_request(&mark_text), json!({}));
    let page = city.node.browser().get(&hall.authorize(&object)).await.page();
    assert_eq!(page.error_code(), "invalid_trust_chain");
    assert!(page.html.contains("revoked"), "{}", page.html);
    let (bare, _) = assessed(&nation, &city, &clock, "bare").await;
    bare.publish_under(&[&nation.id], json!({}));
    let object = bare.request(&city.id, marks_in_request(&mark(&nation, &bare, 1).await), json!({}));
    let page = city.node.browser().get(&bare.authorize(&object)).await.page();
    assert!(page.html.contains("missing"), "its configuration does not present it: {}", page.html);
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn what_is_registered_by_hand_needs_no_federation() {
    let (_, nation, city) = demanding().await;
    let matters = city.node.client("matters").await;
    let wang = city.node.person("wangming").await;
    city.node.browser().sign_in_at(&city.node, &matters, &wang).await;
    nation.close().await;
    city.close().await;
}
