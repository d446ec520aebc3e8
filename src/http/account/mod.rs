//! The account centre (账号中心): what this node knows of a person, where they are signed in, what they agreed to.

pub mod agents;
pub mod centre;
pub mod closing;
pub mod companies;
pub mod company;
pub mod corrections;
pub mod data;
pub mod factors;
pub mod guardian;
pub mod history;
pub mod merge;
pub mod notices;
pub mod passkey;
pub mod password;
pub mod protected;
pub mod recovery;
pub mod scan;
pub mod security;

use std::sync::Arc;

use axum::response::Response;

use crate::accounts::Person;
use crate::centre::CentreError;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::visit::Visit;
use crate::proto::oauth::{ErrorCode, OAuthError};
use crate::session::Session;

/// What a page cannot tell the person about: a fault of ours, or a form that none of our pages has made.
fn fault(failure: CentreError) -> OAuthError {
    match failure {
        CentreError::Account(error) => error.into(),
        CentreError::Factor(error) => error.into(),
        other => OAuthError::new(ErrorCode::InvalidRequest, "this cannot be done").because(&other),
    }
}

/// Who is signed in; anyone else is sent to the sign-in page.
pub async fn signed_in(visit: &Visit) -> Result<(Session, Arc<Person>), Response> {
    let Some(session) = visit.session.clone() else { return Err(visit.to(paths::SIGN_IN)) };
    // An account that was made without a page is shown before it is used.
    if session.ceiling.is_some() {
        match visit.app().links.waiting(&session.account_id).await {
            Ok(None) => {}
            Ok(Some(_)) => return Err(visit.to(paths::ACTIVATE)),
            Err(failure) => return Err(error::page(visit, &failure.into(), None)),
        }
    }
    match visit.person().await {
        Ok(Some(person)) => Ok((session, person)),
        Ok(None) => Err(visit.to(paths::SIGN_IN)),
        Err(failure) => Err(error::page(visit, &failure, None)),
    }
}
