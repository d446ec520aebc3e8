//! [`Schema`]: what attributes a resource has (RFC 7643 §7), read from the very documents that `/Schemas` serves, and what it
//! makes of a document that somebody sends: names in their one spelling, values of their type, nothing that only we write.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};

/// Longest text of an attribute, in characters.
const LONGEST: usize = 1_024;
/// Most values of a multi-valued attribute.
const MOST: usize = 20;

/// A schema.
#[derive(Clone, Debug, Deserialize)]
pub struct Schema {
    /// Its URN.
    pub id: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

/// One attribute, as far as it is used here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether it has several.
    #[serde(default)]
    pub multi_valued: bool,
    /// Whether every resource has it.
    #[serde(default)]
    pub required: bool,
    /// Whether large and small letters are told apart.
    #[serde(default)]
    pub case_exact: bool,
    /// Who writes it: `readOnly` is ours, `writeOnly` is never told.
    #[serde(default)]
    pub mutability: Mutability,
    /// The values that there are, where they are counted.
    #[serde(default)]
    pub canonical_values: Vec<String>,
    /// Of a complex attribute.
    #[serde(default)]
    pub sub_attributes: Vec<Attribute>,
}

/// `type` (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// Text.
    String,
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// `xsd:dateTime`.
    DateTime,
    /// An address of something.
    Reference,
    /// Attributes of its own.
    Complex,
}

/// `mutability` (RFC 7643 §7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only we write it.
    ReadOnly,
    /// Everybody reads, the party writes.
    #[default]
    ReadWrite,
    /// The party writes it and is never told it.
    WriteOnly,
}

impl Schema {
    /// Reads a document of ours; empty when it is none, which a test rules out.
    #[must_use]
    pub fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self { id: String::new(), attributes: Vec::new() })
    }

    /// The attribute of this name, however it is spelt (RFC 7643 §2.1).
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.attributes, name)
    }

    /// The attributes of `from` that this schema has and a party may write.
    ///
    /// # Errors
    /// The first value that cannot be one. Required attributes are [`Schema::complete`]'s.
    pub fn read(&self, from: &Map<String, Value>) -> Result<Map<String, Value>, ScimError> {
        read_all(&self.attributes, from)
    }

    /// That nothing is missing.
    ///
    /// # Errors
    /// `invalidValue`: a required attribute is.
    pub fn complete(&self, document: &Map<String, Value>) -> Result<(), ScimError> {
        let missing = self.attributes.iter().find(|wanted| wanted.required && !document.contains_key(&wanted.name));
        match missing {
            Some(missing) => Err(ScimError::value("missing", format!("{} is required", missing.name))),
            None => Ok(()),
        }
    }
}

/// The attribute of this name.
#[must_use]
pub fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

fn read_all(attributes: &[Attribute], from: &Map<String, Value>) -> Result<Map<String, Value>, ScimError> {
    let mut read = Map::new();
    for (name, value) in from {
        // What is not ours to know is left out, as the standard lets us; so is what only we write (RFC 7644 §3.3).
        let Some(attribute) = find(attributes, name) else { continue };
        if attribute.mutability == Mutability::ReadOnly {
            continue;
        }
        if let Some(value) = attribute.read(value)?
            && read.insert(attribute.name.clone(), value).is_some()
        {
            return Err(ScimError::bad(
                ScimType::InvalidSyntax,
                "repeated",
                format!("{} stands twice", attribute.name),
            ));
        }
    }
    Ok(read)
}

impl Attribute {
    /// The value in its one form; none when it stands for nothing (RFC 7643 §2.5).
    ///
    /// # Errors
    /// `invalidValue`: it cannot be a value of this attribute.
    pub fn read(&self, value: &Value) -> Result<Option<Value>, ScimError> {
        match value {
            Value::Null => Ok(None),
            Value::Array(values) if values.is_empty() => Ok(None),
            Value::Array(values) if self.multi_valued => {
                if values.len() > MOST {
                    return Err(self.wrong("has too many values"));
                }
                let read = values.iter().map(|value| self.read_one(value)).collect::<Result<Vec<_>, _>>()?;
                let read: Vec<Value> = read.into_iter().flatten().collect();
                let primary = read.iter().filter(|value| value.get("primary") == Some(&Value::Bool(true)));
                if primary.count() > 1 {
                    return Err(self.wrong("has more than one primary value"));
                }
                Ok((!read.is_empty()).then_some(Value::Array(read)))
            }
            // Clients in the field send one value without brackets.
            _ if self.multi_valued => Ok(self.read_one(value)?.map(|value| Value::Array(vec![value]))),
            _ => self.read_one(value),
        }
    }

    fn read_one(&self, value: &Value) -> Result<Option<Value>, ScimError> {
        let read = match (self.kind, value) {
            (Type::Complex, Value::Object(members)) => {
                let read = read_all(&self.sub_attributes, members)?;
                return Ok((!read.is_empty()).then_some(Value::Object(read)));
            }
            (Type::String | Type::Reference, Value::String(text)) => Value::String(self.text(text)?),
            (Type::DateTime, Value::String(text)) => {
                super::resource::parse_moment(text).ok_or_else(|| self.wrong("is no dateTime"))?;
                value.clone()
            }
            (Type::Boolean, Value::Bool(_)) => value.clone(),
            (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => Value::Bool(true),
            (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => Value::Bool(false),
            (Type::Integer, Value::Number(number)) if number.is_i64() => value.clone(),
            _ => return Err(self.wrong("is not of its type")),
        };
        Ok(Some(read))
    }

    fn text(&self, text: &str) -> Result<String, ScimError> {
        if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            return Err(self.wrong("is too long or holds a control character"));
        }
        if self.canonical_values.is_empty() {
            return Ok(text.to_owned());
        }
        let canonical = self.canonical_values.iter().find(|value| value.eq_ignore_ascii_case(text));
        canonical.cloned().ok_or_else(|| self.wrong("is none of its values"))
    }

    fn wrong(&self, what: &str) -> ScimError {
        ScimError::value("bad_value", format!("{} {what}", self.name))
    }
}
