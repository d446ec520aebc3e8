//! `store::password_history`.

use crate::bench::{later, on_every_engine, read, write};

#[tokio::test]
async fn the_latest_few_are_kept_for_each_account() {
    on_every_engine(async |bench| {
        let (wang, li) = (bench.account().await.id, bench.account().await.id);
        write!(bench, password_history::push, &bench.name(), &li, "hers", later(0), 3).unwrap();
        for number in 0..5_u64 {
            let hash = format!("hash-{number}");
            write!(bench, password_history::push, &bench.name(), &wang, &hash, later(number), 3).unwrap();
        }
        assert_eq!(read!(bench, password_history::latest, &wang, 9).unwrap(), ["hash-4", "hash-3", "hash-2"]);
        assert_eq!(read!(bench, password_history::latest, &wang, 1).unwrap(), ["hash-4"]);
        assert_eq!(read!(bench, password_history::latest, &li, 9).unwrap(), ["hers"]);
    })
    .await;
}
