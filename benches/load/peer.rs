//! node oidc-provider, run beside: the same flows against the reference of the field, in the same run on the same machine.
//!
//! Installed once by `npm ci --prefix benches/load/peer`; left out, and said so, where it is not there.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::BufRead;

use crate::http1::{Answer, Connection};
use crate::process::Measured;
use crate::scenario::{self, Client, Paths, Scenario};

const PATHS: Paths = Paths {
    authorize: "/auth",
    token: "/token",
    userinfo: "/me",
    discovery: "/.well-known/openid-configuration",
    jwks: "/jwks",
};

/// A running oidc-provider.
pub struct Peer {
    child: Child,
    address: SocketAddr,
}

impl Peer {
    /// Starts it, if it is installed.
    pub fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load/peer");
        if !folder.join("node_modules/oidc-provider").is_dir() {
            return None;
        }
        let mut child = Command::new("node")
            .arg(folder.join("server.mjs"))
            .env("NODE_ENV", "production")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, line.trim().parse().ok()?));
        Some(Self { child, address })
    }

    /// The scenarios that it can be driven with.
    pub async fn scenarios(&self) -> Vec<Scenario> {
        let mut connection = Connection::open(self.address).await;
        let client = |id: &str| Client {
            id: id.to_owned(),
            basic: format!("authorization: Basic {}\r\n", STANDARD.encode(format!("{id}:{id}-secret"))),
            paths: &PATHS,
        };
        let cookie: Arc<str> = sign_in(&mut connection, &client("flow")).await.into();
        vec![
            scenario::fetch("discovery", PATHS.discovery, None),
            scenario::fetch("jwks", PATHS.jwks, None),
            scenario::client_credentials(client("machine")),
            scenario::silent("silent flow ES256", client("flow"), cookie.clone()),
            scenario::refresh(client("flow"), cookie),
        ]
    }
}

impl Measured for Peer {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Through its own sign-in and consent forms, until it sends the browser back to the client; gives the cookie header.
async fn sign_in(connection: &mut Connection, client: &Client) -> String {
    let mut jar: Vec<(String, String)> = Vec::new();
    let mut answer = connection.get(&scenario::authorize(client, "n", "consent"), "").await;
    let mut forms = ["prompt=login&login=citizen&password=any", "prompt=consent"].into_iter();
    loop {
        keep(&mut jar, &answer);
        let location = answer.header("location").expect("a redirect").to_owned();
        if location.starts_with("https://client.example/") {
            return header(&jar);
        }
        let path = location
            .split_once("localhost:")
            .map_or(location.as_str(), |(_, rest)| &rest[rest.find('/').expect("a path")..]);
        answer = if path.starts_with("/interaction/") {
            connection.post(path, &header(&jar), forms.next().expect("two forms are enough")).await
        } else {
            connection.get(path, &header(&jar)).await
        };
    }
}

fn keep(jar: &mut Vec<(String, String)>, answer: &Answer) {
    for (name, value) in scenario::cookies(answer) {
        jar.retain(|(held, _)| *held != name);
        jar.push((name, value));
    }
}

fn header(jar: &[(String, String)]) -> String {
    let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("cookie: {}\r\n", pairs.join("; "))
}
