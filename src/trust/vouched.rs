//! What another node says of a company and of the power to act for it, read out of an ID token that was found good
//! (`docs/TOKENS.md`). All of it or nothing: a member that is missing, malformed or unknown is no member to go on without.

use serde_json::{Map, Value};

use crate::base::Timestamp;
use crate::delegation::Vouched;
use crate::entities::{Matters, Role};
use crate::realname::{CompanyName, SocialCreditCode};

/// Longest name by which a node speaks of a company, in bytes.
const LONGEST: usize = 255;

/// Reads it; `None` where the claims are a person's own.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(claims: &Map<String, Value>) -> Result<Option<Vouched>, &'static str> {
    const MEMBERS: [&str; 5] = ["act", "entity", "role", "agent_valid_until", "agent_matters"];
    if !MEMBERS.iter().any(|member| claims.contains_key(*member)) {
        return Ok(None);
    }
    let actor = claims.get("act").and_then(|act| act.get("sub")?.as_str());
    let subject = claims.get("sub").and_then(Value::as_str).filter(|text| !text.is_empty() && text.len() <= LONGEST);
    let (Some(actor), Some(subject)) = (actor, subject) else { return Err("nobody is said to act for the company") };
    if actor == subject {
        return Err("the company is the person");
    }
    let entity = |member: &str| claims.get("entity").and_then(|entity| entity.get(member)?.as_str());
    let code = entity("uscc").ok_or("the company has no code")?;
    let code = SocialCreditCode::parse(code).map_err(|_| "the company's code is none")?;
    if entity("type") != Some(code.kind().as_str()) {
        return Err("the company's kind is not that of its code");
    }
    let name = entity("name").ok_or("the company has no name")?;
    let role = claims.get("role").and_then(Value::as_str).and_then(Role::named).ok_or("the role is unknown")?;
    Ok(Some(Vouched {
        subject: subject.to_owned(),
        code,
        name: CompanyName::parse(name).map_err(|_| "the company's name is none")?,
        role,
        matters: matters(claims)?,
        valid_until: end(claims, role)?,
    }))
}

/// Where it is not said how far a mandate reaches, nothing is known of that: it must be said, if only that it is everything.
fn matters(claims: &Map<String, Value>) -> Result<Matters, &'static str> {
    let list =
        claims.get("agent_matters").and_then(Value::as_array).ok_or("it is not said how far the mandate reaches")?;
    let list: Option<Vec<String>> = list.iter().map(|matter| matter.as_str().map(str::to_owned)).collect();
    Matters::told(&list.ok_or("a matter is none")?).map_err(|_| "a matter is none")
}

/// An agent is appointed for a time, whoever represents a company is so without end.
fn end(claims: &Map<String, Value>, role: Role) -> Result<Option<Timestamp>, &'static str> {
    match (claims.get("agent_valid_until"), role) {
        (None, Role::LegalRepresentative) => Ok(None),
        (None, Role::Agent) => Err("the agent's mandate has no end"),
        (Some(until), _) => {
            let seconds = until.as_i64().filter(|seconds| (0..=MOST_SECONDS).contains(seconds));
            seconds.map(|seconds| Some(Timestamp::from_seconds(seconds))).ok_or("the end of the mandate is no date")
        }
    }
}

/// Beyond the year 9999 nothing is a date.
const MOST_SECONDS: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said() -> Value {
        json!({
            "sub": "company", "act": {"sub": "person"}, "role": "agent", "agent_valid_until": 2_000_000_000,
            "agent_matters": ["tax:file"],
            "entity": {"name": "海城虎符商贸有限公司", "uscc": "91350100M000100Y43", "type": "enterprise"},
        })
    }

    fn with(path: &str, value: Option<Value>) -> Result<Option<Vouched>, &'static str> {
        let mut claims = said();
        let (parent, member) = path.rsplit_once('/').unwrap();
        let parent = claims.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => parent.insert(member.to_owned(), value),
            None => parent.remove(member),
        };
        read(claims.as_object().unwrap())
    }

    #[test]
    fn a_company_is_read_with_all_that_is_said_of_it_and_a_person_is_none() {
        let read_whole = read(said().as_object().unwrap()).unwrap().unwrap();
        assert_eq!((read_whole.subject.as_str(), read_whole.code.as_str()), ("company", "91350100M000100Y43"));
        assert_eq!((read_whole.role, read_whole.matters.list()), (Role::Agent, &["tax:file".to_owned()][..]));
        assert_eq!(read_whole.valid_until, Some(Timestamp::from_seconds(2_000_000_000)));
        assert_eq!(read(json!({"sub": "person", "acr": "x"}).as_object().unwrap()), Ok(None));
        assert!(with("/role", Some(json!("legal_representative"))).unwrap().is_some());
    }

    #[test]
    fn whatever_is_missing_or_wrong_is_refused_and_not_passed_over() {
        for member in ["/act", "/entity", "/role", "/agent_valid_until", "/agent_matters", "/sub"] {
            assert!(with(member, None).is_err(), "{member} is missing");
        }
        for (path, value) in [
            ("/sub", json!("")),
            ("/sub", json!("x".repeat(256))),
            ("/sub", json!("person")),
            ("/act", json!("person")),
            ("/act/sub", json!(1)),
            ("/role", json!("owner")),
            ("/role", json!(["agent"])),
            ("/agent_valid_until", json!("2033-05-18")),
            ("/agent_valid_until", json!(-1)),
            ("/agent_valid_until", json!(i64::MAX)),
            ("/agent_matters", json!("")),
            ("/agent_matters", json!([""])),
            ("/agent_matters", json!(["a b"])),
            ("/agent_matters", json!([1])),
            ("/entity/uscc", json!("91350100M000100Y44")),
            ("/entity/type", json!("government_organ")),
            ("/entity/name", json!("<b>")),
            ("/entity/name", json!("")),
        ] {
            assert!(with(path, Some(value.clone())).is_err(), "{path} = {value}");
        }
    }
}
