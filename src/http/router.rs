//! Every route of a node: the table of contents of its web.
//!
//! What is not listed here does not exist. Below an issuer with a path, everything is below that path, and the RFC 8414
//! document stands where §3.1 puts it.

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;

use crate::app::App;
use crate::federation::path as statement;
use crate::http::api::{users, verifications};
use crate::http::cookies::Cookies;
use crate::http::csrf::Csrf;
use crate::http::middleware::cors::OpenToPages;
use crate::http::pages::paths;
use crate::http::scim::resources::{self, Companies, Resources, Users};
use crate::http::visit::{Shared, Web};
use crate::http::{account, error, facade, federation, interaction, oidc, recover, scim, site, trust};
use crate::keys::Sealer;
use crate::oidc::endpoints::{facade_path, path};
use crate::trust::below::{BACKCHANNEL_LOGOUT, CALLBACK, PASSED};

/// The node's routes, without the plumbing around them; [`crate::http::node`] puts it there.
pub fn router(app: App) -> Router {
    let entity = entity_path(&app);
    let web = web(app);
    let base = web.base.to_string();
    let for_people = [on_the_way(), signing_out(), account_centre(), own_data(), companies(), the_site()];
    let routes = [protocol(), federated(), chain(), apis(), registrations(), facades()]
        .into_iter()
        .chain(for_people)
        .fold(Router::new(), Router::merge);
    let placed = if base.is_empty() { routes } else { Router::new().nest(&base, routes) };
    placed
        .route(&format!("/.well-known/oauth-authorization-server{base}"), get(oidc::discovery::get).layer(OpenToPages))
        .route(&format!("{entity}/.well-known/openid-federation"), get(federation::configuration))
        .fallback(error::not_found)
        .with_state(web)
}

/// Protocol: for relying parties.
fn protocol() -> Router<Web> {
    Router::new()
        .route(path::AUTHORIZE, get(oidc::authorize::get).post(oidc::authorize::post))
        .route(path::TOKEN, post(oidc::token::post).layer(OpenToPages))
        .route(path::USERINFO, get(oidc::userinfo::get).post(oidc::userinfo::post).layer(OpenToPages))
        .route(path::INTROSPECT, post(oidc::introspect::post))
        .route(path::REVOKE, post(oidc::revoke::post).layer(OpenToPages))
        .route(path::PAR, post(oidc::par::post))
        .route(path::REGISTER, post(oidc::registration::post))
        .route(
            &format!("{}/{{client_id}}", path::REGISTER),
            get(oidc::registration::get).put(oidc::registration::put).delete(oidc::registration::delete),
        )
        .route(path::LOGOUT, get(oidc::end_session::get).post(oidc::end_session::post))
        .route(path::JWKS, get(oidc::jwks::get).layer(OpenToPages))
        .route("/.well-known/openid-configuration", get(oidc::discovery::get).layer(OpenToPages))
}

/// For access parties, by tokens of their own.
fn apis() -> Router<Web> {
    Router::new()
        .route(users::PATH, get(users::changed))
        .route(&format!("{}/{{sub}}", users::PATH), get(users::get))
        .route(verifications::PATH, post(verifications::post))
        .route(&format!("{}/{{id}}", verifications::PATH), get(verifications::get))
}

/// What access parties register and keep in step, by tokens of their own; what there is, is told to everybody.
fn registrations() -> Router<Web> {
    Router::new()
        .route(&format!("{}/Users", scim::BASE), all_of::<Users>())
        .route(&format!("{}/Users/.search", scim::BASE), post(resources::search::<Users>))
        .route(&format!("{}/Users/{{id}}", scim::BASE), one_of::<Users>())
        .route(&format!("{}/Companies", scim::BASE), all_of::<Companies>())
        .route(&format!("{}/Companies/.search", scim::BASE), post(resources::search::<Companies>))
        .route(&format!("{}/Companies/{{id}}", scim::BASE), one_of::<Companies>())
        .route(&format!("{}/Bulk", scim::BASE), post(scim::bulk::post))
        .route(&format!("{}/ServiceProviderConfig", scim::BASE), get(scim::discovery::config))
        .route(&format!("{}/ResourceTypes", scim::BASE), get(scim::discovery::resource_types))
        .route(&format!("{}/ResourceTypes/{{name}}", scim::BASE), get(scim::discovery::resource_type))
        .route(&format!("{}/Schemas", scim::BASE), get(scim::discovery::schemas))
        .route(&format!("{}/Schemas/{{id}}", scim::BASE), get(scim::discovery::schema))
}

fn all_of<R: Resources>() -> MethodRouter<Web> {
    get(resources::list::<R>).post(resources::create::<R>)
}

fn one_of<R: Resources>() -> MethodRouter<Web> {
    get(resources::read::<R>).put(resources::replace::<R>).patch(resources::patch::<R>).delete(resources::remove::<R>)
}

/// The node above and the nodes below.
fn chain() -> Router<Web> {
    Router::new()
        .route(paths::ABOVE, get(trust::start::get))
        .route(CALLBACK, get(trust::callback::get))
        .route(paths::ACTIVATE, get(trust::activate::get).post(trust::activate::post))
        .route(paths::LINK_ABOVE, get(trust::link::get).post(trust::link::post))
        .route(BACKCHANNEL_LOGOUT, post(trust::logout::from_above))
        .route(path::TRUST_LOGOUT, post(trust::logout::from_below))
        .route(PASSED, get(trust::pass::back))
        .route(path::TRUST_BEGIN, get(trust::ticket::begin))
        .route(path::TRUST_TICKET, get(trust::ticket::get))
        .route(paths::PASSAGE, get(trust::passage::get).post(trust::passage::post))
}

/// Trust between nodes and services; nothing where it is off.
fn federated() -> Router<Web> {
    Router::new()
        .route(statement::FETCH, get(federation::entity::fetch))
        .route(statement::LIST, get(federation::entity::list))
        .route(statement::RESOLVE, get(federation::entity::resolve))
        .route(statement::HISTORICAL_KEYS, get(federation::entity::historical_keys))
        .route(statement::MARK_STATUS, post(federation::marks::status))
        .route(statement::MARK_LIST, get(federation::marks::list))
        .route(statement::MARK, get(federation::marks::get))
        .route(statement::REGISTER, post(federation::register::post))
}

/// What provincial platforms speak; nothing where it is off.
fn facades() -> Router<Web> {
    Router::new()
        .route(facade_path::MOBILE, get(facade::mobile))
        .route(facade_path::PORTAL, get(facade::portal))
        .route(facade_path::SIMPLE_AUTH, post(facade::form::post))
        .route(facade_path::ACCESS_TOKEN, post(facade::gateway::access_token))
        .route(facade_path::USER_INFO, post(facade::gateway::user_info))
        .route(facade_path::EXCHANGE, get(facade::exchange))
        .route(facade_path::EXCHANGE_TOKEN, post(facade::tif::access_token))
        .route(facade_path::TOKEN_INFO, get(facade::tif::token_info))
        .route(facade_path::CODE_TO_SESSION, post(facade::tif::code_to_session))
        .route(facade_path::SID_TO_SESSION, post(facade::tif::sid_to_session))
        .route(&format!("{}/uc/sso/access_token", facade_path::GATEWAY), post(facade::gateway::access_token))
        .route(&format!("{}/uc/sso/getUserInfo", facade_path::GATEWAY), post(facade::gateway::user_info))
}

/// On the way to a service: for people.
fn on_the_way() -> Router<Web> {
    Router::new()
        .route(paths::SIGN_IN, get(interaction::sign_in::get).post(interaction::sign_in::post))
        .route(paths::PASSKEY_SIGN_IN, get(interaction::passkey::get).post(interaction::passkey::post))
        .route(paths::SCAN_SIGN_IN, get(interaction::scan::get).post(interaction::scan::post))
        .route(paths::CHALLENGE, get(interaction::challenge::get))
        .route(paths::SMS_SIGN_IN, get(interaction::sms::get).post(interaction::sms::post))
        .route(paths::ENROL, get(interaction::enrol::get).post(interaction::enrol::post))
        .route(paths::SECOND_FACTOR, get(interaction::second::get).post(interaction::second::post))
        .route(paths::RECOVER, get(recover::identify::get).post(recover::identify::post))
        .route(paths::RECOVER_WAYS, post(recover::ways::post))
        .route(paths::RECOVER_STATUS, get(recover::status::get).post(recover::status::post))
        .route(paths::RECOVER_CANCEL, get(recover::cancel::get).post(recover::cancel::post))
        .route(paths::APPEAL, post(recover::appeal::post))
        .route(paths::REGISTER, get(interaction::register::get).post(interaction::register::post))
        .route(paths::REAL_NAME, get(interaction::real_name::get).post(interaction::real_name::post))
        .route(paths::CONSENT, get(interaction::consent::get).post(interaction::consent::post))
        .route(paths::SELECT_ACCOUNT, get(interaction::select_account::get).post(interaction::select_account::post))
        .route(paths::CANCEL, post(interaction::cancel::post))
        .route(paths::CLOSING, post(account::closing::answer))
        .route(paths::GUARDIAN_NEEDED, get(account::guardian::needed))
}

/// Signing out.
fn signing_out() -> Router<Web> {
    Router::new()
        .route(paths::LOGOUT, get(oidc::end_session::ask).post(oidc::end_session::confirm))
        .route(paths::LOGOUT_RESULT, get(oidc::end_session::result))
}

/// Account centre.
fn account_centre() -> Router<Web> {
    Router::new()
        .route(paths::ACCOUNT, get(account::centre::get))
        .route(paths::PASSWORD, get(account::password::get).post(account::password::post))
        .route(paths::MERGE, get(account::merge::get).post(account::merge::post))
        .route(paths::ACCOUNT_RECOVERY, get(account::recovery::get).post(account::recovery::post))
        .route(paths::NOTICES, get(account::notices::get))
        .route(paths::SECURITY, get(account::security::get))
        .route(paths::TOTP, get(account::factors::totp).post(account::factors::add_totp))
        .route(paths::PASSKEY, get(account::passkey::get).post(account::passkey::post))
        .route(paths::SCAN, get(account::scan::get).post(account::scan::post))
        .route(paths::RECOVERY_CODES, post(account::factors::make_recovery_codes))
        .route(paths::RECOVERY_FILE, post(account::factors::recovery_file))
        .route(paths::MOBILE, get(account::factors::mobile).post(account::factors::verify_mobile))
        .route(paths::REMOVE_FACTOR, post(account::security::remove))
        .route(paths::RENAME_FACTOR, post(account::security::rename))
        .route(paths::ALWAYS_ASK, post(account::security::always_ask))
        .route(paths::DISTRUST, post(account::security::distrust))
        .route(paths::END_SESSIONS, post(account::centre::end_sessions))
        .route(paths::WITHDRAW_CONSENT, post(account::centre::withdraw_consent))
}

/// What is held of a person, and what they do about it.
fn own_data() -> Router<Web> {
    Router::new()
        .route(paths::HISTORY, get(account::history::get))
        .route(paths::DATA, get(account::data::get))
        .route(paths::SHOW_ITEM, post(account::data::show))
        .route(paths::EXPORT, post(account::data::export))
        .route(paths::CORRECTIONS, get(account::corrections::get).post(account::corrections::post))
        .route(paths::USERNAME, post(account::corrections::username))
        .route(paths::CLOSE, get(account::closing::get).post(account::closing::post))
        .route(paths::GUARDIAN, get(account::guardian::get).post(account::guardian::post))
}

/// Companies and those who act for them.
fn companies() -> Router<Web> {
    Router::new()
        .route(paths::COMPANIES, get(account::companies::get).post(account::company::post))
        .route(paths::COMPANY_APPLICATION, post(account::company::application))
        .route(paths::INVITATION, post(account::companies::answer))
        .route(paths::PREFER_COMPANY, post(account::companies::prefer))
        .route(paths::AGENTS, get(account::agents::get).post(account::agents::post))
        .route(paths::REVOKE_MANDATE, post(account::agents::revoke))
}

/// The site.
fn the_site() -> Router<Web> {
    Router::new()
        .route(paths::HOME, get(site::home))
        .route(paths::TERMS, get(site::terms))
        .route(paths::PRIVACY, get(site::privacy))
        .route(site::logo::ROUTE, get(site::logo::get))
        .route(paths::PREFERENCES, get(site::preferences))
        .route(&format!("{}/{{file}}", paths::STATIC), get(site::asset))
}

/// The path of the entity id, below which its configuration stands: usually that of the issuer.
fn entity_path(app: &App) -> String {
    let id = app.config.node.entity_id.as_ref().unwrap_or(&app.config.issuer);
    id.path().to_owned()
}

/// What handlers share, built once.
fn web(app: App) -> Web {
    let issuer = app.config.issuer.url();
    let discovery = serde_json::to_vec(&app.provider.discovery()).unwrap_or_default();
    Web::new(Shared {
        cookies: Cookies::of(issuer),
        csrf: Csrf::new(&app.master, issuer.origin().ascii_serialization()),
        base: Arc::from(issuer.path().trim_end_matches('/')),
        pending_logout: Arc::new(Sealer::new(&app.master, "pending-logout")),
        shown_invitation: Arc::new(Sealer::new(&app.master, "shown-invitation")),
        discovery: Bytes::from(discovery),
        app,
    })
}
