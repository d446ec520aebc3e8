//! The process itself, as Linux tells it in `/proc`; elsewhere there is nothing to tell.

use std::fmt::Write;
use std::fs;

/// Ticks of processor time a second, a constant of Linux's interface to programs (`USER_HZ`).
const TICKS: f64 = 100.0;

/// Appends memory, processor time, open files and threads in the Prometheus text format.
pub(super) fn render(out: &mut String) {
    for (name, kind, value) in measures() {
        let _ = write!(out, "# TYPE {name} {kind}\n{name} {value}\n\n");
    }
}

fn measures() -> Vec<(&'static str, &'static str, f64)> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let files = fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
    let found = [
        ("process_resident_memory_bytes", "gauge", field(&status, "VmRSS:").map(|kib| kib * 1024.0)),
        ("process_threads", "gauge", field(&status, "Threads:")),
        ("process_open_fds", "gauge", files.and_then(|count| u32::try_from(count).ok()).map(f64::from)),
        ("process_cpu_seconds_total", "counter", cpu_seconds(&stat)),
    ];
    found.into_iter().filter_map(|(name, kind, value)| Some((name, kind, value?))).collect()
}

/// The number after `name` in `/proc/self/status`.
fn field(status: &str, name: &str) -> Option<f64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// User and system time from `/proc/self/stat`, proc(5): fields 14 and 15, counted after the name in brackets.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_even_behind_a_strange_process_name() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194304 90 0 0 0 250 50 0 0 20 0 3 0 100 1 1";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(field("Name:\thufu\nVmRSS:\t   2048 kB\n", "VmRSS:"), Some(2048.0));
        assert_eq!(cpu_seconds(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_and_files() {
        let mut text = String::new();
        render(&mut text);
        for name in
            ["process_resident_memory_bytes ", "process_open_fds ", "process_cpu_seconds_total ", "process_threads "]
        {
            assert!(text.contains(&format!("\n{name}")), "{text}");
        }
    }
}
