//! The escaper of every template (`askama.toml` names it).
//!
//! It escapes HTML and drops what makes text lie: control characters and the marks that turn the direction of what
//! follows (a service named with U+202E could otherwise rewrite the sentence around its name). Arabic and Hebrew
//! letters stay: they carry their direction themselves, and [`super::phrase`] isolates them.

use std::fmt::{self, Write};

/// Escapes for element text and for double-quoted attributes.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl askama::filters::Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| replacement(c).is_some()) {
            let (before, after) = rest.split_at(at);
            dest.write_str(before)?;
            let mut chars = after.chars();
            if let Some(written) = chars.next().and_then(replacement) {
                dest.write_str(written)?;
            }
            rest = chars.as_str();
        }
        dest.write_str(rest)
    }
}

/// What is written instead of `c`; `None` when `c` may stand as it is.
fn replacement(c: char) -> Option<&'static str> {
    match c {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '&' => Some("&amp;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        '\n' | '\r' | '\t' => None,
        _ if is_treacherous(c) => Some(""),
        _ => None,
    }
}

/// Whether `c` is a control character or a mark that changes the direction of the text around it (UAX #9 §2).
#[must_use]
pub fn is_treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` as it is written into a page.
#[must_use]
pub fn escaped(text: &str) -> String {
    use askama::filters::Escaper;
    let mut out = String::with_capacity(text.len() + 16);
    // Writing to a String cannot fail.
    let _ = Html.write_escaped_str(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escaped(r#"<b a="1" c='2'>&"#), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
    }

    #[test]
    fn direction_marks_are_dropped_and_letters_of_every_script_stay() {
        assert_eq!(escaped("\u{202e}fdp.exe\u{2069}"), "fdp.exe");
        assert_eq!(escaped("مەھەممەت ئېلى"), "مەھەممەت ئېلى");
        assert_eq!(escaped("䶮\u{0}\u{1b}[2J"), "䶮[2J");
    }
}
