//! The demo's own pages as samples, and the whole gallery: every page that a person can see.

use std::path::Path;

use askama::Template;

use super::home::DemoHomePage;
use super::outbox::OutboxPage;
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
        ("demo-outbox", OutboxPage::sample(lang).render()?),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pages::tests::markup;

    #[test]
    fn every_page_of_the_demo_is_sound_in_both_languages() {
        for lang in Lang::ALL {
            for (name, html) in samples(lang).unwrap() {
                markup::check(name, &html, lang.tag());
            }
        }
    }

    #[test]
    fn a_service_shows_its_state_to_people_and_programs() {
        let pages: std::collections::BTreeMap<_, _> = samples(Lang::En).unwrap().into_iter().collect();
        let inside = &pages["demo-service-in"];
        for id in ["service-name", "state", "who", "claims", "sid", "signout"] {
            assert!(inside.contains(&format!("id=\"{id}\"")), "{id}");
        }
        assert!(inside.contains("data-state=\"signed-in\"") && !inside.contains("id=\"signin\""));
        for (page, state) in [
            ("demo-service-out", "signed-out"),
            ("demo-service-ended", "ended"),
            ("demo-service-silent", "silent-refused"),
            ("demo-service-failed", "failed"),
        ] {
            let html = &pages[page];
            assert!(html.contains(&format!("data-state=\"{state}\"")), "{page}");
            assert!(html.contains("id=\"signin\"") && html.contains("id=\"silent\""), "{page}");
            assert!(!html.contains("id=\"signout\"") && !html.contains("id=\"claims\""), "{page}");
        }
    }

    #[test]
    fn a_hostile_claim_is_only_text() {
        let state = ServiceState::SignedIn {
            who: "<script>1</script>".to_owned(),
            sid: "\"><b>".to_owned(),
            claims: vec![("name".to_owned(), "\u{202e}<img onerror=x>".to_owned())],
        };
        let html = ServicePage::sample_of(Lang::ZhCn, ServiceKind::Seals, state).render().unwrap();
        markup::check("hostile", &html, "zh-CN");
        assert!(!html.contains("<script>") && !html.contains("<img") && !html.contains('\u{202e}'));
    }

    #[tokio::test]
    async fn the_gallery_holds_every_page_and_its_assets() {
        let dir = tempfile::tempdir().unwrap();
        write_gallery(dir.path()).await.unwrap();
        let html = std::fs::read_to_string(dir.path().join("en/sign-in.html")).unwrap();
        let address = html.split("href=\"/static/hufu.").nth(1).unwrap().split('"').next().unwrap();
        assert!(dir.path().join(format!("static/hufu.{address}")).is_file());
        assert!(dir.path().join("zh-CN/demo-home.html").is_file());
    }
}
