//! Lists, filters, pages, and what there is.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Party, REAL_NAME, refused, user};
use crate::support::TestNode;
use crate::support::span::minutes;

fn names(page: &Value) -> Vec<&str> {
    page["Resources"].as_array().unwrap().iter().map(|found| found["externalId"].as_str().unwrap()).collect()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn a_filter_finds_what_it_says() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let people = [node.next_citizen(), node.next_citizen(), node.next_citizen()];
    let mut moments = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let made = party.register(&format!("e-{number}"), person).await;
        moments.push(made["meta"]["lastModified"].as_str().unwrap().to_owned());
        node.pass(minutes(1));
    }
    for (filter, expected) in [
        ("externalId eq \"e-1\"".to_owned(), vec!["e-1"]),
        ("userName eq \"name-e-2\"".to_owned(), vec!["e-2"]),
        ("externalId eq \"e-1\" and active eq false".to_owned(), vec![]),
        ("externalId eq \"e-1\" or externalId eq \"e-2\"".to_owned(), vec!["e-1", "e-2"]),
        (format!("meta.lastModified gt \"{}\"", moments[0]), vec!["e-1", "e-2"]),
        (format!("meta.lastModified le \"{}\"", moments[1]), vec!["e-0", "e-1"]),
        (format!("meta.lastModified ge \"{}\" and not (userName ew \"2\")", moments[1]), vec!["e-1"]),
        (format!("name.formatted eq \"{}\"", people[0].name), vec!["e-0"]),
        (format!("{REAL_NAME}:level ge 2"), vec!["e-0", "e-1", "e-2"]),
        (format!("phoneNumbers[type eq \"mobile\" and value eq \"{}\"]", people[1].mobile), vec!["e-1"]),
    ] {
        let page = party.get(&format!("/Users?filter={}", encoded(&filter))).await.ok();
        assert_eq!(names(&page), expected, "{filter}");
        assert_eq!(page["totalResults"], expected.len(), "{filter}");
        let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter});
        assert_eq!(party.post("/Users/.search", &search).await.ok(), page);
    }
    for wrong in ["userName", "shoeSize eq 4", "userName eq", "(((("] {
        let answer = party.get(&format!("/Users?filter={}", encoded(wrong))).await;
        assert_eq!(refused(&answer), (400, "bad_filter".into()), "{wrong}");
        assert_eq!(answer.json()["scimType"], "invalidFilter");
    }
    node.close().await;
}

#[tokio::test]
async fn pages_are_read_by_number_or_by_cursor_and_miss_nothing() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    for number in 0..5 {
        party.register(&format!("e-{number}"), &node.next_citizen()).await;
        node.pass(minutes(1));
    }
    let page = party.get("/Users?startIndex=2&count=2&attributes=externalId").await.ok();
    assert_eq!(names(&page), ["e-1", "e-2"]);
    assert_eq!((&page["totalResults"], &page["startIndex"], &page["itemsPerPage"]), (&json!(5), &json!(2), &json!(2)));
    assert!(page["Resources"][0].get("userName").is_none());
    let none = party.get("/Users?count=0").await.ok();
    assert_eq!((&none["totalResults"], &none["Resources"]), (&json!(5), &json!([])));
    // By cursor, while the first one changes: it comes again at the end, with what is new of it.
    let first = party.get("/Users?cursor=&count=2").await.ok();
    assert_eq!(names(&first), ["e-0", "e-1"]);
    let path = format!("/Users/{}", first["Resources"][0]["id"].as_str().unwrap());
    let patch = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "add", "value": {"displayName": "老王"}}]});
    party.send(Method::PATCH, &path, &patch, None).await.ok();
    let (mut seen, mut cursor) = (Vec::new(), first["nextCursor"].as_str().map(str::to_owned));
    while let Some(at) = cursor {
        let page = party.get(&format!("/Users?cursor={at}&count=2")).await.ok();
        seen.extend(names(&page).into_iter().map(str::to_owned));
        cursor = page["nextCursor"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ["e-2", "e-3", "e-4", "e-0"]);
    for wrong in ["/Users?cursor=x.y", "/Users?count=many"] {
        assert_eq!(party.get(wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    node.close().await;
}

#[tokio::test]
async fn what_is_asked_of_a_resource_is_told_and_no_more() {
    let node = TestNode::start().await;
    let party = Party::new(&node, "city").await;
    let made = party.register("e-1", &node.next_citizen()).await;
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let keys = |found: &Value| found.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let only = party.get(&format!("{path}?attributes=userName,{REAL_NAME}:level")).await.ok();
    assert_eq!(keys(&only), ["id", "schemas", REAL_NAME, "userName"]);
    assert_eq!(only[REAL_NAME], json!({"level": 2}));
    let without = party.get(&format!("{path}?excludedAttributes=name,phoneNumbers,{REAL_NAME}")).await.ok();
    assert_eq!(keys(&without), ["active", "externalId", "id", "meta", "schemas", "userName"]);
    let created = user("e-2", &node.next_citizen());
    assert_eq!(keys(&party.post("/Users?attributes=externalId", &created).await.ok()), ["externalId", "id", "schemas"]);
    node.close().await;
}

#[tokio::test]
async fn what_there_is_is_told_to_everybody() {
    let node = TestNode::start().await;
    let read = async |path: &str| node.call(Method::GET, &format!("/scim/v2{path}"), &[], "").await;
    let config = read("/ServiceProviderConfig").await.ok();
    for what in ["patch", "bulk", "filter", "etag"] {
        assert_eq!(config[what]["supported"], true, "{what}");
    }
    assert_eq!((&config["bulk"]["maxOperations"], &config["pagination"]["cursor"]), (&json!(200), &json!(true)));
    let types = read("/ResourceTypes").await.ok();
    assert_eq!(types["totalResults"], 2);
    for kind in types["Resources"].as_array().unwrap() {
        let one = read(&format!("/ResourceTypes/{}", kind["id"].as_str().unwrap())).await.ok();
        assert_eq!(one, *kind);
        read(&format!("/Schemas/{}", kind["schema"].as_str().unwrap())).await.ok();
    }
    let schemas = read("/Schemas").await.ok();
    assert_eq!(schemas["totalResults"], 3);
    assert_eq!(refused(&read("/Schemas/urn:x").await), (404, "not_found".into()));
    assert_eq!(refused(&read("/ResourceTypes/Group").await), (404, "not_found".into()));
    node.close().await;
}
