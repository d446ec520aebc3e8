//! `/readyz`: whether requests should be sent here now.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::{BoxFuture, join_all};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::base::{SharedClock, Timestamp};
use crate::http::middleware::House;

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// For how long an answer is given again: anybody may ask, and each asking costs the database a query.
const FRESH: Duration = Duration::from_secs(1);

type Run = dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync;

/// Something that must answer for the node to be ready.
pub struct Check {
    name: &'static str,
    run: Box<Run>,
}

impl Check {
    /// A check `name`; what it says when it fails goes to the log only.
    pub fn new(
        name: &'static str,
        run: impl Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync + 'static,
    ) -> Self {
        Self { name, run: Box::new(run) }
    }

    async fn holds(&self) -> bool {
        let problem = match timeout(PATIENCE, (self.run)()).await {
            Ok(Ok(())) => return true,
            Ok(Err(problem)) => problem,
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        tracing::warn!(check = self.name, problem, "not ready");
        false
    }
}

/// Each check's name, and whether it holds.
type Results = Vec<(&'static str, bool)>;

/// The latest answer, and from when it is.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Option<(Timestamp, Results)>>);

impl Readiness {
    /// The checks' results, at most [`FRESH`] old. Those who ask meanwhile wait for the one who looks.
    async fn results(&self, checks: &[Check], clock: &SharedClock) -> Results {
        let mut latest = self.0.lock().await;
        if let Some((at, results)) = latest.as_ref()
            && clock.now().since(*at) < FRESH
        {
            return results.clone();
        }
        let looked = join_all(checks.iter().map(async |check| (check.name, check.holds().await))).await;
        *latest = Some((clock.now(), looked.clone()));
        looked
    }
}

/// Answers 200 or 503, with the name of each check and whether it holds.
pub(super) async fn readyz(house: Arc<House>, readiness: Arc<Readiness>) -> Response {
    let leaving = house.plumbing.shutdown.is_leaving();
    let results = readiness.results(&house.plumbing.checks, &house.plumbing.clock).await;
    let ready = !leaving && results.iter().all(|(_, holds)| *holds);
    let checks: serde_json::Map<_, _> =
        results.iter().map(|(name, holds)| ((*name).to_owned(), json!(holds))).collect();
    let body = json!({ "ready": ready, "leaving": leaving, "checks": checks }).to_string();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
