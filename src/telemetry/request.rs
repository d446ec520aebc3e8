//! One line a request: what is known of it without looking at anything personal.

use std::fmt::Display;
use std::time::Duration;

use crate::config::log::{LogConfig, LoggedRequests};

/// A finished request.
pub struct RequestRecord<'a> {
    /// The method.
    pub method: &'a str,
    /// The route's template, as `/clients/{id}`; never the path as it came.
    pub route: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// From the head's arrival to the answer's head.
    pub elapsed: Duration,
    /// The reference that the person saw.
    pub reference: &'a dyn Display,
}

impl RequestRecord<'_> {
    /// Writes the line if `config` wants one.
    pub fn log(&self, config: &LogConfig) {
        if !self.is_wanted(config) {
            return;
        }
        let Self { method, route, status, reference, .. } = self;
        let micros = u64::try_from(self.elapsed.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(target: "hufu::request", method, route, status, micros, %reference, "request");
    }

    fn is_wanted(&self, config: &LogConfig) -> bool {
        match config.requests {
            LoggedRequests::All => true,
            LoggedRequests::Notable => self.status >= 400 || self.elapsed >= Duration::from_millis(config.slow_ms),
            LoggedRequests::Off => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::logging::tests::log_of;
    use super::*;
    use crate::config::log::LogFormat;

    fn lines(requests: LoggedRequests, status: u16, millis: u64) -> String {
        let config = LogConfig { requests, ..LogConfig::default() };
        let elapsed = Duration::from_millis(millis);
        let record = RequestRecord { method: "GET", route: "/token", status, elapsed, reference: &"K7Q2" };
        log_of("info", LogFormat::Json, || record.log(&config))
    }

    #[test]
    fn a_line_has_method_route_status_time_and_reference() {
        let line: serde_json::Value = serde_json::from_str(&lines(LoggedRequests::All, 200, 3)).unwrap();
        assert_eq!(line["method"], "GET");
        assert_eq!(line["route"], "/token");
        assert_eq!(line["status"], 200);
        assert_eq!(line["micros"], 3000);
        assert_eq!(line["reference"], "K7Q2");
    }

    #[test]
    fn notable_is_what_was_refused_failed_or_slow() {
        for (status, millis, wanted) in
            [(200, 3, false), (303, 999, false), (400, 3, true), (500, 3, true), (200, 1_000, true)]
        {
            assert_eq!(!lines(LoggedRequests::Notable, status, millis).is_empty(), wanted, "{status} {millis}");
        }
        assert_eq!(lines(LoggedRequests::Off, 500, 9_000), "");
    }
}
