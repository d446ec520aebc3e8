//! `store::notices`.

use hufu::base::id::{AccountId, NoticeId};
use hufu::store::notices::NoticeRow;

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A notice of this account.
pub fn notice(name: &str, account: &AccountId) -> NoticeRow {
    NoticeRow {
        id: NoticeId::from(format!("notice-{name}").as_str()),
        account_id: account.clone(),
        kind: "new_device".into(),
        messaged: true,
        created_at: NOW,
        expires_at: later(1000),
    }
}

#[tokio::test]
async fn notices_are_read_by_their_owner_the_latest_first() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        let first = notice(&bench.name(), &wang);
        let second = NoticeRow { created_at: later(5), messaged: false, ..notice(&bench.name(), &wang) };
        for row in [&first, &second] {
            write!(bench, notices::insert, row).unwrap();
        }
        let found = read!(bench, notices::list, &wang, 10).unwrap();
        assert_eq!(found.len(), 2);
        assert_same(&found[0], &second);
        assert_same(&found[1], &first);
        assert_eq!(read!(bench, notices::list, &wang, 1).unwrap().len(), 1);
        assert!(read!(bench, notices::list, &li, 10).unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn messages_are_counted_by_account_kind_and_time() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        for at in 0..3 {
            write!(bench, notices::insert, &NoticeRow { created_at: later(at), ..notice(&bench.name(), &wang) })
                .unwrap();
        }
        write!(bench, notices::insert, &NoticeRow { messaged: false, ..notice(&bench.name(), &wang) }).unwrap();
        let count = async |account: &AccountId, kind: &str, since| {
            read!(bench, notices::count_messaged, account, kind, since).unwrap()
        };
        assert_eq!(count(&wang, "new_device", hufu::base::Timestamp(NOW.0 - 1)).await, 3);
        assert_eq!(count(&wang, "new_device", NOW).await, 2);
        assert_eq!(count(&wang, "factor_added", NOW).await, 0);
        assert_eq!(count(&li, "new_device", NOW).await, 0);
    })
    .await;
}
