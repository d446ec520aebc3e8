//! [`EntityIdentifier`] (实体标识): the URL by which a federation knows a node or a service.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::{Host, Url};

/// Most characters.
const MAX: usize = 256;

/// Where every entity publishes its configuration, below its identifier.
pub const WELL_KNOWN: &str = "/.well-known/openid-federation";

/// An entity identifier: an https URL without user, query and fragment (OpenID Federation 1.0 §1.2); http on loopback
/// hosts, for the demo. Two are equal when their texts are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityIdentifier(String);

impl EntityIdentifier {
    /// Reads an identifier; `None` when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX || text.contains(['@', '?', '#', ' ', '\\']) || text.chars().any(char::is_control) {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let secure = match url.scheme() {
            "https" => url.has_host(),
            "http" => is_loopback(&url),
            _ => false,
        };
        // One spelling: a host in capitals or a dot segment would make two identifiers of one place.
        let plain = url.as_str().trim_end_matches('/') == text.trim_end_matches('/');
        (secure && plain).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host; an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> String {
        Url::parse(&self.0).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Where its configuration is (§9).
    #[must_use]
    pub fn configuration_url(&self) -> Option<Url> {
        Url::parse(&format!("{}{WELL_KNOWN}", self.0.trim_end_matches('/'))).ok()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

impl fmt::Display for EntityIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for EntityIdentifier {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EntityIdentifier {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("must be an entity identifier: a plain https URL"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_urls_are_identifiers() {
        for good in ["https://a.example", "https://a.example/x", "https://a.example/x/", "http://127.0.0.1:8080/rp"] {
            assert!(EntityIdentifier::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "ftp://a.example",
            "http://a.example",
            "https://u@a.example",
            "https://a.example?x=1",
            "https://a.example/#f",
            "https://A.example",
            "https://a.example/x/../y",
            "https://a.example:443/",
            "https://a.example/\u{0}",
            "matters",
        ] {
            assert!(EntityIdentifier::parse(bad).is_none(), "{bad}");
        }
        assert!(EntityIdentifier::parse(&format!("https://a.example/{}", "a".repeat(MAX))).is_none());
    }

    #[test]
    fn the_configuration_stands_below_the_identifier() {
        for (id, url) in [
            ("https://a.example", "https://a.example/.well-known/openid-federation"),
            ("https://a.example/", "https://a.example/.well-known/openid-federation"),
            ("https://a.example/gate", "https://a.example/gate/.well-known/openid-federation"),
        ] {
            assert_eq!(EntityIdentifier::parse(id).unwrap().configuration_url().unwrap().as_str(), url);
        }
    }
}
