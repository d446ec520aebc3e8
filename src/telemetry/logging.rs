//! The log: filter, shape, and where it goes (standard error, so that commands keep standard output for answers).

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

use super::panic;
use crate::config::log::{LogConfig, LogFormat};

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// This process already has a log.
    #[error("the log is already set up")]
    AlreadyInstalled,
}

/// Sets up the log of this process, panics included.
pub fn install(config: &LogConfig) -> Result<(), TelemetryError> {
    let colours = std::io::stderr().is_terminal();
    tracing::subscriber::set_global_default(subscriber(config, colours, std::io::stderr))
        .map_err(|_| TelemetryError::AlreadyInstalled)?;
    panic::log_panics();
    Ok(())
}

/// A log that writes to `writer`, in colours where it is text and `colours` is set.
pub fn subscriber<W>(config: &LogConfig, colours: bool, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let wanted =
        EnvFilter::builder().with_default_directive(LevelFilter::OFF.into()).parse_lossy(config.level.as_str());
    let filter = wanted.and(filter_fn(may_speak));
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match config.format {
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_ansi(colours).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter))
}

/// Libraries speak at `info` and above only: below that they print headers, bodies and statements.
fn may_speak(event: &Metadata<'_>) -> bool {
    let ours = event.target() == "hufu" || event.target().starts_with("hufu::");
    ours || *event.level() <= Level::INFO
}

#[cfg(test)]
pub(super) mod tests {
    use std::io;
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;

    /// A log kept in memory.
    #[derive(Clone, Default)]
    pub struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Kept {
        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().clone()).unwrap()
        }
    }

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What `speak` logs under `level`.
    pub fn log_of(level: &str, format: LogFormat, speak: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let config = LogConfig { level: level.parse().unwrap(), format, ..LogConfig::default() };
        tracing::subscriber::with_default(subscriber(&config, false, move || writer.clone()), speak);
        kept.text()
    }

    #[test]
    fn a_json_line_is_one_object_with_its_fields_at_the_top() {
        let text = log_of("info", LogFormat::Json, || {
            tracing::info!(target: "hufu::oidc", client = "matters", "token issued");
            tracing::debug!(target: "hufu::oidc", "not asked for");
        });
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 1);
        let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(
            (&line["level"], &line["client"], &line["message"]),
            (&"INFO".into(), &"matters".into(), &"token issued".into())
        );
    }

    #[test]
    fn libraries_are_silent_below_info_even_at_trace() {
        let text = log_of("trace", LogFormat::Text, || {
            tracing::debug!(target: "h2::codec", "authorization: Bearer abc");
            tracing::trace!(target: "hufugate", "not ours");
        });
        assert_eq!(text, "");
        let text = log_of("trace", LogFormat::Text, || {
            tracing::trace!(target: "hufu::store", "ours");
            tracing::warn!(target: "sqlx", "slow");
        });
        assert!(text.contains("ours") && text.contains("slow"), "{text}");
    }

    #[test]
    fn levels_can_differ_by_module() {
        let text = log_of("warn,hufu::oidc=debug", LogFormat::Text, || {
            tracing::debug!(target: "hufu::oidc", "engine");
            tracing::info!(target: "hufu::store", "store");
        });
        assert!(text.contains("engine") && !text.contains("store"), "{text}");
    }
}
