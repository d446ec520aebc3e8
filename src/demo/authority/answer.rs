//! The register: who is known, and what is said about a question.

use std::collections::HashMap;

use super::problem::Problem;
use crate::base::Timestamp;
use crate::demo::people::{Person, people};
use crate::realname::sources::wire::Question;
use crate::realname::{
    DocumentType, IdentityNumber, MobileNumber, Outcome, PersonName, VerificationMethod, today_in_china,
};

pub(super) struct Register {
    people: Vec<Person>,
    by_number: HashMap<String, usize>,
}

impl Register {
    pub(super) fn new(seed: u64, count: usize) -> Self {
        let people = people(seed, count);
        let by_number = people.iter().enumerate().map(|(at, person)| (person.document_number.clone(), at)).collect();
        Self { people, by_number }
    }

    /// All of them, in order.
    pub(super) fn people(&self) -> &[Person] {
        &self.people
    }

    /// Compares. The question is checked again here: this service believes no access party's checks.
    pub(super) fn answer(&self, question: &Question, now: Timestamp) -> Result<(Outcome, VerificationMethod), Problem> {
        let name = PersonName::parse(&question.name).map_err(|_| Problem::Name)?;
        DocumentType::from_code(&question.document_type).ok_or(Problem::DocumentType)?;
        let number = IdentityNumber::parse(&question.document_number, today_in_china(now))
            .map_err(|_| Problem::DocumentNumber)?;
        let mobile = question.mobile.as_deref().map(MobileNumber::parse).transpose().map_err(|_| Problem::Mobile)?;
        let method = if mobile.is_some() { VerificationMethod::ThreeItems } else { VerificationMethod::TwoItems };
        let person = self.by_number.get(number.expose()).and_then(|at| self.people.get(*at));
        let outcome = match person {
            None => Outcome::NotFound,
            Some(person) if person.name != name.expose() => Outcome::Mismatch,
            Some(person) if mobile.is_some_and(|mobile| mobile.expose() != person.mobile) => Outcome::Mismatch,
            Some(_) => Outcome::Match,
        };
        Ok((outcome, method))
    }
}
