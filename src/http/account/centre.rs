//! The account page, and what is done on it: end sessions, withdraw consents.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::signed_in;
use crate::accounts::{AccountError, Person, masked_address};
use crate::base::id::{ClientId, SessionId};
use crate::http::error;
use crate::http::interaction::{OwnForm, level, service_name};
use crate::http::oidc::end_session::results;
use crate::http::pages::paths;
use crate::http::pages::policy::FormTargets;
use crate::http::pages::view::AccountPage;
use crate::http::pages::view::account::{AccountNotice, LogoutLine, ServiceGrant, SessionLine, VerifiedName};
use crate::http::visit::{Visit, shown_name};
use crate::realname::MobileNumber;
use crate::session::Session;

/// What was just done, to be told once.
#[derive(Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// Shows the page.
pub async fn get(visit: Visit, Query(query): Query<Done>) -> Response {
    let (session, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    match page(&visit, &session, &person, &query.done).await {
        Ok(page) => visit.page(StatusCode::OK, &page, FormTargets::ThisNode),
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}

async fn page(visit: &Visit, session: &Session, person: &Person, done: &str) -> Result<AccountPage, AccountError> {
    let mut ctx = visit.context(paths::ACCOUNT);
    ctx.person = Some(shown_name(person));
    let mobile = person.mobile.as_ref().and_then(|mobile| MobileNumber::parse(mobile.expose()).ok());
    Ok(AccountPage {
        csrf: visit.csrf(),
        notice: notice(done),
        recovery: visit.app().recoveries.open_at(&person.id).await?.map(|open| open.ready_at),
        username: person.username.clone(),
        mobile: mobile.map(|mobile| mobile.masked()).unwrap_or_default(),
        level: level(i32::from(i16::from(person.level()))),
        real_name: verified(visit, person),
        sessions: sessions(visit, session).await?,
        services: services(visit, person).await?,
        logouts: logouts(visit, person).await?,
        ctx,
    })
}

fn notice(done: &str) -> Option<AccountNotice> {
    Some(match done {
        "session" => AccountNotice::SessionEnded,
        "others" => AccountNotice::OthersEnded,
        "consent" => AccountNotice::ConsentWithdrawn,
        "password" => AccountNotice::PasswordChanged,
        _ => return None,
    })
}

fn verified(visit: &Visit, person: &Person) -> Option<VerifiedName> {
    let found = person.real_name.as_ref()?;
    Some(VerifiedName {
        masked_name: found.masked_name(),
        masked_number: found.masked_document(),
        at: found.verified_at,
        authority: visit.app().config.realname.title(&found.source, visit.lang.tag()).to_owned(),
    })
}

async fn sessions(visit: &Visit, current: &Session) -> Result<Vec<SessionLine>, AccountError> {
    let mut lines = Vec::new();
    for session in visit.app().sessions.list(&current.account_id).await? {
        let mut services = Vec::new();
        for link in visit.app().sessions.clients(&session.id).await? {
            if let Some(client) = visit.app().provider.clients().find(&link.client_id).await? {
                services.push(service_name(visit, &client));
            }
        }
        lines.push(SessionLine {
            device: device(&session.user_agent),
            address: masked_address(&session.address),
            started: session.created_at,
            seen: session.seen_at,
            current: session.id == current.id,
            services,
            id: session.id.0,
        });
    }
    Ok(lines)
}

/// Browser and system, as far as the User-Agent header says them.
pub fn device(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map_or("", |(_, name)| *name)
    };
    let browser = find(&[
        ("MicroMessenger", "微信"),
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        ("", "") => user_agent.split(['/', ' ']).next().unwrap_or_default().chars().take(24).collect(),
        (browser, "") => browser.to_owned(),
        ("", system) => system.to_owned(),
        (browser, system) => format!("{browser} · {system}"),
    }
}

async fn services(visit: &Visit, person: &Person) -> Result<Vec<ServiceGrant>, AccountError> {
    let mut grants = Vec::new();
    for (client_id, consent) in visit.app().consents.list(&person.id).await? {
        let client = visit.app().provider.clients().find(&client_id).await?;
        let name = client.map_or_else(|| client_id.to_string(), |client| service_name(visit, &client));
        let seen = consent.scope.into_iter().filter(|item| item != "offline_access").chain(consent.claims);
        let mut why = consent.stated.items;
        let claims = seen.map(|item| (why.remove(&item).unwrap_or_default(), item)).map(|(why, item)| (item, why));
        grants.push(ServiceGrant {
            claims: claims.collect(),
            purpose: consent.stated.purpose,
            client_id: client_id.0,
            name,
            at: consent.given_at,
            statutory: false,
        });
    }
    Ok(grants)
}

/// The latest logouts, with what became of telling each service.
async fn logouts(visit: &Visit, person: &Person) -> Result<Vec<LogoutLine>, AccountError> {
    let mut lines = Vec::new();
    for logout in visit.app().logouts.recent(&person.id).await? {
        lines.push(LogoutLine {
            href: format!("{}?id={}", paths::LOGOUT_RESULT, logout.id),
            at: logout.at,
            services: results(visit, logout.deliveries).await?,
        });
    }
    Ok(lines)
}

/// Ends the person's own sessions: one, the others, or all.
pub async fn end_sessions(OwnForm { mut visit, fields }: OwnForm) -> Response {
    let (session, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let signon = &visit.app().signon;
    let (result, done) = match fields.get("which").unwrap_or_default() {
        "all" => (signon.sign_out_everywhere(&person, None).await, None),
        "others" => (signon.sign_out_everywhere(&person, Some(&session.id)).await, Some("others")),
        id => {
            let id = SessionId::from(id);
            let ended = signon.end_own_session(&person.id, &id).await.map(usize::from);
            (ended, (id != session.id).then_some("session"))
        }
    };
    match (result, done) {
        (Err(failure), _) => error::page(&visit, &failure.into(), None),
        (Ok(_), Some(done)) => visit.to(&format!("{}?done={done}", paths::ACCOUNT)),
        (Ok(_), None) => {
            visit.signed_off();
            visit.to(paths::SIGN_IN)
        }
    }
}

/// Withdraws a consent; what was granted under it ends.
pub async fn withdraw_consent(OwnForm { visit, fields }: OwnForm) -> Response {
    let (_, person) = match signed_in(&visit).await {
        Ok(found) => found,
        Err(response) => return response,
    };
    let client = ClientId::from(fields.get("client_id").unwrap_or_default());
    match visit.app().consents.withdraw(&person.id, &client).await {
        Ok(_) => {
            visit.app().provider.tokens_changed();
            visit.to(&format!("{}?done=consent", paths::ACCOUNT))
        }
        Err(failure) => error::page(&visit, &failure.into(), None),
    }
}
