//! Where the provider's endpoints are, under the issuer (which may have a path of its own).

/// Paths below the issuer; the router and discovery both read them here.
pub mod path {
    /// RFC 6749 §3.1.
    pub const AUTHORIZE: &str = "/oauth2/authorize";
    /// RFC 6749 §3.2.
    pub const TOKEN: &str = "/oauth2/token";
    /// OIDC Core §5.3.
    pub const USERINFO: &str = "/oauth2/userinfo";
    /// RFC 7662.
    pub const INTROSPECT: &str = "/oauth2/introspect";
    /// RFC 7009.
    pub const REVOKE: &str = "/oauth2/revoke";
    /// RFC 9126.
    pub const PAR: &str = "/oauth2/par";
    /// RFC 7591.
    pub const REGISTER: &str = "/oauth2/register";
    /// OIDC RP-Initiated Logout §2.
    pub const LOGOUT: &str = "/oauth2/logout";
    /// RFC 7517.
    pub const JWKS: &str = "/oauth2/jwks";
    /// Where nodes below tell of a logout (standard 6.4 d).
    pub const TRUST_LOGOUT: &str = "/trust/logout";
    /// Where access parties ask about people (standard 6.4 a).
    pub const VERIFICATIONS: &str = "/api/v1/realname/verifications";
    /// Where they read what has changed of people (standard 6.4 b).
    pub const USERS: &str = "/api/v1/users";
    /// Where a browser begins whose sign-in a node below passes up (standard 6.4 c).
    pub const TRUST_BEGIN: &str = "/trust/begin";
    /// Where it presents its ticket.
    pub const TRUST_TICKET: &str = "/trust/ticket";
}

/// Paths of the façades below the issuer: as the field has them.
pub mod facade_path {
    /// Ticket flow: where a browser comes, from an app or a mini-program.
    pub const MOBILE: &str = "/sso/mobile.do";
    /// Ticket flow: where a browser comes from a desk.
    pub const PORTAL: &str = "/uc/sso/login";
    /// Ticket flow: the form.
    pub const SIMPLE_AUTH: &str = "/sso/servlet/simpleauth";
    /// Ticket flow, gateway: a ticket for a token.
    pub const ACCESS_TOKEN: &str = "/uc/sso/access_token";
    /// Ticket flow, gateway: whom a token speaks for.
    pub const USER_INFO: &str = "/uc/sso/getUserInfo";
    /// Session exchange: where a browser comes.
    pub const EXCHANGE: &str = "/tif/sso/connect/page/oauth2/authorize";
    /// Session exchange: a code for a token.
    pub const EXCHANGE_TOKEN: &str = "/tif/sso/connect/page/oauth2/access_token";
    /// Session exchange: whom a token speaks for.
    pub const TOKEN_INFO: &str = "/tif/sso/connect/page/oauth2/tokeninfo";
    /// Session exchange: a code for a session.
    pub const CODE_TO_SESSION: &str = "/tif/sso/connect/codetosession";
    /// Session exchange: a session again.
    pub const SID_TO_SESSION: &str = "/tif/sso/connect/sidtosession";
    /// What a gateway puts before it, with the number of an interface.
    pub const GATEWAY: &str = "/restapi/prod/{interface}";
}

/// Absolute URLs of the endpoints.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// Authorization endpoint.
    pub authorize: String,
    /// Token endpoint.
    pub token: String,
    /// UserInfo endpoint.
    pub userinfo: String,
    /// Introspection endpoint.
    pub introspect: String,
    /// Revocation endpoint.
    pub revoke: String,
    /// Pushed authorization request endpoint.
    pub par: String,
    /// Registration endpoint.
    pub register: String,
    /// End-session endpoint.
    pub logout: String,
    /// JWK set.
    pub jwks: String,
    /// Where nodes below tell of a logout.
    pub trust_logout: String,
    /// Where access parties ask about people.
    pub verifications: String,
    /// Where they read what has changed of people.
    pub users: String,
    /// Where a browser begins whose sign-in a node below passes up.
    pub trust_begin: String,
    /// Where it presents its ticket.
    pub trust_ticket: String,
}

impl Endpoints {
    /// The endpoints of `issuer`.
    #[must_use]
    pub fn under(issuer: &str) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        Self {
            authorize: at(path::AUTHORIZE),
            token: at(path::TOKEN),
            userinfo: at(path::USERINFO),
            introspect: at(path::INTROSPECT),
            revoke: at(path::REVOKE),
            par: at(path::PAR),
            register: at(path::REGISTER),
            logout: at(path::LOGOUT),
            jwks: at(path::JWKS),
            trust_logout: at(path::TRUST_LOGOUT),
            verifications: at(path::VERIFICATIONS),
            users: at(path::USERS),
            trust_begin: at(path::TRUST_BEGIN),
            trust_ticket: at(path::TRUST_TICKET),
        }
    }
}
