//! Which URIs a client may register (RFC 7591 §5, RFC 8252 §7, OIDC Registration §2; threat 3).

use url::{Host, Url};

use super::client_metadata::ApplicationType;

/// Longest URI.
const MAX_URI: usize = 2048;

/// What the rules depend on.
#[derive(Clone, Copy, Debug)]
pub struct UriRule {
    /// Web or native.
    pub application_type: ApplicationType,
    /// Whether a web client may use `http` on loopback hosts (the demo).
    pub http_loopback: bool,
}

/// Why a URI is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriFault {
    /// Not an absolute URI, or longer than 2048 bytes.
    #[error("not an absolute URI")]
    Malformed,
    /// A scheme that may not be used here.
    #[error("this scheme may not be used")]
    Scheme,
    /// A fragment.
    #[error("a fragment is not allowed")]
    Fragment,
    /// A user name or password.
    #[error("user information is not allowed")]
    UserInfo,
    /// A `*`.
    #[error("wildcards are not allowed")]
    Wildcard,
    /// `http` where it may not be used.
    #[error("https is required")]
    PlainHttp,
    /// A private-use scheme without a dot (RFC 8252 §7.1).
    #[error("a private-use scheme must contain a dot")]
    PrivateScheme,
}

/// A redirect URI, for responses and after logout.
pub fn redirect(text: &str, rule: UriRule) -> Result<(), UriFault> {
    let url = parse(text)?;
    match (url.scheme(), rule.application_type) {
        ("https", _) => Ok(()),
        ("http", ApplicationType::Native) if is_loopback_address(&url) => Ok(()),
        ("http", _) if rule.http_loopback && is_loopback(&url) => Ok(()),
        ("http", _) => Err(UriFault::PlainHttp),
        (_, ApplicationType::Web) => Err(UriFault::Scheme),
        (scheme, ApplicationType::Native) if scheme.contains('.') => Ok(()),
        (_, ApplicationType::Native) => Err(UriFault::PrivateScheme),
    }
}

/// A page or document on the web.
pub fn web(text: &str, rule: UriRule) -> Result<(), UriFault> {
    let url = parse(text)?;
    match url.scheme() {
        "https" => Ok(()),
        "http" if rule.http_loopback && is_loopback(&url) => Ok(()),
        "http" => Err(UriFault::PlainHttp),
        _ => Err(UriFault::Scheme),
    }
}

fn parse(text: &str) -> Result<Url, UriFault> {
    if text.len() > MAX_URI || text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(UriFault::Malformed);
    }
    let url = Url::parse(text).map_err(|_| UriFault::Malformed)?;
    if matches!(url.scheme(), "javascript" | "data" | "vbscript" | "file" | "blob" | "about") {
        return Err(UriFault::Scheme);
    }
    if url.fragment().is_some() {
        return Err(UriFault::Fragment);
    }
    if text.contains('*') {
        return Err(UriFault::Wildcard);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UriFault::UserInfo);
    }
    Ok(url)
}

fn is_loopback_address(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    is_loopback_address(url) || url.host_str() == Some("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: UriRule = UriRule { application_type: ApplicationType::Web, http_loopback: false };
    const NATIVE: UriRule = UriRule { application_type: ApplicationType::Native, http_loopback: false };

    #[test]
    fn each_kind_of_client_has_its_schemes() {
        assert_eq!(redirect("https://a.example/cb", WEB), Ok(()));
        assert_eq!(redirect("http://127.0.0.1/cb", WEB), Err(UriFault::PlainHttp));
        assert_eq!(redirect("http://127.0.0.1/cb", UriRule { http_loopback: true, ..WEB }), Ok(()));
        assert_eq!(redirect("http://a.example/cb", UriRule { http_loopback: true, ..WEB }), Err(UriFault::PlainHttp));
        assert_eq!(redirect("http://127.0.0.1/cb", NATIVE), Ok(()));
        assert_eq!(redirect("http://localhost/cb", NATIVE), Err(UriFault::PlainHttp));
        assert_eq!(redirect("cn.gov.app:/cb", NATIVE), Ok(()));
        assert_eq!(redirect("app:/cb", NATIVE), Err(UriFault::PrivateScheme));
        assert_eq!(redirect("cn.gov.app:/cb", WEB), Err(UriFault::Scheme));
    }

    #[test]
    fn tricks_are_refused() {
        assert_eq!(redirect("javascript:alert(1)", NATIVE), Err(UriFault::Scheme));
        assert_eq!(redirect("https://a.example/cb#x", WEB), Err(UriFault::Fragment));
        assert_eq!(redirect("https://*.example/cb", WEB), Err(UriFault::Wildcard));
        assert_eq!(redirect("https://a@b.example/cb", WEB), Err(UriFault::UserInfo));
        assert_eq!(redirect("https://a.example\\@b.example/cb", WEB), Err(UriFault::Malformed));
        assert_eq!(redirect("/cb", WEB), Err(UriFault::Malformed));
    }
}
