//! The `claims` parameter (OIDC Core §5.5): which claims a client asks for one by one, where, and how urgently.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::proto::oauth::{ErrorCode, OAuthError};

/// Most bytes of the parameter.
const MAX_BYTES: usize = 8 * 1024;

/// Most claims asked for in one place.
const MAX_CLAIMS: usize = 64;

/// How one claim is asked for: `null`, or with members.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimWish {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    essential: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<Value>,
}

impl ClaimWish {
    /// Whether the client says it cannot do without.
    #[must_use]
    pub fn essential(&self) -> bool {
        self.essential
    }

    /// The values asked for, those that are text, in order of preference.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.value.iter().chain(&self.values).filter_map(Value::as_str)
    }
}

/// The claims asked for in one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimWishes(BTreeMap<String, Option<ClaimWish>>);

/// What a claim asked for by `null` amounts to.
static PLAIN: ClaimWish = ClaimWish { essential: false, value: None, values: Vec::new() };

impl ClaimWishes {
    /// How this claim is asked for, if it is.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ClaimWish> {
        self.0.get(name).map(|wish| wish.as_ref().unwrap_or(&PLAIN))
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The whole parameter. Members other than `userinfo` and `id_token` are ignored (§5.5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Asked for at UserInfo.
    #[serde(default, skip_serializing_if = "ClaimWishes::is_empty")]
    pub userinfo: ClaimWishes,
    /// Asked for in the ID token.
    #[serde(default, skip_serializing_if = "ClaimWishes::is_empty")]
    pub id_token: ClaimWishes,
}

impl ClaimsRequest {
    /// Parses the parameter.
    ///
    /// # Errors
    /// `invalid_request`: not JSON of that shape, or larger than the limits.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        let malformed = || OAuthError::new(ErrorCode::InvalidRequest, "claims is malformed or too large");
        if text.len() > MAX_BYTES {
            return Err(malformed());
        }
        let value: Value = serde_json::from_str(text).map_err(|error| malformed().because(error))?;
        if !has_shape(&value) {
            return Err(malformed());
        }
        let request: Self = serde_json::from_value(value).map_err(|error| malformed().because(error))?;
        if request.userinfo.0.len() > MAX_CLAIMS || request.id_token.0.len() > MAX_CLAIMS {
            return Err(malformed());
        }
        Ok(request)
    }

    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.userinfo.is_empty() && self.id_token.is_empty()
    }

    /// Takes a claim out of both places.
    pub fn remove(&mut self, name: &str) {
        self.userinfo.0.remove(name);
        self.id_token.0.remove(name);
    }
}

/// Whether the parameter and each wish in it is a JSON object (a wish may be `null`): serde would take a list for one.
fn has_shape(request: &Value) -> bool {
    let places = ["userinfo", "id_token"].into_iter().filter_map(|place| request.get(place)?.as_object());
    request.is_object() && places.flat_map(|wishes| wishes.values()).all(|wish| wish.is_object() || wish.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        let request = ClaimsRequest::parse(
            r#"{"userinfo": {"given_name": {"essential": true}, "nickname": null},
                "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}}}"#,
        )
        .unwrap();
        assert!(request.userinfo.get("given_name").unwrap().essential());
        assert!(!request.userinfo.get("nickname").unwrap().essential());
        assert!(request.userinfo.get("picture").is_none());
        let acr = request.id_token.get("acr").unwrap();
        assert_eq!(acr.texts().collect::<Vec<_>>(), ["urn:mace:incommon:iap:silver"]);
    }

    #[test]
    fn it_comes_back_from_its_own_text() {
        let request = ClaimsRequest::parse(r#"{"id_token": {"name": null, "acr": {"value": "x"}}}"#).unwrap();
        let again = ClaimsRequest::parse(&serde_json::to_string(&request).unwrap()).unwrap();
        assert_eq!(again, request);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "[]",
            "{\"userinfo\": []}",
            "{\"userinfo\": {\"name\": []}}",
            "{\"userinfo\": 7}",
            "{\"userinfo\": {\"name\": \"yes\"}}",
            &"x".repeat(9000),
        ] {
            assert!(ClaimsRequest::parse(text).is_err(), "{text}");
        }
        let nested = format!("{{\"userinfo\": {{\"a\": {{\"value\": {}1{}}}}}}}", "[".repeat(500), "]".repeat(500));
        assert!(ClaimsRequest::parse(&nested).is_err(), "depth is bounded");
    }
}
