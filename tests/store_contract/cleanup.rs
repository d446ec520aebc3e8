//! `store::cleanup`: bounded, and nothing goes before its time.

use hufu::base::Timestamp;
use hufu::base::id::{AccountId, JobId, LogoutId, SessionId};
use hufu::store::account_events::AccountEventRow;
use hufu::store::appeals::{AppealActRow, AppealRow};
use hufu::store::cleanup::tables;
use hufu::store::consent_records::ConsentRecordRow;
use hufu::store::correction_requests::CorrectionRow;
use hufu::store::devices::DeviceRow;
use hufu::store::entities::ApplicationRow;
use hufu::store::grants::GrantRow;
use hufu::store::guardianships::GuardianshipRow;
use hufu::store::issued_trust_marks::IssuedTrustMarkRow;
use hufu::store::mandates::MandateRow;
use hufu::store::notices::NoticeRow;
use hufu::store::offered_verifications::OfferedVerificationRow;
use hufu::store::outbox::{JobRow, LogoutRow};
use hufu::store::passed_sessions::PassedSessionRow;
use hufu::store::recoveries::RecoveryRow;
use hufu::store::sessions::SessionRow;
use hufu::store::trust_chains::TrustChainRow;
use hufu::store::verifications::VerificationRow;
use hufu::store::{
    Transaction, account_events, accounts, appeals, clients, consent_records, correction_requests, devices, entities,
    grants, guardianships, issued_trust_marks, mandates, marks, notices, offered_verifications, outbox,
    passed_sessions, recoveries, sessions, trust_chains, upstream_sessions, verifications,
};

use crate::appeals::{act, appeal};
use crate::bench::{Bench, NOW, account, grant, job, later, on_every_engine, read, session, write};
use crate::centre::{correction, event, guardianship, record};
use crate::devices::device;
use crate::entities::{application, entity};
use crate::federation::{chain, mark};
use crate::mandates::mandate;
use crate::notices::notice;
use crate::offered_verifications::row as offered;
use crate::passed_sessions::passed;
use crate::people::verification;
use crate::recoveries::recovery;

async fn sweep(bench: &Bench, table: &str, now: Timestamp, batch: i64) -> u64 {
    write!(bench, cleanup::sweep, table, now, batch).unwrap()
}

#[tokio::test]
async fn every_table_is_swept_in_batches_of_what_has_expired() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        for at in 0..7_u64 {
            let (name, expires_at) = (format!("{at}"), later(at));
            put_one_of_each(bench, &account, &name, expires_at).await;
        }
        for table in tables() {
            assert_eq!(sweep(bench, table, later(4), 3).await, 3, "{table}: a batch");
            assert_eq!(sweep(bench, table, later(4), 3).await, 2, "{table}: the rest of what has expired");
            assert_eq!(sweep(bench, table, later(4), 3).await, 0, "{table}: nothing before its time");
            assert_eq!(sweep(bench, table, later(100), 100).await, 2, "{table}: the others, when they have expired");
        }
        assert_eq!(sweep(bench, "accounts", later(100), 100).await, 0, "no broom, no sweep");
        assert!(read!(bench, accounts::find, &account).unwrap().is_some());
    })
    .await;
}

/// An account of its own: it has one open recovery.
async fn bench_account(tx: &mut Transaction, name: &str) -> AccountId {
    let row = account(&format!("swept-{name}"));
    accounts::insert(tx, &row).await.unwrap();
    row.id
}

async fn put_one_of_each(bench: &Bench, account: &AccountId, name: &str, expires_at: Timestamp) {
    let mut tx = bench.begin().await;
    let row = session(name, account);
    sessions::insert(&mut tx, &row).await.unwrap();
    sessions::end(&mut tx, &row.id, NOW, "person", expires_at).await.unwrap();
    let row = GrantRow { expires_at, ..grant(name, "account", "client", None) };
    grants::insert(&mut tx, &row).await.unwrap();
    marks::set(&mut tx, name, expires_at).await.unwrap();
    let row = OfferedVerificationRow { expires_at, ..offered(name, "city", name) };
    offered_verifications::insert(&mut tx, &row).await.unwrap();
    let row = JobRow { state: "done".into(), expires_at, ..job(name, NOW) };
    outbox::insert(&mut tx, &row).await.unwrap();
    let row = LogoutRow {
        id: LogoutId::from(name),
        account_id: account.clone(),
        session_id: SessionId::from(name),
        reason: "person".into(),
        tree_id: LogoutId::from(name),
        created_at: NOW,
        expires_at,
    };
    passed_sessions::announce(&mut tx, &PassedSessionRow { expires_at, ..passed("city", name) }).await.unwrap();
    upstream_sessions::end(&mut tx, ("https://nation.example", name), NOW, expires_at).await.unwrap();
    outbox::insert_logout(&mut tx, &row).await.unwrap();
    clients::put_initial_token(&mut tx, name, "label", NOW, expires_at).await.unwrap();
    let row = IssuedTrustMarkRow { expires_at, ..mark(name, "type", "https://a.example") };
    issued_trust_marks::insert(&mut tx, &row).await.unwrap();
    trust_chains::put(&mut tx, &TrustChainRow { expires_at, ..chain(name) }).await.unwrap();
    tx.commit().await.unwrap();
    put_what_people_have(bench, account, name, expires_at).await;
    put_what_companies_have(bench, account, name, expires_at).await;
}

async fn put_what_people_have(bench: &Bench, account: &AccountId, name: &str, expires_at: Timestamp) {
    let mut tx = bench.begin().await;
    verifications::insert(&mut tx, &VerificationRow { expires_at, ..verification(name, account, 0) }).await.unwrap();
    notices::insert(&mut tx, &NoticeRow { expires_at, ..notice(name, account) }).await.unwrap();
    let owner = bench_account(&mut tx, name).await;
    recoveries::insert(&mut tx, &RecoveryRow { expires_at, ..recovery(name, &owner) }).await.unwrap();
    let row = AppealRow { expires_at, ..appeal(name, None) };
    appeals::insert(&mut tx, &row).await.unwrap();
    appeals::record(&mut tx, &AppealActRow { expires_at, ..act(name, &row.id) }).await.unwrap();
    let device = DeviceRow { expires_at, ..device(name, account) };
    assert!(devices::see(&mut tx, &device).await.unwrap());
    let row = AccountEventRow { expires_at, ..event(name, account) };
    account_events::insert(&mut tx, &row).await.unwrap();
    let row = ConsentRecordRow { ended_at: Some(NOW), expires_at, ..record(name, account, "client") };
    consent_records::insert(&mut tx, &row).await.unwrap();
    let row = CorrectionRow { expires_at, ..correction(name, account) };
    correction_requests::insert(&mut tx, &row).await.unwrap();
    let other = crate::bench::account(&format!("child-{name}"));
    accounts::insert(&mut tx, &other).await.unwrap();
    let row = GuardianshipRow { expires_at, ..guardianship(name, &other.id, account) };
    guardianships::insert(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

async fn put_what_companies_have(bench: &Bench, account: &AccountId, name: &str, expires_at: Timestamp) {
    let mut tx = bench.begin().await;
    let company = entities::put(&mut tx, &entity("swept")).await.unwrap().id;
    let row = MandateRow { state: "ended".into(), expires_at, ..mandate(name, &company, Some(account)) };
    mandates::insert(&mut tx, &row).await.unwrap();
    let row = ApplicationRow { expires_at, ..application(account, name) };
    entities::apply(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_somebody_still_has_to_act_on_stays() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        let open = SessionRow { expires_at: later(1), ..session("open", &account) };
        write!(bench, sessions::insert, &open).unwrap();
        write!(bench, sessions::join, &crate::sessions::link(&open.id, "a")).unwrap();
        let waiting = JobRow { expires_at: later(1), ..job("waiting", NOW) };
        write!(bench, outbox::insert, &waiting).unwrap();
        let company = write!(bench, entities::put, &entity("kept")).unwrap().id;
        let in_force = MandateRow { expires_at: later(1), ..mandate("in-force", &company, Some(&account)) };
        write!(bench, mandates::insert, &in_force).unwrap();
        for table in tables() {
            assert_eq!(sweep(bench, table, later(1_000_000), 100).await, 0, "{table}");
        }
        assert_eq!(read!(bench, sessions::clients, &open.id).unwrap().len(), 1, "whom its end must tell");
        write!(bench, sessions::end, &open.id, later(2), "expired", later(3)).unwrap();
        write!(bench, outbox::bury, &JobId::from("job-waiting"), later(2), later(3), "gone").unwrap();
        assert_eq!(sweep(bench, "sessions", later(3), 100).await, 1);
        assert_eq!(sweep(bench, "outbox", later(3), 100).await, 1);
        assert!(read!(bench, sessions::clients, &open.id).unwrap().is_empty());
    })
    .await;
}
