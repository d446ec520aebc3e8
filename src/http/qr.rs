//! QR codes (ISO/IEC 18004) as pages show them: one path, drawn by the server, so that they need no script and no picture.

use qrcode::{Color, QrCode as Drawn};

use crate::http::pages::view::security::QrCode;

/// Cells of white around a QR code (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

/// One path for all dark cells. A text that does not fit is not drawn: it can still be typed.
#[must_use]
pub fn draw(text: &str) -> QrCode {
    let Ok(drawn) = Drawn::new(text) else { return QrCode::default() };
    let width = drawn.width();
    let mut path = String::new();
    for (at, color) in drawn.into_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
        }
    }
    QrCode { side: width + 2 * QUIET, path }
}
