//! [`ClientAddress`]: from where a request comes, believed from trusted proxies only (threat 13).

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

/// De-facto header of proxies: the client, then each proxy, as each one saw them.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The client's address: the connection's, or what the outermost trusted proxy saw. IPv4 is always plain, never mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// A trusted proxy sent a header that cannot be read: who knows what else it got wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl ClientAddress {
    /// Reads `X-Forwarded-For` from the right: each trusted address vouches for the one to its left; the first that is
    /// not trusted is the client. From an untrusted peer the header is nothing.
    pub(super) fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Result<Self, Malformed> {
        let mut client = peer.to_canonical();
        if !is_trusted(client, trusted) {
            return Ok(Self(client));
        }
        for line in headers.get_all(FORWARDED_FOR).iter().rev() {
            let line = line.to_str().map_err(|_| Malformed)?;
            for hop in line.rsplit(',') {
                client = address(hop.trim()).ok_or(Malformed)?;
                if !is_trusted(client, trusted) {
                    return Ok(Self(client));
                }
            }
        }
        Ok(Self(client))
    }
}

/// Whether somebody who is not a trusted proxy passed this request on: its connection's address says nothing then, so
/// that nothing may be granted for it.
#[must_use]
pub fn is_relayed_by_a_stranger(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let relayed = [FORWARDED_FOR, header::FORWARDED, header::VIA].iter().any(|name| headers.contains_key(name));
    relayed && !is_trusted(peer.to_canonical(), trusted)
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// An address, with or without a port: `1.2.3.4`, `1.2.3.4:5`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:5`.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok().filter(IpAddr::is_ipv6);
    let found = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip()))
        .or_else(bracketed)?;
    Some(found.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn found(peer: &str, lines: &[&str]) -> Result<String, Malformed> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        let trusted = ["10.0.0.0/24".parse().unwrap(), "fd00::/64".parse().unwrap()];
        ClientAddress::find(peer.parse().unwrap(), &headers, &trusted).map(|client| client.0.to_string())
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(found("203.0.113.9", &["127.0.0.1"]), Ok("203.0.113.9".into()));
        assert_eq!(found("203.0.113.9", &["rubbish"]), Ok("203.0.113.9".into()));
        assert_eq!(found("::ffff:203.0.113.9", &[]), Ok("203.0.113.9".into()));
    }

    #[test]
    fn what_the_client_itself_wrote_is_left_of_what_counts() {
        assert_eq!(found(PROXY, &["127.0.0.1, 198.51.100.7"]), Ok("198.51.100.7".into()));
        assert_eq!(found(PROXY, &["127.0.0.1, 198.51.100.7, 10.0.0.2"]), Ok("198.51.100.7".into()));
        assert_eq!(found(PROXY, &["10.0.0.9, 198.51.100.7"]), Ok("198.51.100.7".into()));
    }

    #[test]
    fn lines_are_read_as_one_list() {
        assert_eq!(found(PROXY, &["127.0.0.1", "198.51.100.7", "10.0.0.2"]), Ok("198.51.100.7".into()));
        assert_eq!(found(PROXY, &["fd00::5, 10.0.0.2"]), Ok("fd00::5".into()));
        assert_eq!(found(PROXY, &[]), Ok(PROXY.into()));
    }

    #[test]
    fn ports_and_brackets_are_taken_off() {
        for hop in ["198.51.100.7:4711", "::ffff:198.51.100.7", "198.51.100.7"] {
            assert_eq!(found(PROXY, &[hop]), Ok("198.51.100.7".into()), "{hop}");
        }
        for hop in ["[2001:db8::1]:443", "[2001:db8::1]", "2001:db8::1"] {
            assert_eq!(found(PROXY, &[hop]), Ok("2001:db8::1".into()), "{hop}");
        }
    }

    #[test]
    fn a_malformed_header_of_a_trusted_proxy_fails_closed() {
        for line in ["", "unknown", "198.51.100.7, ", "198.51.100.7, x", "_hidden", "[198.51.100.7]", "1.2.3", "é"] {
            assert_eq!(found(PROXY, &[line]), Err(Malformed), "{line:?}");
        }
        // What is malformed left of the client was written by the client: it is not even looked at.
        assert_eq!(found(PROXY, &["rubbish, 198.51.100.7"]), Ok("198.51.100.7".into()));
    }

    #[test]
    fn a_request_passed_on_by_a_stranger_is_noticed() {
        let trusted = ["10.0.0.0/24".parse().unwrap()];
        let mut headers = HeaderMap::new();
        let relayed =
            |headers: &HeaderMap, peer: &str| is_relayed_by_a_stranger(peer.parse().unwrap(), headers, &trusted);
        assert!(!relayed(&headers, "127.0.0.1"));
        headers.insert(header::VIA, HeaderValue::from_static("1.1 proxy"));
        assert!(relayed(&headers, "127.0.0.1"));
        assert!(!relayed(&headers, PROXY));
    }
}
