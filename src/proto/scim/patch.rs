//! PATCH (RFC 7644 §3.5.2): a list of operations on a document, all or none.

use scim_v2::filter::{AttrPath, PatchPath, PatchValuePath};
use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};
use super::filter::meets_value;
use super::resource::{Kind, member, sub_attribute};
use super::schema::{Attribute, Mutability, Type};

/// Schema of the message.
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Most operations of one message.
const MOST: usize = 100;

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

/// One operation.
struct Operation<'a> {
    op: Op,
    path: Option<&'a str>,
    value: &'a Value,
}

fn syntax(detail: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, "bad_json", detail)
}

fn bad_path() -> ScimError {
    ScimError::bad(ScimType::InvalidPath, "bad_path", "the path is none of this resource")
}

fn no_target() -> ScimError {
    ScimError::bad(ScimType::NoTarget, "no_target", "nothing meets the filter of the path")
}

/// Does what `message` says to a document that [`Kind::read`] has read; [`Kind::read`] judges what comes of it.
///
/// # Errors
/// The first operation that cannot be done; the document is worth nothing then.
pub fn apply(kind: Kind, document: &mut Map<String, Value>, message: &Value) -> Result<(), ScimError> {
    let message = message.as_object().ok_or_else(|| syntax("a PATCH is a JSON object"))?;
    let schemas = member(message, "schemas").and_then(Value::as_array);
    if !schemas.is_some_and(|list| list.iter().any(|urn| urn == PATCH_OP)) {
        return Err(syntax("schemas does not name PatchOp"));
    }
    let operations = member(message, "Operations").and_then(Value::as_array).ok_or_else(|| syntax("no Operations"))?;
    if operations.is_empty() || operations.len() > MOST {
        return Err(syntax("from one to a hundred Operations"));
    }
    operations.iter().try_for_each(|operation| Operation::read(operation)?.apply(kind, document))
}

impl<'a> Operation<'a> {
    fn read(operation: &'a Value) -> Result<Self, ScimError> {
        let members = operation.as_object().ok_or_else(|| syntax("an operation is a JSON object"))?;
        let op = member(members, "op").and_then(Value::as_str).unwrap_or_default();
        let op = match op.to_ascii_lowercase().as_str() {
            "add" => Op::Add,
            "replace" => Op::Replace,
            "remove" => Op::Remove,
            _ => return Err(syntax("op is add, replace or remove")),
        };
        let path = match member(members, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path)) if path.len() <= 1_024 => Some(path.as_str()),
            Some(_) => return Err(bad_path()),
        };
        let value = member(members, "value").unwrap_or(&Value::Null);
        if op == Op::Remove && path.is_none() {
            return Err(no_target());
        }
        if op == Op::Add && value.is_null() {
            return Err(ScimError::value("missing", "an add has a value"));
        }
        Ok(Self { op, path, value })
    }

    fn apply(&self, kind: Kind, document: &mut Map<String, Value>) -> Result<(), ScimError> {
        let Some(path) = self.path else { return self.each_member(kind, document) };
        if let Some(extension) = kind.extension().filter(|extension| extension.id.eq_ignore_ascii_case(path)) {
            return match self.op {
                Op::Remove => {
                    document.remove(&extension.id);
                    Ok(())
                }
                Op::Add | Op::Replace => self.whole_extension(kind, &extension.id, self.value, document),
            };
        }
        match path.parse::<PatchPath>().map_err(|_| bad_path())? {
            PatchPath::Attr(at) => self.at(kind, &at, self.value, document),
            PatchPath::Value(at) => self.among_values(kind, &at, document),
        }
    }

    /// Without a path the value holds attributes (RFC 7644 §3.5.2.1).
    fn each_member(&self, kind: Kind, document: &mut Map<String, Value>) -> Result<(), ScimError> {
        let members = self.value.as_object().ok_or_else(|| syntax("without a path the value is an object"))?;
        for (name, value) in members {
            let extension = kind.extension().filter(|extension| extension.id.eq_ignore_ascii_case(name));
            if let Some(extension) = extension {
                self.whole_extension(kind, &extension.id, value, document)?;
                continue;
            }
            if name.eq_ignore_ascii_case("schemas") {
                continue;
            }
            match name.parse::<PatchPath>().map_err(|_| bad_path())? {
                PatchPath::Attr(at) => self.at(kind, &at, value, document)?,
                PatchPath::Value(_) => return Err(bad_path()),
            }
        }
        Ok(())
    }

    fn whole_extension(
        &self,
        kind: Kind,
        urn: &str,
        value: &Value,
        document: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        let members = value.as_object().ok_or_else(|| syntax("the value of an extension is an object"))?;
        for (name, value) in members {
            let at = AttrPath { uri: Some(urn.to_owned()), name: name.clone(), sub_attr: None };
            self.at(kind, &at, value, document)?;
        }
        Ok(())
    }

    fn at(
        &self,
        kind: Kind,
        path: &AttrPath,
        value: &Value,
        document: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        let (attribute, within) = kind.attribute(path.uri.as_deref(), &path.name).ok_or_else(bad_path)?;
        writable(attribute)?;
        let holder = match within {
            Some(urn) => inside(document, urn)?,
            None => document,
        };
        match &path.sub_attr {
            None => self.write(attribute, value, holder)?,
            Some(below) => {
                let deeper = sub_attribute(attribute, below).ok_or_else(bad_path)?;
                writable(deeper)?;
                self.below(attribute, deeper, value, holder)?;
            }
        }
        tidy(document, within);
        Ok(())
    }

    /// Writes a sub-attribute: of a complex value, or of every one of several.
    fn below(
        &self,
        attribute: &Attribute,
        deeper: &Attribute,
        value: &Value,
        holder: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        if attribute.multi_valued {
            let Some(Value::Array(values)) = holder.get_mut(&attribute.name) else { return Err(no_target()) };
            for members in values.iter_mut().filter_map(Value::as_object_mut) {
                self.write(deeper, value, members)?;
            }
        } else {
            self.write(deeper, value, inside(holder, &attribute.name)?)?;
        }
        Ok(())
    }

    /// Writes an attribute of `holder`.
    fn write(&self, attribute: &Attribute, value: &Value, holder: &mut Map<String, Value>) -> Result<(), ScimError> {
        let name = &attribute.name;
        let read = match self.op {
            Op::Remove => None,
            Op::Add | Op::Replace => attribute.read(value)?,
        };
        let Some(read) = read else {
            holder.remove(name);
            return Ok(());
        };
        match (holder.get_mut(name), read) {
            (Some(Value::Array(held)), Value::Array(new)) if self.op == Op::Add => add_values(held, new),
            (Some(Value::Object(held)), Value::Object(new)) if attribute.kind == Type::Complex => held.extend(new),
            (_, read) => _ = holder.insert(name.clone(), read),
        }
        Ok(())
    }

    /// Operates on those values of a multi-valued attribute that meet a filter.
    fn among_values(
        &self,
        kind: Kind,
        path: &PatchValuePath,
        document: &mut Map<String, Value>,
    ) -> Result<(), ScimError> {
        let (attribute, within) = kind.attribute(path.attr.uri.as_deref(), &path.attr.name).ok_or_else(bad_path)?;
        writable(attribute)?;
        let holder = match within {
            Some(urn) => inside(document, urn)?,
            None => document,
        };
        let Some(Value::Array(values)) = holder.get_mut(&attribute.name) else { return Err(no_target()) };
        let meets = |value: &Value| meets_value(&path.filter, attribute, value);
        if !values.iter().any(meets) {
            return Err(no_target());
        }
        let deeper = match &path.sub_attr {
            Some(below) => Some(sub_attribute(attribute, below).ok_or_else(bad_path)?),
            None => None,
        };
        if let (Op::Remove, None) = (self.op, deeper) {
            values.retain(|value| !meets(value));
            if values.is_empty() {
                holder.remove(&attribute.name);
            }
            return Ok(());
        }
        for value in values.iter_mut().filter(|value| meets(value)) {
            let Some(members) = value.as_object_mut() else { continue };
            match deeper {
                Some(deeper) => self.write(deeper, self.value, members)?,
                None => self.write_whole(attribute, members)?,
            }
        }
        Ok(())
    }

    fn write_whole(&self, attribute: &Attribute, members: &mut Map<String, Value>) -> Result<(), ScimError> {
        let read = attribute.read(self.value)?;
        let one = read.as_ref().and_then(Value::as_array).and_then(|values| values.first()).and_then(Value::as_object);
        let one = one.ok_or_else(|| ScimError::value("bad_value", "the value of such a path is an object"))?;
        if self.op == Op::Replace {
            members.clear();
        }
        members.extend(one.clone());
        Ok(())
    }
}

fn writable(attribute: &Attribute) -> Result<(), ScimError> {
    match attribute.mutability {
        Mutability::ReadOnly => {
            let detail = format!("{} is written by this side alone", attribute.name);
            Err(ScimError::bad(ScimType::Mutability, "read_only", detail))
        }
        Mutability::ReadWrite | Mutability::WriteOnly => Ok(()),
    }
}

/// The object at `name`, made where there is none.
fn inside<'a>(holder: &'a mut Map<String, Value>, name: &str) -> Result<&'a mut Map<String, Value>, ScimError> {
    let held = holder.entry(name.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    held.as_object_mut().ok_or_else(no_target)
}

/// Adds what is not there yet; of several primary values the new one stays (RFC 7644 §3.5.2).
fn add_values(held: &mut Vec<Value>, new: Vec<Value>) {
    let primary = |value: &Value| value.get("primary") == Some(&Value::Bool(true));
    if new.iter().any(primary) {
        for members in held.iter_mut().filter_map(Value::as_object_mut) {
            members.remove("primary");
        }
    }
    let fresh: Vec<Value> = new.into_iter().filter(|value| !held.contains(value)).collect();
    held.extend(fresh);
}

/// Removes objects that nothing is left in.
fn tidy(document: &mut Map<String, Value>, within: Option<&str>) {
    let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    if let Some(members) = within.and_then(|urn| document.get_mut(urn)).and_then(Value::as_object_mut) {
        members.retain(|_, value| !empty(value));
    }
    document.retain(|_, value| !empty(value));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::proto::scim::REAL_NAME;

    fn patched(operations: &Value) -> Result<Value, &'static str> {
        let mut document = json!({
            "userName": "u", "active": true, "name": {"formatted": "王明"},
            "phoneNumbers": [{"value": "138", "type": "mobile", "primary": true}],
            REAL_NAME: {"documentType": "ordinary_passport"},
        });
        let message = json!({"schemas": [PATCH_OP], "Operations": operations});
        let map = document.as_object_mut().unwrap();
        apply(Kind::User, map, &message).map(|()| document).map_err(|error| error.scim_type.unwrap().as_str())
    }

    #[test]
    fn each_operation_does_what_it_says() {
        let done = patched(&json!([
            {"op": "Replace", "path": "active", "value": false},
            {"op": "add", "path": "phoneNumbers", "value": [{"value": "139", "primary": true}, {"value": "139", "primary": true}]},
            {"op": "replace", "path": "phoneNumbers[value eq \"138\"].type", "value": "other"},
            {"op": "add", "value": {"displayName": "小王", REAL_NAME: {"assertedLevel": 3}}},
            {"op": "replace", "path": format!("{REAL_NAME}:documentType"), "value": "resident_identity_card"},
            {"op": "remove", "path": "name.formatted"},
        ]))
        .unwrap_err();
        assert_eq!(done, "invalidValue", "two primary values in one operation");
        let done = patched(&json!([
            {"op": "Replace", "path": "active", "value": false},
            {"op": "add", "path": "phoneNumbers", "value": [{"value": "139", "primary": true}]},
            {"op": "replace", "path": "phoneNumbers[value eq \"138\"].type", "value": "other"},
            {"op": "add", "value": {"displayName": "小王", REAL_NAME: {"assertedLevel": 3}}},
            {"op": "replace", "path": format!("{REAL_NAME}:documentType"), "value": "resident_identity_card"},
            {"op": "remove", "path": "name.formatted"},
        ]));
        let expected = json!({
            "userName": "u", "active": false, "displayName": "小王",
            "phoneNumbers": [{"value": "138", "type": "other"}, {"value": "139", "primary": true}],
            REAL_NAME: {"documentType": "resident_identity_card", "assertedLevel": 3},
        });
        assert_eq!(done.unwrap(), expected);
    }

    #[test]
    fn values_and_extensions_go_when_they_are_removed() {
        let gone = patched(&json!([
            {"op": "remove", "path": "phoneNumbers[type eq \"mobile\"]"}, {"op": "remove", "path": REAL_NAME},
            {"op": "replace", "path": "name", "value": null},
        ]));
        assert_eq!(gone.unwrap(), json!({"userName": "u", "active": true}));
    }

    #[test]
    fn what_cannot_be_done_is_told_apart() {
        for (operation, kind) in [
            (json!({"op": "move", "path": "active"}), "invalidSyntax"),
            (json!({"op": "replace", "path": "phoneNumbers[type eq \"fax\"]", "value": {"value": "1"}}), "noTarget"),
            (json!({"op": "remove"}), "noTarget"),
            (json!({"op": "replace", "path": "shoeSize", "value": 1}), "invalidPath"),
            (json!({"op": "replace", "path": "((", "value": 1}), "invalidPath"),
            (json!({"op": "replace", "path": "id", "value": "x"}), "mutability"),
            (json!({"op": "add", "path": format!("{REAL_NAME}:level"), "value": 4}), "mutability"),
            (json!({"op": "replace", "path": "active", "value": "maybe"}), "invalidValue"),
        ] {
            assert_eq!(patched(&json!([operation])).unwrap_err(), kind, "{operation}");
        }
    }
}
