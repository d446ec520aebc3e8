//! The demo's own pages as samples, and the whole gallery: every page that a person can see.

use std::path::Path;

use askama::Template;

use super::home::DemoHomePage;
use super::service::view::{ServiceKind, ServicePage, ServiceState};
use crate::http::pages::{Lang, gallery};

/// Why the gallery could not be written.
#[derive(Debug, thiserror::Error)]
pub enum GalleryError {
    /// A template failed.
    #[error("a page could not be rendered: {0}")]
    Render(#[from] askama::Error),
    /// A file could not be written.
    #[error("a file could not be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Every page of the demo's services and its guide in `lang`, by name.
///
/// # Errors
/// When a template fails, which the tests rule out.
pub fn samples(lang: Lang) -> askama::Result<Vec<(&'static str, String)>> {
    let page = |kind, state| ServicePage::sample_of(lang, kind, state).render();
    let code = || "login_required".to_owned();
    Ok(vec![
        ("demo-home", DemoHomePage::sample(lang).render()?),
        ("demo-service-in", ServicePage::sample(lang).render()?),
        ("demo-service-out", page(ServiceKind::Matters, ServiceState::SignedOut)?),
        ("demo-service-ended", page(ServiceKind::Seals, ServiceState::Ended)?),
        ("demo-service-silent", page(ServiceKind::Portal, ServiceState::SilentRefused { code: code() })?),
        ("demo-service-failed", page(ServiceKind::Parking, ServiceState::Failed { code: code() })?),
    ])
}

/// Writes every page in every language, with the assets, under `dir`.
///
/// # Errors
/// When a page cannot be rendered or a file cannot be written.
pub async fn write_gallery(dir: &Path) -> Result<(), GalleryError> {
    let mut pages = Vec::new();
    for lang in Lang::ALL {
        let mut all = gallery::samples(lang)?;
        all.extend(samples(lang)?);
        pages.push((lang, all));
    }
    Ok(gallery::write(dir, &pages).await?)
}
