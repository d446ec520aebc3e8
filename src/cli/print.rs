//! How answers look: JSON for one thing, a line with tabs for each of many.

use std::io::{self, Write};

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::base::Timestamp;

/// Prints one thing.
pub(super) fn json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// Prints one of many.
pub(super) fn line(out: &mut dyn Write, cells: &[&str]) -> io::Result<()> {
    // A cell is a value of ours or a client's name: the latter may not forge another line.
    let plain: Vec<String> = cells.iter().map(|cell| cell.replace(|letter: char| letter.is_control(), " ")).collect();
    writeln!(out, "{}", plain.join("\t"))
}

/// A moment, as in RFC 3339, to the second.
pub(super) fn moment(at: Timestamp) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(at.seconds()).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_else(|| "never".to_owned())
}

/// A moment that may not have been set.
pub(super) fn moment_or_dash(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), moment)
}
