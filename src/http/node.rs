//! A whole node as one router: its routes, the gate before them, what must answer for it to be ready, and the page that
//! a person sees where the gate refuses.

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use futures::FutureExt;

use crate::app::App;
use crate::http::middleware::{Plumbing, Refusal, Refused, as_problem, wrap};
use crate::http::ops::Check;
use crate::http::pages::policy::{FormTargets, content_security_policy};
use crate::http::pages::preference::{ELDER_VIEW, LANGUAGE_COOKIE, VIEW_COOKIE};
use crate::http::pages::view::busy::{BusyPage, BusyReason};
use crate::http::pages::view::error::{ErrorKind, ErrorPage};
use crate::http::pages::{Lang, PageContext, paths};
use crate::http::shutdown::Shutdown;
use crate::http::{cookies, router};
use crate::telemetry::Metrics;

/// The node that `app` is.
pub fn node(app: App, metrics: &Metrics, shutdown: &Shutdown) -> Router {
    let mut plumbing = plumbing(&app, metrics, shutdown);
    plumbing.checks = checks(&app);
    let shown_by = app.clone();
    plumbing.refuse = std::sync::Arc::new(move |refused| show(&shown_by, refused));
    wrap(router::router(app), plumbing)
}

fn plumbing(app: &App, metrics: &Metrics, shutdown: &Shutdown) -> Plumbing {
    Plumbing::new(&app.config, (app.clock.clone(), app.random.clone()), metrics.clone(), shutdown.clone())
}

/// What must answer for the node to be ready.
fn checks(app: &App) -> Vec<Check> {
    let (store, ephemeral) = (app.store.clone(), app.ephemeral.clone());
    let (keys, clock, algs) = (app.keys.clone(), app.clock.clone(), app.config.keys.policy().algs);
    vec![
        Check::new("store", move || {
            let store = store.clone();
            async move { store.ping().await.map_err(|error| error.to_string()) }.boxed()
        }),
        Check::new("ephemeral", move || {
            let ephemeral = ephemeral.clone();
            async move { ephemeral.ping().await.map_err(|error| error.to_string()) }.boxed()
        }),
        Check::new("keys", move || {
            let (ring, now) = (keys.ring(), clock.now());
            let missing = algs.iter().find(|alg| ring.active(**alg, now).is_none());
            let answer = missing.map_or(Ok(()), |alg| Err(format!("no key signs {}", alg.as_str())));
            async move { answer }.boxed()
        }),
    ]
}

/// A page for people, problem+json for programs.
fn show(app: &App, refused: &Refused) -> Response {
    if !refused.asker.wants_page() {
        return as_problem(refused);
    }
    let ctx = context(app, refused);
    let html = match busy(refused.refusal) {
        Some(reason) => BusyPage {
            ctx,
            reason,
            seconds: refused.refusal.retry_after().unwrap_or(1),
            reference: refused.reference.to_string(),
        }
        .render(),
        None => ErrorPage {
            ctx,
            kind: kind(refused.refusal),
            code: refused.refusal.code().to_owned(),
            reference: refused.reference.to_string(),
            detail: None,
            back: None,
        }
        .render(),
    };
    let Ok(html) = html else { return as_problem(refused) };
    let policy = content_security_policy(refused.nonce.as_str(), FormTargets::ThisNode);
    let mut response = Html(html).into_response();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

const fn busy(refusal: Refusal) -> Option<BusyReason> {
    match refusal {
        Refusal::Overloaded => Some(BusyReason::Crowded),
        Refusal::TimedOut => Some(BusyReason::Unavailable),
        Refusal::Path | Refusal::ForwardedAddress | Refusal::BodyTooLarge | Refusal::Broken => None,
    }
}

const fn kind(refusal: Refusal) -> ErrorKind {
    match refusal {
        Refusal::Path => ErrorKind::NotFound,
        Refusal::ForwardedAddress | Refusal::BodyTooLarge => ErrorKind::BadRequest,
        Refusal::Broken | Refusal::Overloaded | Refusal::TimedOut => ErrorKind::Fault,
    }
}

fn context(app: &App, refused: &Refused) -> PageContext {
    let headers = refused.asker.headers();
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let lang = Lang::negotiate(None, cookies::read(&headers, LANGUAGE_COOKIE).as_deref(), accepted);
    PageContext {
        lang,
        base: app.config.issuer.path().to_owned(),
        node_name: app.config.node.name(lang.tag()).to_owned(),
        elder: cookies::read(&headers, VIEW_COOKIE).is_some_and(|view| view == ELDER_VIEW),
        nonce: refused.nonce.as_str().to_owned(),
        here: paths::HOME.to_owned(),
        person: None,
        now: app.clock.now(),
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::Request;
    use axum::http::StatusCode;
    use tower::ServiceExt;

    use super::*;
    use crate::http::testing::{config, get, text};

    /// A node on a fresh database, and the folder it lives in.
    async fn fresh(settings: &[(&str, &str)]) -> (App, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name).display().to_string();
        let (sqlite, keys) = (place("hufu.db"), place("keys"));
        let here = [("store.sqlite", sqlite.as_str()), ("keys.dir", keys.as_str())];
        let app = App::build(config(&[&here[..], settings].concat())).await.unwrap();
        (app, folder)
    }

    fn from_browser(path: &str, language: &str) -> Request {
        let mut request = get(path);
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
        request.headers_mut().insert(header::ACCEPT_LANGUAGE, HeaderValue::from_str(language).unwrap());
        request
    }

    #[tokio::test]
    async fn a_fresh_node_is_ready_and_is_not_when_its_database_is_gone() {
        let (app, _folder) = fresh(&[]).await;
        let store = app.store.clone();
        let ask = async |app: &App| {
            // A router of its own each time: an answer is given again for a second.
            let node = node(app.clone(), &Metrics::new(), &Shutdown::new());
            let response = node.oneshot(get("/readyz")).await.unwrap();
            (response.status(), text(response).await)
        };
        let (status, body) = ask(&app).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        store.close().await;
        let (status, body) = ask(&app).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        assert!(body.contains("\"store\":false") && body.contains("\"keys\":true"), "{body}");
    }

    #[tokio::test]
    async fn people_see_a_page_in_their_language_where_the_gate_refuses() {
        let (app, _folder) = fresh(&[]).await;
        let node = node(app, &Metrics::new(), &Shutdown::new());
        for (language, words) in [("zh-CN", "lang=\"zh-CN\""), ("en", "lang=\"en\"")] {
            let response = node.clone().oneshot(from_browser("/%2e%2e/etc", language)).await.unwrap();
            assert_eq!(response.status(), StatusCode::BAD_REQUEST);
            let reference = response.headers()["x-request-id"].to_str().unwrap().to_owned();
            let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
            let page = text(response).await;
            assert!(page.contains(words), "{page}");
            assert!(page.contains("id=\"error-code\"") && page.contains("bad_path"), "{page}");
            assert!(page.contains(&reference), "{page}");
            let nonce = page.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(policy.contains(nonce), "{policy}");
        }
        let program = node.oneshot(get("/%2e%2e/etc")).await.unwrap();
        assert_eq!(program.headers()[header::CONTENT_TYPE], "application/problem+json");
    }

    #[tokio::test]
    async fn an_error_page_shows_the_reference_that_the_log_has() {
        let (app, _folder) = fresh(&[]).await;
        let node = node(app, &Metrics::new(), &Shutdown::new());
        let response = node.oneshot(from_browser("/no/such/page", "en")).await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let reference = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert!(text(response).await.contains(&reference));
    }
}
