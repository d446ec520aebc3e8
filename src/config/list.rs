//! Lists that may be written as a TOML array or, for the environment, as one text with commas.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::Deserializer;
use serde::de::{self, SeqAccess, Visitor};

/// Reads a list of `T`: `#[serde(deserialize_with = "listed")]`.
pub(super) fn listed<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: Display,
{
    from.deserialize_any(Listed(PhantomData))
}

struct Listed<T>(PhantomData<T>);

impl<'de, T> Visitor<'de> for Listed<T>
where
    T: FromStr,
    T::Err: Display,
{
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts, or one text with commas")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(item).collect()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(text) = items.next_element::<String>()? {
            list.push(item(&text)?);
        }
        Ok(list)
    }
}

fn item<T, E>(text: &str) -> Result<T, E>
where
    T: FromStr,
    T::Err: Display,
    E: de::Error,
{
    text.parse().map_err(|error| E::custom(format_args!("`{text}`: {error}")))
}
