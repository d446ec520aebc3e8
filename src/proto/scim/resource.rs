//! [`Kind`]: what is registered (users and companies), by which schemas, and how a document of one is read. [`Version`]: its
//! entity tag.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::REAL_NAME;
use super::error::{ScimError, ScimType};
use super::schema::{Attribute, Schema, find};
use crate::base::Timestamp;

/// The documents that `/Schemas` serves.
const DOCUMENTS: [&str; 3] =
    [include_str!("schemas/user.json"), include_str!("schemas/real_name.json"), include_str!("schemas/company.json")];

static SCHEMAS: LazyLock<[Schema; 3]> = LazyLock::new(|| DOCUMENTS.map(Schema::of));

/// Attributes of every resource (RFC 7643 §3.1): `externalId` is the party's, the others are ours.
static COMMON: LazyLock<Schema> = LazyLock::new(|| Schema::of(include_str!("schemas/common.json")));

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A natural person (自然人).
    User,
    /// A legal person or another organisation (法人和其他组织).
    Company,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::User, Self::Company];

    /// Its name, in `meta.resourceType` and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Company => "Company",
        }
    }

    /// Its endpoint, below the base address.
    #[must_use]
    pub const fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Company => "/Companies",
        }
    }

    /// Its core schema.
    #[must_use]
    pub fn core(self) -> &'static Schema {
        let [user, _, company] = &*SCHEMAS;
        match self {
            Self::User => user,
            Self::Company => company,
        }
    }

    /// What extends it.
    #[must_use]
    pub fn extension(self) -> Option<&'static Schema> {
        let [_, real_name, _] = &*SCHEMAS;
        (self == Self::User).then_some(real_name)
    }

    /// The attribute of which every resource of a party has another value.
    #[must_use]
    pub const fn unique(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Company => "uscc",
        }
    }

    /// Reads a document that somebody sends: `schemas` and what the schemas know.
    ///
    /// # Errors
    /// `invalidSyntax` or `invalidValue`.
    pub fn read(self, document: &Value) -> Result<Map<String, Value>, ScimError> {
        let syntax = |detail: &str| ScimError::bad(ScimType::InvalidSyntax, "bad_json", detail);
        let document = document.as_object().ok_or_else(|| syntax("a resource is a JSON object"))?;
        let named =
            member(document, "schemas").and_then(Value::as_array).ok_or_else(|| syntax("schemas is missing"))?;
        if !named.iter().any(|urn| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(&self.core().id))) {
            return Err(syntax("schemas does not name the core schema of this resource"));
        }
        let mut read = self.core().read(document)?;
        read.extend(COMMON.read(document)?);
        if let Some(extension) = self.extension()
            && let Some(members) = member(document, &extension.id).and_then(Value::as_object)
        {
            let members = extension.read(members)?;
            if !members.is_empty() {
                read.insert(extension.id.clone(), Value::Object(members));
            }
        }
        self.core().complete(&read)?;
        Ok(read)
    }

    /// The attribute of this name, of whichever schema; by its URN those of that schema alone.
    #[must_use]
    pub fn attribute(self, urn: Option<&str>, name: &str) -> Option<(&'static Attribute, Option<&'static str>)> {
        let own = |schema: &'static Schema| urn.is_none_or(|urn| urn.eq_ignore_ascii_case(&schema.id));
        if let Some(extension) = self.extension()
            && urn.is_some_and(|urn| urn.eq_ignore_ascii_case(&extension.id))
        {
            return extension.attribute(name).map(|found| (found, Some(extension.id.as_str())));
        }
        let core = own(self.core()).then(|| self.core().attribute(name)).flatten();
        let common = || urn.is_none().then(|| COMMON.attribute(name)).flatten();
        core.or_else(common).map(|found| (found, None))
    }

    /// The schemas of a document that has these attributes.
    #[must_use]
    pub fn schemas_of(self, document: &Map<String, Value>) -> Value {
        let extension = self.extension().filter(|extension| document.contains_key(&extension.id));
        let all = std::iter::once(&self.core().id).chain(extension.map(|extension| &extension.id));
        all.cloned().collect::<Vec<String>>().into()
    }

    /// Its description (RFC 7643 §6).
    #[must_use]
    pub fn description(self, base: &str) -> Value {
        let extensions: Vec<Value> =
            self.extension().into_iter().map(|schema| json!({"schema": schema.id, "required": false})).collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": self.name(), "name": self.name(), "endpoint": self.endpoint(), "schema": self.core().id,
            "schemaExtensions": extensions,
            "meta": {"resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", self.name())},
        })
    }
}

/// Every schema as it is served (RFC 7643 §7).
#[must_use]
pub fn schema_documents(base: &str) -> Vec<Value> {
    let read = DOCUMENTS.iter().filter_map(|text| serde_json::from_str::<Map<String, Value>>(text).ok());
    let placed = read.map(|mut document| {
        let id = document.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let meta = json!({"resourceType": "Schema", "location": format!("{base}/Schemas/{id}")});
        document.insert("schemas".into(), json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
        document.insert("meta".into(), meta);
        Value::Object(document)
    });
    placed.collect()
}

/// The real-name attributes of a user.
#[must_use]
pub fn real_name(document: &Map<String, Value>) -> Option<&Map<String, Value>> {
    document.get(REAL_NAME).and_then(Value::as_object)
}

/// A member, however it is spelt.
#[must_use]
pub fn member<'a>(document: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    document.get(name).or_else(|| document.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, held)| held))
}

/// The attribute of this name among those of a complex one.
#[must_use]
pub fn sub_attribute<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a Attribute> {
    find(&attribute.sub_attributes, name)
}

/// The version of a resource, as its entity tag (RFC 7644 §3.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub i64);

impl Version {
    /// `W/"n"`.
    #[must_use]
    pub fn tag(self) -> String {
        format!("W/\"{}\"", self.0)
    }

    /// Whether one of the tags in a header is this version's, weakly compared (RFC 9110 §13.1).
    #[must_use]
    pub fn is_among(self, header: &str) -> bool {
        let own = format!("\"{}\"", self.0);
        header.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == own)
    }
}

/// A moment as `xsd:dateTime`, to the millisecond.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    let whole = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000).ok();
    whole.and_then(|whole| whole.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The moment that an `xsd:dateTime` with an offset names.
#[must_use]
pub fn parse_moment(text: &str) -> Option<Timestamp> {
    let whole = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(whole.unix_timestamp_nanos() / 1_000_000).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_a_schema_and_names_itself() {
        for schema in SCHEMAS.iter() {
            assert!(schema.id.starts_with("urn:") && schema.attributes.len() > 3, "{}", schema.id);
        }
        assert_eq!(COMMON.attributes.len(), 3);
        assert_eq!(Kind::User.extension().unwrap().id, REAL_NAME);
        for document in schema_documents("https://id.example/scim/v2") {
            assert!(document["meta"]["location"].as_str().unwrap().ends_with(document["id"].as_str().unwrap()));
        }
    }

    #[test]
    fn names_are_brought_into_one_spelling_and_what_only_we_write_is_left_out() {
        let sent = json!({
            "Schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "USERNAME": "u-1", "externalid": "e-1",
            "id": "mine", "meta": {"version": "W/\"9\""}, "favourite": "tea", "active": "True",
            "phoneNumbers": {"VALUE": "13800138000"},
            REAL_NAME: {"DocumentType": "Resident_Identity_Card", "level": 4},
        });
        let read = Kind::User.read(&sent).unwrap();
        let expected = json!({
            "userName": "u-1", "externalId": "e-1", "active": true, "phoneNumbers": [{"value": "13800138000"}],
            REAL_NAME: {"documentType": "resident_identity_card"},
        });
        assert_eq!(Value::Object(read), expected);
    }

    #[test]
    fn a_document_that_cannot_be_one_is_refused() {
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "u"});
        let with = |name: &str, value: Value| {
            let mut changed = user.clone();
            changed[name] = value;
            Kind::User.read(&changed).unwrap_err().code
        };
        assert_eq!(with("schemas", json!(["urn:x"])), "bad_json");
        assert_eq!(with("userName", json!(7)), "bad_value");
        assert_eq!(with("userName", Value::Null), "missing");
        assert_eq!(with("userName", json!("x".repeat(1_025))), "bad_value");
        assert_eq!(with("active", json!("perhaps")), "bad_value");
        assert_eq!(with("username", json!("v")), "repeated");
        assert_eq!(with(REAL_NAME, json!({"assertedAt": "yesterday"})), "bad_value");
        let two = json!([{"value": "1", "primary": true}, {"value": "2", "primary": true}]);
        assert_eq!(with("phoneNumbers", two), "bad_value");
        assert_eq!(Kind::User.read(&json!([])).unwrap_err().code, "bad_json");
    }

    #[test]
    fn tags_are_compared_weakly() {
        let version = Version(3);
        for (header, same) in [
            ("W/\"3\"", true),
            ("\"3\"", true),
            ("*", true),
            ("W/\"2\", W/\"3\"", true),
            ("W/\"33\"", false),
            ("3", false),
        ] {
            assert_eq!(version.is_among(header), same, "{header}");
        }
    }

    #[test]
    fn moments_go_there_and_back() {
        let at = Timestamp(1_795_502_400_123);
        assert_eq!(parse_moment(&moment(at)), Some(at));
        assert_eq!(parse_moment("2026-11-24T14:40:00.123+08:00"), Some(at));
        assert_eq!(parse_moment("2026-11-24"), None);
    }
}
