//! Why an entity is trusted, or why not: every way that was tried, each link with its verdict, and every mark. For
//! `hufu trust explain`, and for whoever shows it on a page.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Federation;
use super::collect::Search;
use super::entity_id::EntityIdentifier;
use super::error::FederationError;
use super::fault::{Link, Path};
use super::statement::{PresentedMark, Statement};

/// What was found out about an entity.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The entity.
    pub entity: EntityIdentifier,
    /// Whether it is trusted now.
    pub trusted: bool,
    /// The anchor, where there is trust.
    pub anchor: Option<String>,
    /// Until when, in epoch seconds.
    pub until: Option<i64>,
    /// Whether a chain that is kept already says so, too: logins go by that one.
    pub known: bool,
    /// Every way that was tried; the good one alone, where there is one.
    pub paths: Vec<Vec<Step>>,
    /// The marks that it presents, and those that it lacks.
    pub marks: Vec<MarkVerdict>,
    /// Its metadata as it counts, by entity type.
    pub metadata: Map<String, Value>,
}

/// One link.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Who says it.
    pub issuer: String,
    /// About whom.
    pub subject: String,
    /// Until when, in epoch seconds.
    pub until: Option<i64>,
    /// What is wrong with it; none: it is good.
    pub fault: Option<String>,
}

/// One mark.
#[derive(Clone, Debug, Serialize)]
pub struct MarkVerdict {
    /// `trust_mark_type`.
    pub mark_type: String,
    /// Whether this node demands it of services.
    pub required: bool,
    /// What is wrong with it; none: it holds.
    pub fault: Option<String>,
}

impl Federation {
    /// Searches anew, whatever is kept, and tells everything. For the operator: it asks whomever the entity names, within
    /// the limits of a search.
    pub async fn explain(&self, entity: &EntityIdentifier) -> Result<Explanation, FederationError> {
        let known = self.known(entity).await?.is_some();
        let anchors = self.anchor_keys();
        let found = Box::pin(Search::new(self).chain(entity, None, &anchors)).await;
        let mut told = Explanation {
            entity: entity.clone(),
            trusted: found.is_ok(),
            anchor: None,
            until: None,
            known,
            paths: Vec::new(),
            marks: Vec::new(),
            metadata: Map::new(),
        };
        match found {
            Err(no) => told.paths = no.paths.iter().map(steps).collect(),
            Ok(chain) => {
                let good = |statement: &Statement| Step {
                    issuer: statement.issuer.to_string(),
                    subject: statement.subject.to_string(),
                    until: Some(statement.expires_at.seconds()),
                    fault: None,
                };
                told.paths = vec![chain.statements.iter().map(good).collect()];
                told.anchor = Some(chain.anchor.to_string());
                told.until = Some(chain.expires_at.seconds());
                let marks = chain.configuration().map(Statement::trust_marks).unwrap_or_default();
                told.marks = self.explain_marks(entity, &marks).await;
                told.metadata = chain.metadata;
            }
        }
        Ok(told)
    }

    async fn explain_marks(&self, entity: &EntityIdentifier, presented: &[PresentedMark]) -> Vec<MarkVerdict> {
        let required = |mark_type: &str| self.config().required_marks.iter().any(|needed| needed == mark_type);
        let mut told = Vec::new();
        for mark in presented {
            let verdict = match self.judge_mark(mark, entity).await {
                Ok(judged) => self.ask_status(&judged).await,
                Err(error) => Err(error),
            };
            let fault = verdict.err().map(|error| error.to_string());
            told.push(MarkVerdict { mark_type: mark.mark_type.clone(), required: required(&mark.mark_type), fault });
        }
        let lacking = self
            .config()
            .required_marks
            .iter()
            .filter(|needed| !presented.iter().any(|mark| mark.mark_type == **needed));
        told.extend(lacking.map(|needed| MarkVerdict {
            mark_type: needed.clone(),
            required: true,
            fault: Some("it is missing".to_owned()),
        }));
        told
    }
}

fn steps(path: &Path) -> Vec<Step> {
    let step = |link: &Link| Step {
        issuer: link.issuer.clone(),
        subject: link.subject.clone(),
        until: link.until.map(crate::base::Timestamp::seconds),
        fault: link.verdict.as_ref().err().map(ToString::to_string),
    };
    path.links.iter().map(step).collect()
}
