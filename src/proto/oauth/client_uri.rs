//! What every URI in a client's metadata must be: harmless, and read the same way by every parser.
//!
//! A browser will be sent to it, or hufu will fetch it, or a page will link to it. So it must already be in the normal form
//! of the URL standard: what a person sees, what hufu compares and where a browser goes are then one thing. Whether hufu
//! may *fetch* an address is another question, asked in `crate::outbound` at the time of fetching.

use url::{Host, Url};

/// Most characters of a URI.
pub const MAX_URI: usize = 2048;

/// What is wrong with a URI; `Display` reads on after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriFault {
    /// More than [`MAX_URI`] characters, or none.
    #[error("is empty or too long")]
    Length,
    /// Characters that RFC 3986 does not know, spaces, backslashes, a `%` that is no escape.
    #[error("holds characters that a URI may not hold")]
    Characters,
    /// A `*`: hufu compares whole URIs, and nobody shall think otherwise.
    #[error("holds a wildcard; every URI is listed in full")]
    Wildcard,
    /// A `#`.
    #[error("holds a fragment")]
    Fragment,
    /// Not absolute, or not as the URL standard writes it: host in capitals or as an odd number, default port, dot segments.
    #[error("is not an absolute URI in its normal form")]
    NotNormal,
    /// A user name or password before the host.
    #[error("holds a user name or password")]
    UserInfo,
    /// No host, or one that ends in a dot.
    #[error("has no proper host")]
    Host,
    /// A scheme that is not allowed at this place: `javascript`, `data`, `file`, …
    #[error("has a scheme that is not allowed here")]
    Scheme,
    /// `http` where it may not be used.
    #[error("must be https")]
    PlainHttp,
}

/// Checks a URI that must be `https`; with `http_loopback` also `http` to a loopback host.
///
/// # Errors
/// [`UriFault`].
pub fn check(text: &str, http_loopback: bool) -> Result<Url, UriFault> {
    let url = parse(text)?;
    check_host(&url)?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if http_loopback && is_loopback(&url) => Ok(url),
        "http" => Err(UriFault::PlainHttp),
        _ => Err(UriFault::Scheme),
    }
}

/// The rules that hold whatever the scheme.
///
/// # Errors
/// [`UriFault`].
pub(super) fn parse(text: &str) -> Result<Url, UriFault> {
    if text.is_empty() || text.len() > MAX_URI {
        return Err(UriFault::Length);
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&b)) || !escapes(text) {
        return Err(UriFault::Characters);
    }
    if text.contains('*') {
        return Err(UriFault::Wildcard);
    }
    if text.contains('#') {
        return Err(UriFault::Fragment);
    }
    let url = Url::parse(text).map_err(|_| UriFault::NotNormal)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UriFault::UserInfo);
    }
    let normal = url.as_str();
    if normal != text && normal.strip_suffix('/') != Some(text) {
        return Err(UriFault::NotNormal);
    }
    Ok(url)
}

pub(super) fn check_host(url: &Url) -> Result<(), UriFault> {
    match url.host_str() {
        Some(host) if !host.is_empty() && !host.ends_with('.') => Ok(()),
        _ => Err(UriFault::Host),
    }
}

/// Whether the host is this machine: a loopback address, or `localhost`.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether every `%` begins an escape.
fn escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_uris_pass() {
        for text in [
            "https://a.example",
            "https://a.example/",
            "https://a.example/cb",
            "https://a.example:8443/cb?x=1&y=%E8%99%8E",
            "https://10.0.0.1/cb",
            "https://[2001:db8::1]/cb",
            "https://xn--fiq228c.example/",
            "https://intranet/cb",
        ] {
            assert!(check(text, false).is_ok(), "{text}");
        }
    }

    #[test]
    fn dangerous_schemes_are_refused() {
        for text in [
            "javascript:alert(1)",
            "javascript://a.example/%0aalert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://a.example/1",
            "about:blank",
            "ftp://a.example/",
            "ws://a.example/",
            "com.example.app:/cb",
            "mailto:a",
        ] {
            assert!(matches!(check(text, true), Err(UriFault::Scheme | UriFault::Host)), "{text}");
        }
    }

    #[test]
    fn tricks_are_refused() {
        use UriFault::*;
        for (text, fault) in [
            ("", Length),
            ("https://a.example/c b", Characters),
            ("https://a.example\\@evil.example/", Characters),
            ("https://a.example/\u{202e}", Characters),
            ("https://虎符.example/", Characters),
            ("https://a.example/%", Characters),
            ("https://a.example/%g0", Characters),
            ("https://a.example/\"><script>", Characters),
            ("https://*.example/cb", Wildcard),
            ("https://a.example/*", Wildcard),
            ("https://a.example/cb#x", Fragment),
            ("https://a.example/cb#", Fragment),
            ("https://user@a.example/", UserInfo),
            ("https://a.example:x@evil.example/", UserInfo),
            ("https://@a.example/", NotNormal),
            ("HTTPS://a.example/", NotNormal),
            ("https://A.example/", NotNormal),
            ("https://a.example:443/", NotNormal),
            ("https://a.example/x/../cb", NotNormal),
            ("https://a.example/x/%2e%2E/cb", NotNormal),
            ("https:a.example/cb", NotNormal),
            ("https:///a.example/cb", NotNormal),
            ("https://0x7f.1/", NotNormal),
            ("https://2130706433/", NotNormal),
            ("https://%61.example/", NotNormal),
            ("//a.example/cb", NotNormal),
            ("/cb", NotNormal),
            ("https://", NotNormal),
            ("https://a.example./cb", Host),
            ("http://a.example/", PlainHttp),
            ("http://localhost/", PlainHttp),
            ("ftp://a.example/cb", Scheme),
            ("javascript://a.example/%0aalert(1)", Scheme),
            ("data://a.example/cb", Scheme),
        ] {
            assert_eq!(check(text, false).unwrap_err(), fault, "{text}");
        }
        assert_eq!(check(&format!("https://a.example/{}", "x".repeat(MAX_URI)), false).unwrap_err(), Length);
    }

    #[test]
    fn plain_http_goes_only_to_loopback_hosts_where_it_is_allowed() {
        for text in ["http://127.0.0.11:9011/cb", "http://localhost:9000/cb", "http://[::1]/"] {
            assert!(check(text, true).is_ok(), "{text}");
            assert_eq!(check(text, false).unwrap_err(), UriFault::PlainHttp);
        }
        for text in ["http://10.0.0.1/", "http://127.0.0.1.evil.example/", "http://localhost.evil.example/"] {
            assert_eq!(check(text, true).unwrap_err(), UriFault::PlainHttp, "{text}");
        }
    }

    proptest! {
        /// What passes has the host that stands in the text: no parser can be led elsewhere.
        #[test]
        fn what_passes_goes_where_it_seems_to_go(
            before in "(https?:|HTTPS:|javascript:)?[/\\\\]{0,3}",
            text in r"(a|evil|example|127\.0\.0\.1|\.|:|@|/|\\|\?|#|%2e|%2f|%40|%00|\[|\]|;|&|=|\t|。|\*|80){0,12}",
        ) {
            let text = format!("{before}{text}");
            if let Ok(url) = check(&text, true) {
                let rest = text.split_once("://").unwrap().1;
                let authority = rest.split(['/', '?']).next().unwrap();
                let seen = match authority.rsplit_once(':') {
                    Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
                    _ => authority,
                };
                prop_assert_eq!(url.host_str(), Some(seen));
                prop_assert!(text.starts_with("https://") || text.starts_with("http://127.0.0.1"));
                prop_assert!(!text.contains(['@', '\\', '#', '*']) || text.split_once('/').is_some());
                prop_assert!(url.username().is_empty() && url.fragment().is_none());
            }
        }
    }
}
