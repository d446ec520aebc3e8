//! What the levels are called elsewhere: each province has codes of its own, and an access party reads those of its region.
//!
//! The scales do not align (one has three steps, another five), so they are mapped and never merged: the code is told beside
//! the level, and nothing that comes back as a code is read here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::level::RealNameLevel;

/// The codes of one region for l0 to l4.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RegionCodes {
    /// Not real-named.
    pub l0: String,
    /// Self-declared.
    pub l1: String,
    /// Name and number.
    pub l2: String,
    /// More items, or face.
    pub l3: String,
    /// In person, certificate, eID.
    pub l4: String,
}

impl RegionCodes {
    fn new([l0, l1, l2, l3, l4]: [&str; 5]) -> Self {
        let text = ToOwned::to_owned;
        Self { l0: text(l0), l1: text(l1), l2: text(l2), l3: text(l3), l4: text(l4) }
    }

    fn code(&self, level: RealNameLevel) -> &str {
        match level {
            RealNameLevel::L0 => &self.l0,
            RealNameLevel::L1 => &self.l1,
            RealNameLevel::L2 => &self.l2,
            RealNameLevel::L3 => &self.l3,
            RealNameLevel::L4 => &self.l4,
        }
    }
}

/// The codes by region: the six digits of GB/T 2260.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Regions(BTreeMap<String, RegionCodes>);

impl Default for Regions {
    /// Zhejiang `authlevel` and Guangdong `creditable_level_of_account`, as their clients publish them.
    fn default() -> Self {
        let known = [("330000", ["1", "1", "2", "3", "3"]), ("440000", ["L0", "L1", "L2", "L3", "L3"])];
        Self(known.into_iter().map(|(region, codes)| (region.to_owned(), RegionCodes::new(codes))).collect())
    }
}

impl Regions {
    /// What a level is called in a region: its own codes, or those of the city or province above it.
    #[must_use]
    pub fn code(&self, region: &str, level: RealNameLevel) -> Option<&str> {
        let above = |digits: usize| region.get(..digits).map(|part| format!("{part:0<6}"));
        let places = [Some(region.to_owned()), above(4), above(2)];
        let codes = places.into_iter().flatten().find_map(|place| self.0.get(&place))?;
        Some(codes.code(level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_known_regions() {
        let regions = Regions::default();
        let tables = [("330000", ["1", "1", "2", "3", "3"]), ("440000", ["L0", "L1", "L2", "L3", "L3"])];
        for (region, codes) in tables {
            for (level, code) in RealNameLevel::ALL.into_iter().zip(codes) {
                assert_eq!(regions.code(region, level), Some(code), "{region} {level:?}");
            }
        }
    }

    #[test]
    fn a_city_has_the_codes_of_its_province_unless_it_has_its_own() {
        let text = r#"{"440000": {"l0":"L0","l1":"L1","l2":"L2","l3":"L3","l4":"L3"},
            "440300": {"l0":"0","l1":"1","l2":"2","l3":"3","l4":"4"}}"#;
        let regions: Regions = serde_json::from_str(text).unwrap();
        assert_eq!(regions.code("440100", RealNameLevel::L2), Some("L2"));
        assert_eq!(regions.code("440305", RealNameLevel::L4), Some("4"));
        assert_eq!(regions.code("110000", RealNameLevel::L2), None);
    }
}
