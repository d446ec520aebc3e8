//! [`ClaimsRequest`]: the `claims` parameter, OIDC Core §5.5: single claims, where they are wanted, and how badly.
//!
//! Names that the provider does not know are kept here and passed over by `crate::oidc`.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::verified_claims::VerifiedRequests;
use crate::proto::oauth::{ErrorCode, OAuthError};

/// Most bytes of the parameter.
pub const MAX_SIZE: usize = 8 * 1024;
/// Most claims of one destination.
pub const MAX_CLAIMS: usize = 64;
/// Most alternatives in `values`.
pub const MAX_VALUES: usize = 32;
/// Deepest nesting of a wanted value.
pub const MAX_DEPTH: usize = 4;

/// The claims wanted at one place, by name.
pub type ClaimRequests = BTreeMap<String, ClaimRequest>;

/// Which claims the client wants from UserInfo and in the ID token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimsRequest {
    /// Wanted from UserInfo.
    pub userinfo: ClaimRequests,
    /// Wanted in the ID token.
    pub id_token: ClaimRequests,
    /// `verified_claims` wanted from UserInfo.
    pub verified_userinfo: VerifiedRequests,
    /// `verified_claims` wanted in the ID token.
    pub verified_id_token: VerifiedRequests,
}

/// Its one form, as clients write it and as it is stored.
#[derive(Serialize, Deserialize)]
struct Written {
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    userinfo: BTreeMap<String, Value>,
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    id_token: BTreeMap<String, Value>,
}

/// The member with a form of its own.
const VERIFIED: &str = "verified_claims";

impl Serialize for ClaimsRequest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let place = |claims: &ClaimRequests, verified: &VerifiedRequests| {
            let claims =
                claims.iter().map(|(name, claim)| (name.clone(), serde_json::to_value(claim).unwrap_or_default()));
            claims.chain(verified.to_value().map(|value| (VERIFIED.to_owned(), value))).collect()
        };
        let userinfo = place(&self.userinfo, &self.verified_userinfo);
        Written { userinfo, id_token: place(&self.id_token, &self.verified_id_token) }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for ClaimsRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let (userinfo, verified_userinfo) = read_place(written.userinfo).map_err(D::Error::custom)?;
        let (id_token, verified_id_token) = read_place(written.id_token).map_err(D::Error::custom)?;
        Ok(Self { userinfo, id_token, verified_userinfo, verified_id_token })
    }
}

/// The claims of one place, and its `verified_claims`; `null` there asks for nothing.
fn read_place(mut members: BTreeMap<String, Value>) -> Result<(ClaimRequests, VerifiedRequests), &'static str> {
    let verified = match members.remove(VERIFIED) {
        None | Some(Value::Null) => VerifiedRequests::default(),
        Some(value) => VerifiedRequests::read(value)?,
    };
    let claims = members.into_iter().map(|(name, value)| {
        let claim: ClaimRequest = serde_json::from_value(value).map_err(|_| "a claim is malformed")?;
        Ok((name, claim))
    });
    Ok((claims.collect::<Result<_, &'static str>>()?, verified))
}

/// How one claim is wanted. `null` in the request is the default: voluntary, any value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClaimRequest {
    /// The client says that it cannot go on without.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// Only this value will do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// One of these, the first liked best.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// The time that it tells must not be longer ago, in seconds (Identity Assurance §5.6.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
}

impl ClaimsRequest {
    /// Parses the value of a `claims` parameter.
    ///
    /// # Errors
    /// `invalid_request`: not the JSON that §5.5 describes, or beyond the limits of this module.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > MAX_SIZE {
            return Err(invalid("the claims parameter is too long"));
        }
        if !text.trim_start().starts_with('{') {
            return Err(malformed());
        }
        // The error's own text would quote what the request says, which may name a person.
        let place = |error: serde_json::Error| malformed().because(format_args!("at column {}", error.column()));
        let request: Self = serde_json::from_str(text).map_err(place)?;
        request.bounded()
    }

    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let plain = self.userinfo.is_empty() && self.id_token.is_empty();
        plain && self.verified_userinfo.is_empty() && self.verified_id_token.is_empty()
    }

    /// Whether a claim is asked for at either place, plainly or among verified claims.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        let verified = [&self.verified_userinfo, &self.verified_id_token];
        self.userinfo.contains_key(name)
            || self.id_token.contains_key(name)
            || verified.into_iter().any(|place| place.asks_for(name))
    }

    /// How fresh the proof of the real name must be, in seconds, and whether the client cannot go on without: the
    /// `max_age` of `realname_time`, or of the time of verified claims (never essential: Identity Assurance §5.7.1).
    #[must_use]
    pub fn proof_max_age(&self) -> Option<(u64, bool)> {
        let plain = [&self.userinfo, &self.id_token].into_iter().filter_map(|place| place.get("realname_time"));
        let plain = plain.filter_map(|claim| Some((claim.max_age?, claim.essential)));
        let verified = [&self.verified_userinfo, &self.verified_id_token].into_iter().filter_map(|all| all.max_age());
        let all: Vec<(u64, bool)> = plain.chain(verified.map(|limit| (limit, false))).collect();
        let essential = all.iter().filter(|(_, essential)| *essential).map(|(limit, _)| *limit).min();
        essential.map(|limit| (limit, true)).or_else(|| all.into_iter().min())
    }

    /// Whether the claim is asked for and essential, at either place.
    #[must_use]
    pub fn is_essential(&self, name: &str) -> bool {
        [&self.userinfo, &self.id_token].iter().any(|place| place.get(name).is_some_and(|claim| claim.essential))
    }

    /// Takes a claim out of both places.
    pub fn remove(&mut self, name: &str) {
        self.userinfo.remove(name);
        self.id_token.remove(name);
        self.verified_userinfo.remove(name);
        self.verified_id_token.remove(name);
    }

    fn bounded(self) -> Result<Self, OAuthError> {
        for place in [&self.userinfo, &self.id_token] {
            let fits = |claim: &ClaimRequest| {
                claim.values.len() <= MAX_VALUES && claim.wanted().all(|value| is_shallow(value, MAX_DEPTH))
            };
            if place.len() > MAX_CLAIMS || !place.values().all(fits) {
                return Err(invalid("the claims parameter asks for too much"));
            }
        }
        Ok(self)
    }
}

impl ClaimRequest {
    /// The values that would do, the one liked best first; none when any value will do.
    pub fn wanted(&self) -> impl Iterator<Item = &Value> {
        self.value.iter().chain(&self.values)
    }

    /// Those of them that are texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.wanted().filter_map(Value::as_str)
    }
}

/// An object or `null`; members of other standards are passed over (§5.5.1).
impl<'de> Deserialize<'de> for ClaimRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Option::<Map<String, Value>>::deserialize(deserializer)?.unwrap_or_default();
        let mut take = |name: &str| members.remove(name).filter(|value| !value.is_null());
        let wrong = |name: &str| D::Error::custom(format_args!("{name} has the wrong type"));
        let essential = match take("essential") {
            None => false,
            Some(value) => value.as_bool().ok_or_else(|| wrong("essential"))?,
        };
        let values = match take("values") {
            None => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(wrong("values")),
        };
        let max_age = match take("max_age") {
            None => None,
            Some(value) => Some(value.as_u64().ok_or_else(|| wrong("max_age"))?),
        };
        Ok(Self { essential, value: take("value"), values, max_age })
    }
}

fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

pub(super) fn is_shallow(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth > 0 && items.iter().all(|item| is_shallow(item, depth - 1)),
        Value::Object(members) => depth > 0 && members.values().all(|member| is_shallow(member, depth - 1)),
        _ => true,
    }
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

fn malformed() -> OAuthError {
    invalid("malformed claims parameter")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// OIDC Core §5.5, with a level of ours.
    const EXAMPLE: &str = r#"{
        "userinfo": {
            "given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
            "http://example.info/claims/groups": null
        },
        "id_token": {
            "auth_time": {"essential": true},
            "acr": {"essential": true, "values": ["urn:hufu:acr:l3", "urn:hufu:acr:l2"]}
        },
        "other": 7
    }"#;

    #[test]
    fn the_standards_example_is_read() {
        let request = ClaimsRequest::parse(EXAMPLE).unwrap();
        assert_eq!(request.userinfo.len(), 4);
        assert_eq!(request.userinfo["nickname"], ClaimRequest::default());
        assert!(request.is_essential("acr") && request.is_essential("email") && !request.is_essential("nickname"));
        let acr = &request.id_token["acr"];
        assert_eq!(acr.texts().collect::<Vec<_>>(), ["urn:hufu:acr:l3", "urn:hufu:acr:l2"]);
        assert_eq!(request.userinfo["email"].wanted().count(), 0, "any value will do");
    }

    #[test]
    fn one_value_stands_before_the_alternatives() {
        let request =
            ClaimsRequest::parse(r#"{"id_token":{"sub":{"value":"248289761001","values":[7,"x"]}}}"#).unwrap();
        assert_eq!(request.id_token["sub"].texts().collect::<Vec<_>>(), ["248289761001", "x"]);
        assert_eq!(request.id_token["sub"].wanted().count(), 3);
    }

    #[test]
    fn what_was_not_agreed_to_is_taken_out_everywhere() {
        let mut request = ClaimsRequest::parse(r#"{"userinfo":{"a":null,"b":null},"id_token":{"a":null}}"#).unwrap();
        request.remove("a");
        assert_eq!(request, ClaimsRequest::parse(r#"{"userinfo":{"b":null}}"#).unwrap());
    }

    /// The log keeps why a request was refused, and must not keep whom it names.
    #[test]
    fn the_detail_of_a_refusal_quotes_nothing() {
        let error = ClaimsRequest::parse(r#"{"userinfo":{"name":"WangMing"}}"#).unwrap_err();
        assert!(error.detail().is_some_and(|detail| !detail.contains("WangMing")), "{:?}", error.detail());
    }

    #[test]
    fn it_comes_back_from_its_own_text() {
        let request = ClaimsRequest::parse(EXAMPLE).unwrap();
        let stored = serde_json::to_value(&request).unwrap();
        assert_eq!(ClaimsRequest::parse(&stored.to_string()).unwrap(), request);
        assert!(ClaimsRequest::parse("{}").unwrap().is_empty());
        assert!(ClaimsRequest::parse(r#"{"userinfo":null}"#).unwrap().is_empty());
    }

    #[test]
    fn malformed_requests_are_refused() {
        for text in [
            "",
            "null",
            "[]",
            "{",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"a":1}}"#,
            r#"{"id_token":{"a":{"essential":1}}}"#,
            r#"{"id_token":{"a":{"values":"x"}}}"#,
            r#"{"id_token":{"a":[]}}"#,
            r#"{"id_token":{"a":[true]}}"#,
            r#"{"id_token":{},"id_token":{}}"#,
        ] {
            assert_eq!(ClaimsRequest::parse(text).unwrap_err().code, ErrorCode::InvalidRequest, "{text}");
        }
    }

    #[test]
    fn size_number_and_depth_are_bounded() {
        let claims =
            |n: usize| json!({"userinfo": (0..n).map(|i| (format!("c{i}"), Value::Null)).collect::<Map<_, _>>()});
        assert!(ClaimsRequest::parse(&claims(MAX_CLAIMS).to_string()).is_ok());
        assert!(ClaimsRequest::parse(&claims(MAX_CLAIMS + 1).to_string()).is_err());
        let values = |n: usize| json!({"id_token": {"acr": {"values": vec!["x"; n]}}});
        assert!(ClaimsRequest::parse(&values(MAX_VALUES).to_string()).is_ok());
        assert!(ClaimsRequest::parse(&values(MAX_VALUES + 1).to_string()).is_err());
        let nested = |n: usize| format!(r#"{{"id_token":{{"a":{{"value":{}1{}}}}}}}"#, "[".repeat(n), "]".repeat(n));
        assert!(ClaimsRequest::parse(&nested(MAX_DEPTH)).is_ok());
        assert!(ClaimsRequest::parse(&nested(MAX_DEPTH + 1)).is_err());
        assert!(ClaimsRequest::parse(&nested(3000)).is_err());
        assert!(ClaimsRequest::parse(&format!("{{}}{}", " ".repeat(MAX_SIZE))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in r#"[\[\]{}":,a-z0-9 ]{0,200}"#) {
            if let Ok(request) = ClaimsRequest::parse(&text) {
                prop_assert_eq!(ClaimsRequest::parse(&serde_json::to_string(&request).unwrap()).unwrap(), request);
            }
        }
    }
}
