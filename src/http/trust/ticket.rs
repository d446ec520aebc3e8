//! Who has signed in at a node below comes to this one (信任传递): `GET /trust/begin` for a nonce, `GET /trust/ticket` with a
//! ticket. Whatever is refused leads back to the node below, but where nobody knows which that is.

use axum::extract::RawQuery;
use axum::response::Response;

use super::pass;
use crate::http::error;
use crate::http::pages::paths;
use crate::http::visit::Visit;
use crate::proto::oauth::Params;
use crate::trust::from_below::{Entry, NotBegun, Presented, Turned};
use crate::trust::upstream::pass::Onward;

/// Gives the browser a nonce, and the node below its hash.
pub async fn begin(mut visit: Visit, RawQuery(query): RawQuery) -> Response {
    let params = match Params::parse(query.as_deref().unwrap_or_default()) {
        Ok(params) => params,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    let from_below = visit.app().from_below.clone();
    match from_below.begin(&params).await {
        Ok(begun) => {
            visit.hold_nonce(&begun.nonce);
            visit.redirect(&begun.location)
        }
        Err(NotBegun::Back(location)) => visit.redirect(&location),
        Err(NotBegun::Page(failure)) => error::page(&visit, &failure, None),
    }
}

/// Takes the ticket: into a session and back, or to a page that asks first.
pub async fn get(mut visit: Visit, RawQuery(query): RawQuery) -> Response {
    let params = match Params::parse(query.as_deref().unwrap_or_default()) {
        Ok(params) => params,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    let (from_below, nonce) = (visit.app().from_below.clone(), visit.nonce());
    let presented = Presented { params: &params, nonce: nonce.as_deref(), browser: visit.browser_id() };
    match from_below.enter(presented, &visit.at()).await {
        Ok(Entry::In(signed_on, location)) => {
            visit.drop_nonce();
            visit.signed_on(&signed_on);
            on(&visit, location).await
        }
        Ok(Entry::Asks(passage)) => {
            visit.drop_nonce();
            visit.hold_passage(&from_below.seal_passage(&passage));
            visit.to(paths::PASSAGE)
        }
        Err(Turned::Back(location)) => visit.redirect(&location),
        Err(Turned::Page(failure)) => error::page(&visit, &failure, None),
    }
}

/// Back to the node below; where this node passes sign-ins up itself, by way of the node above.
pub(super) async fn on(visit: &Visit, location: String) -> Response {
    match pass::up(visit, Onward::Below(location.clone())).await {
        Some(response) => response,
        None => visit.redirect(&location),
    }
}
