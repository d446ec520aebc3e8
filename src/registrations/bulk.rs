//! Many operations in one message (RFC 7644 §3.7). Each has an answer of its own, and one that fails takes no other with it. Those that
//! have nothing to do with each other go side by side, so that the authority's time is not paid a thousand times over.

use std::collections::{HashMap, HashSet};

use futures::StreamExt;
use serde_json::{Value, json};

use super::{Registrations, Target};
use crate::base::id::ClientId;
use crate::proto::scim::bulk::{BULK_RESPONSE, Method, Operation, Request, unreadable};
use crate::proto::scim::{ScimError, ScimType};

/// How many operations go side by side.
const SIDE_BY_SIDE: usize = 8;

/// What became of one operation.
struct Done {
    answer: Value,
    failed: bool,
    created: Option<(String, String)>,
}

impl Registrations {
    /// Does what a bulk request says, and tells what became of each operation.
    ///
    /// # Errors
    /// The message is none, or has too many operations.
    pub async fn bulk(&self, party: &ClientId, message: &Value) -> Result<Value, ScimError> {
        let request = Request::read(message)?;
        let answers = if request.fail_on_errors.is_none() && are_independent(&request) {
            let all = request.operations.into_iter().map(|operation| self.one_alone(party, operation));
            futures::stream::iter(all).buffered(SIDE_BY_SIDE).collect().await
        } else {
            self.in_order(party, request).await
        };
        let answers: Vec<Value> = answers;
        Ok(json!({"schemas": [BULK_RESPONSE], "Operations": answers}))
    }

    async fn one_alone(&self, party: &ClientId, operation: Result<Operation, (Value, ScimError)>) -> Value {
        match operation {
            Ok(operation) => Box::pin(self.one(party, &operation, operation.id.clone())).await.answer,
            Err((echo, error)) => unreadable(echo, &error),
        }
    }

    async fn in_order(&self, party: &ClientId, request: Request) -> Vec<Value> {
        let (mut answers, mut created, mut failures) = (Vec::new(), HashMap::new(), 0_u64);
        for operation in request.operations {
            if request.fail_on_errors.is_some_and(|most| failures >= most) {
                break;
            }
            let done = match operation {
                Ok(operation) => self.next(party, &operation, &created).await,
                Err((echo, error)) => Done { answer: unreadable(echo, &error), failed: true, created: None },
            };
            failures += u64::from(done.failed);
            created.extend(done.created);
            answers.push(done.answer);
        }
        answers
    }

    async fn next(&self, party: &ClientId, operation: &Operation, created: &HashMap<String, String>) -> Done {
        let id = match operation.refers_to() {
            None => operation.id.clone(),
            Some(name) => match created.get(name) {
                Some(id) => Some(id.clone()),
                None => {
                    let error = ScimError::bad(ScimType::InvalidValue, "bad_bulk_id", "no operation before made this");
                    return Done { answer: operation.answer(None, None, Err(&error)), failed: true, created: None };
                }
            },
        };
        Box::pin(self.one(party, operation, id)).await
    }

    async fn one(&self, party: &ClientId, operation: &Operation, id: Option<String>) -> Done {
        let (kind, id) = (operation.kind, id.unwrap_or_default());
        let target = Target { party, kind, id: &id, if_match: operation.version.as_deref() };
        let outcome = match operation.method {
            Method::Post => {
                self.create(party, kind, &operation.data).await.map(|made| (201, Some(made.into_resource())))
            }
            Method::Put => self.replace(target, &operation.data).await.map(|resource| (200, Some(resource))),
            Method::Patch => self.patch(target, &operation.data).await.map(|resource| (200, Some(resource))),
            Method::Delete => self.remove(target).await.map(|()| (204, None)),
        };
        match outcome {
            Ok((status, resource)) => {
                let location = match &resource {
                    Some(resource) => resource.location.clone(),
                    None => format!("{}{}/{id}", self.base(), kind.endpoint()),
                };
                let version = resource.as_ref().map(|resource| resource.version.tag());
                let created = operation.bulk_id.clone().zip(resource.map(|resource| resource.id.to_string()));
                Done { answer: operation.answer(Some(location), version, Ok(status)), failed: false, created }
            }
            Err(error) => {
                let location =
                    (operation.method != Method::Post).then(|| format!("{}{}/{id}", self.base(), kind.endpoint()));
                Done { answer: operation.answer(location, None, Err(&error)), failed: true, created: None }
            }
        }
    }
}

/// Whether no operation is about what another is about.
fn are_independent(request: &Request) -> bool {
    let mut seen = HashSet::new();
    for operation in request.operations.iter().filter_map(|operation| operation.as_ref().ok()) {
        if operation.refers_to().is_some() {
            return false;
        }
        let kind = operation.kind;
        let text = |name: &str| operation.data.get(name).and_then(Value::as_str);
        let ids = [("id", operation.id.as_deref()), ("e", text("externalId")), ("n", text(kind.unique()))];
        let ids = ids.into_iter().filter_map(|(what, id)| Some((kind, what, id?.to_owned())));
        for id in ids {
            if !seen.insert(id) {
                return false;
            }
        }
    }
    true
}
