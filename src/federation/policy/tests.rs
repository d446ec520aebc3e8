//! The operators one by one, the standard's example, and what holds for any policies: merging only narrows, and what a
//! policy lets through satisfies it.
#![expect(clippy::needless_pass_by_value, reason = "a test hands over what it has just made")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn policy(parameters: Value) -> Result<MetadataPolicy, PolicyError> {
    MetadataPolicy::read(Some(&json!({ "openid_relying_party": parameters })), None)
}

fn applied(policy: &MetadataPolicy, metadata: Value) -> Result<Value, PolicyError> {
    let mut all = Map::from_iter([("openid_relying_party".to_owned(), metadata)]);
    policy.apply(&mut all)?;
    Ok(all["openid_relying_party"].take())
}

fn one(operators: Value, given: Value) -> Result<Value, PolicyFault> {
    let given = if given.is_null() { json!({}) } else { json!({ "x": given }) };
    let policy = policy(json!({ "x": operators })).map_err(|error| error.fault)?;
    applied(&policy, given).map(|mut members| members["x"].take()).map_err(|error| error.fault)
}

#[test]
fn each_operator_does_what_the_standard_says() {
    let absent = Value::Null;
    for (operators, given, wanted) in [
        (json!({"value": 1}), json!(2), Ok(json!(1))),
        (json!({"value": null}), json!(2), Ok(absent.clone())),
        (json!({"value": ["a"]}), absent.clone(), Ok(json!(["a"]))),
        (json!({"add": ["b", "a"]}), json!(["a"]), Ok(json!(["a", "b"]))),
        (json!({"add": ["b"]}), absent.clone(), Ok(json!(["b"]))),
        (json!({"add": ["b"]}), json!("a"), Err(PolicyFault::Type("add"))),
        (json!({"default": "d"}), absent.clone(), Ok(json!("d"))),
        (json!({"default": "d"}), json!("e"), Ok(json!("e"))),
        (json!({"one_of": ["a", "b"]}), json!("a"), Ok(json!("a"))),
        (json!({"one_of": ["a", "b"]}), json!("c"), Err(PolicyFault::NotOneOf)),
        (json!({"one_of": ["a", "b"]}), json!(["a"]), Err(PolicyFault::Type("one_of"))),
        (json!({"one_of": ["a"]}), absent.clone(), Ok(absent.clone())),
        (json!({"subset_of": ["a", "b", "c"]}), json!(["a", "e"]), Ok(json!(["a"]))),
        (json!({"subset_of": ["a"], "essential": true}), json!(["d"]), Ok(json!([]))),
        (json!({"subset_of": ["a"], "essential": true}), absent.clone(), Err(PolicyFault::Missing)),
        (json!({"subset_of": ["a"], "essential": false}), absent.clone(), Ok(absent.clone())),
        (json!({"subset_of": ["a"]}), json!("a"), Err(PolicyFault::Type("subset_of"))),
        (json!({"superset_of": ["a"]}), json!(["b", "a"]), Ok(json!(["b", "a"]))),
        (json!({"superset_of": ["a"]}), json!(["b"]), Err(PolicyFault::NotSuperset)),
        (json!({"subset_of": ["a"], "superset_of": ["a"]}), json!(["a", "b"]), Ok(json!(["a"]))),
        (json!({"essential": true}), json!({"k": 1}), Ok(json!({"k": 1}))),
        (json!({"default": ["a", "z"], "subset_of": ["a"]}), absent.clone(), Ok(json!(["a"]))),
        (json!({"unknown": 1}), json!("a"), Ok(json!("a"))),
    ] {
        assert_eq!(one(operators.clone(), given.clone()), wanted, "{operators} on {given}");
    }
}

#[test]
fn operators_that_exclude_each_other_are_refused() {
    for (operators, pair) in [
        (json!({"value": ["a"], "add": ["b"]}), ("value", "add")),
        (json!({"value": null, "default": 1}), ("value", "default")),
        (json!({"value": "c", "one_of": ["a"]}), ("value", "one_of")),
        (json!({"value": ["a", "b"], "subset_of": ["a"]}), ("value", "subset_of")),
        (json!({"value": ["a"], "superset_of": ["b"]}), ("value", "superset_of")),
        (json!({"value": null, "essential": true}), ("value", "essential")),
        (json!({"add": ["b"], "subset_of": ["a"]}), ("add", "subset_of")),
        (json!({"one_of": ["a"], "add": ["a"]}), ("one_of", "add")),
        (json!({"one_of": ["a"], "subset_of": ["a"]}), ("one_of", "subset_of")),
        (json!({"one_of": ["a"], "superset_of": ["a"]}), ("one_of", "superset_of")),
        (json!({"subset_of": ["a"], "superset_of": ["b"]}), ("subset_of", "superset_of")),
    ] {
        assert_eq!(one(operators.clone(), json!(1)), Err(PolicyFault::Conflict(pair.0, pair.1)), "{operators}");
    }
    for bad in
        [json!({"add": "a"}), json!({"one_of": [null]}), json!({"essential": 1}), json!([]), json!({"default": null})]
    {
        assert_eq!(one(bad.clone(), json!(1)), Err(PolicyFault::Form), "{bad}");
    }
}

#[test]
fn critical_operators_must_be_known() {
    let read = |critical: Value| MetadataPolicy::read(Some(&json!({})), Some(&critical)).map_err(|error| error.fault);
    assert_eq!(read(json!(["regexp"])), Err(PolicyFault::Unknown("regexp".into())));
    assert_eq!(read(json!(["one_of"])), Err(PolicyFault::Form), "standard operators are not listed");
    assert_eq!(read(json!([])), Err(PolicyFault::Form));
    assert_eq!(read(json!("x")), Err(PolicyFault::Form));
}

#[test]
fn merging_narrows_or_fails() {
    let merge = |above: Value, below: Value| {
        policy(json!({ "x": above }))
            .unwrap()
            .merged(policy(json!({ "x": below })).unwrap())
            .map_err(|error| error.fault)
    };
    let is = |operators: Value| policy(json!({ "x": operators }));
    assert_eq!(merge(json!({"value": 1}), json!({"value": 1})), Ok(is(json!({"value": 1})).unwrap()));
    assert_eq!(merge(json!({"value": 1}), json!({"value": 2})), Err(PolicyFault::Merge("value")));
    assert_eq!(merge(json!({"default": 1}), json!({"default": 2})), Err(PolicyFault::Merge("default")));
    assert_eq!(merge(json!({"one_of": ["a"]}), json!({"one_of": ["b"]})), Err(PolicyFault::Merge("one_of")));
    let wanted = is(json!({"subset_of": [], "essential": true}));
    assert_eq!(
        merge(json!({"subset_of": ["a"], "essential": true}), json!({"subset_of": ["b"], "essential": false})),
        Ok(wanted.unwrap())
    );
    let wanted = is(json!({"add": ["a", "b"], "superset_of": ["c", "d"]}));
    assert_eq!(
        merge(json!({"add": ["a"], "superset_of": ["c"]}), json!({"add": ["b"], "superset_of": ["d"]})),
        Ok(wanted.unwrap())
    );
    assert_eq!(
        merge(json!({"subset_of": ["a"]}), json!({"superset_of": ["b"]})),
        Err(PolicyFault::Conflict("subset_of", "superset_of"))
    );
    assert_eq!(merge(json!({"one_of": ["a"]}), json!({"value": "b"})), Err(PolicyFault::Conflict("value", "one_of")));
}

#[test]
fn the_example_of_the_standard_comes_out() {
    let anchor = json!({
        "grant_types": {
            "default": ["authorization_code"], "subset_of": ["authorization_code", "refresh_token"],
            "superset_of": ["authorization_code"],
        },
        "token_endpoint_auth_method": {"one_of": ["private_key_jwt", "self_signed_tls_client_auth"], "essential": true},
        "token_endpoint_auth_signing_alg": {"one_of": ["PS256", "ES256"]},
        "subject_type": {"value": "pairwise"},
        "contacts": {"add": ["helpdesk@federation.example.org"]},
    });
    let between = json!({
        "grant_types": {"subset_of": ["authorization_code"]},
        "token_endpoint_auth_method": {"one_of": ["self_signed_tls_client_auth"]},
        "contacts": {"add": ["helpdesk@org.example.org"]},
    });
    let resolved = policy(anchor).unwrap().merged(policy(between).unwrap()).unwrap();
    let leaf = json!({
        "redirect_uris": ["https://rp.example.org/callback"], "response_types": ["code"],
        "token_endpoint_auth_method": "self_signed_tls_client_auth", "contacts": ["rp_admins@rp.example.org"],
    });
    let wanted = json!({
        "redirect_uris": ["https://rp.example.org/callback"], "grant_types": ["authorization_code"],
        "response_types": ["code"], "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "subject_type": "pairwise",
        "contacts": ["rp_admins@rp.example.org", "helpdesk@federation.example.org", "helpdesk@org.example.org"],
    });
    assert_eq!(applied(&resolved, leaf).unwrap(), wanted);
}

#[test]
fn scope_is_worked_on_word_by_word() {
    let resolved = policy(json!({"scope": {"subset_of": ["openid", "profile"], "superset_of": "openid"}})).unwrap();
    let scope = |text: &str| applied(&resolved, json!({ "scope": text }));
    assert_eq!(scope("openid realname profile").unwrap(), json!({"scope": "openid profile"}));
    assert_eq!(scope("profile").unwrap_err().fault, PolicyFault::NotSuperset);
    let set = policy(json!({"scope": {"value": "openid"}})).unwrap();
    assert_eq!(applied(&set, json!({"scope": "openid phone"})).unwrap(), json!({"scope": "openid"}));
}

#[test]
fn types_that_an_entity_has_not_are_not_made() {
    let resolved = policy(json!({"x": {"value": 1}, "y": {"essential": true}})).unwrap();
    let mut metadata = Map::from_iter([("openid_provider".to_owned(), json!({}))]);
    resolved.apply(&mut metadata).unwrap();
    assert_eq!(Value::Object(metadata), json!({"openid_provider": {}}));
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d"]), 0..4)
}

fn lists() -> impl Strategy<Value = Value> {
    let optional = || prop::option::of(words());
    (optional(), optional(), optional(), optional(), any::<Option<bool>>()).prop_map(
        |(add, subset, superset, default, essential)| {
            let mut members = Map::new();
            let named = [("add", add), ("subset_of", subset), ("superset_of", superset), ("default", default)];
            members.extend(named.into_iter().filter_map(|(name, list)| Some((name.to_owned(), json!(list?)))));
            members.extend(essential.map(|value| ("essential".to_owned(), json!(value))));
            Value::Object(members)
        },
    )
}

fn set(value: &Value) -> std::collections::BTreeSet<String> {
    value.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
}

proptest! {
    /// What comes out keeps to every check of both statements, whichever stood above.
    #[test]
    fn what_passes_a_merged_policy_satisfies_both(above in lists(), below in lists(), given in prop::option::of(words())) {
        let (Ok(one), Ok(other)) = (policy(json!({"x": above})), policy(json!({"x": below}))) else { return Ok(()) };
        let Ok(merged) = one.merged(other) else { return Ok(()) };
        let metadata = given.map_or(json!({}), |given| json!({"x": given}));
        let Ok(result) = applied(&merged, metadata) else { return Ok(()) };
        for operators in [&above, &below] {
            let present = result.get("x");
            prop_assert!(operators["essential"] != json!(true) || present.is_some());
            if let Some(value) = present {
                let values = set(value);
                prop_assert!(operators.get("subset_of").is_none_or(|most| values.is_subset(&set(most))));
                prop_assert!(operators.get("superset_of").is_none_or(|least| values.is_superset(&set(least))));
                prop_assert!(operators.get("add").is_none_or(|add| values.is_superset(&set(add))));
            }
        }
    }

    /// Applying a policy to what it let through changes nothing.
    #[test]
    fn applying_twice_is_applying_once(operators in lists(), given in prop::option::of(words())) {
        let Ok(policy) = policy(json!({"x": operators})) else { return Ok(()) };
        let Ok(once) = applied(&policy, given.map_or(json!({}), |given| json!({"x": given}))) else { return Ok(()) };
        prop_assert_eq!(applied(&policy, once.clone()), Ok(once));
    }

    /// A policy merged with itself is itself, and no input makes it panic.
    #[test]
    fn merging_with_itself_changes_nothing(operators in lists()) {
        let Ok(policy) = policy(json!({"x": operators})) else { return Ok(()) };
        prop_assert_eq!(policy.clone().merged(policy.clone()), Ok(policy));
    }

    /// The order of merging decides nothing but the order of values.
    #[test]
    fn merging_succeeds_in_both_orders_or_in_neither(one in lists(), other in lists()) {
        let (Ok(one), Ok(other)) = (policy(json!({"x": one})), policy(json!({"x": other}))) else { return Ok(()) };
        prop_assert_eq!(one.clone().merged(other.clone()).is_ok(), other.merged(one).is_ok());
    }
}
