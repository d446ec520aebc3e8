//! `store::factors`.

use hufu::base::id::{AccountId, FactorId};
use hufu::store::factors::FactorRow;

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A factor of this account.
pub fn factor(name: &str, account: &AccountId) -> FactorRow {
    FactorRow {
        id: FactorId::from(format!("factor-{name}").as_str()),
        account_id: account.clone(),
        kind: "totp".into(),
        label: "手机 \"app\"".into(),
        sealed: vec![0, 1, 254, 255],
        created_at: NOW,
        last_used_at: None,
    }
}

#[tokio::test]
async fn factors_are_found_listed_and_removed_only_as_their_owners() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        let first = factor(&bench.name(), &wang);
        let second = FactorRow { created_at: later(5), last_used_at: Some(later(9)), ..factor(&bench.name(), &wang) };
        let hers = factor(&bench.name(), &li);
        for row in [&second, &first, &hers] {
            write!(bench, factors::insert, row).unwrap();
        }
        let listed = read!(bench, factors::list, &wang).unwrap();
        assert_same(&listed, &vec![first.clone(), second.clone()]);
        assert_same(&read!(bench, factors::find, &wang, &second.id).unwrap().unwrap(), &second);
        assert!(read!(bench, factors::find, &wang, &hers.id).unwrap().is_none());
        assert!(!write!(bench, factors::rename, &wang, &hers.id, "stolen").unwrap());
        assert!(write!(bench, factors::rename, &wang, &second.id, "钥匙").unwrap());
        assert_eq!(read!(bench, factors::find, &wang, &second.id).unwrap().unwrap().label, "钥匙");
        assert!(!write!(bench, factors::delete, &wang, &hers.id).unwrap());
        assert!(write!(bench, factors::delete, &wang, &first.id).unwrap());
        assert!(!write!(bench, factors::delete, &wang, &first.id).unwrap());
        assert_eq!(read!(bench, factors::list, &wang).unwrap().len(), 1);
        assert_eq!(read!(bench, factors::list, &li).unwrap().len(), 1);
        write!(bench, accounts::delete, &wang).unwrap();
        assert!(read!(bench, factors::list, &wang).unwrap().is_empty(), "they go with the account");
    })
    .await;
}

#[tokio::test]
async fn what_a_factor_needs_is_replaced_only_by_who_has_read_it_as_it_is() {
    on_every_engine(async |bench| {
        let row = factor(&bench.name(), &bench.account().await.id);
        write!(bench, factors::insert, &row).unwrap();
        assert!(write!(bench, factors::replace, &row.id, (&row.sealed, &[7, 7]), later(1)).unwrap());
        assert!(!write!(bench, factors::replace, &row.id, (&row.sealed, &[8, 8]), later(2)).unwrap());
        let found = read!(bench, factors::find, &row.account_id, &row.id).unwrap().unwrap();
        assert_eq!((found.sealed, found.last_used_at), (vec![7, 7], Some(later(1))));
        assert!(write!(bench, factors::used, &row.id, later(3)).unwrap());
        let found = read!(bench, factors::find, &row.account_id, &row.id).unwrap().unwrap();
        assert_eq!(found.last_used_at, Some(later(3)));
        assert!(!write!(bench, factors::used, &FactorId::from("x"), later(3)).unwrap());
    })
    .await;
}

#[tokio::test]
async fn of_replacements_side_by_side_exactly_one_counts() {
    on_every_engine(async |bench| {
        let row = factor(&bench.name(), &bench.account().await.id);
        write!(bench, factors::insert, &row).unwrap();
        let mut all = tokio::task::JoinSet::new();
        for number in 0..20_u8 {
            let (store, row) = (bench.store.clone(), row.clone());
            all.spawn(async move {
                let mut tx = store.begin().await.unwrap();
                let after = [number, 99];
                let first =
                    hufu::store::factors::replace(&mut tx, &row.id, (&row.sealed, &after), later(1)).await.unwrap();
                tx.commit().await.unwrap();
                first
            });
        }
        assert_eq!(all.join_all().await.into_iter().filter(|first| *first).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_wish_to_be_always_asked_is_kept_and_changed() {
    on_every_engine(async |bench| {
        let account = bench.account().await.id;
        assert_eq!(read!(bench, factors::always_ask, &account).unwrap(), None);
        write!(bench, factors::set_always_ask, &account, true, NOW).unwrap();
        assert_eq!(read!(bench, factors::always_ask, &account).unwrap(), Some(true));
        write!(bench, factors::set_always_ask, &account, false, later(1)).unwrap();
        assert_eq!(read!(bench, factors::always_ask, &account).unwrap(), Some(false));
    })
    .await;
}
