//! Errors as problem+json (RFC 9457) with a stable code.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Why a question is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("the request is not signed as agreed")]
    SignatureMissing,
    #[error("the signature or the digest does not fit, or nobody here has that key")]
    SignatureInvalid,
    #[error("the signature is too old or from the future")]
    ClockSkew,
    #[error("this request was seen before")]
    Replayed,
    #[error("another question was asked under this idempotency key")]
    IdempotencyConflict,
    #[error("the body is not the agreed JSON")]
    Malformed,
    #[error("the name is not well-formed")]
    Name,
    #[error("documents of this type are not verified here")]
    DocumentType,
    #[error("the document number is not well-formed")]
    DocumentNumber,
    #[error("the mobile number is not well-formed")]
    Mobile,
    #[error("the bank card number is not well-formed")]
    BankCard,
    #[error("the unified social credit code is not well-formed")]
    CreditCode,
    #[error("only callers on this machine may do that")]
    NotLocal,
    #[error("the quota is spent")]
    Quota,
    #[error("the service fails, as it was told to")]
    Fault,
    #[error("the service has too much to remember")]
    Busy,
}

impl Problem {
    const fn parts(self) -> (StatusCode, &'static str) {
        match self {
            Self::SignatureMissing => (StatusCode::UNAUTHORIZED, "signature_missing"),
            Self::SignatureInvalid => (StatusCode::UNAUTHORIZED, "signature_invalid"),
            Self::ClockSkew => (StatusCode::UNAUTHORIZED, "clock_skew"),
            Self::Replayed => (StatusCode::UNAUTHORIZED, "replayed"),
            Self::IdempotencyConflict => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_conflict"),
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed"),
            Self::Name => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_name"),
            Self::DocumentType => (StatusCode::UNPROCESSABLE_ENTITY, "unsupported_document_type"),
            Self::DocumentNumber => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_document_number"),
            Self::Mobile => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_mobile"),
            Self::BankCard => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_bank_card"),
            Self::CreditCode => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_credit_code"),
            Self::NotLocal => (StatusCode::FORBIDDEN, "not_local"),
            Self::Quota => (StatusCode::TOO_MANY_REQUESTS, "quota_spent"),
            Self::Fault => (StatusCode::INTERNAL_SERVER_ERROR, "fault"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.parts();
        let body = serde_json::json!({
            "type": "about:blank", "status": status.as_u16(), "title": self.to_string(), "code": code,
        });
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self, Self::Quota | Self::Busy) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}
