//! JSON objects whose member names are distinct. RFC 7515 §4 and RFC 7519 §4 let a reader refuse doubles; refusing them
//! means that no two readers can see two values.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::JoseError;

/// Parses a JSON object; doubled names at the top level are refused.
pub(super) fn parse(json: &[u8]) -> Result<Map<String, Value>, JoseError> {
    serde_json::from_slice::<Distinct>(json).map(|object| object.0).map_err(|_| JoseError::Malformed)
}

struct Distinct(Map<String, Value>);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DistinctVisitor)
    }
}

struct DistinctVisitor;

impl<'de> Visitor<'de> for DistinctVisitor {
    type Value = Distinct;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Distinct(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_names_are_refused() {
        assert_eq!(parse(br#"{"sub":"a","exp":1}"#).unwrap().len(), 2);
        assert_eq!(parse(br#"{"sub":"a","sub":"b"}"#), Err(JoseError::Malformed));
        assert_eq!(parse(br#"{"sub":"a","\u0073ub":"b"}"#), Err(JoseError::Malformed));
        assert_eq!(parse(br#"["sub"]"#), Err(JoseError::Malformed));
        assert_eq!(parse(br#"{"sub":"a"} {}"#), Err(JoseError::Malformed));
    }
}
