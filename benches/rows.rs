//! What a look-up costs as the tables grow: one account, client and session among few and among many, through the store.
//!
//! `cargo bench --bench rows` compares 10 000 rows with 1 000 000; `cargo bench --bench rows -- 10000000` goes further. SQLite in
//! a temporary folder; the rows are asked for in random order, so that no page is warm by accident.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops where it cannot go on, and prints its figures"
)]

use std::time::{Duration, Instant};

use hufu::base::id::{AccountId, ClientId, SessionId};
use hufu::base::{Random, SystemRandom, Timestamp};
use hufu::store::accounts::AccountRow;
use hufu::store::clients::ClientRow;
use hufu::store::sessions::SessionRow;
use hufu::store::{JsonText, Store, StoreConfig, accounts, clients, sessions};

const FEW: usize = 10_000;
const LOOKUPS: usize = 20_000;
const BATCH: usize = 10_000;
const NOW: Timestamp = Timestamp::from_seconds(1_796_000_000);

#[tokio::main]
async fn main() {
    let asked = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let many: usize = asked.unwrap_or(1_000_000);
    let dir = tempfile::tempdir().unwrap();
    let config = StoreConfig { sqlite: dir.path().join("rows.db"), ..StoreConfig::default() };
    let store = Store::open(&config).await.unwrap();
    fill(&store, 0..FEW).await;
    let few = measure(&store, FEW).await;
    fill(&store, FEW..many).await;
    let large = measure(&store, many).await;
    println!("{:<12}{:>16}{:>16}{:>10}", "look-up", format!("µs at {FEW}"), format!("µs at {many}"), "ratio");
    for ((name, before), (_, after)) in few.into_iter().zip(large) {
        println!("{name:<12}{before:>16.1}{after:>16.1}{:>10.2}", after / before);
    }
}

/// Look-ups of each kind, in microseconds; the median of three rounds.
async fn measure(store: &Store, rows: usize) -> Vec<(&'static str, f64)> {
    let mut all = Vec::new();
    for name in ["account", "client", "session"] {
        let mut rounds = Vec::new();
        for _ in 0..3 {
            rounds.push(round(store, name, rows).await.as_secs_f64() * 1e6 / LOOKUPS as f64);
        }
        rounds.sort_by(f64::total_cmp);
        all.extend(rounds.get(1).map(|median| (name, *median)));
    }
    all
}

async fn round(store: &Store, name: &str, rows: usize) -> Duration {
    let random = SystemRandom;
    let begun = Instant::now();
    for _ in 0..LOOKUPS {
        let mut number = [0; 8];
        random.fill(&mut number);
        let number = usize::try_from(u64::from_le_bytes(number) % rows as u64).unwrap();
        let mut db = store.read().await.unwrap();
        let found = match name {
            "account" => accounts::find(&mut db, &account_id(number)).await.unwrap().is_some(),
            "client" => clients::find(&mut db, &client_id(number)).await.unwrap().is_some(),
            _ => sessions::find_by_cookie(&mut db, &cookie(number)).await.unwrap().is_some(),
        };
        assert!(found, "{name} {number}");
    }
    begun.elapsed()
}

async fn fill(store: &Store, numbers: std::ops::Range<usize>) {
    let numbers: Vec<usize> = numbers.collect();
    for batch in numbers.chunks(BATCH) {
        let mut tx = store.begin().await.unwrap();
        for &number in batch {
            accounts::insert(&mut tx, &account(number)).await.unwrap();
            clients::insert(&mut tx, &client(number)).await.unwrap();
            sessions::insert(&mut tx, &session(number)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

/// Scattered, as real ids and hashes are.
fn scattered(number: usize) -> String {
    format!("{:016x}", (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn account_id(number: usize) -> AccountId {
    AccountId::from(scattered(number).as_str())
}

fn client_id(number: usize) -> ClientId {
    ClientId::from(scattered(number).as_str())
}

fn cookie(number: usize) -> String {
    format!("cookie-{}", scattered(number))
}

fn account(number: usize) -> AccountRow {
    AccountRow {
        id: account_id(number),
        kind: "natural".into(),
        state: "active".into(),
        username: scattered(number),
        username_key: scattered(number),
        password_hash:
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g".into(),
        password_changed_at: NOW,
        mobile: None,
        mobile_index: None,
        mobile_verified_at: None,
        locale: Some("zh-CN".into()),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn client(number: usize) -> ClientRow {
    ClientRow {
        id: client_id(number),
        state: "active".into(),
        metadata: r#"{"redirect_uris":["https://client.example/callback"]}"#.into(),
        secret: None,
        registration_token_hash: None,
        created_at: NOW,
        updated_at: NOW,
        trusted_until: None,
    }
}

fn session(number: usize) -> SessionRow {
    SessionRow {
        id: SessionId::from(scattered(number).as_str()),
        cookie_hash: cookie(number),
        account_id: account_id(number),
        strength: 2,
        amr: JsonText(vec!["pwd".into()]),
        auth_time: NOW,
        created_at: NOW,
        seen_at: NOW,
        address: "192.0.2.1".into(),
        user_agent: "Mozilla/5.0".into(),
        ceiling: None,
        isolated_for: None,
        ended_at: None,
        end_reason: None,
        expires_at: NOW.plus(Duration::from_secs(1800)),
    }
}
