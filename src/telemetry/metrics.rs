//! Numbers, in the Prometheus text format. One set a node, handed around: two nodes in one process stay apart.
//!
//! Labels are few and bounded: methods, route templates, statuses, names of ours. Nothing here opens a port; `/metrics`
//! renders, for whom `[metrics]` allows.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use parking_lot::RwLock;

use super::process;

/// Upper bounds of the buckets of every duration, in seconds.
const BUCKETS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// After how many requests recorded durations are folded into their buckets: until then each takes memory, whether
/// anybody asks for the metrics or not.
const FOLD_EVERY: u64 = 4096;

const METADATA: Metadata<'static> = Metadata::new("hufu", Level::INFO, None);

/// The numbers of one node; clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    requests: RwLock<HashMap<Box<str>, Vec<RequestSeries>>>,
    counted: AtomicU64,
}

/// Lends a set to the `metrics` macros, by which the rooms below count.
struct OfProcess(Metrics);

impl Recorder for OfProcess {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.0.recorder.describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.0.recorder.describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.0.recorder.describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.0.0.recorder.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.0.0.recorder.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.0.0.recorder.register_histogram(key, metadata)
    }
}

/// The series of one route, method and status.
struct RequestSeries {
    method: &'static str,
    status: u16,
    count: Counter,
    seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Makes this the set of the whole process: what `metrics` macros count anywhere below is found in it. The first set
    /// that asks stays; a process that serves one node has one.
    pub fn adopt_process(&self) {
        if metrics::set_global_recorder(OfProcess(self.clone())).is_err() {
            tracing::debug!("another set of metrics is the process's already");
        }
    }

    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        let recorder = PrometheusBuilder::new().set_buckets(BUCKETS).unwrap_or_default().build_recorder();
        let handle = recorder.handle();
        let metrics =
            Self(Arc::new(Inner { recorder, handle, requests: RwLock::default(), counted: AtomicU64::new(1) }));
        metrics.gauge("hufu_build_info", "The version that runs.", &[("version", env!("CARGO_PKG_VERSION"))]).set(1.0);
        metrics
    }

    /// The counter `name` with these labels: ask once and keep it.
    pub fn counter(&self, name: &'static str, help: &'static str, labels: &[(&'static str, &str)]) -> Counter {
        self.0.recorder.describe_counter(KeyName::from_const_str(name), None, help.into());
        self.0.recorder.register_counter(&key(name, labels), &METADATA)
    }

    /// The gauge `name` with these labels: ask once and keep it.
    pub fn gauge(&self, name: &'static str, help: &'static str, labels: &[(&'static str, &str)]) -> Gauge {
        self.0.recorder.describe_gauge(KeyName::from_const_str(name), None, help.into());
        self.0.recorder.register_gauge(&key(name, labels), &METADATA)
    }

    /// The histogram `name`, of seconds, with these labels: ask once and keep it.
    pub fn histogram(&self, name: &'static str, help: &'static str, labels: &[(&'static str, &str)]) -> Histogram {
        self.0.recorder.describe_histogram(KeyName::from_const_str(name), None, help.into());
        self.0.recorder.register_histogram(&key(name, labels), &METADATA)
    }

    /// Counts a finished request under its route's template.
    pub fn request(&self, method: &str, route: &str, status: u16, elapsed: Duration) {
        if self.0.counted.fetch_add(1, Ordering::Relaxed).is_multiple_of(FOLD_EVERY) {
            self.0.handle.run_upkeep();
        }
        let method = bounded(method);
        let record = |series: &RequestSeries| {
            series.count.increment(1);
            series.seconds.record(elapsed.as_secs_f64());
        };
        let known = self.0.requests.read();
        let same = |series: &&RequestSeries| series.method == method && series.status == status;
        if let Some(series) = known.get(route).and_then(|all| all.iter().find(same)) {
            return record(series);
        }
        drop(known);
        let series = self.request_series(method, route, status);
        record(&series);
        self.0.requests.write().entry(route.into()).or_default().push(series);
    }

    fn request_series(&self, method: &'static str, route: &str, status: u16) -> RequestSeries {
        let code = status.to_string();
        let count = self.counter(
            "hufu_http_requests_total",
            "Requests answered.",
            &[("method", method), ("route", route), ("status", &code)],
        );
        let seconds = self.histogram(
            "hufu_http_request_seconds",
            "From the head's arrival to the answer's head.",
            &[("method", method), ("route", route)],
        );
        RequestSeries { method, status, count, seconds }
    }

    /// Everything, with the process's own numbers.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = self.0.handle.render();
        process::render(&mut out);
        out
    }
}

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    Key::from_parts(
        name,
        labels.iter().map(|(label, value)| Label::new(*label, (*value).to_owned())).collect::<Vec<_>>(),
    )
}

/// A method as a label: anybody can invent methods, so that the unknown ones share one.
fn bounded(method: &str) -> &'static str {
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_method_route_and_status() {
        let metrics = Metrics::new();
        metrics.request("GET", "/jwks", 200, Duration::from_millis(3));
        metrics.request("GET", "/jwks", 200, Duration::from_millis(700));
        metrics.request("BREW", "/jwks", 405, Duration::from_millis(1));
        let text = metrics.render();
        for line in [
            "hufu_http_requests_total{method=\"GET\",route=\"/jwks\",status=\"200\"} 2",
            "hufu_http_requests_total{method=\"other\",route=\"/jwks\",status=\"405\"} 1",
            "hufu_http_request_seconds_bucket{method=\"GET\",route=\"/jwks\",le=\"0.005\"} 1",
            "hufu_http_request_seconds_count{method=\"GET\",route=\"/jwks\"} 2",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn nothing_is_lost_when_durations_are_folded() {
        let metrics = Metrics::new();
        for _ in 0..2 * FOLD_EVERY + 3 {
            metrics.request("POST", "/token", 200, Duration::from_micros(200));
        }
        let line =
            format!("hufu_http_request_seconds_count{{method=\"POST\",route=\"/token\"}} {}", 2 * FOLD_EVERY + 3);
        assert!(metrics.render().contains(&line));
    }

    #[test]
    fn two_nodes_in_one_process_stay_apart() {
        let (nation, province) = (Metrics::new(), Metrics::new());
        nation.counter("hufu_logouts_total", "Logouts.", &[]).increment(5);
        assert!(nation.render().contains("hufu_logouts_total 5"));
        assert!(!province.render().contains("hufu_logouts_total"));
    }
}
