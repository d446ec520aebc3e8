//! Redirect URIs: which may be registered, and which presented one is the registered one.
//!
//! Compared as text, whole and exactly (RFC 9700 §2.1); a pattern, a prefix or a normalisation here is an open door. The one
//! exception is the port of a native application on the loopback address (RFC 8252 §7.3). `localhost` is not such an
//! address: what it resolves to is not ours to know (§8.3).

use super::client_metadata::ApplicationType;
use super::client_uri::{self, UriFault};

/// Whether a client of this kind may register `text`.
///
/// Web: `https`, with `http_loopback` also `http` to a loopback host. Native: also `http` on `127.0.0.1` and `[::1]`, and a private-use
/// scheme with a dot in it (RFC 8252 §7.1, `com.example.app:/callback`).
///
/// # Errors
/// [`UriFault`].
pub fn check(text: &str, kind: ApplicationType, http_loopback: bool) -> Result<(), UriFault> {
    let url = client_uri::parse(text)?;
    let native = kind == ApplicationType::Native;
    if native && (loopback(text).is_some() || is_private_use(text)) {
        return Ok(());
    }
    if native && !matches!(url.scheme(), "http" | "https") {
        return Err(UriFault::Scheme);
    }
    client_uri::check(text, http_loopback).map(|_| ())
}

/// Whether `presented`, in a request, is the `registered` one.
#[must_use]
pub fn matches(registered: &str, presented: &str, kind: ApplicationType) -> bool {
    if registered == presented {
        return true;
    }
    let same_but_port = || loopback(registered).is_some_and(|parts| loopback(presented) == Some(parts));
    kind == ApplicationType::Native && same_but_port()
}

/// Whether the URI reaches only the device it is opened on, or any application that claims its scheme: nobody can be
/// said to own it, so it makes no sector (OIDC Core §8.1).
#[must_use]
pub fn is_unowned(text: &str, kind: ApplicationType) -> bool {
    kind == ApplicationType::Native && (loopback(text).is_some() || is_private_use(text))
}

/// Host and everything after the port of `http` on the loopback address. Reads text, not a parsed URL: only these two
/// spellings count.
fn loopback(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("http://")?;
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| rest.starts_with(host))?;
    let (host, rest) = rest.split_at_checked(host.len())?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = rest.split_at_checked(digits)?;
            (!port.starts_with('0') && port.parse::<u16>().is_ok()).then_some(rest)?
        }
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

/// A scheme of at least two labels in lower case, then a path.
fn is_private_use(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let label = |label: &str| {
        let inner = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        inner && label.starts_with(|c: char| c.is_ascii_alphanumeric()) && !label.ends_with('-')
    };
    let known = scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.len() <= 128;
    known && scheme.contains('.') && scheme.split('.').all(label) && rest.starts_with('/')
}

#[cfg(test)]
mod tests {
    use ApplicationType::{Native, Web};
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn a_web_client_registers_https_only() {
        assert!(check("https://a.example/cb", Web, false).is_ok());
        for text in ["http://a.example/cb", "http://127.0.0.1/cb", "http://localhost/cb"] {
            assert_eq!(check(text, Web, false), Err(UriFault::PlainHttp), "{text}");
        }
        assert_eq!(check("com.example.app:/cb", Web, false), Err(UriFault::Host));
        assert!(check("http://127.0.0.11:9011/cb", Web, true).is_ok());
    }

    #[test]
    fn a_native_client_registers_loopback_and_its_own_scheme() {
        for text in [
            "http://127.0.0.1/cb",
            "http://127.0.0.1:51004/cb",
            "http://[::1]:8080/cb?x=1",
            "https://app.example/cb",
            "com.example.app:/cb",
            "cn.gov.example.app://cb",
            "com.example-2.app:/",
        ] {
            assert_eq!(check(text, Native, false), Ok(()), "{text}");
        }
        for text in [
            "http://localhost/cb",
            "http://127.0.0.2/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://a.example/cb",
            "http://0.0.0.0/",
            "myapp:/cb",
            "javascript:alert(1)",
            "javascript:/x",
            "data:text/html,x",
            "file:///x",
            ".app:/cb",
            "a..b:/cb",
            "a.b.:/cb",
            "com.example.app:cb",
            "com.example.app:/cb#x",
            "com.example.app:/*",
            "COM.example.app:/cb",
            "-a.b:/cb",
            "1.a:/cb",
            "https://user@app.example/cb",
            "intent://x",
            "com.example_app:/cb",
        ] {
            assert!(check(text, Native, false).is_err(), "{text}");
        }
    }

    #[test]
    fn only_the_exact_string_matches() {
        let registered = "https://a.example/cb?client=1";
        assert!(matches(registered, registered, Web));
        for presented in [
            "",
            "https://a.example/cb",
            "https://a.example/cb?client=1&x=2",
            "https://a.example/cb?client=1#",
            "https://A.example/cb?client=1",
            "https://a.example:443/cb?client=1",
            "https://a.example/./cb?client=1",
            "https://a.example/cb%3Fclient=1",
            "http://a.example/cb?client=1",
            "https://a.example/cb?client=1 ",
            "https://a.example./cb?client=1",
            "https://a.example@evil.example/cb?client=1",
            "https://a.example.evil.example/cb?client=1",
            "https://evil.example/https://a.example/cb?client=1",
            "https://a.example/CB?client=1",
            "https://a.example\\@evil.example/cb?client=1",
            "//a.example/cb?client=1",
            "https://а.example/cb?client=1",
        ] {
            assert!(!matches(registered, presented, Web), "{presented}");
            assert!(!matches(registered, presented, Native), "{presented}");
        }
    }

    #[test]
    fn a_native_loopback_may_change_its_port_and_nothing_else() {
        for (registered, presented) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
            ("http://127.0.0.1:3000/cb", "http://127.0.0.1/cb"),
            ("http://127.0.0.1:3000/cb", "http://127.0.0.1:65535/cb"),
            ("http://[::1]/cb?x=1", "http://[::1]:1/cb?x=1"),
            ("http://127.0.0.1", "http://127.0.0.1:8080"),
        ] {
            assert!(matches(registered, presented, Native), "{presented}");
            assert!(!matches(registered, presented, Web), "{presented}: a web client's port counts");
        }
        for presented in [
            "http://127.0.0.1:51004/cb2",
            "http://127.0.0.1:51004/cb?x",
            "http://127.0.0.1:51004/cb#x",
            "http://127.0.0.1:51004/CB",
            "https://127.0.0.1:51004/cb",
            "http://localhost:51004/cb",
            "http://[::1]:51004/cb",
            "http://127.0.0.2:51004/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:080/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:80:90/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1:80\\@evil.example/cb",
            "http://127.0.0.1:51004",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:1.evil.example/cb",
            "http://127.1:51004/cb",
            "http://2130706433:51004/cb",
            "http://x@127.0.0.1:51004/cb",
            "HTTP://127.0.0.1:51004/cb",
            "http://127.0.0.1%3A51004/cb",
            "http://127.0.0.1:51004//cb",
            "http://127.0.0.1:51004/./cb",
            "http://127.0.0.1:５1004/cb",
        ] {
            assert!(!matches("http://127.0.0.1/cb", presented, Native), "{presented}");
        }
        assert!(!matches("http://localhost/cb", "http://localhost:8080/cb", Native));
    }

    #[test]
    fn nobody_owns_loopback_and_private_schemes() {
        assert!(is_unowned("http://127.0.0.1/cb", Native) && is_unowned("com.example.app:/cb", Native));
        assert!(!is_unowned("https://app.example/cb", Native) && !is_unowned("http://127.0.0.1/cb", Web));
    }

    fn mutations() -> impl Strategy<Value = String> {
        let piece = r"(http|https|://|127\.0\.0\.1|\[::1\]|localhost|evil\.example|:|@|/|\\|\?|#|cb|%2f|%40|\.|80|0|;| |\t|\u{0})";
        prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// Whatever is presented: when it matches, a browser goes to the loopback address, to the registered path.
        #[test]
        fn what_matches_goes_to_the_registered_place(
            host in r"127\.0\.0\.1|\[::1\]", path in "(/cb|/|)(\\?x=1)?", prefix in "(http://127\\.0\\.0\\.1|http://\\[::1\\])?",
            tail in mutations(),
        ) {
            let registered = format!("http://{host}{path}");
            let presented = format!("{prefix}{tail}");
            if matches(&registered, &presented, Native) {
                let (ours, theirs) = (Url::parse(&registered).unwrap(), Url::parse(&presented).unwrap());
                prop_assert_eq!(theirs.scheme(), "http");
                prop_assert_eq!(ours.host_str(), theirs.host_str());
                prop_assert_eq!((ours.path(), ours.query()), (theirs.path(), theirs.query()));
                prop_assert!(theirs.username().is_empty() && theirs.password().is_none() && theirs.fragment().is_none());
            }
        }

        #[test]
        fn every_port_of_the_loopback_matches(port in 1u16.., path in "/[a-z]{0,8}") {
            let (registered, presented) = (format!("http://127.0.0.1{path}"), format!("http://127.0.0.1:{port}{path}"));
            prop_assert!(matches(&registered, &presented, Native));
        }

        /// One changed, added or dropped character is another URI.
        #[test]
        fn a_changed_character_never_matches(at in 0usize..30, edit in "[ -~]{0,2}", drop in 0usize..2) {
            let registered = "https://portal.example/cb?x=1";
            let at = at.min(registered.len());
            let end = (at + drop).min(registered.len());
            let mut presented = registered.to_owned();
            presented.replace_range(at..end, &edit);
            prop_assert_eq!(matches(registered, &presented, Web), registered == presented);
            prop_assert_eq!(matches(registered, &presented, Native), registered == presented);
        }

        /// A registered private-use URI never runs script and never belongs to a web scheme.
        #[test]
        fn what_a_native_client_registers_is_harmless(text in "[a-z.:/-]{1,20}") {
            if check(&text, Native, false).is_ok() {
                let url = Url::parse(&text).unwrap();
                prop_assert!(url.scheme() == "https" || url.scheme().contains('.') || text.starts_with("http://127.0.0.1"));
            }
        }
    }
}
