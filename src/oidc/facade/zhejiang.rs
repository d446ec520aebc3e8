//! A person in the words of 浙里办: the names of its form and of its gateway, each with what was granted and no more.
//!
//! Name and number count from `authlevel` 2 on, so that below it they are not told. What is not granted, not known or not
//! told stands as empty text, as the field has it.

use serde_json::{Map, Value, json};

use super::Spoken;
use crate::proto::facade::moment;
use crate::realname::{CodeFamily, DocumentNumber, DocumentType, Sex};

/// 浙江省, whose level codes hold for a client that names no region.
pub(super) const REGION: &str = "330000";

/// Every name of the form, in its order.
const NAMES: &[&str] = &[
    "userid",
    "authlevel",
    "idtype",
    "username",
    "idnum",
    "passport",
    "permitlicense",
    "taiwanlicense",
    "officerlicense",
    "greencard",
    "sex",
    "nation",
    "loginname",
    "email",
    "mobile",
    "postcode",
    "cakey",
    "birthday",
    "country",
    "province",
    "city",
    "officeaddress",
    "officephone",
    "officefax",
    "homephone",
    "homeaddress",
    "useable",
    "orderby",
    "headpicture",
];

/// What the validation of a ticket tells.
pub(super) fn signed_in(spoken: &Spoken) -> Map<String, Value> {
    let members = [
        ("userid", spoken.subject()),
        ("loginname", spoken.login_name().unwrap_or_default()),
        ("username", spoken.name().unwrap_or_default()),
        ("orgcoding", ""),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

/// The person, by the names of the form.
pub(super) fn person(spoken: &Spoken, level: &str) -> Map<String, Value> {
    let mut out: Map<String, Value> = NAMES.iter().map(|name| ((*name).to_owned(), json!(""))).collect();
    let mut say = |name: &str, value: &str| _ = out.insert(name.to_owned(), json!(value));
    say("userid", spoken.subject());
    say("authlevel", level);
    say("useable", "1");
    say("username", spoken.name().unwrap_or_default());
    say("loginname", spoken.login_name().unwrap_or_default());
    say("mobile", spoken.mobile().unwrap_or_default());
    if let Some(document) = spoken.document() {
        say("idtype", document.kind().code(CodeFamily::Zhejiang).unwrap_or_default());
        if let Some(member) = member_of(document.kind()) {
            say(member, document.number());
        }
        say("sex", sex_code(&document));
        say("birthday", &birthday(spoken));
        say("country", document.country().unwrap_or_default());
    }
    out
}

/// The person, by the names of the gateway.
pub(super) fn person_info(spoken: &Spoken, level: &str) -> Value {
    let document = spoken.document();
    let kind = document.as_ref().map(|document| document.kind().code(CodeFamily::ZhejiangName).unwrap_or("OTHER"));
    json!({
        "userId": spoken.subject(),
        "userName": spoken.name().unwrap_or_default(),
        "loginName": spoken.login_name().unwrap_or_default(),
        "authLevel": level,
        "idType": kind.unwrap_or_default(),
        "idNo": document.as_ref().map_or("", |document| document.number()),
        "phone": spoken.mobile().unwrap_or_default(),
        "email": "",
        "nation": "",
        "gender": document.as_ref().map_or("", sex_code),
        "birthday": document.as_ref().map(|_| birthday(spoken)).unwrap_or_default(),
    })
}

/// The member that a document's number stands in.
const fn member_of(kind: DocumentType) -> Option<&'static str> {
    use DocumentType::*;
    Some(match kind {
        ResidentIdentityCard | TemporaryIdentityCard | HouseholdRegister | HongKongMacaoTaiwanResidencePermit => {
            "idnum"
        }
        OrdinaryPassport | DiplomaticPassport | OfficialPassport | ForeignPassport => "passport",
        HongKongMacaoTravelPermit => "permitlicense",
        TaiwanTravelPermit => "taiwanlicense",
        OfficerCard | PoliceOfficerCard => "officerlicense",
        ForeignPermanentResidence => "greencard",
        _ => return None,
    })
}

/// GB/T 2261.1, as far as the document tells it.
pub(super) fn sex_code(document: &DocumentNumber) -> &'static str {
    match document.sex() {
        Some(Sex::Male) => "1",
        Some(Sex::Female) => "2",
        None => "",
    }
}

fn birthday(spoken: &Spoken) -> String {
    spoken.person.birth().map(moment::day).unwrap_or_default()
}
