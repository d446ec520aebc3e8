//! Writes every page as a sample: `cargo run --example gallery -- DIR`. `tests/browser/` photographs and checks them.

use std::path::PathBuf;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, hufu::demo::gallery::GalleryError> {
    let Some(dir) = std::env::args_os().nth(1).map(PathBuf::from) else { return Ok(ExitCode::from(2)) };
    hufu::demo::gallery::write_gallery(&dir).await?;
    Ok(ExitCode::SUCCESS)
}
