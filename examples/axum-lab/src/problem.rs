//! Errors as RFC 9457 problem details.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error response.
pub struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    /// 401: no certificate, or one without a name.
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a client certificate is needed here")
    }

    /// 403: a caller without the role.
    pub fn forbidden(role: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("the role {role} is needed here"))
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "there is nothing here")
    }

    /// 400: a parameter outside its range.
    pub fn bad_parameter(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// 422: well-formed JSON that breaks a rule.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default();
        let body = json!({"title": title, "status": self.status.as_u16(), "detail": self.detail});
        let kind = [(CONTENT_TYPE, "application/problem+json")];
        // RFC 9110 wants a challenge with each 401; no scheme is registered for certificates.
        let challenge = [(WWW_AUTHENTICATE, "Certificate realm=\"invoices\"")];
        match self.status {
            StatusCode::UNAUTHORIZED => (self.status, challenge, kind, Json(body)).into_response(),
            status => (status, kind, Json(body)).into_response(),
        }
    }
}

macro_rules! problem_from_rejection {
    ($($rejection:ty),*) => {$(
        impl From<$rejection> for Problem {
            fn from(rejection: $rejection) -> Self {
                Self::new(rejection.status(), rejection.body_text())
            }
        }
    )*};
}
problem_from_rejection!(JsonRejection, PathRejection, QueryRejection);
