//! `verified_claims`: OpenID Connect for Identity Assurance 1.0, what is asked (§5.4 to §5.6 there) and how an answer is cut
//! to it (§5.7).
//!
//! A request is a template: what it does not name is not given, and what it constrains (`value`, `values`, `max_age`) must
//! hold. A constraint inside `verification` that does not hold leaves out the whole element; one on a claim leaves out the
//! claim; neither is an error. `essential` changes nothing (§5.7.1). A request that is none at all is `invalid_request`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::claims_request::{ClaimRequest, is_shallow};

/// Most elements of an array of requests, and most entries of `evidence`.
pub const MAX_ELEMENTS: usize = 8;
/// Deepest nesting of `verification`.
pub const MAX_DEPTH: usize = 10;
/// Most claims of one element.
const MAX_CLAIMS: usize = 32;

/// What is wrong with a request, for the description of the error.
type Fault = &'static str;

/// Everything that is asked at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifiedRequests {
    elements: Vec<VerifiedRequest>,
    /// Whether it was asked as an array, and is answered as one.
    many: bool,
}

/// One element: what to tell, and how it must have been verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedRequest {
    /// The template of `verification`.
    pub verification: Map<String, Value>,
    /// The claims.
    pub claims: BTreeMap<String, ClaimRequest>,
}

impl VerifiedRequests {
    /// Reads the value of `verified_claims`: an object, or an array of objects.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(value: Value) -> Result<Self, Fault> {
        let (elements, many) = match value {
            Value::Array(elements) => (elements, true),
            one => (vec![one], false),
        };
        if elements.is_empty() || elements.len() > MAX_ELEMENTS {
            return Err("verified_claims: between one and eight elements");
        }
        Ok(Self { elements: elements.into_iter().map(VerifiedRequest::read).collect::<Result<_, _>>()?, many })
    }

    /// As it was asked.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        let one = |element: &VerifiedRequest| serde_json::to_value(element).unwrap_or_default();
        match self.elements.as_slice() {
            [] => None,
            [element] if !self.many => Some(one(element)),
            elements => Some(elements.iter().map(one).collect()),
        }
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Whether a claim is asked in any element.
    #[must_use]
    pub fn asks_for(&self, claim: &str) -> bool {
        self.elements.iter().any(|element| element.claims.contains_key(claim))
    }

    /// Takes a claim out of every element; an element that asks for nothing else goes.
    pub fn remove(&mut self, claim: &str) {
        for element in &mut self.elements {
            element.claims.remove(claim);
        }
        self.elements.retain(|element| !element.claims.is_empty());
    }

    /// The greatest age that any element allows a proof to have, in seconds.
    #[must_use]
    pub fn max_age(&self) -> Option<u64> {
        self.elements.iter().filter_map(|element| element.verification.get("time")?.get("max_age")?.as_u64()).min()
    }

    /// The answer: for each element that one of `proofs` (a `verification` each, the best first) satisfies, what it asked
    /// of `claims`. `None` when none is satisfied.
    #[must_use]
    pub fn answer(&self, proofs: &[Value], claims: &Map<String, Value>, now: OffsetDateTime) -> Option<Value> {
        let one = |element: &VerifiedRequest| element.answer(proofs, claims, now);
        let mut answers: Vec<Value> = self.elements.iter().filter_map(one).collect();
        match (self.many, answers.len()) {
            (_, 0) => None,
            (false, _) => answers.pop(),
            (true, _) => Some(Value::Array(answers)),
        }
    }
}

impl VerifiedRequest {
    fn read(value: Value) -> Result<Self, Fault> {
        let Value::Object(mut members) = value else { return Err("verified_claims: an object or an array of them") };
        let Some(Value::Object(verification)) = members.remove("verification") else {
            return Err("verified_claims: verification is missing");
        };
        if !verification.contains_key("trust_framework") {
            return Err("verified_claims: verification must ask for trust_framework");
        }
        if !verification.values().all(|value| is_shallow(value, MAX_DEPTH)) {
            return Err("verified_claims: verification is too deep");
        }
        check_evidence(verification.get("evidence"))?;
        let claims = members.remove("claims").filter(Value::is_object).ok_or("verified_claims: claims is missing")?;
        let claims: BTreeMap<String, ClaimRequest> =
            serde_json::from_value(claims).map_err(|_| "verified_claims: a claim is malformed")?;
        if claims.is_empty() || claims.len() > MAX_CLAIMS {
            return Err("verified_claims: between one and 32 claims");
        }
        Ok(Self { verification, claims })
    }

    fn answer(&self, proofs: &[Value], claims: &Map<String, Value>, now: OffsetDateTime) -> Option<Value> {
        let template = Value::Object(self.verification.clone());
        let verification = proofs.iter().find_map(|proof| match cut(&template, proof, now) {
            Cut::Given(verification) => Some(verification),
            Cut::Left | Cut::Unmet => None,
        })?;
        // Without the framework it would not be a valid answer, so it goes with all that hangs on it (§5.7.5).
        verification.get("trust_framework")?;
        let given: Map<String, Value> = self
            .claims
            .iter()
            .filter_map(|(name, wanted)| Some((name, wanted, claims.get(name)?)))
            .filter(|(_, wanted, value)| wanted.wanted().next().is_none() || wanted.wanted().any(|one| one == *value))
            .map(|(name, _, value)| (name.clone(), value.clone()))
            .collect();
        if given.is_empty() {
            return None;
        }
        Some(Value::Object(Map::from_iter([
            ("verification".to_owned(), verification),
            ("claims".to_owned(), Value::Object(given)),
        ])))
    }
}

/// §5.5: each entry of `evidence` says its type by `value`, not by `values`.
fn check_evidence(evidence: Option<&Value>) -> Result<(), Fault> {
    match evidence {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(entries)) if (1..=MAX_ELEMENTS).contains(&entries.len()) => {
            let typed =
                |entry: &Value| entry.get("type").and_then(|kind| kind.get("value")).is_some_and(Value::is_string);
            if entries.iter().all(typed) {
                Ok(())
            } else {
                Err("verified_claims: evidence must name its type by value")
            }
        }
        Some(_) => Err("verified_claims: evidence is an array of one to eight entries"),
    }
}

/// What a template gets of what there is.
enum Cut {
    /// This.
    Given(Value),
    /// Nothing: it is not there, or not asked in a way that gives anything.
    Left,
    /// Nothing at all of the element: a constraint does not hold.
    Unmet,
}

fn cut(template: &Value, there: &Value, now: OffsetDateTime) -> Cut {
    match (template, there) {
        // Evidence must be asked one step deeper (§5.5).
        (Value::Null, Value::Array(_)) => Cut::Left,
        (Value::Null, there) => Cut::Given(there.clone()),
        (Value::Array(templates), Value::Array(items)) => cut_array(templates, items, now),
        (Value::Object(template), Value::Object(there)) => cut_object(template, there, now),
        (Value::Object(constraint), there) => {
            if holds(constraint, there, now) {
                Cut::Given(there.clone())
            } else {
                Cut::Unmet
            }
        }
        _ => Cut::Unmet,
    }
}

fn cut_object(template: &Map<String, Value>, there: &Map<String, Value>, now: OffsetDateTime) -> Cut {
    let mut given = Map::new();
    for (name, wanted) in template {
        match there.get(name) {
            Some(value) => match cut(wanted, value, now) {
                Cut::Given(value) => _ = given.insert(name.clone(), value),
                Cut::Left => {}
                Cut::Unmet => return Cut::Unmet,
            },
            None if constrains(wanted) => return Cut::Unmet,
            None => {}
        }
    }
    if given.is_empty() { Cut::Left } else { Cut::Given(Value::Object(given)) }
}

/// Entries that any template fits, each cut to the first that does.
fn cut_array(templates: &[Value], items: &[Value], now: OffsetDateTime) -> Cut {
    let fitting = items.iter().filter_map(|item| {
        templates.iter().find_map(|template| match cut(template, item, now) {
            Cut::Given(value) => Some(value),
            Cut::Left | Cut::Unmet => None,
        })
    });
    let given: Vec<Value> = fitting.collect();
    if !given.is_empty() {
        return Cut::Given(Value::Array(given));
    }
    if templates.iter().any(constrains) { Cut::Unmet } else { Cut::Left }
}

/// Whether a template demands anything of what it names.
fn constrains(template: &Value) -> bool {
    match template {
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| matches!(name.as_str(), "value" | "values" | "max_age") || constrains(value)),
        Value::Array(items) => items.iter().any(constrains),
        _ => false,
    }
}

/// Whether a value is what `value`, `values` and `max_age` allow. Members that are not known are passed over.
fn holds(constraint: &Map<String, Value>, there: &Value, now: OffsetDateTime) -> bool {
    let one = constraint.get("value").is_none_or(|wanted| wanted == there);
    let among = constraint.get("values").is_none_or(|wanted| wanted.as_array().is_some_and(|all| all.contains(there)));
    one && among && constraint.get("max_age").is_none_or(|limit| is_young(limit, there, now))
}

/// `max_age` in seconds, of a time (RFC 3339).
fn is_young(limit: &Value, there: &Value, now: OffsetDateTime) -> bool {
    let at = there.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let (Some(at), Some(limit)) = (at, limit.as_f64()) else { return false };
    (now - at).as_seconds_f64() <= limit
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-24 06:40:00 UTC);

    fn proofs() -> Vec<Value> {
        let proof = |level: &str, time: &str, method: &str| {
            json!({
                "trust_framework": "f", "assurance_level": level, "time": time, "verification_process": "A1",
                "evidence": [{
                    "type": "electronic_record", "time": time,
                    "check_details": [{"check_method": method, "organization": "population"}],
                    "record": {"type": "population_register", "source": {"name": "人口库", "country_code": "CHN"}},
                }],
            })
        };
        vec![proof("l3", "2026-10-01T00:00:00Z", "bvr"), proof("l2", "2026-11-24T06:39:00Z", "data")]
    }

    fn answer(request: Value) -> Option<Value> {
        let claims = json!({"name": "王明", "masked_name": "*明"});
        let requests = VerifiedRequests::read(request).unwrap();
        requests.answer(&proofs(), claims.as_object().unwrap(), NOW)
    }

    fn asks(verification: &Value) -> Value {
        json!({"verification": verification, "claims": {"name": null}})
    }

    #[test]
    fn only_what_is_asked_is_given() {
        let found = answer(asks(&json!({"trust_framework": null}))).unwrap();
        assert_eq!(found, json!({"verification": {"trust_framework": "f"}, "claims": {"name": "王明"}}));
        let found = answer(asks(&json!({"trust_framework": null, "assurance_level": null, "time": null}))).unwrap();
        assert_eq!(found["verification"]["assurance_level"], "l3");
        assert!(found["verification"].get("evidence").is_none());
        let deep = json!({"trust_framework": null, "evidence": [{
            "type": {"value": "electronic_record"}, "record": {"source": {"country_code": null}}
        }]});
        let found = answer(asks(&deep)).unwrap();
        let evidence = json!([{"type": "electronic_record", "record": {"source": {"country_code": "CHN"}}}]);
        assert_eq!(found["verification"]["evidence"], evidence);
        let shallow = answer(asks(&json!({"trust_framework": null, "evidence": null}))).unwrap();
        assert!(shallow["verification"].get("evidence").is_none(), "evidence must be asked one step deeper");
    }

    #[test]
    fn a_constraint_that_does_not_hold_leaves_out_the_whole_element() {
        for unmet in [
            json!({"trust_framework": {"value": "eidas"}}),
            json!({"trust_framework": {"values": ["eidas", "de_aml"]}}),
            json!({"trust_framework": null, "assurance_level": {"value": "l4"}}),
            json!({"trust_framework": null, "time": {"max_age": 30}}),
            json!({"trust_framework": null, "evidence": [{"type": {"value": "vouch"}}]}),
            json!({"trust_framework": null, "evidence": [
                {"type": {"value": "electronic_record"}, "check_details": [{"check_method": {"value": "vpip"}}]}
            ]}),
            json!({"trust_framework": null, "assurance_process": {"policy": {"value": "x"}}}),
            json!({"trust_framework": {"value": "eidas", "essential": true}}),
        ] {
            assert_eq!(answer(asks(&unmet)), None, "{unmet}");
        }
    }

    #[test]
    fn a_constraint_that_holds_chooses_the_proof() {
        let level = |verification| answer(asks(&verification)).unwrap()["verification"]["assurance_level"].clone();
        let all = |extra: Value| {
            let mut verification = json!({"trust_framework": {"value": "f"}, "assurance_level": null});
            verification.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            verification
        };
        assert_eq!(level(all(json!({}))), "l3", "the best");
        assert_eq!(level(all(json!({"time": {"max_age": 60}}))), "l2", "the best that is fresh");
        assert_eq!(level(all(json!({"assurance_level": {"values": ["l1", "l2"]}}))), "l2");
        let by_data = json!({"evidence": [{
            "type": {"value": "electronic_record"}, "check_details": [{"check_method": {"value": "data"}}]
        }]});
        assert_eq!(level(all(by_data)), "l2");
        // Several entries are joined by or.
        let either = json!({"evidence": [
            {"type": {"value": "vouch"}}, {"type": {"value": "electronic_record"}}
        ]});
        assert_eq!(level(all(either)), "l3");
    }

    #[test]
    fn unknown_and_unavailable_things_are_left_out_without_an_error() {
        let request = json!({
            "verification": {"trust_framework": null, "no_such_thing": null, "assurance_process": {"policy": null}},
            "claims": {"name": {"essential": true}, "birthplace": {"essential": true}, "gpa": null},
        });
        let expected = json!({"verification": {"trust_framework": "f"}, "claims": {"name": "王明"}});
        assert_eq!(answer(request), Some(expected));
        let request = json!({"verification": {"trust_framework": null}, "claims": {"gpa": null}});
        assert_eq!(answer(request), None, "no claims, no element");
        let other = json!({"verification": {"trust_framework": null}, "claims": {"name": {"value": "李娜"}}});
        assert_eq!(answer(other), None, "a claim whose constraint does not hold goes alone, and was alone");
        let some = json!({"verification": {"trust_framework": null},
            "claims": {"name": {"values": ["李娜"]}, "masked_name": null}});
        assert_eq!(answer(some).unwrap()["claims"], json!({"masked_name": "*明"}));
    }

    #[test]
    fn several_elements_are_answered_each_for_itself() {
        let request = json!([
            asks(&json!({"trust_framework": {"value": "eidas"}})),
            asks(&json!({"trust_framework": null, "assurance_level": {"value": "l3"}})),
            asks(&json!({"trust_framework": null, "time": {"max_age": 600}, "assurance_level": null})),
        ]);
        let found = answer(request).unwrap();
        assert_eq!(found.as_array().unwrap().len(), 2);
        assert_eq!(found[1]["verification"]["assurance_level"], "l2");
        let none = json!([asks(&json!({"trust_framework": {"value": "eidas"}}))]);
        assert_eq!(answer(none), None);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let deep = (0..12).fold(json!(null), |inner, _| json!({"x": inner}));
        for wrong in [
            json!("x"),
            json!([]),
            json!({}),
            json!({"claims": {"name": null}}),
            json!({"verification": {}, "claims": {"name": null}}),
            json!({"verification": {"trust_framework": null}}),
            json!({"verification": {"trust_framework": null}, "claims": {}}),
            json!({"verification": {"trust_framework": null}, "claims": null}),
            json!({"verification": {"trust_framework": null}, "claims": {"name": 1}}),
            asks(&json!({"trust_framework": null, "evidence": []})),
            asks(&json!({"trust_framework": null, "evidence": [{"record": null}]})),
            asks(&json!({"trust_framework": null, "evidence": [{"type": {"values": ["document"]}}]})),
            asks(&json!({"trust_framework": null, "x": deep})),
        ] {
            assert!(VerifiedRequests::read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_claim_that_was_not_agreed_to_is_taken_out() {
        let request = json!({"verification": {"trust_framework": null}, "claims": {"name": null, "masked_name": null}});
        let mut requests = VerifiedRequests::read(request.clone()).unwrap();
        assert_eq!(requests.to_value(), Some(serde_json::to_value(&requests.elements[0]).unwrap()));
        requests.remove("name");
        assert!(!requests.asks_for("name") && requests.asks_for("masked_name"));
        requests.remove("masked_name");
        assert!(requests.is_empty() && requests.to_value().is_none());
    }
}
