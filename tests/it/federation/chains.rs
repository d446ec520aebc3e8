//! Trust chains: found, chosen, and every way in which one breaks named.

use hufu::federation::{Fault, FederationError};
use serde_json::{Value, json};

use super::stage::{Entity, Served, clock, nation_and_city};

/// The fault of the one broken link that the search of `entity` at `node` tells of.
async fn fault(node: &Served, entity: &Entity) -> Fault {
    match node.federation().trusted(&entity.entity()).await {
        Err(FederationError::NoTrust(no)) => {
            assert_eq!(no.paths.len(), 1, "{no}");
            no.paths[0].broken_link().unwrap().1.clone()
        }
        Err(other) => panic!("{other}"),
        Ok(chain) => panic!("trusted by {:?}", chain.path()),
    }
}

#[tokio::test]
async fn a_chain_of_three_is_found_and_told() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let hints = format!("[\"{}\"]", nation.id);
    let anchors = format!("[{}]", nation.as_anchor());
    let settings = [("federation.anchors", anchors.as_str()), ("federation.authority_hints", hints.as_str())];
    let province = Served::start(&clock, &settings).await;
    let hall = Entity::new(&city.node.sink, &clock, "hall");
    hall.publish_under(&[&province.id], json!({}));
    province.vouch(&hall.id, hall.jwks(), json!({"metadata": {"openid_relying_party": {"region": "330000"}}})).await;
    let policy = json!({
        "openid_relying_party": {"subject_type": {"value": "pairwise"}, "grant_types": {"subset_of": ["authorization_code"]}},
    });
    let says = json!({"metadata_policy": policy, "constraints": {"max_path_length": 1}});
    nation.vouch(&province.id, province.federation().published_keys(), says).await;

    let chain = city.federation().trusted(&hall.entity()).await.unwrap();
    let path: Vec<String> = chain.path().iter().map(ToString::to_string).collect();
    assert_eq!(path, [hall.id.as_str(), &province.id, &nation.id]);
    assert_eq!(chain.superior().as_str(), province.id);
    assert_eq!(chain.expires_at.seconds(), city.node.now() + 3600, "as its shortest statement");
    let metadata = &chain.metadata["openid_relying_party"];
    assert_eq!(metadata["region"], "330000", "the superior's word");
    assert_eq!(
        (&metadata["subject_type"], &metadata["grant_types"]),
        (&json!("pairwise"), &json!(["authorization_code"]))
    );

    let told = city.federation().explain(&hall.entity()).await.unwrap();
    assert!(told.trusted && told.known && told.paths[0].len() == 4, "{told:?}");
    assert_eq!(told.anchor.as_deref(), Some(nation.id.as_str()));
    // The province judges by its own register, and is known to the city itself.
    assert!(province.federation().trusted(&hall.entity()).await.is_ok());
    assert!(city.federation().trusted(&province.entity()).await.is_ok());
    for node in [nation, city, province] {
        node.close().await;
    }
}

/// A way in which the statement of the superior, or the configuration of the service, is wrong.
type Break = (&'static str, fn(&Entity, &Entity, &mut Value, &mut Value), fn(&Fault) -> bool);

const BREAKS: &[Break] = &[
    ("expired", |_, _, said, _| said["exp"] = json!(said["iat"].as_i64().unwrap() - 1), |f| *f == Fault::Expired),
    ("configuration expired", |_, _, _, own| own["exp"] = json!(1), |f| *f == Fault::Expired),
    (
        "from the future",
        |_, _, said, _| said["iat"] = json!(said["iat"].as_i64().unwrap() + 600),
        |f| *f == Fault::NotYet,
    ),
    (
        "another subject",
        |_, superior, said, _| said["sub"] = json!(format!("{}x", superior.id)),
        |f| matches!(f, Fault::Subject(_)),
    ),
    (
        "another issuer",
        |leaf, _, said, _| said["iss"] = json!(format!("{}x", leaf.id)),
        |f| matches!(f, Fault::Issuer(_)),
    ),
    (
        "keys that are not the leaf's",
        |_, superior, said, _| said["jwks"] = superior.jwks(),
        |f| *f == Fault::UnknownKey,
    ),
    (
        "a critical claim",
        |_, _, said, _| {
            said["crit"] = json!(["audit_level"]);
            said["audit_level"] = json!(3);
        },
        |f| *f == Fault::Critical("audit_level".into()),
    ),
    (
        "a policy that the metadata does not meet",
        |_, _, said, _| {
            said["metadata_policy"] = json!({"openid_relying_party": {"client_name": {"one_of": ["another"]}}});
        },
        |f| matches!(f, Fault::Policy(error) if error.parameter == "client_name"),
    ),
    (
        "a critical operator",
        |_, _, said, _| said["metadata_policy_crit"] = json!(["regexp"]),
        |f| matches!(f, Fault::Policy(_)),
    ),
    (
        "a name outside",
        |_, _, said, _| {
            said["constraints"] = json!({"naming_constraints": {"permitted": [".gov.example"]}});
        },
        |f| matches!(f, Fault::Name(_)),
    ),
    (
        "constraints that cannot be read",
        |_, _, said, _| said["constraints"] = json!({"max_path_length": "x"}),
        |f| *f == Fault::Constraints,
    ),
    (
        "hints in a statement about another",
        |_, _, said, _| said["authority_hints"] = json!([]),
        |f| matches!(f, Fault::Unreadable(_)),
    ),
    ("no keys", |_, _, said, _| said["jwks"] = json!({"keys": []}), |f| matches!(f, Fault::Unreadable(_))),
];

#[tokio::test]
async fn each_way_a_chain_breaks_is_named() {
    let clock = clock();
    let sink = crate::support::TestNode::start().await;
    let root = Entity::new(&sink.sink, &clock, "root");
    let anchors = format!("[{}]", super::stage::anchor(&root.id, &root.jwks()));
    let city = Served::start(&clock, &[("federation.anchors", &anchors)]).await;
    for (at, (what, break_it, is_named)) in BREAKS.iter().enumerate() {
        let leaf = Entity::new(&sink.sink, &clock, &format!("leaf{at}"));
        let mut said = root.about(&leaf.id, leaf.jwks(), json!({}));
        let mut own = leaf.configuration(&[&root.id], json!({}));
        break_it(&leaf, &root, &mut said, &mut own);
        leaf.publish(&leaf.sign(&own));
        root.publish_superior(&[], &root.sign(&said));
        let found = fault(&city, &leaf).await;
        assert!(is_named(&found), "{what}: {found}");
    }
    // Signed by somebody else; and whole, which shows that nothing but the break broke the others.
    let leaf = Entity::new(&sink.sink, &clock, "last");
    leaf.publish_under(&[&root.id], json!({}));
    let said = root.about(&leaf.id, leaf.jwks(), json!({}));
    root.publish_superior(&[], &leaf.sign(&said));
    assert_eq!(fault(&city, &leaf).await, Fault::UnknownKey);
    root.publish_superior(&[], &root.sign(&said));
    city.node.pass(std::time::Duration::from_secs(11));
    assert!(city.federation().trusted(&leaf.entity()).await.is_ok());
    sink.close().await;
    city.close().await;
}

#[tokio::test]
async fn a_path_that_is_too_long_and_policies_that_contradict_each_other_break_at_their_statement() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let hints = format!("[\"{}\"]", nation.id);
    let own = nation.as_anchor();
    let anchors = format!("[{own}]");
    let settings = [("federation.anchors", anchors.as_str()), ("federation.authority_hints", hints.as_str())];
    let province = Served::start(&clock, &settings).await;
    let hall = Entity::new(&city.node.sink, &clock, "hall");
    hall.publish_under(&[&province.id], json!({}));
    let keys = province.federation().published_keys();
    nation.vouch(&province.id, keys.clone(), json!({"constraints": {"max_path_length": 0}})).await;
    province.vouch(&hall.id, hall.jwks(), json!({})).await;
    assert_eq!(fault(&city, &hall).await, Fault::PathLength { allowed: 0, found: 1 });
    assert!(city.federation().trusted(&province.entity()).await.is_ok(), "the province itself is near enough");

    let demands =
        |value: &str| json!({"metadata_policy": {"openid_relying_party": {"subject_type": {"value": value}}}});
    nation.vouch(&province.id, keys, demands("pairwise")).await;
    province.vouch(&hall.id, hall.jwks(), demands("public")).await;
    city.node.pass(std::time::Duration::from_secs(11));
    let told = city.federation().explain(&hall.entity()).await.unwrap();
    let broken: Vec<_> = told.paths[0].iter().filter(|step| step.fault.is_some()).collect();
    assert_eq!((broken.len(), broken[0].issuer.as_str()), (1, province.id.as_str()), "{told:?}");
    assert!(broken[0].fault.as_ref().unwrap().contains("subject_type"), "{told:?}");
    for node in [nation, city, province] {
        node.close().await;
    }
}

#[tokio::test]
async fn a_search_is_bounded_whatever_entities_say() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let sink = &city.node.sink;
    let many = Entity::new(sink, &clock, "many");
    let hints: Vec<String> = (0..40).map(|at| sink.url(&format!("hint{at}"))).collect();
    many.publish_under(&hints.iter().map(String::as_str).collect::<Vec<_>>(), json!({}));
    assert_eq!(fault(&city, &many).await, Fault::TooManyHints(40, 4));
    assert_eq!(sink.asked("hint0/.well-known/openid-federation"), 0);

    let (one, other) = (Entity::new(sink, &clock, "one"), Entity::new(sink, &clock, "other"));
    one.publish_superior(&[&other.id], &one.sign(&one.about(&other.id, other.jwks(), json!({}))));
    other.publish_superior(&[&one.id], &other.sign(&other.about(&one.id, one.jwks(), json!({}))));
    assert!(matches!(fault(&city, &one).await, Fault::Loop(back) if back == one.id));

    let huge = Entity::new(sink, &clock, "huge");
    huge.publish_under(&[&nation.id], json!({"padding": "a".repeat(40_000)}));
    assert!(matches!(fault(&city, &huge).await, Fault::Unreachable(why) if why.contains("large")));

    let mut below = nation.id.clone();
    for at in 0..8 {
        let step = Entity::new(sink, &clock, &format!("step{at}"));
        let next = sink.url(&format!("step{}", at + 1));
        step.publish_superior(&[&below], &step.sign(&step.about(&next, step.jwks(), json!({}))));
        below = step.id.clone();
    }
    let deep = Entity::new(sink, &clock, "step8");
    deep.publish_under(&[&below], json!({}));
    assert_eq!(fault(&city, &deep).await, Fault::TooDeep(5));

    let lonely = Entity::new(sink, &clock, "lonely");
    lonely.publish_under(&[], json!({}));
    assert_eq!(fault(&city, &lonely).await, Fault::NoHints);
    let stranger = Entity::new(sink, &clock, "stranger");
    stranger.publish_under(&[&nation.id], json!({}));
    assert_eq!(fault(&city, &stranger).await, Fault::NotVouchedFor);
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn of_several_ways_the_shortest_good_one_is_taken() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let sink = &city.node.sink;
    let (between, hall) = (Entity::new(sink, &clock, "between"), Entity::new(sink, &clock, "hall"));
    between.publish_superior(&[&nation.id], &between.sign(&between.about(&hall.id, hall.jwks(), json!({}))));
    nation.vouch(&between.id, between.jwks(), json!({})).await;
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    hall.publish_under(&[&between.id, &nation.id, &sink.url("nobody")], json!({}));
    let chain = city.federation().trusted(&hall.entity()).await.unwrap();
    assert_eq!(chain.path().len(), 2, "{:?}", chain.path());
    nation.federation().suspend_subordinate(&hall.entity(), true).await.unwrap();
    let told = city.federation().explain(&hall.entity()).await.unwrap();
    assert_eq!(told.paths[0].len(), 4, "the longer way is left: {told:?}");
    nation.close().await;
    city.close().await;
}
