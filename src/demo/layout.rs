//! Where everything of the demo is: hosts and ports. Cookies ignore ports, so each has a loopback host of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::nodes::DemoNode;
use super::service::view::ServiceKind;

/// The demo's addresses.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// First port.
    pub base: u16,
    /// Whether everything is served over https.
    pub tls: bool,
}

impl Layout {
    const fn scheme(self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    fn socket(self, host: u8, offset: u16) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), self.base + offset)
    }

    fn url(self, host: u8, offset: u16) -> String {
        format!("{}://{}", self.scheme(), self.socket(host, offset))
    }

    /// The nation's issuer: a name, because passkeys need one.
    #[must_use]
    pub fn issuer(self) -> String {
        format!("{}://localhost:{}", self.scheme(), self.base)
    }

    /// The issuer of a node.
    #[must_use]
    pub fn issuer_of(self, node: DemoNode) -> String {
        match Self::place_of(node) {
            None => self.issuer(),
            Some((host, offset)) => self.url(host, offset),
        }
    }

    /// Where a node listens.
    #[must_use]
    pub fn sockets_of(self, node: DemoNode) -> Vec<SocketAddr> {
        match Self::place_of(node) {
            None => vec![self.socket(1, 0), SocketAddr::new(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), self.base)],
            Some((host, offset)) => vec![self.socket(host, offset)],
        }
    }

    /// Host and offset of a node below the nation.
    const fn place_of(node: DemoNode) -> Option<(u8, u16)> {
        match node {
            DemoNode::Nation => None,
            DemoNode::Province => Some((2, 1)),
            DemoNode::City => Some((3, 2)),
            DemoNode::Neighbour => Some((4, 3)),
        }
    }

    /// The authority's address and socket.
    #[must_use]
    pub fn authority(self) -> (String, SocketAddr) {
        (self.url(9, 9), self.socket(9, 9))
    }

    /// The guide's address and socket.
    #[must_use]
    pub fn guide(self) -> (String, SocketAddr) {
        (self.url(10, 10), self.socket(10, 10))
    }

    /// A service's address and socket.
    #[must_use]
    pub fn service(self, kind: ServiceKind) -> (String, SocketAddr) {
        let nation = ServiceKind::ALL.iter().position(|other| *other == kind).map(|at| 11 + at);
        let lower = || ServiceKind::LOWER.iter().position(|other| *other == kind).map(|at| 5 + at);
        let host = nation.or_else(lower).and_then(|host| u8::try_from(host).ok()).unwrap_or(11);
        (self.url(host, u16::from(host)), self.socket(host, u16::from(host)))
    }
}
