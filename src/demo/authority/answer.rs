//! The register: who is known, and what is said about a question.

use std::collections::HashMap;

use parking_lot::Mutex;
use time::Date;

use super::problem::Problem;
use super::tokens::Tokens;
use crate::base::Timestamp;
use crate::demo::companies::{Company, companies};
use crate::demo::papers::{Paper, birth_of, papers};
use crate::demo::people::{Person, people};
use crate::realname::sources::wire::{CompanyQuestionBody, Document, Question};
use crate::realname::{
    BankCard, CompanyName, CompanyOutcome, CompanyStatus, DocumentNumber, DocumentType, MobileNumber, Outcome,
    PersonName, SocialCreditCode, VerificationMethod, today_in_china,
};

pub(super) struct Register {
    people: Vec<Person>,
    papers: Vec<Paper>,
    companies: Vec<Company>,
    by_number: HashMap<String, Record>,
    by_code: HashMap<String, usize>,
    /// People who have changed their name since they were born, by holder.
    renamed: Mutex<HashMap<String, PersonName>>,
}

/// A document that is known, and whose it is.
struct Record {
    holder: String,
    name: String,
    mobile: String,
    good: bool,
    birth: Option<Date>,
}

/// What is said about a person.
pub(super) struct Said {
    pub(super) outcome: Outcome,
    pub(super) method: VerificationMethod,
    pub(super) same_person: bool,
    pub(super) birth: Option<Date>,
}

impl Register {
    pub(super) fn new(seed: u64, count: usize, now: Timestamp) -> Self {
        let people = people(seed, count);
        let (papers, companies) = (papers(&people), companies(&people));
        let mut by_number = HashMap::new();
        for person in &people {
            let record = Record {
                holder: person.document_number.clone(),
                name: person.name.clone(),
                mobile: person.mobile.clone(),
                good: true,
                birth: Some(person.birth),
            };
            by_number.insert(format!("111:{}", person.document_number), record);
        }
        let births: HashMap<_, _> =
            people.iter().map(|person| (person.document_number.clone(), person.birth)).collect();
        for paper in &papers {
            let number = DocumentNumber::parse(paper.document_type, &paper.document_number, today_in_china(now));
            let Ok(number) = number else { continue };
            let record = Record {
                holder: paper.holder.clone(),
                name: paper.name.clone(),
                mobile: paper.mobile.clone(),
                good: paper.good,
                birth: births.get(&paper.holder).copied().or_else(|| birth_of(&paper.holder)),
            };
            by_number.insert(number.index_text().expose().to_owned(), record);
        }
        let by_code = companies.iter().enumerate().map(|(at, company)| (company.code.clone(), at)).collect();
        Self { people, papers, companies, by_number, by_code, renamed: Mutex::default() }
    }

    /// All of the people with identity cards, in order.
    pub(super) fn people(&self) -> &[Person] {
        &self.people
    }

    /// Every other document.
    pub(super) fn papers(&self) -> &[Paper] {
        &self.papers
    }

    /// All of the legal persons.
    pub(super) fn companies(&self) -> &[Company] {
        &self.companies
    }

    /// Gives the holder of a document another name, from now on.
    pub(super) fn rename(&self, document: &Document, name: &str, now: Timestamp) -> Result<(), Problem> {
        let name = PersonName::parse(name).map_err(|_| Problem::Name)?;
        let number = read_document(&document.document_type, &document.document_number, now)?;
        let record = self.record(&number).ok_or(Problem::DocumentNumber)?;
        self.renamed.lock().insert(record.holder.clone(), name);
        Ok(())
    }

    /// Who holds a document, by the register's own name for them.
    pub(super) fn holder(&self, document: &Document, now: Timestamp) -> Result<Option<String>, Problem> {
        let number = read_document(&document.document_type, &document.document_number, now)?;
        Ok(self.record(&number).filter(|record| record.good).map(|record| record.holder.clone()))
    }

    /// Compares. The question is checked again here: this service believes no access party's checks.
    pub(super) fn answer(&self, question: &Question, tokens: &Tokens, now: Timestamp) -> Result<Said, Problem> {
        let name = PersonName::parse(&question.name).map_err(|_| Problem::Name)?;
        let number = read_document(&question.document_type, &question.document_number, now)?;
        let mobile = question.mobile.as_deref().map(MobileNumber::parse).transpose().map_err(|_| Problem::Mobile)?;
        let card = question.bank_card.as_deref().map(BankCard::parse).transpose().map_err(|_| Problem::BankCard)?;
        let held = match &question.held {
            Some(held) => Some(read_document(&held.document_type, &held.document_number, now)?),
            None => None,
        };
        let method = match (&mobile, &card, &question.face) {
            (None, None, None) => VerificationMethod::TwoItems,
            (Some(_), None, None) => VerificationMethod::ThreeItems,
            (Some(_), Some(_), None) => VerificationMethod::FourItems,
            (None, None, Some(_)) => VerificationMethod::Face,
            _ => return Err(Problem::Malformed),
        };
        let Some(record) = self.record(&number) else {
            return Ok(Said { outcome: Outcome::NotFound, method, same_person: false, birth: None });
        };
        let fits = self.is_called(record, &name)
            && mobile.is_none_or(|mobile| mobile.expose() == record.mobile)
            && card.is_none_or(|card| card.expose() == bank_card_of(&record.mobile))
            && question.face.as_ref().is_none_or(|token| tokens.face_is_of(token, &record.holder, now));
        let outcome = match (fits, record.good) {
            (false, _) => Outcome::Mismatch,
            (true, false) => Outcome::Invalid,
            (true, true) => Outcome::Match,
        };
        let same = |held: DocumentNumber| self.record(&held).is_some_and(|other| other.holder == record.holder);
        let matches = outcome == Outcome::Match;
        // No more than is asked for: most numbers tell it themselves.
        let birth = record.birth.filter(|_| matches && number.birth().is_none());
        Ok(Said { outcome, method, same_person: matches && held.is_some_and(same), birth })
    }

    /// Compares a company. What of it does not fit is not told.
    pub(super) fn company(
        &self,
        question: &CompanyQuestionBody,
        now: Timestamp,
    ) -> Result<(CompanyOutcome, Option<CompanyStatus>), Problem> {
        let name = CompanyName::parse(&question.name).map_err(|_| Problem::Name)?;
        let code = SocialCreditCode::parse(&question.code).map_err(|_| Problem::CreditCode)?;
        let representative = PersonName::parse(&question.representative).map_err(|_| Problem::Name)?;
        let document = read_document(&question.document_type, &question.document_number, now)?;
        let Some(company) = self.by_code.get(code.as_str()).and_then(|at| self.companies.get(*at)) else {
            return Ok((CompanyOutcome::NotFound, None));
        };
        let own = read_document(company.document_type.name(), &company.document_number, now)?;
        let (holder, asked) = (self.record(&own), self.record(&document));
        let fits = company.name == name.as_str()
            && matches!((holder, asked), (Some(own), Some(asked)) if own.holder == asked.holder)
            && holder.is_some_and(|holder| self.is_called(holder, &representative));
        let status = fits.then_some(company.status);
        Ok((if fits { CompanyOutcome::Match } else { CompanyOutcome::Mismatch }, status))
    }

    fn record(&self, number: &DocumentNumber) -> Option<&Record> {
        self.by_number.get(number.index_text().expose())
    }

    fn is_called(&self, record: &Record, name: &PersonName) -> bool {
        match self.renamed.lock().get(&record.holder) {
            Some(present) => present.is(name),
            None => record.name == name.expose(),
        }
    }
}

fn read_document(kind: &str, number: &str, now: Timestamp) -> Result<DocumentNumber, Problem> {
    let kind: DocumentType = kind.parse().map_err(|_| Problem::DocumentType)?;
    DocumentNumber::parse(kind, number, today_in_china(now)).map_err(|_| Problem::DocumentNumber)
}

/// The bank card of whoever has this mobile number: a test bank's, derived so that it need not be listed.
#[must_use]
pub fn bank_card_of(mobile: &str) -> String {
    let body = format!("6299{mobile}000");
    let fits = |digit: &u32| crate::realname::bank_card::is_checked(&format!("{body}{digit}"));
    let last = (0..10).find(fits).unwrap_or_default();
    format!("{body}{last}")
}
