//! `POST /api/v1/realname/verifications` and `GET /api/v1/realname/verifications/{id}`: the real-name verification system as it
//! is offered to access parties (standard 6.4 a).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::problem::{Failure, Problem};
use crate::base::id::VerificationId;
use crate::http::error::BearerFailure;
use crate::http::extract::{bearer, no_store_json};
use crate::http::visit::Web;
use crate::oidc::endpoints::path;
use crate::proto::oauth::OAuthError;
use crate::realname::AuthorityError;
use crate::verification::{Question, SCOPE, VerificationError};

/// Where it is; discovery tells it.
pub const PATH: &str = path::VERIFICATIONS;

/// Answers a question about a person.
pub async fn post(State(web): State<Web>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    let token = bearer(&headers).ok_or_else(BearerFailure::no_token)?;
    let party = web.app.provider.caller(token, SCOPE).await?;
    let question: Question = serde_json::from_slice(&body)
        .map_err(|error| Problem::refused(StatusCode::BAD_REQUEST, "bad_json", error.to_string()))?;
    let answer = web.app.verifications.verify(&party.id, &question).await.map_err(failure)?;
    Ok(no_store_json(&answer).into_response())
}

/// An earlier answer, for the party that asked.
pub async fn get(
    State(web): State<Web>,
    Path(id): Path<VerificationId>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let token = bearer(&headers).ok_or_else(BearerFailure::no_token)?;
    let party = web.app.provider.caller(token, SCOPE).await?;
    let found = web.app.verifications.find(&party.id, &id).await.map_err(OAuthError::from)?;
    let answer = found.ok_or_else(|| Problem::refused(StatusCode::NOT_FOUND, "not_found", "no such verification"))?;
    Ok(no_store_json(&answer).into_response())
}

fn failure(error: VerificationError) -> Failure {
    let text = error.to_string();
    match error {
        VerificationError::Question(error) => {
            Problem::refused(StatusCode::UNPROCESSABLE_ENTITY, error.code(), text).into()
        }
        VerificationError::ReferenceReused => Problem::refused(StatusCode::CONFLICT, "reference_reused", text).into(),
        VerificationError::QuotaSpent { retry_after } => {
            Problem::later(StatusCode::TOO_MANY_REQUESTS, "quota_spent", text, retry_after).into()
        }
        VerificationError::Authority(error) => unanswered(&error, text),
        VerificationError::Store(error) => OAuthError::from(error).into(),
        VerificationError::Limits(error) => OAuthError::from(error).into(),
    }
}

/// None of these says anything about the person.
fn unanswered(error: &AuthorityError, text: String) -> Failure {
    let unavailable = StatusCode::SERVICE_UNAVAILABLE;
    match error {
        AuthorityError::Unavailable { retry_after } => {
            Problem::later(unavailable, "authority_unavailable", text, *retry_after).into()
        }
        AuthorityError::QuotaSpent { retry_after } => {
            Problem::later(unavailable, "authority_quota_spent", text, *retry_after).into()
        }
        AuthorityError::NobodyToAsk => Problem::refused(StatusCode::UNPROCESSABLE_ENTITY, "nobody_to_ask", text).into(),
        AuthorityError::NotAccepted | AuthorityError::Rejected => {
            tracing::error!(outcome = error.label(), "the authority does not accept what is asked for an access party");
            Problem::refused(StatusCode::BAD_GATEWAY, "authority_refused", text).into()
        }
    }
}
