//! `/trust/passage`: what is asked of somebody who has signed in at a node below, before that counts here: whether another
//! person's session in this browser may end, or to sign in to the account that she has here.

use axum::http::StatusCode;
use axum::response::Response;

use super::ticket::on;
use crate::http::account::protected::Errand;
use crate::http::error;
use crate::http::interaction::{OwnForm, hidden};
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::PassagePage;
use crate::http::pages::view::passage::PassageState;
use crate::http::visit::{Visit, shown_name};
use crate::proto::oauth::OAuthError;
use crate::trust::from_below::{Decided, Passage, Standing};

/// Shows what is asked.
pub async fn get(visit: Visit) -> Response {
    let passage = visit.passage();
    let shown = match &passage {
        None => Ok((PassageState::Nothing, None)),
        Some(passage) => state(&visit, passage).await,
    };
    let (state, person) = match shown {
        Ok(shown) => shown,
        Err(failure) => return error::page(&visit, &failure, None),
    };
    let name = passage.as_ref().and_then(|passage| visit.app().from_below.name(passage.node(), visit.lang.tag()));
    let page = PassagePage {
        ctx: visit.context(paths::PASSAGE),
        form: hidden(&visit, ""),
        below: name.unwrap_or_default().to_owned(),
        person: person.unwrap_or_default(),
        state,
    };
    let status = if state == PassageState::Nothing { StatusCode::NOT_FOUND } else { StatusCode::OK };
    visit.page(status, &page, FormTargets::Anywhere)
}

/// Takes the answer, and goes back to the node below with or without.
pub async fn post(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let Some(passage) = visit.passage() else { return visit.to(paths::PASSAGE) };
    let from_below = visit.app().from_below.clone();
    let agrees = fields.get("decision") == Some("agree");
    if agrees && matches!(from_below.standing(&passage, visit.session.as_ref()).await, Ok(Standing::ShowMore)) {
        return visit.to(&format!("{}?why={}", paths::SECOND_FACTOR, Errand::Passage.why()));
    }
    let decided =
        if agrees { from_below.agree(&passage, &visit.at()).await } else { from_below.decline(&passage).await };
    match decided {
        Ok(Decided::In(signed_on, location)) => {
            visit.drop_passage();
            visit.signed_on(&signed_on);
            on(&visit, location).await
        }
        Ok(Decided::Back(location)) => {
            visit.drop_passage();
            visit.redirect(&location)
        }
        Err(failure) => error::page(&visit, &failure, None),
    }
}

/// How far it is, and who is signed in here now.
async fn state(visit: &Visit, passage: &Passage) -> Result<(PassageState, Option<String>), OAuthError> {
    let standing = visit.app().from_below.standing(passage, visit.session.as_ref()).await?;
    let person = visit.person().await?.map(|person| shown_name(&person));
    let state = match standing {
        Standing::OtherPerson => PassageState::OtherPerson,
        Standing::SignIn => PassageState::SignIn,
        Standing::Link | Standing::ShowMore => PassageState::Link,
    };
    Ok((state, person))
}
