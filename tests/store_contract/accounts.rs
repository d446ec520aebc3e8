//! `store::accounts`.

use hufu::base::id::AccountId;
use hufu::store::StoreError;
use hufu::store::accounts::{AccountRow, HeldAccount};

use crate::bench::{Bench, account, assert_same, later, on_every_engine, read, write};

#[tokio::test]
async fn an_account_reads_back_as_it_was_written() {
    on_every_engine(async |bench| {
        let full = bench.account().await;
        let bare = AccountRow { mobile: None, mobile_index: None, locale: None, ..account("bare") };
        write!(bench, accounts::insert, &bare).unwrap();
        for row in [&full, &bare] {
            assert_same(&read!(bench, accounts::find, &row.id).unwrap().unwrap(), row);
        }
        assert!(read!(bench, accounts::find, &AccountId::from("nobody")).unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_username_and_a_mobile_belong_to_one_account() {
    on_every_engine(async |bench| {
        let first = bench.account().await;
        let same_name = AccountRow { username_key: first.username_key.clone(), ..account("second") };
        let same_mobile = AccountRow { mobile_index: first.mobile_index.clone(), ..account("third") };
        for row in [same_name, same_mobile] {
            assert!(matches!(write!(bench, accounts::insert, &row), Err(StoreError::Conflict)), "{row:?}");
            assert!(read!(bench, accounts::find, &row.id).unwrap().is_none());
        }
        // Without a mobile number nobody collides.
        for name in ["fourth", "fifth"] {
            let row = AccountRow { mobile: None, mobile_index: None, ..account(name) };
            write!(bench, accounts::insert, &row).unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_finds_by_name_first_and_by_mobile_else() {
    on_every_engine(async |bench| {
        let (one, two) = (bench.account().await, bench.account().await);
        let mobile = |row: &AccountRow| row.mobile_index.clone().unwrap();
        let found = async |name: &str, index: &str| {
            read!(bench, accounts::find_by_login, name, index).unwrap().map(|row| row.id)
        };
        assert_eq!(found(&one.username_key, "").await, Some(one.id.clone()));
        assert_eq!(found("nobody", &mobile(&two)).await, Some(two.id.clone()));
        assert_eq!(found(&one.username_key, &mobile(&two)).await, Some(one.id.clone()), "the name wins");
        assert_eq!(found("nobody", "").await, None, "an account without mobile number is not found by none");
        assert_eq!(found(&one.username_key.to_uppercase(), "").await, None);
    })
    .await;
}

#[tokio::test]
async fn password_and_state_are_set_with_the_time_of_the_change() {
    on_every_engine(async |bench| {
        let row = bench.account().await;
        assert!(write!(bench, accounts::set_password, &row.id, "new hash", later(5)).unwrap());
        assert!(write!(bench, accounts::set_state, &row.id, "locked", later(9)).unwrap());
        let found = read!(bench, accounts::find, &row.id).unwrap().unwrap();
        let wanted = AccountRow {
            password_hash: "new hash".into(),
            password_changed_at: later(5),
            state: "locked".into(),
            updated_at: later(9),
            ..row
        };
        assert_same(&found, &wanted);
        let held = HeldAccount { state: "locked".into(), password_changed_at: later(5) };
        assert_eq!(write!(bench, accounts::hold, &wanted.id).unwrap(), Some(held));
        let nobody = AccountId::from("nobody");
        assert_eq!(write!(bench, accounts::hold, &nobody).unwrap(), None);
        assert!(!write!(bench, accounts::set_password, &nobody, "x", later(1)).unwrap());
        assert!(!write!(bench, accounts::set_state, &nobody, "locked", later(1)).unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_account_takes_its_name_sessions_and_consents_along() {
    on_every_engine(async |bench| {
        let session = bench.session().await;
        let account = &session.account_id;
        write!(bench, real_names::put, &crate::real_names::real_name(account, "index"), None).unwrap();
        write!(bench, consents::put, &crate::consents::consent(account, "client-a")).unwrap();
        write!(bench, sessions::join, &crate::sessions::link(&session.id, "client-a")).unwrap();
        assert!(write!(bench, accounts::delete, account).unwrap());
        assert!(!write!(bench, accounts::delete, account).unwrap());
        assert!(read!(bench, accounts::find, account).unwrap().is_none());
        assert!(read!(bench, real_names::find, account).unwrap().is_none());
        assert!(read!(bench, consents::list, account).unwrap().is_empty());
        assert!(read!(bench, sessions::find, &session.id).unwrap().is_none());
        assert!(read!(bench, sessions::clients, &session.id).unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn nothing_hangs_on_an_account_that_is_not_there() {
    on_every_engine(async |bench: &Bench| {
        let nobody = AccountId::from("nobody");
        let session = crate::bench::session("x", &nobody);
        assert!(matches!(write!(bench, sessions::insert, &session), Err(StoreError::Refused(_))));
        let name = crate::real_names::real_name(&nobody, "index");
        assert!(matches!(write!(bench, real_names::put, &name, None), Err(StoreError::Refused(_))));
        let consent = crate::consents::consent(&nobody, "client-a");
        assert!(matches!(write!(bench, consents::put, &consent), Err(StoreError::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn a_mobile_number_belongs_to_whoever_has_shown_it_last() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await, bench.account().await);
        let (sealed, index) = (vec![9_u8, 8, 7], li.mobile_index.clone().unwrap());
        let taken = write!(bench, accounts::set_mobile, &wang.id, (&sealed, &index), later(1));
        assert!(matches!(taken, Err(StoreError::Conflict)));
        let before = write!(bench, accounts::release_mobile, &index, &wang.id, later(1)).unwrap();
        assert_eq!(before, std::slice::from_ref(&li.id));
        assert!(write!(bench, accounts::set_mobile, &wang.id, (&sealed, &index), later(2)).unwrap());
        assert!(write!(bench, accounts::release_mobile, &index, &wang.id, later(3)).unwrap().is_empty());
        let (now, hers) = (
            read!(bench, accounts::find, &wang.id).unwrap().unwrap(),
            read!(bench, accounts::find, &li.id).unwrap().unwrap(),
        );
        assert_eq!((now.mobile, now.mobile_index), (Some(sealed.clone()), Some(index.clone())));
        assert_eq!((now.mobile_verified_at, now.updated_at), (Some(later(2)), later(2)));
        let holder = read!(bench, accounts::find_by_mobile, &index).unwrap().unwrap();
        assert_eq!(holder.id, wang.id);
        assert_eq!((hers.mobile, hers.mobile_index, hers.mobile_verified_at), (None, None, None));
        assert!(write!(bench, accounts::remove_mobile, &wang.id, later(4)).unwrap());
        assert!(!write!(bench, accounts::remove_mobile, &wang.id, later(4)).unwrap());
        assert!(read!(bench, accounts::find_by_mobile, &index).unwrap().is_none());
        assert!(!write!(bench, accounts::set_mobile, &AccountId::from("x"), (&sealed, &index), later(2)).unwrap());
    })
    .await;
}
