//! Scopes and claims: what there is, what each scope gives, and the values of one person for one client.
//!
//! Claims asked by scope are answered by UserInfo; only the `claims` parameter puts them into the ID token (OIDC Core
//! §5.4). What discovery advertises is read from these tables, so it is exactly what is served.

use serde_json::{Map, Value, json};

use super::acting::Acting;
use crate::accounts::{Person, RealName};
use crate::proto::oauth::Scope;
use crate::proto::oidc::{Acr, ClaimRequests, ClaimsRequest};
use crate::realname::{CodeFamily, PersonName};

/// A scope value and what it gives.
pub struct ScopeEntry {
    /// The value.
    pub name: &'static str,
    /// The claims that it gives at UserInfo.
    pub claims: &'static [&'static str],
    /// Whether it needs a consent of its own (PIPL art. 29).
    pub sensitive: bool,
}

/// Every scope that is served.
pub const SCOPES: &[ScopeEntry] = &[
    ScopeEntry { name: "openid", claims: &["sub"], sensitive: false },
    ScopeEntry {
        name: "profile",
        claims: &["preferred_username", "nickname", "locale", "updated_at"],
        sensitive: false,
    },
    ScopeEntry {
        name: "realname",
        claims: &["name", "masked_name", "realname_level", "realname_level_code", "realname_time", "user_type"],
        sensitive: false,
    },
    ScopeEntry { name: "identity_number", claims: &["identity_document"], sensitive: true },
    ScopeEntry { name: "phone", claims: &["phone_number", "phone_number_verified"], sensitive: false },
    ScopeEntry { name: "offline_access", claims: &[], sensitive: false },
];

/// Claims about one who acts for a company, in every token and answer about them.
pub const ACTING_CLAIMS: &[&str] = &["act", "entity", "role", "agent_valid_until"];

/// Claims about the sign-in itself, served in ID tokens.
pub const SIGN_IN_CLAIMS: &[&str] = &["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"];

/// Names of the claims about persons.
pub fn person_claims() -> impl Iterator<Item = &'static str> {
    SCOPES.iter().flat_map(|scope| scope.claims.iter().copied())
}

/// Whether a claim needs a consent of its own.
#[must_use]
pub fn is_sensitive(claim: &str) -> bool {
    SCOPES.iter().any(|scope| scope.sensitive && scope.claims.contains(&claim))
}

/// Whether a scope needs a consent of its own.
#[must_use]
pub fn is_sensitive_scope(name: &str) -> bool {
    SCOPES.iter().any(|scope| scope.sensitive && scope.name == name)
}

/// Whether a scope gives a claim.
#[must_use]
pub fn scope_gives(name: &str, claim: &str) -> bool {
    SCOPES.iter().any(|scope| scope.name == name && scope.claims.contains(&claim))
}

/// The claims about the person that the `claims` parameter asks for, each once.
#[must_use]
pub fn asked_one_by_one(request: &ClaimsRequest) -> Vec<String> {
    let mut names: Vec<String> = person_claims()
        .filter(|name| *name != "sub")
        .filter(|name| request.asks_for(name))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// About whom claims are told: a person for themselves, or one who acts for a company.
#[derive(Clone, Copy)]
pub struct About<'a> {
    /// The person.
    pub person: &'a Person,
    /// For whom they act, and their own `sub` at the party that reads the claims.
    pub acting: Option<(&'a Acting, &'a str)>,
}

/// The claims that UserInfo gives for a granted scope and granted claims; `sub` is added by the caller.
#[must_use]
pub fn for_userinfo(about: About<'_>, scope: &Scope, request: &ClaimsRequest) -> Map<String, Value> {
    let by_scope = |name: &str| SCOPES.iter().any(|entry| scope.contains(entry.name) && entry.claims.contains(&name));
    tell(about, |name| by_scope(name) || request.userinfo.contains_key(name))
}

/// The claims that the ID token carries besides those of the sign-in.
#[must_use]
pub fn for_id_token(about: About<'_>, wanted: &ClaimRequests) -> Map<String, Value> {
    tell(about, |name| wanted.contains_key(name))
}

/// Claims are about the `sub`. Where that is a company, the person's own stand in `act`, and nothing of a person can be
/// taken for the company's or the other way round.
fn tell(about: About<'_>, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    let own = collect(about.person, &wanted);
    let Some((acting, actor)) = about.acting else { return own };
    let mut out = acting.members(actor);
    for (name, value) in own {
        match (name.as_str(), out.get_mut("act")) {
            ("name" | "nickname", act) => {
                if let Some(Value::Object(act)) = act {
                    act.insert(name.clone(), value);
                }
                out.insert(name, json!(acting.name));
            }
            ("user_type", _) => _ = out.insert(name, json!("legal")),
            ("locale", _) => _ = out.insert(name, value),
            (_, Some(Value::Object(act))) => _ = act.insert(name, value),
            _ => {}
        }
    }
    out
}

/// Those of `names` that an authority has confirmed of a person.
#[must_use]
pub fn verified(person: &Person, names: &[&str]) -> Map<String, Value> {
    collect(person, |name| person.known_name().is_some() && names.contains(&name))
}

fn collect(person: &Person, wanted: impl Fn(&str) -> bool) -> Map<String, Value> {
    let mut out = Map::new();
    for name in person_claims().filter(|name| wanted(name)) {
        if let Some(value) = value(person, name) {
            out.insert(name.to_owned(), value);
        }
    }
    out
}

/// The value of one claim; `None` when this person has none.
fn value(person: &Person, name: &str) -> Option<Value> {
    let real_name = person.real_name.as_ref();
    let masked =
        || person.known_name().and_then(|name| PersonName::parse(name.expose()).ok()).map(|name| name.masked());
    Some(match name {
        "preferred_username" => json!(person.username),
        "nickname" => json!(masked().unwrap_or_else(|| person.username.clone())),
        "locale" => json!(person.locale.as_ref()?),
        "updated_at" => json!(person.updated_at.seconds()),
        "name" => json!(person.known_name()?.expose()),
        "masked_name" => json!(masked()?),
        "realname_level" => json!(i16::from(person.level())),
        "realname_time" => json!(person.level_time()?.seconds()),
        "user_type" => json!("natural"),
        "identity_document" => {
            let found = real_name?;
            identity_document(found)
        }
        "phone_number" => json!(format!("+86{}", person.mobile.as_ref()?.expose())),
        "phone_number_verified" => {
            person.mobile.as_ref()?;
            json!(person.verified_mobile().is_some())
        }
        _ => return None,
    })
}

/// The document: its code of GA/T 2000.156 where it has one, the name of its kind, the number, and for a foreign passport who issued it.
fn identity_document(found: &RealName) -> Value {
    let mut document = Map::new();
    if let Some(code) = found.document_type.code(CodeFamily::Gat) {
        document.insert("type".to_owned(), json!(code));
    }
    document.insert("kind".to_owned(), json!(found.document_type.name()));
    let parsed = found.document();
    let number = parsed.as_ref().map_or_else(|| found.document.expose(), |number| number.number());
    document.insert("number".to_owned(), json!(number));
    if let Some(country) = parsed.as_ref().and_then(|number| number.country()) {
        document.insert("country".to_owned(), json!(country));
    }
    document.into()
}

/// The least level that the `claims` parameter of a request calls essential.
#[must_use]
pub fn demanded_acr(params: &crate::proto::oauth::Params) -> Option<Acr> {
    let request = ClaimsRequest::parse(params.get("claims")?).ok()?;
    let wanted = request.id_token.get("acr").filter(|wanted| wanted.essential)?;
    wanted.texts().filter_map(Acr::parse).min()
}

/// Whether the `claims` parameter of a request calls a claim essential.
#[must_use]
pub fn is_essential_in(params: &crate::proto::oauth::Params, claim: &str) -> bool {
    let request = params.get("claims").and_then(|text| ClaimsRequest::parse(text).ok());
    request.is_some_and(|request| request.is_essential(claim))
}
