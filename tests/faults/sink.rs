//! [`Sink`]: a service that is told of logouts, in the process of the test, so that it outlives the node.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use hufu::proto::jose::peek_claims_unverified;
use parking_lot::Mutex;
use tokio::net::TcpListener;

type Told = Arc<Mutex<HashSet<String>>>;

/// The service.
#[derive(Clone)]
pub struct Sink {
    port: u16,
    told: Told,
}

impl Sink {
    /// A service that confirms whatever it is told.
    pub async fn start() -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), "/logout").await
    }

    /// The same at this address and path.
    pub async fn at(socket: SocketAddr, path: &str) -> Self {
        let listener = TcpListener::bind(socket).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Told::default();
        let router = Router::new().route(path, post(receive)).with_state(told.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { port, told }
    }

    /// Its address, without a slash at its end.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether it was told that this `sid` is over.
    pub fn was_told(&self, sid: &str) -> bool {
        self.told.lock().contains(sid)
    }

    /// Forgets what it was told: the next case begins with the same sessions.
    pub fn forget(&self) {
        self.told.lock().clear();
    }

    /// Waits until it is told, as long as a lease and a few tries may take.
    pub async fn must_be_told(&self, sid: &str) {
        let begun = Instant::now();
        while !self.was_told(sid) {
            assert!(begun.elapsed() < Duration::from_secs(45), "{sid} was acknowledged and is never told");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn receive(State(told): State<Told>, body: Bytes) -> StatusCode {
    let token = url::form_urlencoded::parse(&body).find(|(name, _)| name == "logout_token").map(|(_, token)| token);
    let claims = token.and_then(|token| peek_claims_unverified(&token).ok()).unwrap_or_default();
    match claims.get("sid").and_then(|sid| sid.as_str()) {
        Some(sid) => {
            told.lock().insert(sid.to_owned());
            StatusCode::OK
        }
        None => StatusCode::BAD_REQUEST,
    }
}
