//! Style sheets, script and pictures, built into the binary and addressed by their content.
//!
//! `hufu.css` is served as `/static/hufu.<hash>.css`: a changed file has a new address, so that a browser may keep it for
//! ever. Only these files exist: a request is looked up in a table and never touches a disk.

use std::sync::LazyLock;

use crate::base::encoding::{hex, sha256};

/// How long a browser may keep an asset: for ever, since its address names its content (RFC 8246).
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// One file.
#[derive(Debug)]
pub struct Asset {
    /// The name that templates use: `hufu.css`.
    pub name: &'static str,
    /// The name with the hash, the last segment of its address: `hufu.3f9a0c51b2d4e687.css`.
    pub file: String,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `ETag`, quotes included.
    pub etag: String,
    /// The content.
    pub bytes: &'static [u8],
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    [
        ("hufu.css", CSS, include_bytes!("../../../static/hufu.css").as_slice()),
        ("hufu.js", SCRIPT, include_bytes!("../../../static/hufu.js")),
        ("passkey.js", SCRIPT, include_bytes!("../../../static/passkey.js")),
        ("demo.css", CSS, include_bytes!("../../../static/demo.css")),
        ("seal.svg", SVG, include_bytes!("../../../static/seal.svg")),
    ]
    .into_iter()
    .map(|(name, content_type, bytes)| addressed(name, content_type, bytes))
    .collect()
});

fn addressed(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let hash: String = hex(&sha256(bytes)).chars().take(16).collect();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    Asset { name, file: format!("{stem}.{hash}.{extension}"), content_type, etag: format!("\"{hash}\""), bytes }
}

/// Every asset.
#[must_use]
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// The asset whose hashed file name is `file`; `None` is a 404, also for an older hash.
#[must_use]
pub fn find(file: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.file == file)
}

/// The address of the asset called `name`, below the node's base path.
#[must_use]
pub fn address(name: &str) -> Option<String> {
    ASSETS.iter().find(|asset| asset.name == name).map(|asset| format!("{}/{}", super::paths::STATIC, asset.file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_the_content_and_leads_to_it() {
        for asset in all() {
            let address = address(asset.name).unwrap();
            let file = address.strip_prefix("/static/").unwrap();
            assert!(file.contains(&hex(&sha256(asset.bytes))[..16]), "{file}");
            assert_eq!(find(file).unwrap().name, asset.name);
        }
    }

    #[test]
    fn nothing_else_is_served() {
        for other in ["hufu.css", "hufu.0000000000000000.css", "../Cargo.toml", ""] {
            assert!(find(other).is_none(), "{other}");
        }
        assert!(address("missing.css").is_none());
    }

    #[test]
    fn the_style_sheet_and_script_ask_for_nothing_outside() {
        for asset in all() {
            let text = std::str::from_utf8(asset.bytes).unwrap().replace("http://www.w3.org/", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{}", asset.name);
            assert!(!text.contains("@import"), "{}", asset.name);
        }
    }
}
