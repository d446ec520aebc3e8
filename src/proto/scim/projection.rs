//! [`Projection`]: which attributes of a resource are told (RFC 7644 §3.9). What is never told stays untold whatever is asked.

use serde_json::{Map, Value};

use super::resource::Kind;
use super::schema::{Attribute, Mutability};

/// Told in every answer (`returned: always`).
const ALWAYS: [&str; 2] = ["schemas", "id"];

/// `attributes` or `excludedAttributes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// Everything that is told at all.
    #[default]
    All,
    /// These.
    Only(Vec<String>),
    /// Everything but these.
    Without(Vec<String>),
}

impl Projection {
    /// What was asked for; `attributes` goes before `excludedAttributes`.
    #[must_use]
    pub fn of(attributes: Vec<String>, excluded: Vec<String>) -> Self {
        match (attributes.is_empty(), excluded.is_empty()) {
            (false, _) => Self::Only(attributes),
            (true, false) => Self::Without(excluded),
            (true, true) => Self::All,
        }
    }

    /// The names in a parameter of a query.
    #[must_use]
    pub fn names(text: &str) -> Vec<String> {
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// The document as it is told.
    #[must_use]
    pub fn apply(&self, kind: Kind, document: Map<String, Value>) -> Map<String, Value> {
        let mut told = Map::new();
        for (name, value) in document {
            if ALWAYS.contains(&name.as_str()) {
                told.insert(name, value);
                continue;
            }
            let extension = kind.extension().filter(|extension| extension.id == name);
            let within = match (extension, &value) {
                (Some(extension), Value::Object(_)) => Some((extension.attributes.as_slice(), format!("{name}:"))),
                (None, Value::Object(_)) => {
                    kind.attribute(None, &name).map(|(found, _)| (found.sub_attributes.as_slice(), format!("{name}.")))
                }
                _ => None,
            };
            let secret = kind.attribute(None, &name).is_some_and(|(found, _)| is_secret(found));
            if secret {
                continue;
            }
            match (value, within) {
                (Value::Object(members), Some((attributes, prefix))) => {
                    let kept: Map<String, Value> = members
                        .into_iter()
                        .filter(|(member, _)| !attributes.iter().any(|found| found.name == *member && is_secret(found)))
                        .filter(|(member, _)| self.tells(&name, Some(&format!("{prefix}{member}"))))
                        .collect();
                    if !kept.is_empty() {
                        told.insert(name, Value::Object(kept));
                    }
                }
                (value, _) if self.tells(&name, None) => _ = told.insert(name, value),
                _ => {}
            }
        }
        told
    }

    /// Whether an attribute, or one of its own, is told.
    fn tells(&self, name: &str, whole: Option<&str>) -> bool {
        let named = |list: &[String]| {
            list.iter().any(|item| {
                let item = without_core(item);
                item.eq_ignore_ascii_case(name) || whole.is_some_and(|whole| item.eq_ignore_ascii_case(whole))
            })
        };
        // `name.formatted` asks for what is below `name`: an attribute of several values is told whole.
        let below = |list: &[String]| {
            whole.is_none()
                && list.iter().any(|item| {
                    without_core(item).split_once('.').is_some_and(|(above, _)| above.eq_ignore_ascii_case(name))
                })
        };
        match self {
            Self::All => true,
            Self::Only(list) => named(list) || below(list),
            Self::Without(list) => !named(list),
        }
    }
}

fn is_secret(attribute: &Attribute) -> bool {
    attribute.mutability == Mutability::WriteOnly
}

/// A name without the URN of the core schema that may stand before it.
fn without_core(name: &str) -> &str {
    let cores = Kind::ALL.map(|kind| &kind.core().id);
    let stripped = cores.into_iter().find_map(|urn| name.strip_prefix(urn.as_str())?.strip_prefix(':'));
    stripped.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::proto::scim::REAL_NAME;

    fn told(projection: &Projection) -> Value {
        let document = json!({
            "schemas": [], "id": "1", "userName": "u", "name": {"formatted": "王明"}, "meta": {"version": "W/\"1\"", "location": "l"},
            REAL_NAME: {"documentType": "ordinary_passport", "documentNumber": "E12345678", "level": 2},
        });
        Value::Object(projection.apply(Kind::User, document.as_object().unwrap().clone()))
    }

    #[test]
    fn what_is_never_told_stays_untold_whatever_is_asked() {
        let number = format!("{REAL_NAME}:documentNumber");
        for asked in [vec![], vec![number.clone()], vec![REAL_NAME.to_owned()]] {
            assert!(!told(&Projection::of(asked, vec![])).to_string().contains("E12345678"));
        }
    }

    #[test]
    fn attributes_are_chosen_by_name_whole_or_in_part() {
        let only = |names: &[&str]| told(&Projection::of(names.iter().map(|&name| name.to_owned()).collect(), vec![]));
        assert_eq!(only(&["username"]), json!({"schemas": [], "id": "1", "userName": "u"}));
        assert_eq!(only(&["name.formatted"])["name"]["formatted"], "王明");
        assert_eq!(only(&["urn:ietf:params:scim:schemas:core:2.0:User:userName"])["userName"], "u");
        assert_eq!(only(&[&format!("{REAL_NAME}:level")])[REAL_NAME], json!({"level": 2}));
        assert_eq!(only(&["meta.version"])["meta"], json!({"version": "W/\"1\""}));
        let without = told(&Projection::of(vec![], vec!["meta".to_owned(), "id".to_owned()]));
        assert!(without.get("meta").is_none() && without["id"] == "1");
    }
}
