//! Threat 16: what is not listed does not exist, and what is listed says who may call it. The list is held against the
//! router's source: a new route without a line here fails.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode, header};

use crate::support::{Landed, TestNode};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Everybody; it tells nothing of anybody.
    All,
    /// Everybody; the picture of a service, where it has one.
    Pictures,
    /// Browsers, whoever sits there.
    Browsers,
    /// The person who is signed in.
    SignedIn,
    /// A form of ours, with its token.
    OwnForm,
    /// A client that proves who it is.
    Client,
    /// A node that signs what it tells.
    Nodes,
    /// Browsers, at a node that stands below another one, or where somebody from a node below waits; not here.
    BrowsersBelow,
    /// Whoever holds a bearer token.
    Bearer,
    /// Whom `[metrics]` names.
    Operators,
    /// Other nodes, where this one takes part in a federation.
    Federation,
    /// Clients of a façade and their browsers, where it is served; not here.
    Facade,
}

/// As the router writes it, an address, and who may GET and POST there.
pub type Line = (&'static str, &'static str, Option<For>, Option<For>);

pub const ROUTES: &[Line] = &[
    ("path::AUTHORIZE", "/oauth2/authorize", Some(For::Browsers), Some(For::Browsers)),
    ("path::TOKEN", "/oauth2/token", None, Some(For::Client)),
    ("path::USERINFO", "/oauth2/userinfo", Some(For::Bearer), Some(For::Bearer)),
    ("path::INTROSPECT", "/oauth2/introspect", None, Some(For::Client)),
    ("path::REVOKE", "/oauth2/revoke", None, Some(For::Client)),
    ("path::PAR", "/oauth2/par", None, Some(For::Client)),
    ("path::REGISTER", "/oauth2/register", None, Some(For::Bearer)),
    ("path::REGISTER/{{client_id}}", "/oauth2/register/matters", Some(For::Bearer), None),
    ("path::LOGOUT", "/oauth2/logout", Some(For::Browsers), Some(For::Browsers)),
    ("users::PATH", "/api/v1/users", Some(For::Bearer), None),
    ("users::PATH/{{sub}}", "/api/v1/users/x", Some(For::Bearer), None),
    ("verifications::PATH", "/api/v1/realname/verifications", None, Some(For::Bearer)),
    ("verifications::PATH/{{id}}", "/api/v1/realname/verifications/x", Some(For::Bearer), None),
    ("scim::BASE/Users", "/scim/v2/Users", Some(For::Bearer), Some(For::Bearer)),
    ("scim::BASE/Users/.search", "/scim/v2/Users/.search", None, Some(For::Bearer)),
    ("scim::BASE/Users/{{id}}", "/scim/v2/Users/x", Some(For::Bearer), None),
    ("scim::BASE/Companies", "/scim/v2/Companies", Some(For::Bearer), Some(For::Bearer)),
    ("scim::BASE/Companies/.search", "/scim/v2/Companies/.search", None, Some(For::Bearer)),
    ("scim::BASE/Companies/{{id}}", "/scim/v2/Companies/x", Some(For::Bearer), None),
    ("scim::BASE/Bulk", "/scim/v2/Bulk", None, Some(For::Bearer)),
    ("scim::BASE/ServiceProviderConfig", "/scim/v2/ServiceProviderConfig", Some(For::All), None),
    ("scim::BASE/ResourceTypes", "/scim/v2/ResourceTypes", Some(For::All), None),
    ("scim::BASE/ResourceTypes/{{name}}", "/scim/v2/ResourceTypes/User", Some(For::All), None),
    ("scim::BASE/Schemas", "/scim/v2/Schemas", Some(For::All), None),
    ("scim::BASE/Schemas/{{id}}", "/scim/v2/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", Some(For::All), None),
    ("path::JWKS", "/oauth2/jwks", Some(For::All), None),
    ("/.well-known/openid-configuration", "/.well-known/openid-configuration", Some(For::All), None),
    ("/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server", Some(For::All), None),
    ("paths::ABOVE", "/upstream/start", Some(For::BrowsersBelow), None),
    ("CALLBACK", "/upstream/callback?code=x&state=x", Some(For::BrowsersBelow), None),
    ("paths::ACTIVATE", "/upstream/activate", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::LINK_ABOVE", "/upstream/link", Some(For::BrowsersBelow), Some(For::OwnForm)),
    ("BACKCHANNEL_LOGOUT", "/upstream/backchannel-logout", None, Some(For::Nodes)),
    ("path::TRUST_LOGOUT", "/trust/logout", None, Some(For::Nodes)),
    ("PASSED", "/upstream/passed?state=x", Some(For::BrowsersBelow), None),
    ("path::TRUST_BEGIN", "/trust/begin?client_id=x", Some(For::Browsers), None),
    ("path::TRUST_TICKET", "/trust/ticket?client_id=x", Some(For::Browsers), None),
    ("paths::PASSAGE", "/trust/passage", Some(For::BrowsersBelow), Some(For::OwnForm)),
    ("/.well-known/openid-federation", "/.well-known/openid-federation", Some(For::Federation), None),
    ("statement::FETCH", "/federation/fetch", Some(For::Federation), None),
    ("statement::LIST", "/federation/list", Some(For::Federation), None),
    ("statement::RESOLVE", "/federation/resolve", Some(For::Federation), None),
    ("statement::HISTORICAL_KEYS", "/federation/historical-keys", Some(For::Federation), None),
    ("statement::MARK_STATUS", "/federation/trust-mark-status", None, Some(For::Federation)),
    ("statement::MARK_LIST", "/federation/trust-mark-list", Some(For::Federation), None),
    ("statement::MARK", "/federation/trust-mark", Some(For::Federation), None),
    ("statement::REGISTER", "/federation/register", None, Some(For::Federation)),
    ("facade_path::MOBILE", "/sso/mobile.do?action=oauth&scope=1&servicecode=x", Some(For::Facade), None),
    ("facade_path::PORTAL", "/uc/sso/login?appId=x", Some(For::Facade), None),
    ("facade_path::SIMPLE_AUTH", "/sso/servlet/simpleauth", None, Some(For::Facade)),
    ("facade_path::ACCESS_TOKEN", "/uc/sso/access_token", None, Some(For::Facade)),
    ("facade_path::USER_INFO", "/uc/sso/getUserInfo", None, Some(For::Facade)),
    ("facade_path::EXCHANGE", "/tif/sso/connect/page/oauth2/authorize?client_id=x", Some(For::Facade), None),
    ("facade_path::EXCHANGE_TOKEN", "/tif/sso/connect/page/oauth2/access_token", None, Some(For::Facade)),
    ("facade_path::TOKEN_INFO", "/tif/sso/connect/page/oauth2/tokeninfo?access_token=x", Some(For::Facade), None),
    ("facade_path::CODE_TO_SESSION", "/tif/sso/connect/codetosession", None, Some(For::Facade)),
    ("facade_path::SID_TO_SESSION", "/tif/sso/connect/sidtosession", None, Some(For::Facade)),
    ("facade_path::GATEWAY/uc/sso/access_token", "/restapi/prod/x/uc/sso/access_token", None, Some(For::Facade)),
    ("facade_path::GATEWAY/uc/sso/getUserInfo", "/restapi/prod/x/uc/sso/getUserInfo", None, Some(For::Facade)),
    ("paths::SIGN_IN", "/sign-in", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::PASSKEY_SIGN_IN", "/sign-in/passkey", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::SCAN_SIGN_IN", "/sign-in/scan?scan=x", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::SCAN", "/scan?code=x", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::CHALLENGE", "/sign-in/challenge?c=x", Some(For::Pictures), None),
    ("paths::SMS_SIGN_IN", "/sign-in/sms", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::SECOND_FACTOR", "/sign-in/second", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::REGISTER", "/register", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::REAL_NAME", "/real-name", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::CONSENT", "/consent?flow=x", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::SELECT_ACCOUNT", "/select-account?flow=x", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::CANCEL", "/cancel", None, Some(For::OwnForm)),
    ("paths::LOGOUT", "/logout", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::LOGOUT_RESULT", "/logout/result?id=x", Some(For::Browsers), None),
    ("paths::ACCOUNT", "/account", Some(For::SignedIn), None),
    ("paths::PASSWORD", "/account/password", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::MERGE", "/account/merge", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::SECURITY", "/account/security", Some(For::SignedIn), None),
    ("paths::PASSKEY", "/account/security/passkey", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::TOTP", "/account/security/totp", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::RECOVERY_CODES", "/account/security/recovery", None, Some(For::OwnForm)),
    ("paths::RECOVERY_FILE", "/account/security/recovery/file", None, Some(For::OwnForm)),
    ("paths::MOBILE", "/account/security/mobile", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::REMOVE_FACTOR", "/account/security/remove", None, Some(For::OwnForm)),
    ("paths::RENAME_FACTOR", "/account/security/rename", None, Some(For::OwnForm)),
    ("paths::ALWAYS_ASK", "/account/security/always-ask", None, Some(For::OwnForm)),
    ("paths::DISTRUST", "/account/security/distrust", None, Some(For::OwnForm)),
    ("paths::END_SESSIONS", "/account/sessions/end", None, Some(For::OwnForm)),
    ("paths::WITHDRAW_CONSENT", "/account/consents/withdraw", None, Some(For::OwnForm)),
    ("paths::CLOSING", "/sign-in/closing", None, Some(For::OwnForm)),
    ("paths::GUARDIAN_NEEDED", "/guardian?flow=x", Some(For::Browsers), None),
    ("paths::HISTORY", "/account/history", Some(For::SignedIn), None),
    ("paths::DATA", "/account/data", Some(For::SignedIn), None),
    ("paths::SHOW_ITEM", "/account/data/show", None, Some(For::OwnForm)),
    ("paths::EXPORT", "/account/data/export", None, Some(For::OwnForm)),
    ("paths::CORRECTIONS", "/account/corrections", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::USERNAME", "/account/username", None, Some(For::OwnForm)),
    ("paths::CLOSE", "/account/close", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::GUARDIAN", "/account/guardian", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::COMPANIES", "/account/companies", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::COMPANY_APPLICATION", "/account/companies/application", None, Some(For::OwnForm)),
    ("paths::INVITATION", "/account/companies/invitation", None, Some(For::OwnForm)),
    ("paths::PREFER_COMPANY", "/account/companies/prefer", None, Some(For::OwnForm)),
    ("paths::AGENTS", "/account/companies/agents", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::REVOKE_MANDATE", "/account/companies/revoke", None, Some(For::OwnForm)),
    ("paths::ENROL", "/sign-in/enrol?flow=x", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::RECOVER", "/recover", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::RECOVER_WAYS", "/recover/ways", None, Some(For::OwnForm)),
    ("paths::RECOVER_STATUS", "/recover/status", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::RECOVER_CANCEL", "/recover/cancel", Some(For::Browsers), Some(For::OwnForm)),
    ("paths::APPEAL", "/recover/appeal", None, Some(For::OwnForm)),
    ("paths::ACCOUNT_RECOVERY", "/account/recovery", Some(For::SignedIn), Some(For::OwnForm)),
    ("paths::NOTICES", "/account/notices", Some(For::SignedIn), None),
    ("paths::HOME", "/", Some(For::All), None),
    ("paths::TERMS", "/terms", Some(For::All), None),
    ("paths::PRIVACY", "/privacy", Some(For::All), None),
    ("paths::PREFERENCES", "/preferences", Some(For::Browsers), None),
    ("paths::STATIC/{{file}}", "/static/NAME", Some(For::All), None),
    ("site::logo::ROUTE", "/services/logo-less/logo", Some(For::Pictures), None),
    ("/healthz", "/healthz", Some(For::All), None),
    ("/readyz", "/readyz", Some(For::All), None),
    ("/metrics", "/metrics", Some(For::Operators), None),
];

/// The first argument of every `.route(` in a source file, brought into one form.
fn written(source: &str) -> BTreeSet<String> {
    let calls = source.split(".route(").skip(1);
    let first = calls.map(|rest| {
        let rest = rest.trim_start();
        match rest.strip_prefix("&format!(") {
            // &format!("{}/{{file}}", paths::STATIC)  or  &format!("/.well-known/…{base}")
            Some(call) => {
                let (text, after) = call.trim_start().strip_prefix('"').unwrap().split_once('"').unwrap();
                let constant = after.split([')', ',']).map(str::trim).find(|part| part.contains("::"));
                text.replacen("{}", constant.unwrap_or_default(), 1).replace("{base}", "").replace("{entity}", "")
            }
            None => rest.split(',').next().unwrap().trim_matches('"').to_owned(),
        }
    });
    first.collect()
}

#[test]
fn every_route_has_a_line() {
    let sources = [include_str!("../../src/http/router.rs"), include_str!("../../src/http/ops/mod.rs")];
    let written: BTreeSet<String> = sources.iter().flat_map(|source| written(source)).collect();
    let listed: BTreeSet<String> = ROUTES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(written, listed);
}

#[tokio::test]
async fn every_route_refuses_whom_it_is_not_for() {
    let node = TestNode::start().await;
    node.client("matters").await;
    let style_sheet = hufu::http::pages::assets::address("hufu.css").unwrap();
    for (name, path, get, post) in ROUTES {
        let path = if *path == "/static/NAME" { &style_sheet } else { *path };
        for (method, class) in [(Method::GET, get), (Method::POST, post)] {
            let answer = match method {
                Method::POST => {
                    let form = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
                    node.call(method.clone(), path, &form, "grant_type=client_credentials&token=x").await
                }
                _ => node.call(method.clone(), path, &[], "").await,
            };
            let what = format!("{method} {name}: {} {}", answer.status, answer.text);
            match class {
                None => assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{what}"),
                Some(For::Nodes) => assert_eq!(
                    (answer.status, answer.error().as_str()),
                    (StatusCode::BAD_REQUEST, "invalid_request"),
                    "{what}"
                ),
                Some(For::Pictures | For::BrowsersBelow | For::Facade) => assert_eq!(answer.status, 404, "{what}"),
                Some(For::All) => assert_eq!(answer.status, StatusCode::OK, "{what}"),
                Some(For::Browsers) => {
                    assert!(answer.status.is_redirection() || [200, 400].contains(&answer.status.as_u16()), "{what}");
                }
                Some(For::SignedIn) => {
                    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{what}");
                    assert_eq!(answer.headers[header::LOCATION], "/sign-in", "{what}");
                }
                Some(For::OwnForm) => {
                    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
                    assert!(answer.text.contains("id=\"expired\""), "{what}");
                }
                Some(For::Federation) => {
                    assert_eq!(
                        (answer.status, answer.error().as_str()),
                        (StatusCode::NOT_FOUND, "not_found"),
                        "{what}"
                    );
                }
                Some(For::Operators) => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}"),
                Some(For::Client) => {
                    assert_eq!(
                        (answer.status, answer.error().as_str()),
                        (StatusCode::UNAUTHORIZED, "invalid_client"),
                        "{what}"
                    );
                }
                Some(For::Bearer) if *name == "path::REGISTER" => {
                    // A registration that is no JSON is refused before its token is looked at.
                    assert!(answer.status.is_client_error(), "{what}");
                }
                Some(For::Bearer) => {
                    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
                    assert!(answer.headers.contains_key(header::WWW_AUTHENTICATE), "{what}");
                }
            }
        }
    }
    node.close().await;
}

#[tokio::test]
async fn what_is_not_listed_does_not_exist() {
    let node = TestNode::start().await;
    let mut browser = node.browser();
    for path in [
        "/admin",
        "/console",
        "/debug",
        "/debug/pprof",
        "/actuator",
        "/metrics/",
        "/healthz/x",
        "/oauth2",
        "/oauth2/",
        "/oauth2/token/",
        "/oauth2/Token",
        "/.env",
        "/.git/config",
        "/static/",
        "/static/hufu.toml",
        "/static/..",
        "/server-status",
        "/api",
        "/v1/verify",
        "/demo",
        "/account/",
        "/.well-known/x",
    ] {
        let page = browser.get(path).await.page();
        assert!([404, 400].contains(&page.status.as_u16()), "{path}: {}", page.status);
    }
    for trick in [
        "/oauth2/../metrics",
        "//metrics",
        "/;/metrics",
        "/metrics;x",
        "/%2e%2e/metrics",
        "/metrics%2f",
        "/a\\..\\metrics",
        "/%6detrics",
    ] {
        let answer = browser.send(Method::GET, &trick.replace('\\', "%5c"), None).await;
        assert!([400, 403, 404].contains(&answer.status.as_u16()), "{trick}: {}", answer.status);
        assert!(!answer.body.contains("hufu_"), "{trick}");
    }
    node.close().await;
}

#[tokio::test]
async fn methods_beyond_those_listed_are_refused() {
    let node = TestNode::start().await;
    for (_, path, ..) in ROUTES {
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE, Method::CONNECT] {
            if path.starts_with("/oauth2/register/") && [Method::PUT, Method::DELETE].contains(&method) {
                continue;
            }
            let registration = ["/scim/v2/Users/x", "/scim/v2/Companies/x"].contains(path);
            if registration && [Method::PUT, Method::PATCH, Method::DELETE].contains(&method) {
                let answer = node.call(method.clone(), path, &[], "").await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                continue;
            }
            let answer = node.call(method.clone(), path, &[], "").await;
            assert!([405, 403].contains(&answer.status.as_u16()), "{method} {path}: {}", answer.status);
        }
    }
    node.close().await;
}

#[tokio::test]
async fn pages_of_other_sites_may_read_only_what_they_may() {
    let node = TestNode::start().await;
    let matters = node.client("matters").await;
    let wang = node.person("wangming").await;
    let mut browser = node.browser().with("origin", "https://spa.example");
    let open = ["/.well-known/openid-configuration", "/oauth2/jwks"];
    for path in open {
        let answer = browser.send(Method::GET, path, None).await;
        assert_eq!(answer.headers["access-control-allow-origin"], "*", "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{path}");
    }
    for path in ["/", "/sign-in", "/account", "/oauth2/authorize", "/oauth2/introspect", "/metrics"] {
        let answer = browser.send(Method::GET, path, None).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{path}");
    }
    let mut same = node.browser();
    let landed = same.begin(&crate::support::Request::of(&matters)).await;
    assert!(matches!(landed, Landed::Here(_)));
    same.sign_in(&wang).await;
    node.close().await;
}
