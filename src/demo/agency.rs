//! The demo's companies: two with their legal representatives, somebody who is an agent of both, and one whose time as an
//! agent is over. Made as people make them: the registry is asked, the agent is invited and accepts.

use std::time::Duration;

use super::companies::companies;
use super::manifest::{Agent, Company, Manifest};
use super::people::Person;
use super::seed::SeedError;
use crate::accounts::Person as Account;
use crate::app::App;
use crate::base::Timestamp;
use crate::delegation::{DelegationError, Invitation, InvitationKey};
use crate::entities::Entity;
use crate::realname::CompanyStatus;

/// Who represents a company at the start: by username.
const REPRESENTATIVES: [&str; 2] = ["qinlei", "zhenghaiyan"];

/// The agent of both.
const AGENT: &str = "zhugeyan";

/// The agent of the first, whose time is over.
const FORMER_AGENT: &str = "former_agent";

/// What the agent may do for the second company; for the first: everything.
const MATTERS: &str = "tax:file";

/// How long an agent is one.
const TERM: Duration = Duration::from_secs(180 * 24 * 3600);

/// Furnishes the node with companies, once; a restart finds them.
pub async fn furnish(app: &App, manifest: &mut Manifest, population: &[Person]) -> Result<(), SeedError> {
    for (place, representative) in REPRESENTATIVES.iter().enumerate() {
        let by = app.accounts.find_by_name(representative).await?;
        let number = manifest.users.iter().find(|user| user.username == *representative);
        let number = number.map(|user| user.document_number.clone()).unwrap_or_default();
        let theirs = |company: &super::companies::Company| {
            company.document_number == number && company.status == CompanyStatus::Active
        };
        let known = companies(population).into_iter().find(theirs).ok_or(SeedError::Missing("a company"))?;
        let entity = match app.entities.find_by_code(&known.code).await.map_err(crate::accounts::AccountError::from)? {
            Some(entity) => entity,
            None => register(app, &by, &known.code, &known.name, place == 0).await?,
        };
        manifest.companies.push(Company {
            uscc: known.code,
            name: entity.name,
            kind: known.kind.as_str().to_owned(),
            legal_representative: (*representative).to_owned(),
            agents: agents(place == 0),
        });
    }
    Ok(())
}

fn agents(first: bool) -> Vec<Agent> {
    let agent = |username: &str, matters: &str, expired| Agent {
        username: username.to_owned(),
        matters: matters.split(' ').filter(|matter| !matter.is_empty()).map(str::to_owned).collect(),
        expired,
    };
    let present = agent(AGENT, if first { "" } else { MATTERS }, false);
    if first { vec![present, agent(FORMER_AGENT, "", true)] } else { vec![present] }
}

async fn register(app: &App, by: &Account, code: &str, name: &str, first: bool) -> Result<Entity, SeedError> {
    app.delegation.register(by, code, name).await?;
    let found = app.entities.find_by_code(code).await.map_err(crate::accounts::AccountError::from)?;
    let entity = found.ok_or(crate::accounts::AccountError::Unknown)?;
    let until = app.clock.now().plus(TERM);
    appoint(app, by, &entity, AGENT, (if first { "" } else { MATTERS }, until)).await?;
    if first {
        let_run_out(app, by, &entity).await?;
    }
    Ok(entity)
}

/// Appoints somebody for the moment that it takes to accept. On a machine that is busy the moment may be over before; the
/// next one is longer.
async fn let_run_out(app: &App, by: &Account, entity: &Entity) -> Result<(), SeedError> {
    for seconds in [2, 4, 8, 16] {
        let until = app.clock.now().plus(Duration::from_secs(seconds));
        match appoint(app, by, entity, FORMER_AGENT, ("", until)).await {
            Err(SeedError::Agent(DelegationError::Unknown | DelegationError::Dates)) => {}
            other => return other,
        }
    }
    Err(SeedError::Missing("the agent whose time is over"))
}

async fn appoint(
    app: &App,
    by: &Account,
    entity: &Entity,
    username: &str,
    (matters, valid_until): (&str, Timestamp),
) -> Result<(), SeedError> {
    let agent = app.accounts.find_by_name(username).await?;
    let real_name = agent.real_name.as_ref().ok_or(SeedError::Missing("an agent with a name"))?;
    let wish = Invitation {
        entity: &entity.id,
        name: real_name.name.expose(),
        login: Some(username),
        matters,
        valid_from: None,
        valid_until,
    };
    app.delegation.invite(by, &wish).await?;
    let waiting = app.delegation.overview(&agent).await?.invitations;
    let invited = waiting.iter().find(|(mandate, _)| mandate.entity_id == entity.id);
    let (mandate, _) = invited.ok_or(DelegationError::Unknown)?;
    app.delegation.accept(&agent, &InvitationKey::Waiting(&mandate.id)).await?;
    Ok(())
}
