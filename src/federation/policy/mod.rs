//! Metadata policy (OpenID Federation 1.0 §6.1): what superiors demand of the metadata of those below them.
//!
//! ```text
//! each statement's metadata_policy ─ read ─┐ from the anchor down
//!                                          ├─ merged: never looser than what stood above
//!                                          └─ apply ── metadata as it counts
//! ```
//!
//! [`operators`] holds the seven operators for one parameter; here is their way through entity types and parameters.

mod operators;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use operators::{Operators, PolicyFault};

/// The parameter that is one text of several words, and is worked on as a list (§6.1.3.1.8).
const SCOPE: &str = "scope";

/// A policy that cannot be, or metadata that does not meet it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy of {entity_type}.{parameter}: {fault}")]
pub struct PolicyError {
    /// The entity type; empty: the policy as a whole.
    pub entity_type: String,
    /// The parameter.
    pub parameter: String,
    /// What is wrong.
    pub fault: PolicyFault,
}

impl PolicyError {
    fn of(entity_type: &str, parameter: &str, fault: PolicyFault) -> Self {
        Self { entity_type: entity_type.to_owned(), parameter: parameter.to_owned(), fault }
    }
}

/// Operators by entity type and parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataPolicy(BTreeMap<String, BTreeMap<String, Operators>>);

impl MetadataPolicy {
    /// Reads a `metadata_policy` claim. `critical` is `metadata_policy_crit`: operators beyond the standard's are passed
    /// over unless it names them (§6.1.3.2).
    ///
    /// # Errors
    /// A policy of the wrong form, operators that exclude each other, or a critical operator that is not known.
    pub fn read(claim: Option<&Value>, critical: Option<&Value>) -> Result<Self, PolicyError> {
        let whole = |fault| PolicyError::of("metadata_policy", "", fault);
        if let Some(names) = critical {
            let names = names.as_array().filter(|names| !names.is_empty()).ok_or_else(|| whole(PolicyFault::Form))?;
            let unknown = names.iter().find(|name| !name.as_str().is_some_and(operators::is_standard));
            let told = |name: &Value| PolicyFault::Unknown(name.as_str().unwrap_or_default().to_owned());
            return match unknown {
                Some(name) => Err(whole(told(name))),
                None => Err(whole(PolicyFault::Form)), // §3.1.3: standard operators must not be listed
            };
        }
        let Some(claim) = claim else { return Ok(Self::default()) };
        let mut policy = Self::default();
        for (entity_type, parameters) in claim.as_object().ok_or_else(|| whole(PolicyFault::Form))? {
            let parameters =
                parameters.as_object().ok_or_else(|| PolicyError::of(entity_type, "", PolicyFault::Form))?;
            for (parameter, operators) in parameters {
                let read = Operators::read(operators, parameter == SCOPE)
                    .map_err(|fault| PolicyError::of(entity_type, parameter, fault))?;
                policy.0.entry(entity_type.clone()).or_default().insert(parameter.clone(), read);
            }
        }
        Ok(policy)
    }

    /// This policy with that of a subordinate merged into it (§6.1.4.1).
    ///
    /// # Errors
    /// The two contradict each other.
    pub fn merged(mut self, subordinate: Self) -> Result<Self, PolicyError> {
        for (entity_type, parameters) in subordinate.0 {
            let here = self.0.entry(entity_type.clone()).or_default();
            for (parameter, below) in parameters {
                let merged = match here.remove(&parameter) {
                    None => Ok(below),
                    Some(above) => above.merged(below),
                };
                let merged = merged.map_err(|fault| PolicyError::of(&entity_type, &parameter, fault))?;
                here.insert(parameter, merged);
            }
        }
        Ok(self)
    }

    /// Applies the policy to metadata by entity type (§6.1.4.2). Types that the entity has not are not made.
    ///
    /// # Errors
    /// A parameter is not as it must be.
    pub fn apply(&self, metadata: &mut Map<String, Value>) -> Result<(), PolicyError> {
        for (entity_type, parameters) in &self.0 {
            let Some(Value::Object(members)) = metadata.get_mut(entity_type) else { continue };
            for (parameter, operators) in parameters {
                let applied = apply_one(members, parameter, operators);
                applied.map_err(|fault| PolicyError::of(entity_type, parameter, fault))?;
            }
        }
        Ok(())
    }
}

fn apply_one(members: &mut Map<String, Value>, parameter: &str, operators: &Operators) -> Result<(), PolicyFault> {
    let words = parameter == SCOPE;
    let given = members.remove(parameter).map(|value| if words { operators::as_words(value) } else { value });
    let Some(value) = operators.applied(given)? else { return Ok(()) };
    let value = if words { operators::as_text(value) } else { value };
    members.insert(parameter.to_owned(), value);
    Ok(())
}
