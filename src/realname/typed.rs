//! What people type: full-width characters from input methods, spaces, and characters without width that copying brings
//! along. Every value of this room is read through here, so that one thing typed in many ways stays one thing.

/// Full-width ASCII (U+FF01–U+FF5E), as Chinese input methods give it, to ASCII.
pub(super) fn to_half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// White space, and characters without width that copying brings along.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Zero-width characters, direction marks and the byte-order mark.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{00AD}')
}

/// A number or code in its one form: half-width, without spaces, upper case.
pub(super) fn upper(text: &str) -> String {
    text.chars().map(to_half_width).filter(|c| !is_space(*c)).map(|c| c.to_ascii_uppercase()).collect()
}
