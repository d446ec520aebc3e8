//! What kind of address is this? The table behind the guard; pure, no policy and no network.
//!
//! Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890, RFC 4291 §2, RFC 6052, RFC 8215, RFC 3056,
//! and the cloud platforms' published metadata addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a request to an address would reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Somewhere on the public internet.
    Public,
    /// Inside a network, or reserved: only when the operator lists it. The text names the range.
    Internal(&'static str),
    /// Never, even when listed: link-local, cloud metadata, multicast, unspecified. The text names the range.
    Forbidden(&'static str),
}

/// Metadata services, which give a machine's credentials to whoever can ask from it. The link-local ones are covered by
/// their range. 100.100.100.200: Alibaba Cloud; 168.63.129.16: Azure; 192.0.0.192: Oracle.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];

/// fd00:ec2::254: Amazon; fd20:ce::254: Google.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// The address that the operating system will really talk to: an IPv4-mapped one is IPv4 (RFC 4291 §2.5.5.2).
#[must_use]
pub fn canonical(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// The reach of `ip`. An IPv6 address that carries an IPv4 one reaches at most as far as that one.
#[must_use]
pub fn reach(ip: IpAddr) -> Reach {
    match canonical(ip) {
        IpAddr::V4(v4) => reach_v4(v4),
        IpAddr::V6(v6) => reach_v6(v6),
    }
}

fn reach_v4(ip: Ipv4Addr) -> Reach {
    let [a, b, c, _] = ip.octets();
    if METADATA_V4.contains(&ip) {
        return Reach::Forbidden("cloud metadata");
    }
    match (a, b, c) {
        (0, ..) => Reach::Forbidden("this network"),
        (169, 254, _) => Reach::Forbidden("link-local"),
        (224..=239, ..) => Reach::Forbidden("multicast"),
        (255, 255, 255) if ip.is_broadcast() => Reach::Forbidden("broadcast"),
        (127, ..) => Reach::Internal("loopback"),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Reach::Internal("private"),
        (100, 64..=127, _) => Reach::Internal("carrier-grade NAT"),
        (192, 0, 0) => Reach::Internal("protocol assignments"),
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Reach::Internal("documentation"),
        (198, 18..=19, _) => Reach::Internal("benchmarking"),
        (192, 88, 99) => Reach::Internal("6to4 relay"),
        (240..=255, ..) => Reach::Internal("reserved"),
        _ => Reach::Public,
    }
}

fn reach_v6(ip: Ipv6Addr) -> Reach {
    let own = own_reach_v6(ip);
    if ip.is_loopback() || ip.is_unspecified() {
        return own;
    }
    match embedded_v4(ip).map(reach_v4) {
        Some(Reach::Forbidden(range)) => Reach::Forbidden(range),
        Some(Reach::Internal(range)) if own == Reach::Public => Reach::Internal(range),
        _ => own,
    }
}

fn own_reach_v6(ip: Ipv6Addr) -> Reach {
    let [a, b, c, d, ..] = ip.segments();
    if METADATA_V6.contains(&ip) {
        return Reach::Forbidden("cloud metadata");
    }
    if ip.is_unspecified() {
        return Reach::Forbidden("unspecified");
    }
    if ip.is_loopback() {
        return Reach::Internal("loopback");
    }
    match (a, b, c, d) {
        (0xfe80..=0xfebf, ..) => Reach::Forbidden("link-local"),
        (0xff00..=0xffff, ..) => Reach::Forbidden("multicast"),
        (0xfc00..=0xfdff, ..) => Reach::Internal("unique local"),
        (0xfec0..=0xfeff, ..) => Reach::Internal("site-local"),
        (0x0064, 0xff9b, 0, 0) => Reach::Public,
        (0x2001, 0x0000..=0x01ff, ..) => Reach::Internal("protocol assignments"),
        (0x2001, 0x0db8, ..) | (0x3fff, 0x0000..=0x0fff, ..) => Reach::Internal("documentation"),
        (0x2000..=0x3fff, ..) => Reach::Public,
        _ => Reach::Internal("reserved"),
    }
}

/// The IPv4 address inside an IPv6 one: IPv4-compatible (RFC 4291 §2.5.5.1), NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056),
/// ISATAP (RFC 5214 §6.1). Teredo is refused as a whole by its range.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0) | (0x0064, 0xff9b, ..) => Some(from_halves(g, h)),
        (0x2002, ..) => Some(from_halves(b, c)),
        (_, _, _, _, 0x0000 | 0x0200, 0x5efe) => Some(from_halves(g, h)),
        _ => None,
    }
}

fn from_halves(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Reach {
        reach(text.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_public() {
        for ip in ["1.1.1.1", "223.5.5.5", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1"] {
            assert_eq!(of(ip), Reach::Public, "{ip}");
        }
        for ip in ["2400:3200::1", "2001:200::1", "2606:4700::1111", "64:ff9b::1.1.1.1", "2002:101:101::1"] {
            assert_eq!(of(ip), Reach::Public, "{ip}");
        }
    }

    #[test]
    fn addresses_inside_networks_are_internal() {
        let cases = [
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("10.0.0.1", "private"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("100.64.0.1", "carrier-grade NAT"),
            ("192.0.0.8", "protocol assignments"),
            ("192.0.2.1", "documentation"),
            ("198.51.100.7", "documentation"),
            ("203.0.113.9", "documentation"),
            ("198.19.0.1", "benchmarking"),
            ("192.88.99.1", "6to4 relay"),
            ("240.0.0.1", "reserved"),
            ("::1", "loopback"),
            ("fc00::1", "unique local"),
            ("fd12:3456::1", "unique local"),
            ("fec0::1", "site-local"),
            ("2001:db8::1", "documentation"),
            ("3fff:123::1", "documentation"),
            ("2001:0:4136:e378::1", "protocol assignments"),
            ("100::1", "reserved"),
            ("5f00::1", "reserved"),
            ("4000::1", "reserved"),
            ("64:ff9b:1::1.1.1.1", "reserved"),
        ];
        for (ip, range) in cases {
            assert_eq!(of(ip), Reach::Internal(range), "{ip}");
        }
    }

    #[test]
    fn some_addresses_are_never_reached() {
        let cases = [
            ("0.0.0.0", "this network"),
            ("0.1.2.3", "this network"),
            ("169.254.169.254", "link-local"),
            ("169.254.0.23", "link-local"),
            ("100.100.100.200", "cloud metadata"),
            ("168.63.129.16", "cloud metadata"),
            ("192.0.0.192", "cloud metadata"),
            ("224.0.0.1", "multicast"),
            ("239.255.255.250", "multicast"),
            ("255.255.255.255", "broadcast"),
            ("::", "unspecified"),
            ("fe80::1", "link-local"),
            ("febf::1", "link-local"),
            ("ff02::1", "multicast"),
            ("fd00:ec2::254", "cloud metadata"),
            ("fd20:ce::254", "cloud metadata"),
        ];
        for (ip, range) in cases {
            assert_eq!(of(ip), Reach::Forbidden(range), "{ip}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_one_counts() {
        assert_eq!(of("::ffff:127.0.0.1"), Reach::Internal("loopback"));
        assert_eq!(of("::ffff:169.254.169.254"), Reach::Forbidden("link-local"));
        assert_eq!(of("::169.254.169.254"), Reach::Forbidden("link-local"));
        assert_eq!(of("::10.0.0.1"), Reach::Internal("reserved"));
        assert_eq!(of("64:ff9b::10.0.0.1"), Reach::Internal("private"));
        assert_eq!(of("64:ff9b::169.254.169.254"), Reach::Forbidden("link-local"));
        assert_eq!(of("64:ff9b:1::169.254.169.254"), Reach::Forbidden("link-local"));
        assert_eq!(of("2002:7f00:1::1"), Reach::Internal("loopback"));
        assert_eq!(of("2002:a9fe:a9fe::1"), Reach::Forbidden("link-local"));
        assert_eq!(of("2400:3200::5efe:10.0.0.1"), Reach::Internal("private"));
    }
}
