//! Operations of a node below that passes a sign-in up: its assertion becomes a ticket, and the ticket a session.

use super::Operation;
use crate::stage::Stage;
use crate::visitor::{Gone, Visitor};

const SUBJECT: &str = "passed-up";

/// What was under way when the node died.
pub struct UnderWay {
    visitor: Visitor,
    assertion: String,
    ticket: Option<String>,
}

pub async fn fail(operation: Operation, stage: &Stage) {
    let mut visitor = Visitor::new(&stage.issuer());
    let hash = stage.lower.begin(&mut visitor).await;
    let assertion = stage.lower.assertion(&stage.issuer(), SUBJECT, &hash);
    let exchanged = stage.lower.exchange(&stage.issuer(), &assertion).await;
    let ticket = if operation == Operation::Assert {
        assert_eq!(exchanged, Err(Gone));
        None
    } else {
        let ticket = exchanged.unwrap().expect("a ticket");
        assert!(stage.lower.present(&mut visitor, &ticket).await.is_err());
        Some(ticket)
    };
    *stage.under_way.lock() = Some(UnderWay { visitor, assertion, ticket });
}

pub async fn check(stage: &Stage, all: bool) {
    let UnderWay { mut visitor, assertion, ticket } = stage.under_way.lock().take().unwrap();
    let Some(ticket) = ticket else {
        let again = stage.lower.exchange(&stage.issuer(), &assertion).await.unwrap();
        assert_eq!(again.is_none(), all, "the assertion is spent exactly when its account was made");
        return;
    };
    let answer = stage.lower.present(&mut visitor, &ticket).await.unwrap();
    assert_eq!(
        answer.param("receipt").is_none(),
        all,
        "the ticket is spent exactly when its session began: {}",
        answer.url
    );
}
