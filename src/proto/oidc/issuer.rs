//! [`Issuer`]: who this node says it is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use url::{Host, Url};

/// Why a text cannot be an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadIssuer {
    /// Not an absolute URL.
    #[error("is not an absolute URL")]
    NotUrl,
    /// Neither https, nor http on this machine.
    #[error("must begin with https:// (http:// is for loopback hosts only)")]
    Insecure,
    /// OIDC Discovery §2, RFC 8414 §2: no query, no fragment; nor may it carry a user.
    #[error("must have no user, query or fragment")]
    Extras,
    /// Relying parties compare it as a string, so that only one spelling may exist.
    #[error(
        "must be spelt plainly: lower-case host, no default port, no `.`, `..`, `//` or escapes, no slash at the end"
    )]
    Spelling,
}

/// An issuer identifier (OIDC Core §1.2): a base URL, possibly with a path, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// The text that relying parties compare.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// What every path begins with: empty, or as `/gateway`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// Whether browsers reach it by TLS, so that cookies are `Secure` and HSTS is sent.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host, an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
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

impl FromStr for Issuer {
    type Err = BadIssuer;

    fn from_str(text: &str) -> Result<Self, BadIssuer> {
        let url = Url::parse(text).map_err(|_| BadIssuer::NotUrl)?;
        match url.scheme() {
            "https" if url.has_host() => {}
            "http" if is_loopback(&url) => {}
            _ => return Err(BadIssuer::Insecure),
        }
        let user = !url.username().is_empty() || url.password().is_some() || text.contains('@');
        if user || url.query().is_some() || url.fragment().is_some() {
            return Err(BadIssuer::Extras);
        }
        let path = url.path();
        let plain = url.as_str().trim_end_matches('/') == text && !path.contains("//") && !path.contains(['%', ';']);
        if !plain {
            return Err(BadIssuer::Spelling);
        }
        Ok(Self { text: text.to_owned(), url })
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Issuer {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Issuer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuers_of_the_demo_and_of_a_gateway_are_good() {
        for good in [
            "https://id.example.gov.cn",
            "https://id.example.gov.cn:8443",
            "https://gateway.example.gov.cn/sso/hufu",
            "http://localhost:9000",
            "http://127.0.0.2:9001",
            "http://[::1]:9000",
        ] {
            assert_eq!(good.parse::<Issuer>().map(|issuer| issuer.as_str().to_owned()), Ok(good.to_owned()));
        }
        assert_eq!("https://a.example/sso/hufu".parse::<Issuer>().unwrap().path(), "/sso/hufu");
        assert_eq!("https://a.example".parse::<Issuer>().unwrap().path(), "");
    }

    #[test]
    fn plain_http_elsewhere_is_refused() {
        for bad in
            ["http://id.example.gov.cn", "http://10.0.0.1:9000", "http://localhost.example.cn", "ftp://localhost"]
        {
            assert_eq!(bad.parse::<Issuer>(), Err(BadIssuer::Insecure), "{bad}");
        }
    }

    #[test]
    fn only_one_spelling_exists() {
        for bad in [
            "https://id.example.gov.cn/",
            "https://ID.example.gov.cn",
            "https://id.example.gov.cn:443",
            "https://id.example.gov.cn/a/../b",
            "https://id.example.gov.cn/a//b",
            "https://id.example.gov.cn/%61",
            " https://id.example.gov.cn",
            "https://虎符.example.cn",
        ] {
            assert_eq!(bad.parse::<Issuer>(), Err(BadIssuer::Spelling), "{bad}");
        }
        for bad in ["https://u:p@a.example", "https://@a.example", "https://a.example?x", "https://a.example#x"] {
            assert_eq!(bad.parse::<Issuer>(), Err(BadIssuer::Extras), "{bad}");
        }
    }
}
