//! `/healthz`: the process lives and answers. What it depends on is asked at `/readyz`, so that nobody restarts a node
//! because its database is away.

/// Answers 200.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}
