//! The measured process: started on free ports in a temporary folder, asked for its CPU time and memory, stopped.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A running node, furnished by `hufu demo`.
pub struct Server {
    child: Child,
    _dir: tempfile::TempDir,
    /// Where the node listens.
    pub address: SocketAddr,
    /// `demo.json`.
    pub manifest: Value,
    /// Milliseconds from start to the first 200, with nothing there yet.
    pub first_start_ms: u128,
    /// Milliseconds from start to the first 200, started again.
    pub second_start_ms: u128,
}

/// A base port with room above it.
fn free_base() -> u16 {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    port.clamp(10_000, 60_000)
}

impl Server {
    /// Lets the demo furnish a folder, stops it, and serves its node alone from what it left.
    pub async fn demo() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (base, path) = (free_base(), dir.path().display().to_string());
        let (mut child, first_start_ms) =
            start(&["demo", "--only-nation", "--dir", &path, "--port-base", &base.to_string()], base).await;
        terminate(&mut child);
        let config = format!("{path}/hufu.toml");
        let quiet = ["--set", "log.level=error", "--set", "log.requests=notable"];
        let (child, second_start_ms) = start(&[&["--config", &config][..], &quiet, &["serve"]].concat(), base).await;
        let manifest = std::fs::read(dir.path().join("demo.json")).expect("demo.json");
        Self {
            child,
            manifest: serde_json::from_slice(&manifest).expect("demo.json"),
            _dir: dir,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, base)),
            first_start_ms,
            second_start_ms,
        }
    }
}

impl Measured for Server {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// A process that is driven.
pub trait Measured {
    /// Where it listens.
    fn address(&self) -> SocketAddr;

    /// Its number.
    fn pid(&self) -> u32;

    /// CPU time that it has used, in microseconds.
    fn cpu_us(&self) -> f64 {
        cpu_us(self.pid())
    }

    /// Resident memory, in MiB.
    fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("/proc");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).expect("a number") / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        terminate(&mut self.child);
    }
}

/// User and system time of a process, in microseconds.
pub fn cpu_us(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("/proc");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("stat").split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks");
    (ticks(11) + ticks(12)) * 10_000.0
}

async fn start(arguments: &[&str], base: u16) -> (Child, u128) {
    let begun = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_hufu"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("hufu starts");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, base));
    while !answers(address).await {
        assert!(begun.elapsed() < Duration::from_secs(30), "hufu did not come up");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    (child, begun.elapsed().as_millis())
}

async fn answers(address: SocketAddr) -> bool {
    let Some(mut connection) = crate::http1::Connection::try_open(address).await else { return false };
    connection.get("/readyz", "").await.status == 200
}

fn terminate(child: &mut Child) {
    let _ = Command::new("sh").args(["-c", &format!("kill {}", child.id())]).status();
    let _ = child.wait();
}
