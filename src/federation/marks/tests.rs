//! Which regions a mark covers.

use super::covers;

#[test]
fn a_mark_covers_its_division_and_those_below() {
    for (marked, region, wanted) in [
        ("000000", "330106", true),
        ("330000", "330106", true),
        ("330000", "330000", true),
        ("330100", "330106", true),
        ("330100", "330200", false),
        ("330100", "330000", false),
        ("330106", "330106", true),
        ("330106", "330100", false),
        ("330000", "340000", false),
        ("33", "330106", false),
        ("330000", "33", false),
        ("", "330106", false),
        ("33x000", "330106", false),
    ] {
        assert_eq!(covers(marked, region), wanted, "{marked} {region}");
    }
}
