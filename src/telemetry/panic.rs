//! Panics in the log: where, and what only if it was written in the source, for a computed text may hold anything.

use std::any::Any;
use std::panic::{PanicHookInfo, set_hook};

/// Sends every panic of this process to the log instead of printing it.
pub(super) fn log_panics() {
    set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, reason = reason(info.payload()), "panic");
}

/// The panic's text, when it is a literal of the source.
fn reason(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("(withheld)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_texts_are_withheld() {
        assert_eq!(reason(&"index out of order"), "index out of order");
        assert_eq!(reason(&format!("no such person: {}", "张三")), "(withheld)");
    }
}
