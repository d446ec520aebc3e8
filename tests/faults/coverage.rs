//! That no fail-point is left out.

use std::collections::BTreeSet;
use std::path::Path;

use super::points::POINTS;

fn named_in(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let named = text.split("crash::point(\"").skip(1).filter_map(|rest| rest.split('"').next());
            for point in named {
                assert!(found.insert(point.to_owned()), "{point} stands twice: it would not be known where it dies");
            }
        }
    }
}

#[test]
fn every_fail_point_of_the_source_is_died_at() {
    let mut named = BTreeSet::new();
    named_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut named);
    let covered: BTreeSet<String> = POINTS.iter().map(|(point, ..)| (*point).to_owned()).collect();
    assert_eq!(named, covered);
    assert!(covered.len() >= 20, "{}", covered.len());
}
