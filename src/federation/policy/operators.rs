//! The standard operators for one metadata parameter (OpenID Federation 1.0 §6.1.3.1), in the order in which they are
//! applied: `value`, `add`, `default`, `one_of`, `subset_of`, `superset_of`, `essential`.

use serde_json::{Map, Value};

/// What is wrong with operators, or with a parameter under them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// Not an object of operators, or an operator's value has the wrong type.
    #[error("it is malformed")]
    Form,
    /// A critical operator that is not known.
    #[error("the operator {0} must be understood and is not")]
    Unknown(String),
    /// Two operators that cannot stand together, or not with these values.
    #[error("{0} and {1} exclude each other")]
    Conflict(&'static str, &'static str),
    /// Two statements demand different things.
    #[error("two statements disagree on {0}")]
    Merge(&'static str),
    /// The parameter has a type that the operator is not for.
    #[error("{0} is not for a value of this type")]
    Type(&'static str),
    /// The value is none of those that are allowed.
    #[error("its value is not one of those allowed")]
    NotOneOf,
    /// Values that must be there are not.
    #[error("values that must be there are missing")]
    NotSuperset,
    /// The parameter must be there and is not.
    #[error("it must be there")]
    Missing,
}

const NAMES: [&str; 7] = ["value", "add", "default", "one_of", "subset_of", "superset_of", "essential"];

/// Whether this is an operator of the standard.
pub(super) fn is_standard(name: &str) -> bool {
    NAMES.contains(&name)
}

/// The operators for one parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Operators {
    /// Sets it; `null` removes it.
    value: Option<Value>,
    add: Option<Vec<Value>>,
    default: Option<Value>,
    one_of: Option<Vec<Value>>,
    subset_of: Option<Vec<Value>>,
    superset_of: Option<Vec<Value>>,
    essential: Option<bool>,
}

impl Operators {
    /// Reads the operators of one parameter; `words`: its values are lists of words.
    pub(super) fn read(operators: &Value, words: bool) -> Result<Self, PolicyFault> {
        let members = operators.as_object().ok_or(PolicyFault::Form)?;
        let one = |name: &str| members.get(name).cloned().map(|value| if words { as_words(value) } else { value });
        let read = Self {
            value: one("value"),
            add: list(members, "add", words)?,
            default: one("default"),
            one_of: list(members, "one_of", words)?,
            subset_of: list(members, "subset_of", words)?,
            superset_of: list(members, "superset_of", words)?,
            essential: match members.get("essential") {
                None => None,
                Some(value) => Some(value.as_bool().ok_or(PolicyFault::Form)?),
            },
        };
        if read.default.as_ref().is_some_and(Value::is_null) {
            return Err(PolicyFault::Form);
        }
        read.check()?;
        Ok(read)
    }

    /// Which operators may stand together, and with which values.
    fn check(&self) -> Result<(), PolicyFault> {
        self.check_value()?;
        let no = |one, other| Err(PolicyFault::Conflict(one, other));
        if self.one_of.is_some() {
            for (name, other) in
                [("add", &self.add), ("subset_of", &self.subset_of), ("superset_of", &self.superset_of)]
            {
                if other.is_some() {
                    return no("one_of", name);
                }
            }
        }
        if let Some(subset) = &self.subset_of {
            if self.add.as_ref().is_some_and(|add| !is_within(add, subset)) {
                return no("add", "subset_of");
            }
            if self.superset_of.as_ref().is_some_and(|least| !is_within(least, subset)) {
                return no("subset_of", "superset_of");
            }
        }
        Ok(())
    }

    fn check_value(&self) -> Result<(), PolicyFault> {
        let Some(value) = &self.value else { return Ok(()) };
        let no = |other| Err(PolicyFault::Conflict("value", other));
        let values = value.as_array();
        if self.add.as_ref().is_some_and(|add| !values.is_some_and(|values| is_within(add, values))) {
            return no("add");
        }
        if value.is_null() && self.default.is_some() {
            return no("default");
        }
        if self.one_of.as_ref().is_some_and(|allowed| !allowed.contains(value)) {
            return no("one_of");
        }
        if self.subset_of.as_ref().is_some_and(|most| !values.is_some_and(|values| is_within(values, most))) {
            return no("subset_of");
        }
        if self.superset_of.as_ref().is_some_and(|least| !values.is_some_and(|values| is_within(least, values))) {
            return no("superset_of");
        }
        if value.is_null() && self.essential == Some(true) {
            return no("essential");
        }
        Ok(())
    }

    /// These operators, from above, with those of a subordinate.
    pub(super) fn merged(self, below: Self) -> Result<Self, PolicyFault> {
        let one_of = both(self.one_of, below.one_of, |one, other| intersection(one, &other));
        if one_of.as_ref().is_some_and(Vec::is_empty) {
            return Err(PolicyFault::Merge("one_of"));
        }
        let merged = Self {
            value: equal(self.value, below.value, "value")?,
            add: both(self.add, below.add, union),
            default: equal(self.default, below.default, "default")?,
            one_of,
            subset_of: both(self.subset_of, below.subset_of, |one, other| intersection(one, &other)),
            superset_of: both(self.superset_of, below.superset_of, union),
            essential: both(self.essential, below.essential, |one, other| one || other),
        };
        merged.check()?;
        Ok(merged)
    }

    /// The parameter after the operators; `None`: it is not there.
    pub(super) fn applied(&self, given: Option<Value>) -> Result<Option<Value>, PolicyFault> {
        let mut held = match &self.value {
            Some(Value::Null) => None,
            Some(value) => Some(value.clone()),
            None => given,
        };
        if let Some(add) = &self.add {
            held = Some(match held {
                None => Value::Array(add.clone()),
                Some(Value::Array(values)) => Value::Array(union(values, add.clone())),
                Some(_) => return Err(PolicyFault::Type("add")),
            });
        }
        let held = held.or_else(|| self.default.clone());
        let Some(value) = held else {
            return if self.essential == Some(true) { Err(PolicyFault::Missing) } else { Ok(None) };
        };
        self.checked(value).map(Some)
    }

    fn checked(&self, value: Value) -> Result<Value, PolicyFault> {
        if let Some(allowed) = &self.one_of {
            if value.is_array() {
                return Err(PolicyFault::Type("one_of"));
            }
            if !allowed.contains(&value) {
                return Err(PolicyFault::NotOneOf);
            }
        }
        let value = match (&self.subset_of, value) {
            (None, value) => value,
            (Some(most), Value::Array(values)) => Value::Array(intersection(values, most)),
            (Some(_), _) => return Err(PolicyFault::Type("subset_of")),
        };
        if let Some(least) = &self.superset_of {
            let values = value.as_array().ok_or(PolicyFault::Type("superset_of"))?;
            if !is_within(least, values) {
                return Err(PolicyFault::NotSuperset);
            }
        }
        Ok(value)
    }
}

fn list(members: &Map<String, Value>, name: &str, words: bool) -> Result<Option<Vec<Value>>, PolicyFault> {
    match members.get(name).cloned().map(|value| if words { as_words(value) } else { value }) {
        None => Ok(None),
        Some(Value::Array(values)) if values.iter().all(|value| !value.is_null() && !value.is_array()) => {
            Ok(Some(union(Vec::new(), values)))
        }
        Some(_) => Err(PolicyFault::Form),
    }
}

/// A text of words as a list; anything else as it is.
pub(super) fn as_words(value: Value) -> Value {
    match value {
        Value::String(text) => Value::Array(text.split_whitespace().map(Value::from).collect()),
        other => other,
    }
}

/// A list of words as one text; anything else as it is.
pub(super) fn as_text(value: Value) -> Value {
    match &value {
        Value::Array(words) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            words.map_or(value.clone(), |words| Value::from(words.join(" ")))
        }
        _ => value,
    }
}

fn is_within(values: &[Value], most: &[Value]) -> bool {
    values.iter().all(|value| most.contains(value))
}

fn union(mut values: Vec<Value>, more: Vec<Value>) -> Vec<Value> {
    for value in more {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn intersection(values: Vec<Value>, other: &[Value]) -> Vec<Value> {
    values.into_iter().filter(|value| other.contains(value)).collect()
}

fn both<T>(above: Option<T>, below: Option<T>, merge: fn(T, T) -> T) -> Option<T> {
    match (above, below) {
        (Some(above), Some(below)) => Some(merge(above, below)),
        (above, below) => above.or(below),
    }
}

fn equal(above: Option<Value>, below: Option<Value>, name: &'static str) -> Result<Option<Value>, PolicyFault> {
    match (above, below) {
        (Some(above), Some(below)) if above != below => Err(PolicyFault::Merge(name)),
        (above, below) => Ok(above.or(below)),
    }
}
