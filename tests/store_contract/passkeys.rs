//! `store::passkeys`.

use hufu::store::StoreError;

use crate::bench::{NOW, assert_same, on_every_engine, read, write};
use crate::factors::factor;

#[tokio::test]
async fn a_credential_finds_its_factor_and_belongs_to_one_alone() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        let (hers, his) = (factor(&bench.name(), &wang), factor(&bench.name(), &li));
        for row in [&hers, &his] {
            write!(bench, factors::insert, row).unwrap();
        }
        let credential = bench.name();
        write!(bench, passkeys::insert, &credential, &hers.id).unwrap();
        assert!(matches!(write!(bench, passkeys::insert, &credential, &his.id), Err(StoreError::Conflict)));
        assert_same(&read!(bench, passkeys::find, &credential).unwrap().unwrap(), &hers);
        assert!(read!(bench, passkeys::find, "unknown").unwrap().is_none());
        assert!(write!(bench, factors::delete, &wang, &hers.id).unwrap());
        assert!(read!(bench, passkeys::find, &credential).unwrap().is_none(), "it goes with its factor");
    })
    .await;
}

#[tokio::test]
async fn an_account_keeps_the_handle_that_it_was_given_first() {
    on_every_engine(async |bench| {
        let wang = bench.account().await.id;
        let (first, second) = (bench.name(), bench.name());
        assert_eq!(read!(bench, passkeys::handle, &wang).unwrap(), None);
        assert_eq!(write!(bench, passkeys::keep_handle, &wang, &first, NOW).unwrap(), Some(first.clone()));
        assert_eq!(write!(bench, passkeys::keep_handle, &wang, &second, NOW).unwrap(), Some(first.clone()));
        assert_eq!(read!(bench, passkeys::handle, &wang).unwrap(), Some(first));
        write!(bench, accounts::delete, &wang).unwrap();
        assert_eq!(read!(bench, passkeys::handle, &wang).unwrap(), None);
    })
    .await;
}
