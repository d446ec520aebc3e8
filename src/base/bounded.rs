//! Numbers with bounds, for the sections of the configuration: what lies outside is refused where it is read.

use serde::{Deserialize, Deserializer, de};

/// A number between `MIN` and `MAX`, both allowed: `#[serde(deserialize_with = "within::<_, 1, 60>")]`.
pub fn within<'de, D: Deserializer<'de>, const MIN: u64, const MAX: u64>(from: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(from)?;
    if (MIN..=MAX).contains(&number) {
        return Ok(number);
    }
    Err(de::Error::custom(format_args!("must lie between {MIN} and {MAX}, not {number}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Section {
        #[serde(deserialize_with = "within::<_, 2, 5>")]
        seconds: u64,
    }

    #[test]
    fn the_bounds_themselves_are_allowed_and_nothing_beyond() {
        let read = |text: &str| serde_json::from_str::<Section>(text).map(|section| section.seconds);
        assert_eq!(read(r#"{"seconds": 2}"#).unwrap(), 2);
        assert_eq!(read(r#"{"seconds": 5}"#).unwrap(), 5);
        for outside in [r#"{"seconds": 1}"#, r#"{"seconds": 6}"#, r#"{"seconds": -3}"#] {
            assert!(read(outside).is_err(), "{outside}");
        }
    }
}
