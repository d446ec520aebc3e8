//! Bulk (RFC 7644 §3.7): many operations in one message, each with an answer of its own.

use serde_json::{Map, Value, json};

use super::error::{ScimError, ScimType};
use super::resource::{Kind, member};

/// Schema of the message.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// Schema of the answer.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/// Most operations of one message.
pub const MOST: usize = 200;

/// What one operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Creates.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What it does.
    pub method: Method,
    /// The party's own name for it, which its answer repeats.
    pub bulk_id: Option<String>,
    /// Which kind of resource.
    pub kind: Kind,
    /// Which resource: its id, or `bulkId:…` of one that this message creates; none for POST.
    pub id: Option<String>,
    /// The version that it must have.
    pub version: Option<String>,
    /// What is sent.
    pub data: Value,
}

/// The whole message.
#[derive(Debug)]
pub struct Request {
    /// After how many failures the rest is left undone.
    pub fail_on_errors: Option<u64>,
    /// The operations; one that cannot be read stands with its error, so that the others still count.
    pub operations: Vec<Result<Operation, (Value, ScimError)>>,
}

fn syntax(detail: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, "bad_json", detail)
}

impl Request {
    /// Reads a message.
    ///
    /// # Errors
    /// `invalidSyntax`: it is none; 413: more operations than are taken at once (RFC 7644 §3.7.4).
    pub fn read(message: &Value) -> Result<Self, ScimError> {
        let members = message.as_object().ok_or_else(|| syntax("a bulk request is a JSON object"))?;
        let schemas = member(members, "schemas").and_then(Value::as_array);
        if !schemas.is_some_and(|list| list.iter().any(|urn| urn == BULK_REQUEST)) {
            return Err(syntax("schemas does not name BulkRequest"));
        }
        let list = member(members, "Operations").and_then(Value::as_array).ok_or_else(|| syntax("no Operations"))?;
        if list.len() > MOST {
            return Err(ScimError::refused(413, "too_many_operations", format!("at most {MOST} operations at once")));
        }
        let fail_on_errors = match member(members, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let count = value.as_u64().filter(|count| *count > 0);
                Some(count.ok_or_else(|| syntax("failOnErrors is a positive number"))?)
            }
        };
        let operations = list.iter().map(|item| Operation::read(item).map_err(|error| (echo(item), error))).collect();
        Ok(Self { fail_on_errors, operations })
    }
}

/// What the answer to an operation repeats of it.
fn echo(item: &Value) -> Value {
    let mut told = Map::new();
    for name in ["method", "bulkId"] {
        let short = |text: &&str| text.len() <= 128;
        let value = item.as_object().and_then(|members| member(members, name)).and_then(Value::as_str).filter(short);
        if let Some(value) = value {
            told.insert(name.to_owned(), json!(value));
        }
    }
    Value::Object(told)
}

impl Operation {
    fn read(item: &Value) -> Result<Self, ScimError> {
        let members = item.as_object().ok_or_else(|| syntax("an operation is a JSON object"))?;
        let text = |name: &str| member(members, name).and_then(Value::as_str);
        let method = match text("method").unwrap_or_default().to_ascii_uppercase().as_str() {
            "POST" => Method::Post,
            "PUT" => Method::Put,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => return Err(syntax("method is POST, PUT, PATCH or DELETE")),
        };
        let bulk_id = text("bulkId").map(str::to_owned);
        if bulk_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 128) {
            return Err(syntax("bulkId has from 1 to 128 characters"));
        }
        if method == Method::Post && bulk_id.is_none() {
            return Err(syntax("a POST has a bulkId"));
        }
        let (kind, id) = place(text("path").unwrap_or_default()).ok_or_else(bad_path)?;
        if (method == Method::Post) != id.is_none() {
            return Err(bad_path());
        }
        let data = member(members, "data").cloned().unwrap_or(Value::Null);
        Ok(Self { method, bulk_id, kind, id, version: text("version").map(str::to_owned), data })
    }

    /// The bulkId of another operation that this one waits for.
    #[must_use]
    pub fn refers_to(&self) -> Option<&str> {
        self.id.as_deref().and_then(|id| id.strip_prefix("bulkId:"))
    }

    /// Its answer (RFC 7644 §3.7.3).
    #[must_use]
    pub fn answer(&self, location: Option<String>, version: Option<String>, outcome: Result<u16, &ScimError>) -> Value {
        let mut told = Map::new();
        told.insert("method".into(), json!(self.method.as_str()));
        if let Some(id) = &self.bulk_id {
            told.insert("bulkId".into(), json!(id));
        }
        if let Some(location) = location {
            told.insert("location".into(), json!(location));
        }
        if let Some(version) = version {
            told.insert("version".into(), json!(version));
        }
        finish(told, outcome)
    }
}

/// The answer to an operation that cannot be read.
#[must_use]
pub fn unreadable(echo: Value, error: &ScimError) -> Value {
    let told = match echo {
        Value::Object(told) => told,
        _ => Map::new(),
    };
    finish(told, Err(error))
}

fn finish(mut told: Map<String, Value>, outcome: Result<u16, &ScimError>) -> Value {
    match outcome {
        Ok(status) => _ = told.insert("status".into(), json!(status.to_string())),
        Err(error) => {
            told.insert("status".into(), json!(error.status.to_string()));
            told.insert("response".into(), error.message());
        }
    }
    Value::Object(told)
}

impl Method {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

fn bad_path() -> ScimError {
    ScimError::bad(ScimType::InvalidPath, "bad_path", "the path is an endpoint, and of one resource for all but POST")
}

/// The kind and the id that a path names.
fn place(path: &str) -> Option<(Kind, Option<String>)> {
    let mut parts = path.strip_prefix('/')?.splitn(2, '/');
    let first = parts.next()?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.endpoint().trim_start_matches('/') == first)?;
    let id = parts.next().map(str::to_owned);
    if id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 160 || id.contains('/')) {
        return None;
    }
    Some((kind, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(operation: &Value) -> Result<Operation, &'static str> {
        let message = json!({"schemas": [BULK_REQUEST], "Operations": [operation]});
        let mut request = Request::read(&message).unwrap();
        request.operations.remove(0).map_err(|(_, error)| error.code)
    }

    #[test]
    fn an_operation_names_an_endpoint_or_one_resource() {
        let post = read(&json!({"method": "post", "path": "/Users", "bulkId": "a", "data": {}})).unwrap();
        assert_eq!((post.method, post.kind, post.id), (Method::Post, Kind::User, None));
        let put = read(&json!({"method": "PUT", "path": "/Companies/bulkId:a", "version": "W/\"1\""})).unwrap();
        assert_eq!((put.kind, put.refers_to()), (Kind::Company, Some("a")));
        for (wrong, code) in [
            (json!({"method": "POST", "path": "/Users"}), "bad_json"),
            (json!({"method": "POST", "path": "/Users/1", "bulkId": "a"}), "bad_path"),
            (json!({"method": "DELETE", "path": "/Users"}), "bad_path"),
            (json!({"method": "DELETE", "path": "/Groups/1"}), "bad_path"),
            (json!({"method": "DELETE", "path": "/Users/1/2"}), "bad_path"),
            (json!({"method": "GET", "path": "/Users/1"}), "bad_json"),
            (json!(7), "bad_json"),
        ] {
            assert_eq!(read(&wrong).unwrap_err(), code, "{wrong}");
        }
    }

    #[test]
    fn a_message_is_bounded() {
        let many: Vec<Value> = (0..=MOST).map(|_| json!({})).collect();
        let error = Request::read(&json!({"schemas": [BULK_REQUEST], "Operations": many})).unwrap_err();
        assert_eq!((error.status, error.code), (413, "too_many_operations"));
        for wrong in [json!({}), json!({"schemas": [BULK_REQUEST], "Operations": [], "failOnErrors": 0})] {
            assert_eq!(Request::read(&wrong).unwrap_err().status, 400);
        }
    }
}
