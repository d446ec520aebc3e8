//! Redirect URIs: exact strings (RFC 9700 §2.1), but for the port of a native client's loopback address (RFC 8252 §7.3).

use url::{Host, Url};

use super::client_metadata::ApplicationType;

/// Whether `presented` is the `registered` URI.
#[must_use]
pub fn matches(registered: &str, presented: &str, application_type: ApplicationType) -> bool {
    registered == presented || (application_type == ApplicationType::Native && loopback_matches(registered, presented))
}

/// The same `http` loopback address, whatever the port. The text is compared, not only its parsed form, so that no
/// encoding of a path, user name or fragment slips through.
fn loopback_matches(registered: &str, presented: &str) -> bool {
    let (Some(left), Some(right)) = (without_port(registered), without_port(presented)) else { return false };
    left == right
}

/// The text of an `http` loopback URI without its port; `None` for any other URI.
fn without_port(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        Host::Ipv4(address) => address == std::net::Ipv4Addr::LOCALHOST,
        Host::Ipv6(address) => address == std::net::Ipv6Addr::LOCALHOST,
        Host::Domain(_) => false,
    };
    if !loopback || url.scheme() != "http" || url.fragment().is_some() || !url.username().is_empty() {
        return None;
    }
    let rest = text.strip_prefix("http://")?;
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(authority_end)?;
    let host = ["127.0.0.1", "[::1]"].into_iter().find(|host| {
        authority.strip_prefix(host).is_some_and(|port| {
            port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        })
    })?;
    Some(format!("{host}{path}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use ApplicationType::{Native, Web};

    const REGISTERED: &str = "https://licence.example/callback?from=hufu";

    #[test]
    fn only_the_exact_string_matches() {
        assert!(matches(REGISTERED, REGISTERED, Web));
        for other in [
            "https://licence.example/callback",
            "https://licence.example/callback?from=hufu&x=1",
            "https://licence.example/callback?from=hufu#",
            "https://licence.example/callback/?from=hufu",
            "https://licence.example/CALLBACK?from=hufu",
            "https://LICENCE.example/callback?from=hufu",
            "https://licence.example:443/callback?from=hufu",
            "https://licence.example@evil.example/callback?from=hufu",
            "https://evil.example/https://licence.example/callback?from=hufu",
            "https://licence.example.evil.example/callback?from=hufu",
            "https://licenceXexample/callback?from=hufu",
            "https://licence.example/%63allback?from=hufu",
            "https://licence.example/../callback?from=hufu",
            "http://licence.example/callback?from=hufu",
            "https:\\\\licence.example/callback?from=hufu",
            " https://licence.example/callback?from=hufu",
            "https://licence.example\u{3002}evil.example/callback?from=hufu",
        ] {
            assert!(!matches(REGISTERED, other, Web), "{other}");
            assert!(!matches(REGISTERED, other, Native), "{other}");
        }
    }

    #[test]
    fn native_loopback_takes_any_port() {
        let registered = "http://127.0.0.1/callback";
        assert!(matches(registered, "http://127.0.0.1:51004/callback", Native));
        assert!(matches("http://[::1]:1/callback", "http://[::1]:2/callback", Native));
        assert!(!matches(registered, "http://127.0.0.1:51004/callback", Web));
        for other in [
            "http://127.0.0.1:51004/other",
            "http://localhost:51004/callback",
            "http://127.0.0.2:51004/callback",
            "https://127.0.0.1:51004/callback",
            "http://127.0.0.1:51004@evil.example/callback",
            "http://evil.example:80/callback",
            "http://127.0.0.1.evil.example:80/callback",
            "http://127.1:51004/callback",
            "http://2130706433/callback",
            "http://127.0.0.1:51004/callback#x",
            "http://127.0.0.1:51004/callback?x",
            "http://[::ffff:127.0.0.1]:1/callback",
        ] {
            assert!(!matches(registered, other, Native), "{other}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_itself_matches_a_web_uri(other in "\\PC{0,80}") {
            prop_assert_eq!(matches(REGISTERED, &other, Web), other == REGISTERED);
        }

        #[test]
        fn a_changed_character_never_matches(at in 0..REGISTERED.len(), with in "[ -~]") {
            let changed = format!("{}{with}{}", &REGISTERED[..at], &REGISTERED[at + 1..]);
            prop_assert_eq!(matches(REGISTERED, &changed, Native), changed == REGISTERED);
        }
    }
}
