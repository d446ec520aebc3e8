//! A person, or the company they act for, in the words of 广东: the names of `tokeninfo` and of a session, its historic
//! misspellings among them.
//!
//! Two clocks: a session counts for as long as `session_ctl.expire_time` says, and a proof of the real name for
//! `realname_expire_time` seconds after `realname_time`; whether that is still so is said by `realname_checked`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Spoken;
use super::zhejiang::sex_code;
use crate::base::Timestamp;
use crate::oidc::acting::Acting;
use crate::proto::facade::exchange::REALNAME_SECONDS;
use crate::realname::{CodeFamily, DocumentNumber, PersonName, VerificationMethod};

/// 广东省, whose level codes hold for a client that names no region.
pub(super) const REGION: &str = "440000";

/// `idcardtype` of a unified social credit code.
const CREDIT_CODE: &str = "49";

/// Every name of `tokeninfo`, in its order.
const NAMES: &[&str] = &[
    "uid",
    "telephonenumber",
    "mail",
    "cn",
    "idcardtype",
    "idcardnumber",
    "address",
    "usertype",
    "area",
    "parent_uidcode",
    "origin",
    "accout_type",
    "useridcode",
    "createtime",
    "uversion",
    "sex",
    "is_real",
    "creditable_level_of_account",
    "creditable_level_of_account_way",
];

fn acting(spoken: &Spoken) -> Option<&Acting> {
    spoken.held.detail.acting.as_ref()
}

fn kind_code(document: &DocumentNumber) -> &'static str {
    document.kind().code(CodeFamily::Guangdong).unwrap_or("40")
}

/// Who it is, as `tokeninfo` tells it.
pub(super) fn token_info(spoken: &Spoken, level: &str) -> Map<String, Value> {
    let mut out: Map<String, Value> = NAMES.iter().map(|name| ((*name).to_owned(), json!(""))).collect();
    let mut say = |name: &str, value: &str| _ = out.insert(name.to_owned(), json!(value));
    let document = spoken.document();
    let (kind, number) = document.as_ref().map_or(("", ""), |found| (kind_code(found), found.number()));
    say("uid", spoken.subject());
    say("creditable_level_of_account", level);
    say("is_real", if spoken.is_real_named() { "1" } else { "0" });
    say("accout_type", account_type(spoken));
    match acting(spoken) {
        None => {
            say("usertype", "1");
            say("cn", spoken.name().unwrap_or_default());
            say("telephonenumber", spoken.mobile().unwrap_or_default());
            say("idcardtype", kind);
            say("idcardnumber", number);
            say("sex", document.as_ref().map_or("", sex_code));
        }
        Some(company) => {
            say("usertype", "2");
            say("cn", &company.name);
            say("idcardtype", CREDIT_CODE);
            say("idcardnumber", &company.uscc);
            say("link_person_name", spoken.name().unwrap_or_default());
            say("link_person_type", kind);
            say("link_person_code", number);
        }
    }
    out
}

/// How the account was entered, as far as the field has a number for it: 1 by password, 2 by certificate.
fn account_type(spoken: &Spoken) -> &'static str {
    let amr = &spoken.held.detail.authentication.amr;
    let by = |method: &str| amr.iter().any(|used| used == method);
    if by("sc") {
        "2"
    } else if by("pwd") {
        "1"
    } else {
        ""
    }
}

/// A session, as `codetosession` and `sidtosession` tell it.
pub(super) fn session(spoken: &Spoken, level: &str, now: Timestamp) -> Map<String, Value> {
    let realname = spoken.granted("realname");
    let clock = |at: Option<Timestamp>| at.filter(|_| realname).map_or(0, Timestamp::seconds);
    let faces = spoken.person.proofs().into_iter().filter(|proof| proof.method == VerificationMethod::Face);
    let fresh = spoken.person.fresh_proof(Duration::from_secs(REALNAME_SECONDS), now).is_some();
    let proven = spoken.person.level_time().filter(|_| spoken.is_real_named());
    let masked = spoken.name().and_then(|name| PersonName::parse(name).ok()).map(|name| name.masked());
    let mut out = members(spoken);
    out.extend(
        [
            ("uid", json!(spoken.subject())),
            ("account", json!(spoken.login_name().unwrap_or_default())),
            ("login_type", json!(spoken.held.detail.authentication.amr.join(" "))),
            ("level", json!(level)),
            ("face_time", json!(clock(faces.map(|proof| proof.verified_at).max()))),
            ("realname_time", json!(clock(proven))),
            ("realname_checked", json!(realname && fresh && spoken.is_real_named())),
            ("star_name", json!(masked.unwrap_or_default())),
            ("star_cid", json!(spoken.document().map(|number| number.masked()).unwrap_or_default())),
            ("session_id", json!(spoken.held.detail.sid)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    out
}

/// Whose session it is: the person's own, or the company's.
fn members(spoken: &Spoken) -> Map<String, Value> {
    let document = spoken.document();
    let own = document.as_ref().map_or(("", ""), |found| (kind_code(found), found.number()));
    let (account_type, name, (ctype, cid), mobile) = match acting(spoken) {
        None => ("human", spoken.name().unwrap_or_default(), own, spoken.mobile().unwrap_or_default()),
        Some(company) => ("corp", company.name.as_str(), (CREDIT_CODE, company.uscc.as_str()), ""),
    };
    let said = [("account_type", account_type), ("name", name), ("ctype", ctype), ("cid", cid), ("mobile", mobile)];
    said.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}
