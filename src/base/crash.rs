//! Named fail-points: places where a crash test ends the process the hard way.
//!
//! With the feature `failpoints`, `HUFU_CRASH_AT=name` or `name:n` kills this process (SIGKILL, nothing flushed, no
//! destructor) when [`point`] is passed for the n-th time. Without the feature the call is empty.

/// Ends the process here if the environment asked for it.
#[cfg(feature = "failpoints")]
pub fn point(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicI64, Ordering};
    static WANTED: OnceLock<Option<(String, AtomicI64)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("HUFU_CRASH_AT").ok()?;
        let (name, count) = text.split_once(':').map_or((text.as_str(), 1), |(n, c)| (n, c.parse().unwrap_or(1)));
        Some((name.to_owned(), AtomicI64::new(count)))
    });
    if let Some((wanted, left)) = wanted
        && wanted == name
        && left.fetch_sub(1, Ordering::SeqCst) == 1
    {
        let me = std::process::id().to_string();
        let _ = std::process::Command::new("sh").args(["-c", &format!("kill -9 {me}")]).status();
        std::process::abort();
    }
}

/// Empty: this build has no fail-points.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn point(_name: &str) {}
