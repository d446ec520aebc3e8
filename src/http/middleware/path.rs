//! Paths with a trick in them (threat 13): what a proxy and a router could read differently is not read at all.

/// Whether `path` has one meaning only: no `;`, `//`, backslash, dot segment or control character, and no escape that
/// hides one of these or another escape.
pub(super) fn is_plain(path: &str) -> bool {
    let bytes = path.as_bytes();
    let starts_well = bytes.first() == Some(&b'/');
    starts_well
        && !path.contains("//")
        && bytes.iter().all(|byte| is_plain_byte(*byte))
        && escapes_are_plain(bytes)
        && !has_dots(path)
}

const fn is_plain_byte(byte: u8) -> bool {
    byte > b' ' && byte < 0x7f && !matches!(byte, b';' | b'\\')
}

/// RFC 3986 §2.1: `%` and two hexadecimal digits; and what they stand for must be plain, too.
fn escapes_are_plain(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%').all(|(at, _)| {
        let digit = |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
        let decoded = digit(1).zip(digit(2)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        decoded.is_some_and(|byte| byte >= b' ' && !matches!(byte, b'.' | b'/' | b'\\' | b';' | b'%' | 0x7f))
    })
}

fn has_dots(path: &str) -> bool {
    path.contains("/.") && path.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_the_node_are_plain() {
        for path in [
            "/",
            "/.well-known/openid-configuration",
            "/clients/0192-ab",
            "/assets/a.b.css",
            "/名".escape_percent().as_str(),
        ] {
            assert!(is_plain(path), "{path}");
        }
    }

    #[test]
    fn tricks_are_seen() {
        for path in [
            "",
            "*",
            "token",
            "//",
            "/a//b",
            "/a;x=1/b",
            "/a\\b",
            "/a/../b",
            "/..",
            "/.",
            "/./a",
            "/%2e%2e/a",
            "/%2E/a",
            "/a%2fb",
            "/a%2Fb",
            "/a%5cb",
            "/a%3bb",
            "/%252e/",
            "/a%00",
            "/a%0d%0a",
            "/a%7f",
            "/a%",
            "/a%2",
            "/a%zz",
            "/a\u{7f}",
            "/a b",
            "/é",
        ] {
            assert!(!is_plain(path), "{path:?}");
        }
    }

    trait Escape {
        fn escape_percent(&self) -> String;
    }

    impl Escape for str {
        fn escape_percent(&self) -> String {
            self.bytes()
                .map(|byte| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
                .collect()
        }
    }
}
