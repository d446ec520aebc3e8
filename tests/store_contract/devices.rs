//! `store::devices`.

use hufu::base::id::{AccountId, DeviceId};
use hufu::store::devices::DeviceRow;

use crate::bench::{NOW, assert_same, later, on_every_engine, read, write};

/// A device of this account.
pub fn device(name: &str, account: &AccountId) -> DeviceRow {
    DeviceRow {
        id: DeviceId::from(format!("device-{name}").as_str()),
        account_id: account.clone(),
        cookie_hash: format!("hash-{name}"),
        label: "Mozilla/5.0 (虎符)".into(),
        trusted_until: None,
        created_at: NOW,
        seen_at: NOW,
        expires_at: later(1000),
    }
}

#[tokio::test]
async fn a_device_is_new_once_for_each_account() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        let row = device(&bench.name(), &wang);
        assert!(write!(bench, devices::see, &row).unwrap());
        let again =
            DeviceRow { id: DeviceId::from("other"), seen_at: later(5), expires_at: later(2000), ..row.clone() };
        assert!(!write!(bench, devices::see, &again).unwrap());
        let found = read!(bench, devices::find, &wang, &row.cookie_hash).unwrap().unwrap();
        assert_same(&found, &DeviceRow { id: row.id.clone(), ..again });
        assert!(read!(bench, devices::find, &li, &row.cookie_hash).unwrap().is_none());
        let hers = DeviceRow { id: DeviceId::from(bench.name().as_str()), account_id: li.clone(), ..row };
        assert!(write!(bench, devices::see, &hers).unwrap());
    })
    .await;
}

#[tokio::test]
async fn trust_is_given_ends_by_itself_and_is_taken_back() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        let (one, two) = (device(&bench.name(), &wang), device(&bench.name(), &wang));
        for row in [&one, &two] {
            write!(bench, devices::see, row).unwrap();
            assert!(write!(bench, devices::trust, &wang, &row.cookie_hash, later(100)).unwrap());
        }
        assert!(!write!(bench, devices::trust, &li, &one.cookie_hash, later(100)).unwrap());
        assert_eq!(read!(bench, devices::list_trusted, &wang, later(99)).unwrap().len(), 2);
        assert!(read!(bench, devices::list_trusted, &wang, later(100)).unwrap().is_empty());
        // Being seen again changes nothing about it.
        write!(bench, devices::see, &DeviceRow { seen_at: later(9), ..one.clone() }).unwrap();
        assert_eq!(read!(bench, devices::list_trusted, &wang, NOW).unwrap()[0].id, one.id);
        assert!(!write!(bench, devices::distrust, &li, &one.id).unwrap());
        assert!(write!(bench, devices::distrust, &wang, &one.id).unwrap());
        assert_eq!(read!(bench, devices::list_trusted, &wang, NOW).unwrap().len(), 1);
        assert_eq!(write!(bench, devices::distrust_all, &wang).unwrap(), 1);
        assert!(read!(bench, devices::list_trusted, &wang, NOW).unwrap().is_empty());
    })
    .await;
}
