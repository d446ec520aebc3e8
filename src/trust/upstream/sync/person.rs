//! What the node above is told of somebody: the name and document that an authority has confirmed here, the level with its clock, a
//! mobile number that was shown, and whether they can sign in. Neither the user name, by which they sign in here, nor anything
//! that they only say.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{SyncError, Synchroniser};
use crate::accounts::{AccountError, AccountState, Person};
use crate::base::id::AccountId;
use crate::proto::scim::REAL_NAME;
use crate::proto::scim::resource::moment;
use crate::realname::MobileNumber;

/// The core schema of a user.
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

impl Synchroniser {
    /// The id by which the node above knows an account of this node: it tells nothing and stays when the account is closed.
    pub(super) fn external_id(&self, account: &AccountId) -> String {
        self.0.external.of(account.as_str())
    }

    /// Somebody as they stand now; none when the account is closed or gone.
    pub(super) async fn person(&self, account: &AccountId) -> Result<Option<Arc<Person>>, SyncError> {
        let accounts = &self.0.upstream.0.on.accounts;
        accounts.changed(account);
        match accounts.find(account).await {
            Ok(person) => Ok(Some(person).filter(|person| person.state != AccountState::Closed)),
            Err(AccountError::Unknown) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The SCIM resource of a person.
    pub(super) fn resource(&self, person: &Person) -> Value {
        let external = self.external_id(&person.id);
        let mut document = Map::new();
        document.insert("schemas".into(), json!([USER, REAL_NAME]));
        document.insert("userName".into(), json!(external));
        document.insert("externalId".into(), json!(external));
        document.insert("active".into(), json!(person.state == AccountState::Active));
        if let Some(locale) = &person.locale {
            document.insert("preferredLanguage".into(), json!(locale));
        }
        let mobile = person.verified_mobile().and_then(|number| MobileNumber::parse(number.expose()).ok());
        if let Some(mobile) = mobile {
            let number = json!({"value": mobile.expose(), "type": "mobile", "primary": true});
            document.insert("phoneNumbers".into(), json!([number]));
        }
        let mut proven = Map::new();
        proven.insert("assertedLevel".into(), json!(i16::from(person.level())));
        proven.insert("registeredAt".into(), json!(moment(person.created_at)));
        if let Some(at) = person.level_time() {
            proven.insert("assertedAt".into(), json!(moment(at)));
        }
        if let Some(known) = &person.real_name {
            document.insert("name".into(), json!({"formatted": known.name.expose()}));
            proven.insert("documentType".into(), json!(known.document_type.name()));
            proven.insert("documentNumber".into(), json!(known.document.expose()));
        }
        document.insert(REAL_NAME.into(), Value::Object(proven));
        Value::Object(document)
    }
}
