//! What is kept of a resource: the attributes that the party has sent, sealed, and the keyed indexes by which it is found again.
//! [`Resource`]: how it is told.

use serde_json::{Map, Value, json};

use super::{Registrations, damaged};
use crate::base::id::RegistrationId;
use crate::proto::scim::resource::{moment, real_name};
use crate::proto::scim::{Kind, Projection, REAL_NAME, ScimError, Version};
use crate::realname::{CompanyName, DocumentNumber, SocialCreditCode};
use crate::store::registrations::RegistrationRow;

/// A resource as its party may read it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: RegistrationId,
    /// Its version.
    pub version: Version,
    /// Its address.
    pub location: String,
    /// Everything that is known of it; what is never told goes in [`Resource::told`].
    pub(super) document: Map<String, Value>,
}

impl Resource {
    /// What is told of it.
    #[must_use]
    pub fn told(self, projection: &Projection) -> Value {
        Value::Object(projection.apply(self.kind, self.document))
    }
}

impl Registrations {
    /// The resource of a row.
    pub(super) fn resource(&self, kind: Kind, row: &RegistrationRow, content: Map<String, Value>) -> Resource {
        let version = Version(row.version);
        let location = format!("{}{}/{}", self.0.base, kind.endpoint(), row.id);
        let mut document = content;
        tell_judgement(kind, row, &mut document);
        document.insert("schemas".into(), kind.schemas_of(&document));
        document.insert("id".into(), json!(row.id));
        let meta = json!({
            "resourceType": kind.name(), "created": moment(row.created_at), "lastModified": moment(row.updated_at),
            "location": location, "version": version.tag(),
        });
        document.insert("meta".into(), meta);
        Resource { kind, id: row.id.clone(), version, location, document }
    }

    pub(super) fn seal(&self, id: &RegistrationId, content: &Map<String, Value>) -> Vec<u8> {
        let text = serde_json::to_vec(content).unwrap_or_default();
        self.0.sealer.seal_bytes(&text, id.as_str().as_bytes())
    }

    pub(super) fn open(&self, row: &RegistrationRow) -> Result<Map<String, Value>, ScimError> {
        let opened = self.0.sealer.open_bytes(&row.sealed, row.id.as_str().as_bytes()).map_err(|_| damaged())?;
        serde_json::from_slice(&opened).map_err(|_| damaged())
    }

    pub(super) fn external_index(&self, content: &Map<String, Value>) -> Option<String> {
        let external = content.get("externalId").and_then(Value::as_str)?;
        Some(self.external_index_of(external))
    }

    pub(super) fn external_index_of(&self, external_id: &str) -> String {
        self.0.index.of(&format!("external\n{external_id}"))
    }

    pub(super) fn name_index(&self, kind: Kind, content: &Map<String, Value>) -> String {
        let unique = content.get(kind.unique()).and_then(Value::as_str).unwrap_or_default();
        self.name_index_of(kind, unique)
    }

    /// A code has one form, a user name is as it is.
    pub(super) fn name_index_of(&self, kind: Kind, unique: &str) -> String {
        let code = (kind == Kind::Company).then(|| SocialCreditCode::parse(unique).ok()).flatten();
        let unique = code.as_ref().map_or(unique, SocialCreditCode::as_str);
        self.0.index.of(&format!("{}\n{unique}", kind.unique()))
    }
}

/// Adds what this node's authority says.
fn tell_judgement(kind: Kind, row: &RegistrationRow, document: &mut Map<String, Value>) {
    let checked = row.checked_at.map(moment);
    match kind {
        Kind::User => {
            let masked = real_name(document).and_then(masked_number);
            let Some(members) = document.get_mut(REAL_NAME).and_then(Value::as_object_mut) else { return };
            members.insert("level".into(), json!(row.level));
            if let Some(masked) = masked {
                members.insert("maskedDocumentNumber".into(), json!(masked));
            }
            if let Some(checked) = checked {
                members.insert("checkedAt".into(), json!(checked));
                members.insert("source".into(), json!(row.source));
            }
        }
        Kind::Company => {
            document.insert("confirmed".into(), json!(row.level > 0));
            if let Some(checked) = checked {
                document.insert("checkedAt".into(), json!(checked));
                document.insert("source".into(), json!(row.source));
                document.insert("status".into(), json!(row.status));
            }
        }
    }
}

/// The document in real-name attributes, as far as it can be read.
pub(super) fn document_of(members: &Map<String, Value>) -> Option<DocumentNumber> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let kind = text("documentType")?.parse().ok()?;
    DocumentNumber::parse(kind, text("documentNumber")?, time::Date::MAX).ok()
}

fn masked_number(members: &Map<String, Value>) -> Option<String> {
    document_of(members).map(|document| document.masked())
}

/// A number that is never told cannot be sent back: it stays where the kind of document is still the same.
pub(super) fn keep_secrets(kind: Kind, before: &Map<String, Value>, content: &mut Map<String, Value>) {
    let place = match kind {
        Kind::User => REAL_NAME,
        Kind::Company => "representative",
    };
    let Some(held) = before.get(place).and_then(Value::as_object) else { return };
    let Some(members) = content.get_mut(place).and_then(Value::as_object_mut) else { return };
    if members.contains_key("documentNumber") || members.get("documentType") != held.get("documentType") {
        return;
    }
    if let Some(number) = held.get("documentNumber") {
        members.insert("documentNumber".into(), number.clone());
    }
}

/// The code and the name of a company.
pub(super) fn company_of(content: &Map<String, Value>) -> Result<(SocialCreditCode, CompanyName), ScimError> {
    let text = |name: &str| content.get(name).and_then(Value::as_str).unwrap_or_default();
    let code =
        SocialCreditCode::parse(text("uscc")).map_err(|error| ScimError::value("bad_uscc", error.to_string()))?;
    let name = CompanyName::parse(text("companyName"));
    Ok((code, name.map_err(|error| ScimError::value("bad_company_name", error.to_string()))?))
}
