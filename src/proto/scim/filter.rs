//! [`Filter`]: a filter as a party asks (RFC 7644 §3.4.2.2): what of it narrows the search by columns that the store has, and
//! whether a resource meets all of it.

use std::cmp::Ordering;

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter as Parsed, ValFilter};
use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};
use super::resource::{Kind, member, parse_moment, sub_attribute};
use super::schema::{Attribute, Mutability, Type};
use crate::base::Timestamp;

/// Longest filter, in bytes.
const LONGEST: usize = 2_048;

/// A filter of one kind of resource.
pub struct Filter {
    kind: Kind,
    parsed: Parsed,
}

/// What narrows a search by columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowing {
    /// `id`.
    pub id: Option<String>,
    /// `externalId`.
    pub external_id: Option<String>,
    /// `userName`, or the code of a company.
    pub unique: Option<String>,
    /// Changed at this moment or later.
    pub since: Option<Timestamp>,
    /// Changed at this moment or before.
    pub until: Option<Timestamp>,
    /// Whether that is the whole filter.
    pub whole: bool,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// `invalidFilter`: it is none, names what there is not, or what is never told.
    pub fn parse(kind: Kind, text: &str) -> Result<Self, ScimError> {
        let wrong = |why: &str| ScimError::bad(ScimType::InvalidFilter, "bad_filter", why);
        if text.len() > LONGEST {
            return Err(wrong("the filter is too long"));
        }
        let parsed: Parsed = text.parse().map_err(|_| wrong("the filter cannot be read"))?;
        let filter = Self { kind, parsed };
        filter.check(&filter.parsed)?;
        Ok(filter)
    }

    /// That every attribute exists and may be asked about: whoever could compare with what is never told would learn it.
    fn check(&self, part: &Parsed) -> Result<(), ScimError> {
        match part {
            Parsed::Attr(AttrExp::Present(path) | AttrExp::Comparison(path, ..)) => self.known(path),
            Parsed::ValuePath(path) => self.known(&path.attr),
            Parsed::Not(inner) => self.check(inner),
            Parsed::And(items) | Parsed::Or(items) => items.iter().try_for_each(|item| self.check(item)),
        }
    }

    fn known(&self, path: &AttrPath) -> Result<(), ScimError> {
        if attribute_at(self.kind, path).is_some_and(|found| found.mutability != Mutability::WriteOnly) {
            return Ok(());
        }
        Err(ScimError::bad(ScimType::InvalidFilter, "bad_filter", "no such attribute can be asked about"))
    }

    /// What of it the store can look for: the terms of its outermost `and`.
    #[must_use]
    pub fn narrowing(&self) -> Narrowing {
        let mut found = Narrowing { whole: true, ..Narrowing::default() };
        match &self.parsed {
            Parsed::And(items) => items.iter().for_each(|item| self.narrow(item, &mut found)),
            single => self.narrow(single, &mut found),
        }
        found
    }

    fn narrow(&self, term: &Parsed, found: &mut Narrowing) {
        let Parsed::Attr(AttrExp::Comparison(path, op, CompValue::Str(value))) = term else {
            found.whole = false;
            return;
        };
        let name = match (&path.uri, &path.sub_attr) {
            (None, None) => path.name.to_ascii_lowercase(),
            (None, Some(below)) => format!("{}.{below}", path.name).to_ascii_lowercase(),
            (Some(_), _) => String::new(),
        };
        let first = |slot: &mut Option<String>, whole: &mut bool| match slot {
            None => *slot = Some(value.clone()),
            Some(_) => *whole = false,
        };
        match (name.as_str(), op) {
            ("id", CompareOp::Eq) => first(&mut found.id, &mut found.whole),
            ("externalid", CompareOp::Eq) => first(&mut found.external_id, &mut found.whole),
            (name, CompareOp::Eq) if name == self.kind.unique().to_ascii_lowercase() => {
                first(&mut found.unique, &mut found.whole);
            }
            ("meta.lastmodified", op) => self.narrow_time(op, value, found),
            _ => found.whole = false,
        }
    }

    fn narrow_time(&self, op: &CompareOp, value: &str, found: &mut Narrowing) {
        let Some(at) = parse_moment(value) else {
            found.whole = false;
            return;
        };
        let later = |bound: &mut Option<Timestamp>, at| *bound = Some(bound.map_or(at, |held: Timestamp| held.max(at)));
        let sooner =
            |bound: &mut Option<Timestamp>, at| *bound = Some(bound.map_or(at, |held: Timestamp| held.min(at)));
        match op {
            CompareOp::Ge => later(&mut found.since, at),
            CompareOp::Gt => later(&mut found.since, Timestamp(at.0.saturating_add(1))),
            CompareOp::Le => sooner(&mut found.until, at),
            CompareOp::Lt => sooner(&mut found.until, Timestamp(at.0.saturating_sub(1))),
            CompareOp::Eq => {
                later(&mut found.since, at);
                sooner(&mut found.until, at);
            }
            CompareOp::Ne | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => found.whole = false,
        }
    }

    /// Whether a resource meets it.
    #[must_use]
    pub fn meets(&self, document: &Map<String, Value>) -> bool {
        self.holds(&self.parsed, document)
    }

    fn holds(&self, part: &Parsed, document: &Map<String, Value>) -> bool {
        match part {
            Parsed::Attr(term) => holds_term(term, |path| self.values(path, document)),
            Parsed::ValuePath(path) => {
                let Some(attribute) = attribute_at(self.kind, &path.attr) else { return false };
                let values = self.whole_values(&path.attr, document).map(|(_, values)| values).unwrap_or_default();
                values.into_iter().any(|value| meets_value(&path.filter, attribute, value))
            }
            Parsed::Not(inner) => !self.holds(inner, document),
            Parsed::And(items) => items.iter().all(|item| self.holds(item, document)),
            Parsed::Or(items) => items.iter().any(|item| self.holds(item, document)),
        }
    }

    /// The attribute that a path names, and its values, whole.
    fn whole_values<'a>(
        &self,
        path: &AttrPath,
        document: &'a Map<String, Value>,
    ) -> Option<(&'static Attribute, Vec<&'a Value>)> {
        let (attribute, within) = self.kind.attribute(path.uri.as_deref(), &path.name)?;
        let holder = match within {
            Some(urn) => document.get(urn).and_then(Value::as_object),
            None => Some(document),
        };
        let value = member(holder?, &attribute.name)?;
        Some((attribute, value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())))
    }

    /// The values at a path, each with what they are.
    fn values<'a>(
        &self,
        path: &AttrPath,
        document: &'a Map<String, Value>,
    ) -> Vec<(&'a Value, Option<&'static Attribute>)> {
        let Some((attribute, each)) = self.whole_values(path, document) else { return Vec::new() };
        // Of a complex attribute its `value` is meant where none is named (RFC 7644 §3.4.2.2).
        let below = path.sub_attr.as_deref().or((attribute.kind == Type::Complex).then_some("value"));
        let Some(below) = below else { return each.into_iter().map(|value| (value, Some(attribute))).collect() };
        let deeper = each.into_iter().filter_map(|value| member(value.as_object()?, below));
        deeper.map(|value| (value, sub_attribute(attribute, below))).collect()
    }
}

/// The attribute that a path names.
fn attribute_at(kind: Kind, path: &AttrPath) -> Option<&'static Attribute> {
    let (attribute, _) = kind.attribute(path.uri.as_deref(), &path.name)?;
    match &path.sub_attr {
        Some(below) => sub_attribute(attribute, below),
        None => Some(attribute),
    }
}

/// Whether one value of a multi-valued attribute meets the filter in brackets.
#[must_use]
pub fn meets_value(filter: &ValFilter, attribute: &'static Attribute, value: &Value) -> bool {
    match filter {
        ValFilter::Attr(term) => holds_term(term, |path| {
            let found = value.as_object().and_then(|members| member(members, &path.name));
            found.into_iter().map(|found| (found, sub_attribute(attribute, &path.name))).collect()
        }),
        ValFilter::Not(inner) => !meets_value(inner, attribute, value),
        ValFilter::And(items) => items.iter().all(|item| meets_value(item, attribute, value)),
        ValFilter::Or(items) => items.iter().any(|item| meets_value(item, attribute, value)),
    }
}

fn holds_term<'a>(term: &AttrExp, values: impl Fn(&AttrPath) -> Vec<(&'a Value, Option<&'static Attribute>)>) -> bool {
    match term {
        AttrExp::Present(path) => !values(path).is_empty(),
        AttrExp::Comparison(path, CompareOp::Ne, wanted) => {
            !values(path).iter().any(|(value, attribute)| compare(value, &CompareOp::Eq, wanted, *attribute))
        }
        AttrExp::Comparison(path, CompareOp::Eq, CompValue::Null) => values(path).is_empty(),
        AttrExp::Comparison(path, op, wanted) => {
            values(path).iter().any(|(value, attribute)| compare(value, op, wanted, *attribute))
        }
    }
}

fn compare(value: &Value, op: &CompareOp, wanted: &CompValue, attribute: Option<&Attribute>) -> bool {
    match (value, wanted) {
        (Value::Bool(held), CompValue::True | CompValue::False) => {
            matches!(op, CompareOp::Eq) && *held == matches!(wanted, CompValue::True)
        }
        (Value::Number(held), CompValue::Number(wanted)) => {
            let both = (held.as_f64(), wanted.as_f64());
            both.0.zip(both.1).and_then(|(held, wanted)| held.partial_cmp(&wanted)).is_some_and(|is| ordered(op, is))
        }
        (Value::String(held), CompValue::Str(wanted)) => match attribute.map(|found| found.kind) {
            Some(Type::DateTime) => {
                let both = parse_moment(held).zip(parse_moment(wanted));
                both.is_some_and(|(held, wanted)| ordered(op, held.cmp(&wanted)))
            }
            _ if attribute.is_some_and(|found| found.case_exact) => compare_texts(held, op, wanted),
            _ => compare_texts(&held.to_lowercase(), op, &wanted.to_lowercase()),
        },
        _ => false,
    }
}

fn compare_texts(held: &str, op: &CompareOp, wanted: &str) -> bool {
    match op {
        CompareOp::Co => held.contains(wanted),
        CompareOp::Sw => held.starts_with(wanted),
        CompareOp::Ew => held.ends_with(wanted),
        _ => ordered(op, held.cmp(wanted)),
    }
}

const fn ordered(op: &CompareOp, is: Ordering) -> bool {
    match op {
        CompareOp::Eq => is.is_eq(),
        CompareOp::Ne => is.is_ne(),
        CompareOp::Gt => is.is_gt(),
        CompareOp::Ge => is.is_ge(),
        CompareOp::Lt => is.is_lt(),
        CompareOp::Le => is.is_le(),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::proto::scim::REAL_NAME;

    fn meets(text: &str) -> bool {
        let document = json!({
            "id": "1", "userName": "Wang", "active": true, "name": {"formatted": "王明"},
            "phoneNumbers": [{"value": "+86-138", "type": "mobile"}, {"value": "+86-139", "type": "other"}],
            "meta": {"lastModified": "2026-11-24T06:40:00Z"}, REAL_NAME: {"level": 2, "documentType": "ordinary_passport"},
        });
        Filter::parse(Kind::User, text).unwrap().meets(document.as_object().unwrap())
    }

    #[test]
    fn each_comparison_means_what_it_says() {
        for (text, expected) in [
            ("userName eq \"Wang\"", true),
            ("USERNAME eq \"wang\"", false),
            ("active eq true", true),
            ("active ne true", false),
            ("name.formatted sw \"王\"", true),
            ("name.formatted ew \"王\"", false),
            ("phoneNumbers co \"139\"", true),
            ("phoneNumbers.type eq \"MOBILE\"", true),
            ("phoneNumbers[type eq \"mobile\" and value co \"139\"]", false),
            ("phoneNumbers[type eq \"other\" and value co \"139\"]", true),
            ("meta.lastModified ge \"2026-11-24T14:40:00+08:00\"", true),
            ("meta.lastModified gt \"2026-11-24T14:40:00+08:00\"", false),
            ("displayName pr", false),
            ("not (displayName pr) and active eq true", true),
            ("displayName pr or active eq true", true),
        ] {
            assert_eq!(meets(text), expected, "{text}");
        }
        assert!(meets(&format!("{REAL_NAME}:level ge 2")));
        assert!(!meets(&format!("{REAL_NAME}:level gt 2")));
    }

    #[test]
    fn what_is_never_told_cannot_be_asked_about() {
        for text in [
            format!("{REAL_NAME}:documentNumber eq \"E12345678\""),
            format!("not ({REAL_NAME}:documentNumber sw \"E\")"),
            "password pr".to_owned(),
            "userName".to_owned(),
            "(".repeat(100),
            format!("userName eq \"{}\"", "x".repeat(3_000)),
        ] {
            let error = Filter::parse(Kind::User, &text).err().map(|error| error.scim_type);
            assert_eq!(error, Some(Some(ScimType::InvalidFilter)), "{text}");
        }
    }

    #[test]
    fn the_store_is_told_what_it_can_look_for() {
        let narrowing = |text: &str| Filter::parse(Kind::User, text).unwrap().narrowing();
        let found = narrowing("externalId eq \"e-1\" and meta.lastModified gt \"1970-01-01T00:00:01Z\"");
        assert_eq!(
            (found.external_id.as_deref(), found.since, found.whole),
            (Some("e-1"), Some(Timestamp(1_001)), true)
        );
        assert!(!narrowing("externalId eq \"e-1\" and active eq true").whole);
        assert_eq!(narrowing("externalId eq \"e-1\" or active eq true"), Narrowing::default());
        assert!(!narrowing("id eq \"a\" and id eq \"b\"").whole);
    }
}
