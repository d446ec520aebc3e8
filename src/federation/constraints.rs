//! `constraints` of a subordinate statement (OpenID Federation 1.0 §6.2): path length, names, entity types. Each statement's
//! are applied by themselves; one that fails breaks the chain.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::entity_id::EntityIdentifier;
use super::fault::Fault;

/// The entity type that is always allowed.
pub const FEDERATION_ENTITY: &str = "federation_entity";

/// What one statement allows of everything below it. Members that are not known are passed over (§6.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Constraints {
    max_path_length: Option<u64>,
    naming_constraints: Naming,
    allowed_entity_types: Option<Vec<String>>,
}

/// Hosts, or domains that begin with a dot (RFC 5280 §4.2.1.10).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Naming {
    permitted: Option<Vec<String>>,
    excluded: Vec<String>,
}

impl Constraints {
    /// Reads the claim.
    ///
    /// # Errors
    /// [`Fault::Constraints`]: a member of the wrong type.
    pub fn read(claim: Option<&Value>) -> Result<Self, Fault> {
        let Some(claim) = claim else { return Ok(Self::default()) };
        // serde would take a list for an object whose members stand in order, and an empty one for no constraint at all.
        let naming = claim.get("naming_constraints");
        if !claim.is_object() || naming.is_some_and(|naming| !naming.is_object()) {
            return Err(Fault::Constraints);
        }
        Self::deserialize(claim).map_err(|_| Fault::Constraints)
    }

    /// Holds them against the entities below: the subject of the chain first, the subject of this statement last.
    ///
    /// # Errors
    /// The first that fails.
    pub fn check(&self, below: &[EntityIdentifier]) -> Result<(), Fault> {
        let found = u64::try_from(below.len().saturating_sub(1)).unwrap_or(u64::MAX);
        if let Some(allowed) = self.max_path_length.filter(|allowed| found > *allowed) {
            return Err(Fault::PathLength { allowed, found });
        }
        match below.iter().find(|entity| !self.naming_constraints.allows(&entity.host())) {
            Some(entity) => Err(Fault::Name(entity.to_string())),
            None => Ok(()),
        }
    }

    /// Takes out of `metadata` the entity types that are not allowed (§6.2.3).
    pub fn filter(&self, metadata: &mut Map<String, Value>) {
        if let Some(allowed) = &self.allowed_entity_types {
            metadata.retain(|kind, _| kind == FEDERATION_ENTITY || allowed.contains(kind));
        }
    }
}

impl Naming {
    fn allows(&self, host: &str) -> bool {
        let within = |names: &[String]| names.iter().any(|name| covers(name, host));
        !within(&self.excluded) && self.permitted.as_deref().is_none_or(within)
    }
}

/// `.example.com` covers every host below that domain, and not itself; a name without a dot at its front is a host.
fn covers(name: &str, host: &str) -> bool {
    let (name, host) = (name.to_ascii_lowercase(), host.to_ascii_lowercase());
    match name.strip_prefix('.') {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => name == host,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_pass_by_value, reason = "a test hands over what it has just made")]
    use serde_json::json;

    use super::*;

    fn of(value: Value) -> Constraints {
        Constraints::read(Some(&value)).unwrap()
    }

    fn entities(hosts: &[&str]) -> Vec<EntityIdentifier> {
        hosts.iter().map(|host| EntityIdentifier::parse(&format!("https://{host}")).unwrap()).collect()
    }

    #[test]
    fn the_path_is_counted_without_its_ends() {
        let below = entities(&["leaf.example", "one.example", "two.example"]);
        assert!(of(json!({"max_path_length": 2})).check(&below).is_ok());
        assert_eq!(of(json!({"max_path_length": 1})).check(&below), Err(Fault::PathLength { allowed: 1, found: 2 }));
        assert!(of(json!({"max_path_length": 0})).check(&below[..1]).is_ok());
        assert!(of(json!({})).check(&below).is_ok());
        for bad in [
            json!({"max_path_length": -1}),
            json!({"max_path_length": "1"}),
            json!([]),
            json!({"naming_constraints": 1}),
        ] {
            assert_eq!(Constraints::read(Some(&bad)), Err(Fault::Constraints), "{bad}");
        }
    }

    #[test]
    fn names_are_permitted_and_excluded_as_in_certificates() {
        let naming = |value: Value| of(json!({ "naming_constraints": value }));
        let inside = naming(json!({"permitted": [".zj.example", "hall.example"], "excluded": [".east.zj.example"]}));
        for host in ["a.zj.example", "b.a.zj.example", "hall.example"] {
            assert!(inside.check(&entities(&[host])).is_ok(), "{host}");
        }
        for host in ["zj.example", "xzj.example", "a.hall.example", "a.east.zj.example", "zj.example.evil.example"] {
            assert_eq!(inside.check(&entities(&[host])), Err(Fault::Name(format!("https://{host}"))), "{host}");
        }
        assert!(naming(json!({"excluded": ["a.example"]})).check(&entities(&["b.example"])).is_ok());
        assert!(naming(json!({"permitted": []})).check(&entities(&["b.example"])).is_err(), "none is permitted");
    }

    #[test]
    fn types_that_are_not_allowed_are_taken_out() {
        let full = json!({"federation_entity": {}, "openid_provider": {}, "openid_relying_party": {}});
        let left = |value: Value| {
            let mut metadata = full.as_object().unwrap().clone();
            of(value).filter(&mut metadata);
            metadata.keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(
            left(json!({"allowed_entity_types": ["openid_relying_party"]})),
            ["federation_entity", "openid_relying_party"]
        );
        assert_eq!(left(json!({"allowed_entity_types": []})), ["federation_entity"]);
        assert_eq!(left(json!({})).len(), 3);
    }
}
