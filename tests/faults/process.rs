//! [`Process`]: `hufu demo` as a process of its own, and how it ends.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a process may take to start or to die.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ports that one demo uses.
const PORTS: u16 = 20;

/// A running demo; dropped, it is killed.
pub struct Process {
    child: Child,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The ports of one demo, nobody else's for as long as this is held.
pub struct Ports {
    /// The first.
    pub base: u16,
    /// The last of them, which the demo does not use: other runs of these tests find it taken.
    _lock: TcpListener,
}

impl Ports {
    /// Twenty ports of which none is in use, below those that connections take by themselves.
    pub fn free() -> Self {
        let random = hufu::base::SystemRandom;
        let random: &dyn hufu::base::Random = &random;
        loop {
            let place = u16::from_le_bytes(random.array()) % 900;
            let base = 12_000 + place * PORTS;
            let lock = TcpListener::bind((Ipv4Addr::LOCALHOST, base + PORTS - 1));
            let free =
                |host: u8, offset: u16| TcpListener::bind((Ipv4Addr::new(127, 0, 0, host), base + offset)).is_ok();
            let all = (2..=16).all(|host| free(host, u16::from(host))) && free(1, 0);
            let also = TcpListener::bind((Ipv6Addr::LOCALHOST, base));
            let taken = also.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse);
            if let (Ok(lock), true, false) = (lock, all, taken) {
                return Self { base, _lock: lock };
            }
        }
    }
}

impl Process {
    /// Starts the demo on `dir` with this setting; it is up when this returns. `crash_at` is a fail-point, perhaps with `:n`.
    pub fn start(dir: &Path, port_base: u16, (crash_at, setting): (Option<&str>, &str)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
        command.args(["demo", "--only-nation", "--port-base", &port_base.to_string(), "--dir"]).arg(dir);
        command.args(["--set", setting]);
        command.env_remove("HUFU_CRASH_AT").envs(crash_at.map(|point| ("HUFU_CRASH_AT", point)));
        Self::demo(dir, command)
    }

    /// Starts the demo on `dir` with all of its nodes, each a process; all are up when this returns.
    pub fn start_all(dir: &Path, port_base: u16) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
        command.args(["demo", "--port-base", &port_base.to_string(), "--dir"]).arg(dir);
        command.env_remove("HUFU_CRASH_AT");
        Self::demo(dir, command)
    }

    fn demo(dir: &Path, mut command: Command) -> Self {
        std::fs::create_dir_all(dir).unwrap();
        let log = std::fs::File::options().create(true).append(true).open(log_of(dir)).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let up = said.lines().map_while(Result::ok).any(|line| line.starts_with("Ctrl-C"));
        let process = Self { child };
        assert!(up, "the demo did not start: {}", std::fs::read_to_string(log_of(dir)).unwrap_or_default());
        process
    }

    /// Starts the node whose configuration stands in `dir`, alone; it may not be up yet when this returns.
    pub fn serve(dir: &Path) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log_of(dir)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
        command.arg("--config").arg(dir.join("hufu.toml")).arg("serve").current_dir(dir);
        command.env_remove("HUFU_CRASH_AT").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Self { child: command.spawn().unwrap() }
    }

    /// Ends it the hard way: nothing flushed, no destructor.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as an operator would.
    pub fn stop(mut self) {
        // The shell's own word: a bare machine has no program of that name.
        let word = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &word]).status().unwrap().success());
        let status = self.wait();
        assert!(status.success(), "{status}");
    }

    /// Waits until it has died at its fail-point.
    pub fn must_have_died(mut self) {
        let status = self.wait();
        assert_eq!(signal(status), Some(9), "it did not die at the point: {status}");
    }

    fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "it still runs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn log_of(dir: &Path) -> PathBuf {
    dir.join("test.log")
}

fn signal(status: ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal()
}

/// Runs another command of the binary beside the demo on `dir`; how it ended.
pub fn command(dir: &Path, arguments: &[&str], crash_at: Option<&str>) -> Result<(), i32> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    command.arg("--config").arg(dir.join("hufu.toml")).args(arguments);
    command.env_remove("HUFU_CRASH_AT").envs(crash_at.map(|point| ("HUFU_CRASH_AT", point)));
    let output = command.stdin(Stdio::null()).output().unwrap();
    match signal(output.status) {
        Some(signal) => Err(signal),
        None => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments:?}: {} {said}", output.status);
            Ok(())
        }
    }
}

/// What a command of the binary beside the demo on `dir` answers.
pub fn answer(dir: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hufu"));
    command.arg("--config").arg(dir.join("hufu.toml")).args(arguments).env_remove("HUFU_CRASH_AT");
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Copies the state of a demo that does not run.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
