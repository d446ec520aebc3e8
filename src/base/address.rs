//! What counts as one client among addresses.

use std::net::{IpAddr, Ipv6Addr};

/// The part of an address that one client holds: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address there
/// has all of them.
#[must_use]
pub fn held_by_one_client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
        other => other,
    }
}

/// The same for an address as text, to count by; what is no address stays as it is.
#[must_use]
pub fn counted_as(address: &str) -> String {
    address.parse().map_or_else(|_| address.to_owned(), |ip| held_by_one_client(ip).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_client_is_its_network_and_an_ipv4_client_its_address() {
        for (one, other, same) in [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("198.51.100.7", "198.51.100.8", false),
            ("::ffff:198.51.100.7", "198.51.100.7", true),
            ("::1", "::2", false),
            ("no address", "another", false),
        ] {
            assert_eq!(counted_as(one) == counted_as(other), same, "{one} and {other}");
        }
    }
}
