//! Trust marks: issued, delegated, listed, revoked; and who may assert real names.

use std::time::Duration;

use hufu::federation::marks::MarkType;
use hufu::federation::marks::issue::Issue;
use serde_json::json;

use super::stage::{Entity, Served, claims, clock, nation_and_city, presented};

const REAL_NAMES: &str = MarkType::RealNames.urn();

fn issue(kind: &str, to: &Entity, level: u8, region: &str) -> Issue {
    Issue {
        mark_type: kind.to_owned(),
        subject: to.entity(),
        life: Duration::from_secs(1000),
        level: Some(level),
        region: Some(region.to_owned()),
        reference: None,
    }
}

#[tokio::test]
async fn real_names_may_be_asserted_as_far_as_the_mark_says() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let province = Entity::new(&city.node.sink, &clock, "province");
    let mark = nation.federation().issue_mark(&issue(REAL_NAMES, &province, 3, "330000")).await.unwrap();
    province.publish_under(&[&nation.id], json!({ "trust_marks": presented(REAL_NAMES, &mark) }));
    nation.vouch(&province.id, province.jwks(), json!({})).await;
    let may = async |region: &str| city.federation().may_assert(&province.entity(), region).await.unwrap();
    assert_eq!(may("330106").await, None, "nothing is known of it");
    city.federation().trusted(&province.entity()).await.unwrap();
    assert_eq!((may("330106").await, may("330000").await, may("340100").await), (Some(3), Some(3), None));
    city.node.pass(Duration::from_secs(1000));
    assert_eq!(may("330106").await, None, "the mark has ended, though the chain has not");
    for bad in [issue(REAL_NAMES, &province, 5, "330000"), issue(REAL_NAMES, &province, 2, "33")] {
        assert!(nation.federation().issue_mark(&bad).await.is_err(), "{bad:?}");
    }
    nation.close().await;
    city.close().await;
}

#[tokio::test]
async fn a_mark_is_told_listed_and_revoked() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let hall = Entity::new(&city.node.sink, &clock, "hall");
    let kind = MarkType::MultiLevelProtection.urn();
    let mark = nation.federation().issue_mark(&issue(kind, &hall, 3, "330000")).await.unwrap();
    let asked = [("trust_mark_type", kind), ("sub", hall.id.as_str())];
    let got = nation.ask("/federation/trust-mark", &asked).await;
    assert_eq!(
        (got.headers["content-type"].to_str().unwrap(), got.text.as_str()),
        ("application/trust-mark+jwt", mark.as_str())
    );
    assert_eq!(nation.ask("/federation/trust-mark-list", &asked[..1]).await.ok(), json!([hall.id]));
    assert_eq!(
        nation.ask("/federation/trust-mark-list", &[asked[0], ("sub", "https://x.example")]).await.ok(),
        json!([])
    );
    let status = async |text: &str| {
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("trust_mark", text).finish();
        nation.post("/federation/trust-mark-status", "application/x-www-form-urlencoded", &body).await
    };
    let active = status(&mark).await;
    assert_eq!(active.headers["content-type"], "application/trust-mark-status-response+jwt");
    let told = claims(&active);
    assert_eq!(
        (&told["status"], &told["trust_mark"], &told["iss"]),
        (&json!("active"), &json!(mark), &json!(nation.id))
    );
    assert_eq!(nation.federation().revoke_marks(kind, &hall.entity()).await.unwrap(), 1);
    assert_eq!(claims(&status(&mark).await)["status"], "revoked");
    assert_eq!(nation.ask("/federation/trust-mark", &asked).await.status, 404);
    let next = nation.federation().issue_mark(&issue(kind, &hall, 3, "330000")).await.unwrap();
    city.node.pass(Duration::from_secs(1001));
    assert_eq!(claims(&status(&next).await)["status"], "expired");
    let foreign = status("e30.e30.e30").await;
    assert_eq!((foreign.status.as_u16(), foreign.error().as_str()), (404, "not_found"));
    nation.close().await;
    city.close().await;
}

/// An assessor that issues marks which are the ministry's to give.
#[tokio::test]
async fn a_delegated_issuer_needs_the_owner_s_word() {
    let clock = clock();
    let kind = MarkType::CryptographyAssessment.urn();
    let stand = crate::support::TestNode::start().await;
    let owner = Entity::new(&stand.sink, &clock, "owner");
    let assessor = Entity::new(&stand.sink, &clock, "assessor");
    let issuers = format!("{{\"{kind}\" = [\"{}\"]}}", assessor.id);
    let whose = super::stage::anchor(&owner.id, &owner.jwks());
    let owners = format!("{{\"{kind}\" = {whose}}}");
    let settings =
        [("federation.anchor", "true"), ("federation.mark_issuers", &issuers), ("federation.mark_owners", &owners)];
    let nation = Served::start(&clock, &settings).await;
    let anchors = format!("[{}]", nation.as_anchor());
    let needed = format!("[\"{kind}\"]");
    let city = Served::start(&clock, &[("federation.anchors", &anchors), ("federation.required_marks", &needed)]).await;
    assessor.publish_under(&[&nation.id], json!({"metadata": {"federation_entity": {}}}));
    nation.vouch(&assessor.id, assessor.jwks(), json!({})).await;
    city.federation().refresh().await.unwrap();
    let hall = Entity::new(&stand.sink, &clock, "hall");
    nation.vouch(&hall.id, hall.jwks(), json!({})).await;
    let now = city.node.now();
    let delegation = |by: &Entity, to: &Entity| {
        let claims = json!({"iss": by.id, "sub": to.id, "trust_mark_type": kind, "iat": now, "exp": now + 500});
        by.key.sign("trust-mark-delegation+jwt", &claims).unwrap()
    };
    let mark = |delegation: Option<String>| {
        let mut claims = json!({
            "iss": assessor.id, "sub": hall.id, "trust_mark_type": kind, "level": 3, "iat": now, "exp": now + 900,
        });
        if let Some(text) = delegation {
            claims["delegation"] = json!(text);
        }
        assessor.key.sign("trust-mark+jwt", &claims).unwrap()
    };
    for (text, good) in [
        (mark(None), false),
        (mark(Some(delegation(&assessor, &assessor))), false),
        (mark(Some(delegation(&owner, &hall))), false),
        (mark(Some(delegation(&owner, &assessor))), true),
    ] {
        hall.publish_under(&[&nation.id], json!({ "trust_marks": presented(kind, &text) }));
        let told = city.federation().explain(&hall.entity()).await.unwrap();
        assert_eq!(told.marks[0].fault.is_none(), good, "{:?}", told.marks);
        assert!(told.marks[0].required);
    }
    stand.close().await;
    nation.close().await;
    city.close().await;
}

/// Who is no anchor's issuer issues nothing, whatever it signs.
#[tokio::test]
async fn a_mark_by_an_issuer_that_no_anchor_lists_does_not_count() {
    let clock = clock();
    let (nation, city) = nation_and_city(&clock, &[]).await;
    let (vain, province) =
        (Entity::new(&city.node.sink, &clock, "vain"), Entity::new(&city.node.sink, &clock, "province"));
    for entity in [&vain, &province] {
        nation.vouch(&entity.id, entity.jwks(), json!({})).await;
    }
    let now = city.node.now();
    let claims = json!({
        "iss": vain.id, "sub": province.id, "trust_mark_type": REAL_NAMES, "level": 4, "region": "000000", "iat": now,
    });
    let forged = vain.key.sign("trust-mark+jwt", &claims).unwrap();
    province.publish_under(&[&nation.id], json!({ "trust_marks": presented(REAL_NAMES, &forged) }));
    city.federation().trusted(&province.entity()).await.unwrap();
    assert_eq!(city.federation().may_assert(&province.entity(), "330106").await.unwrap(), None);
    let told = city.federation().explain(&province.entity()).await.unwrap();
    assert!(told.marks[0].fault.as_ref().unwrap().contains("may not issue"), "{:?}", told.marks);
    nation.close().await;
    city.close().await;
}
