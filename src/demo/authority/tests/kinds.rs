//! Every kind of document, every way, companies, and tickets: what each question is answered.

use super::*;
use crate::demo::authority::bank_card_of;
use crate::demo::companies::companies;
use crate::demo::papers::{Paper, birth_of, papers};
use crate::realname::network_identity::NetworkIdentityProvider;
use crate::realname::{
    BankCard, CompanyName, CompanyOutcome, CompanyQuestion, CompanyRegistry as _, CompanyStatus, RealNameLevel,
    SocialCreditCode,
};

fn about(paper: &Paper) -> VerificationRequest {
    VerificationRequest {
        name: PersonName::parse(&paper.name).unwrap(),
        document: document(paper.document_type, &paper.document_number),
        further: Further::Nothing,
        held: None,
        agreed: None,
    }
}

fn all_papers() -> Vec<Paper> {
    papers(&people(AuthorityOptions::SEED, PEOPLE))
}

impl Rig {
    async fn phone(&self, document: &DocumentNumber, purpose: &str) -> Secret {
        let hand = serde_json::json!({
            "document_type": document.kind(), "document_number": document.expose(), "purpose": purpose,
        });
        let answer = self.outbound.post_json(self.at("/v1/phone"), &hand, Limits::default(), "test").await.unwrap();
        Secret::new(answer.json::<serde_json::Value>().unwrap()["token"].as_str().unwrap())
    }
}

#[tokio::test]
async fn every_kind_is_known_and_a_document_that_is_no_longer_good_is_told_apart() {
    let rig = Rig::start().await;
    let source = rig.source();
    for paper in all_papers() {
        let verdict = source.verify(about(&paper)).await.unwrap();
        let expected = if paper.good { Outcome::Match } else { Outcome::Invalid };
        assert_eq!(verdict.outcome, expected, "{} {}", paper.document_type, paper.name);
        let mut other = about(&paper);
        other.name = PersonName::parse("王陌生").unwrap();
        assert_eq!(source.verify(other).await.unwrap().outcome, Outcome::Mismatch);
    }
    assert!(rig.count("invalid").await >= 3);
    let person = person(0);
    for kind in [DocumentType::TemporaryIdentityCard, DocumentType::HouseholdRegister] {
        let mut question = question_about(&person, false);
        question.document = document(kind, &person.document_number);
        assert_eq!(source.verify(question).await.unwrap().outcome, Outcome::Match, "{kind}");
    }
}

#[tokio::test]
async fn the_birth_is_told_where_the_number_does_not_tell_it_and_of_a_match_alone() {
    let rig = Rig::start().await;
    let source = rig.source();
    for paper in all_papers().into_iter().filter(|paper| paper.good) {
        let verdict = source.verify(about(&paper)).await.unwrap();
        let by_number = document(paper.document_type, &paper.document_number).birth();
        let travellers =
            people(AuthorityOptions::SEED, PEOPLE).into_iter().map(|person| (person.document_number, person.birth));
        let known = travellers.into_iter().find(|(holder, _)| *holder == paper.holder).map(|(_, birth)| birth);
        let expected = if by_number.is_some() { None } else { known.or_else(|| birth_of(&paper.holder)) };
        assert_eq!(verdict.birth, expected, "{} {}", paper.document_type, paper.holder);
    }
    let child = all_papers().into_iter().find(|paper| paper.holder == "foreign-child").unwrap();
    assert_eq!(source.verify(about(&child)).await.unwrap().birth, Some(time::macros::date!(2015 - 03 - 08)));
    let mut stranger = about(&child);
    stranger.name = PersonName::parse("Emma Jones").unwrap();
    assert_eq!(source.verify(stranger).await.unwrap().birth, None);
    assert_eq!(source.verify(question_about(&person(0), false)).await.unwrap().birth, None, "the number tells it");
}

#[tokio::test]
async fn a_held_document_is_told_to_be_the_same_persons_only_if_it_is() {
    let rig = Rig::start().await;
    let source = rig.source();
    let of = |holder: &str| {
        all_papers().into_iter().filter(|paper| paper.holder == holder && paper.good).collect::<Vec<_>>()
    };
    let (lin, chan) = (of("taiwan-lin"), of("hk-chan"));
    let number = |paper: &Paper| document(paper.document_type, &paper.document_number);
    let ask = async |new: &Paper, held| source.verify(VerificationRequest { held, ..about(new) }).await.unwrap();
    assert!(ask(&lin[1], Some(number(&lin[0]))).await.same_person);
    assert!(!ask(&lin[1], Some(number(&chan[0]))).await.same_person);
    assert!(!ask(&lin[1], Some(document(DocumentType::ForeignPassport, "USA:NOBODY01"))).await.same_person);
    assert!(!ask(&lin[1], None).await.same_person, "what was not asked is not told");
    let mut wrong_name = about(&lin[1]);
    (wrong_name.name, wrong_name.held) = (PersonName::parse("王陌生").unwrap(), Some(number(&lin[0])));
    assert!(!source.verify(wrong_name).await.unwrap().same_person, "a mismatch tells nothing");
}

#[tokio::test]
async fn four_items_and_faces_are_compared() {
    let rig = Rig::start().await;
    let source = rig.source();
    let (one, other) = (person(0), person(1));
    let card = |mobile: &str| BankCard::parse(&bank_card_of(mobile)).unwrap();
    let mobile = MobileNumber::parse(&one.mobile).unwrap();
    let ask = async |further| {
        let verdict = source.verify(VerificationRequest { further, ..question_about(&one, false) }).await.unwrap();
        (verdict.method, verdict.outcome)
    };
    let four = |card| Further::MobileAndBankCard(mobile.clone(), card);
    assert_eq!(ask(four(card(&one.mobile))).await, (VerificationMethod::FourItems, Outcome::Match));
    assert_eq!(ask(four(card(&other.mobile))).await, (VerificationMethod::FourItems, Outcome::Mismatch));
    let own = rig.phone(&identity_card(&one.document_number), "face").await;
    let foreign = rig.phone(&identity_card(&other.document_number), "face").await;
    assert_eq!(ask(Further::Face(own.clone())).await, (VerificationMethod::Face, Outcome::Match));
    assert_eq!(ask(Further::Face(foreign)).await.1, Outcome::Mismatch, "somebody else's face");
    assert_eq!(ask(Further::Face(Secret::new("invented"))).await.1, Outcome::Mismatch);
    rig.clock.advance(Duration::from_secs(600));
    assert_eq!(ask(Further::Face(own)).await.1, Outcome::Mismatch, "ten minutes later");
}

#[tokio::test]
async fn whoever_changes_their_name_is_known_by_the_new_one() {
    let rig = Rig::start().await;
    let source = rig.source();
    let one = person(0);
    let rename = serde_json::json!({
        "document_type": "resident_identity_card", "document_number": one.document_number, "name": "秦䶮磊",
    });
    let answer = rig.outbound.post_json(rig.at("/v1/renames"), &rename, Limits::default(), "test").await.unwrap();
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(source.verify(question_about(&one, false)).await.unwrap().outcome, Outcome::Mismatch);
    let mut question = question_about(&one, false);
    question.name = PersonName::parse("秦䶮磊").unwrap();
    assert_eq!(source.verify(question).await.unwrap().outcome, Outcome::Match);
}

#[tokio::test]
async fn a_company_matches_with_its_name_code_and_representative_and_tells_its_status() {
    let rig = Rig::start().await;
    let source = rig.source();
    let people = people(AuthorityOptions::SEED, PEOPLE);
    let question = |company: &crate::demo::companies::Company| CompanyQuestion {
        name: CompanyName::parse(&company.name).unwrap(),
        code: SocialCreditCode::parse(&company.code).unwrap(),
        representative: PersonName::parse(&company.representative).unwrap(),
        representative_document: document(company.document_type, &company.document_number),
    };
    let mut statuses = Vec::new();
    for company in companies(&people) {
        let verdict = source.verify_company(question(&company)).await.unwrap();
        assert_eq!((verdict.outcome, verdict.status), (CompanyOutcome::Match, Some(company.status)));
        assert_eq!((verdict.source.as_str(), verdict.checked_at), ("population", NOON));
        statuses.push(company.status);
    }
    use CompanyStatus::{Active, Deregistered, Dormant, Revoked};
    assert!([Active, Dormant, Revoked, Deregistered].iter().all(|status| statuses.contains(status)));

    let companies = companies(&people);
    let right = question(&companies[0]);
    let other = question(&companies[1]);
    let wrong = [
        CompanyQuestion { name: other.name.clone(), ..right.clone() },
        CompanyQuestion { representative: other.representative.clone(), ..right.clone() },
        CompanyQuestion { representative_document: other.representative_document.clone(), ..right.clone() },
    ];
    for question in wrong {
        let verdict = source.verify_company(question).await.unwrap();
        assert_eq!((verdict.outcome, verdict.status), (CompanyOutcome::Mismatch, None));
    }
    let unknown = SocialCreditCode::parse("91350100M000100Y43").unwrap();
    let verdict = source.verify_company(CompanyQuestion { code: unknown, ..right.clone() }).await.unwrap();
    assert_eq!((verdict.outcome, verdict.status), (CompanyOutcome::NotFound, None));
    // By the passport of the same person, too.
    let passport = document(DocumentType::OrdinaryPassport, "EA0990000");
    let by_passport = CompanyQuestion { representative_document: passport, ..right.clone() };
    assert_eq!(source.verify_company(by_passport).await.unwrap().outcome, CompanyOutcome::Match);

    rig.switch(r#"{"mode":"error500"}"#).await;
    let silent = source.verify_company(right).await;
    assert!(matches!(silent, Err(AuthorityError::Unavailable { .. })), "an outage is no answer");
}

#[tokio::test]
async fn a_ticket_tells_an_identifier_and_a_level_once_and_nothing_more() {
    let rig = Rig::start().await;
    let source = rig.source();
    let card = identity_card(&person(0).document_number);
    let first = rig.phone(&card, "network_identity").await;
    let found = source.redeem(first.clone()).await.unwrap().unwrap();
    assert_eq!(found.level, RealNameLevel::L3);
    assert!(!found.pairwise_id.expose().contains(&person(0).document_number));
    assert!(source.redeem(first).await.unwrap().is_none(), "used");
    let again = source.redeem(rig.phone(&card, "network_identity").await).await.unwrap().unwrap();
    assert!(again.pairwise_id.is(found.pairwise_id.expose()), "one person, one identifier");
    let other = rig.phone(&identity_card(&person(1).document_number), "network_identity").await;
    assert!(!source.redeem(other).await.unwrap().unwrap().pairwise_id.is(found.pairwise_id.expose()));
    let late = rig.phone(&card, "network_identity").await;
    rig.clock.advance(Duration::from_secs(600));
    assert!(source.redeem(late).await.unwrap().is_none(), "too old");
}

#[tokio::test]
async fn the_phone_gives_nothing_for_documents_that_are_unknown_or_no_longer_good() {
    let rig = Rig::start().await;
    for number in ["E00990000", "E99999999"] {
        let hand =
            serde_json::json!({"document_type": "ordinary_passport", "document_number": number, "purpose": "face"});
        let answer = rig.outbound.post_json(rig.at("/v1/phone"), &hand, Limits::default(), "test").await.unwrap();
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
    }
}
