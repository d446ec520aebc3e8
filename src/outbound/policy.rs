//! `[outbound]`: where requests may go. Pure decisions over an address or a URL; no network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::address::{Reach, canonical, reach};
use super::error::Refusal;
use crate::base::within;

/// The `[outbound]` section. Everything has a default; an empty section reaches public https only.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundPolicy {
    /// Destinations inside networks, and those that may be asked over plain http. Empty by default.
    pub allow: Vec<AllowRule>,
    /// PEM files with further trust roots.
    pub ca_files: Vec<PathBuf>,
    /// Whether the operating system's trust roots count.
    pub native_roots: bool,
    /// Milliseconds for resolving a name and connecting.
    #[serde(deserialize_with = "within::<_, 100, 60_000>")]
    pub connect_timeout_ms: u64,
    /// Requests under way at once; further ones wait, within their own timeout.
    #[serde(deserialize_with = "within::<_, 1, 65_536>")]
    pub max_in_flight: u64,
    /// Connections kept open in total; past it each connection closes after its answer.
    #[serde(deserialize_with = "within::<_, 0, 65_536>")]
    pub max_open: u64,
    /// Milliseconds that an idle connection is kept.
    #[serde(deserialize_with = "within::<_, 1, 600_000>")]
    pub idle_timeout_ms: u64,
}

impl Default for OutboundPolicy {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            ca_files: Vec::new(),
            native_roots: true,
            connect_timeout_ms: 3_000,
            max_in_flight: 512,
            max_open: 256,
            idle_timeout_ms: 30_000,
        }
    }
}

/// One line of `[outbound] allow`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AllowRule {
    /// The addresses, as `10.1.0.0/16` or `fd12::/32`.
    pub cidr: IpNet,
    /// The ports; none listed means every port.
    #[serde(default)]
    pub ports: Vec<u16>,
    /// Whether plain http may be spoken there.
    #[serde(default)]
    pub plain_http: bool,
}

impl AllowRule {
    fn covers(&self, ip: IpAddr, port: u16) -> bool {
        self.cidr.contains(&ip) && self.covers_port(port)
    }

    fn covers_port(&self, port: u16) -> bool {
        self.ports.is_empty() || self.ports.contains(&port)
    }
}

/// Ports of other protocols, from the Fetch standard §2.9 "port blocking".
const OTHER_PROTOCOLS: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
    110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531,
    532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060,
    5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

impl OutboundPolicy {
    /// May a connection to `address` be opened? `plain`: without TLS.
    ///
    /// # Errors
    /// What stands against it.
    pub fn admit(&self, address: SocketAddr, plain: bool) -> Result<(), Refusal> {
        let (ip, port) = (canonical(address.ip()), address.port());
        let reach = reach(ip);
        if let Reach::Forbidden(range) = reach {
            return Err(Refusal::Forbidden(range));
        }
        let mut rules = self.allow.iter().filter(|rule| rule.covers(ip, port)).peekable();
        if rules.peek().is_none() {
            if let Reach::Internal(range) = reach {
                return Err(Refusal::NotListed(range));
            }
            if OTHER_PROTOCOLS.contains(&port) {
                return Err(Refusal::Port);
            }
        }
        if plain && !rules.any(|rule| rule.plain_http) {
            return Err(Refusal::PlainHttp);
        }
        Ok(())
    }

    /// What can be said about `url` without asking the name service: for the moment a URL is registered. A name that
    /// passes here is looked at again, with its addresses, on every connection.
    ///
    /// # Errors
    /// What stands against it.
    pub fn check_url(&self, url: &Url) -> Result<(), Refusal> {
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(Refusal::Url),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInformation);
        }
        let port = url.port_or_known_default().ok_or(Refusal::Url)?;
        match url.host().ok_or(Refusal::Url)? {
            Host::Ipv4(ip) => self.admit(SocketAddr::new(ip.into(), port), plain),
            Host::Ipv6(ip) => self.admit(SocketAddr::new(ip.into(), port), plain),
            Host::Domain(name) => self.check_name(name, port, plain),
        }
    }

    fn check_name(&self, name: &str, port: u16, plain: bool) -> Result<(), Refusal> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if name == "localhost" || name.ends_with(".localhost") {
            let loopback = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
            return self
                .admit(loopback, plain)
                .or_else(|_| self.admit(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port), plain));
        }
        if OTHER_PROTOCOLS.contains(&port) && !self.allow.iter().any(|rule| rule.covers_port(port)) {
            return Err(Refusal::Port);
        }
        if plain && !self.allow.iter().any(|rule| rule.plain_http && rule.covers_port(port)) {
            return Err(Refusal::PlainHttp);
        }
        Ok(())
    }

    pub(super) const fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(super) const fn idle_timeout(&self) -> Duration {
        Duration::from_millis(self.idle_timeout_ms)
    }

    /// `max_in_flight` as a number of places.
    pub(super) fn places(&self) -> usize {
        usize::try_from(self.max_in_flight).unwrap_or(usize::MAX)
    }

    /// Whether `open` connections are as many as are kept.
    pub(super) fn is_crowded(&self, open: usize) -> bool {
        u64::try_from(open).unwrap_or(u64::MAX) >= self.max_open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(toml: &str) -> OutboundPolicy {
        use figment::providers::{Format, Toml};
        figment::Figment::from(Toml::string(toml)).extract().unwrap()
    }

    fn check(policy: &OutboundPolicy, url: &str) -> Result<(), Refusal> {
        policy.check_url(&url.parse().unwrap())
    }

    #[test]
    fn an_empty_section_reaches_public_https_only() {
        let policy = policy("");
        assert_eq!(check(&policy, "https://service.example.cn/logout"), Ok(()));
        assert_eq!(check(&policy, "https://service.example.cn:8443/logout"), Ok(()));
        assert_eq!(check(&policy, "http://service.example.cn/"), Err(Refusal::PlainHttp));
        assert_eq!(check(&policy, "https://user:pw@service.example.cn/"), Err(Refusal::UserInformation));
        assert_eq!(check(&policy, "https://user@service.example.cn/"), Err(Refusal::UserInformation));
        assert_eq!(check(&policy, "ftp://service.example.cn/"), Err(Refusal::Url));
        assert_eq!(check(&policy, "data:text/plain,x"), Err(Refusal::Url));
        assert_eq!(check(&policy, "https://service.example.cn:6667/"), Err(Refusal::Port));
        assert_eq!(check(&policy, "https://service.example.cn:0/"), Err(Refusal::Port));
        assert_eq!(check(&policy, "https://127.0.0.1/"), Err(Refusal::NotListed("loopback")));
        assert_eq!(check(&policy, "https://localhost/"), Err(Refusal::NotListed("loopback")));
        assert_eq!(check(&policy, "https://LOCALHOST./"), Err(Refusal::NotListed("loopback")));
        assert_eq!(check(&policy, "https://a.localhost/"), Err(Refusal::NotListed("loopback")));
    }

    /// Spellings of 127.0.0.1 and of the metadata address that text filters miss.
    #[test]
    fn an_address_is_seen_through_its_spelling() {
        let policy = policy("");
        for host in ["0x7f000001", "2130706433", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "①②⑦.0.0.1"] {
            assert_eq!(check(&policy, &format!("https://{host}/")), Err(Refusal::NotListed("loopback")), "{host}");
        }
        for host in ["169.254.169.254", "0xa9fea9fe", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]"] {
            assert_eq!(check(&policy, &format!("https://{host}/")), Err(Refusal::Forbidden("link-local")), "{host}");
        }
    }

    #[test]
    fn a_rule_opens_its_addresses_and_ports_and_nothing_else() {
        let policy =
            policy("allow = [{ cidr = '127.0.0.0/8', ports = [9000], plain_http = true }, { cidr = '10.1.0.0/16' }]\n");
        assert_eq!(check(&policy, "http://127.0.0.2:9000/"), Ok(()));
        assert_eq!(check(&policy, "http://localhost:9000/"), Ok(()));
        assert_eq!(check(&policy, "http://[::ffff:127.0.0.1]:9000/"), Ok(()));
        assert_eq!(check(&policy, "http://127.0.0.2:9001/"), Err(Refusal::NotListed("loopback")));
        assert_eq!(check(&policy, "https://10.1.2.3:6667/"), Ok(()));
        assert_eq!(check(&policy, "http://10.1.2.3/"), Err(Refusal::PlainHttp));
        assert_eq!(check(&policy, "https://10.2.0.1/"), Err(Refusal::NotListed("private")));
        assert_eq!(check(&policy, "http://matters.city.example:9000/"), Ok(()));
        assert_eq!(check(&policy, "http://matters.city.example/"), Err(Refusal::PlainHttp));
    }

    #[test]
    fn listing_everything_does_not_open_what_must_never_be_reached() {
        let policy =
            policy("allow = [{ cidr = '0.0.0.0/0', plain_http = true }, { cidr = '::/0', plain_http = true }]");
        for url in ["http://169.254.169.254/latest/", "http://[fd00:ec2::254]/", "http://224.0.0.1/", "http://0.0.0.0/"]
        {
            assert!(matches!(check(&policy, url), Err(Refusal::Forbidden(_))), "{url}");
        }
        assert_eq!(check(&policy, "http://10.0.0.1/"), Ok(()));
    }

    #[test]
    fn unknown_keys_are_refused() {
        use figment::providers::{Format, Toml};
        for text in ["alow = []", "allow = [{ cidr = '10.0.0.0/8', port = [1] }]", "allow = [{ cidr = '10.0.0.0/33' }]"]
        {
            assert!(figment::Figment::from(Toml::string(text)).extract::<OutboundPolicy>().is_err(), "{text}");
        }
    }
}
