//! The way in: a façade's request as an authorization request in a flow, and its answer in the façade's words.

use serde::{Deserialize, Serialize};

use crate::oidc::Provider;
use crate::oidc::authorize::{Code, Flow, Refusal};
use crate::oidc::claims::SCOPES;
use crate::oidc::client::Client;
use crate::proto::facade::FacadeError;
use crate::proto::oauth::{ErrorCode, FacadeKind, OAuthError, Params};

/// By which address of a façade a browser comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// `mobile.do` of the ticket flow: `servicecode`, `goto`, back with `ticket`.
    Mobile,
    /// `uc/sso/login` of the ticket flow: `appId`, `sp`, back with `ticketId` and `redirectUrl`.
    Portal,
    /// `oauth2/authorize` of the session exchange: back with `code`.
    Exchange,
}

impl Way {
    /// The façade that it belongs to.
    #[must_use]
    pub const fn kind(self) -> FacadeKind {
        match self {
            Self::Mobile | Self::Portal => FacadeKind::Ticket,
            Self::Exchange => FacadeKind::SessionExchange,
        }
    }

    /// What a code that came by it is sealed for: it is no code of the token endpoint, nor of another façade.
    pub(super) const fn context(self) -> &'static [u8] {
        match self.kind() {
            FacadeKind::Ticket => b"facade-ticket",
            FacadeKind::SessionExchange => b"facade-code",
        }
    }
}

/// That a flow came by a façade, and where the person wants to be afterwards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entrance {
    /// By which address.
    pub way: Way,
    /// `goto` or `sp`: one of the client's own addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goto: Option<String>,
}

/// The parameters of a response.
type Answer = Vec<(&'static str, String)>;

impl Entrance {
    /// The parameters that carry a code back.
    pub(in crate::oidc) fn success(&self, provider: &Provider, code: &Code) -> Answer {
        let name = match self.way {
            Way::Mobile => "ticket",
            Way::Portal => "ticketId",
            Way::Exchange => "code",
        };
        self.with_goto(vec![(name, provider.0.codes.seal(code, self.way.context()))])
    }

    /// The parameters that carry an error back.
    pub(in crate::oidc) fn failure(&self, error: &OAuthError) -> Answer {
        let description = error.description.to_string();
        match self.way.kind() {
            FacadeKind::Ticket => self.with_goto(vec![("result", "6099".to_owned()), ("errmsg", description)]),
            FacadeKind::SessionExchange => {
                vec![("error", error.code.as_str().to_owned()), ("error_description", description)]
            }
        }
    }

    fn with_goto(&self, mut answer: Answer) -> Answer {
        let name = if self.way == Way::Portal { "redirectUrl" } else { "goto" };
        answer.extend(self.goto.as_ref().map(|goto| (name, goto.clone())));
        answer
    }
}

impl Provider {
    /// The flow that a browser's request at a façade begins. Until client and return address are certain, nobody is
    /// redirected (threat 1).
    ///
    /// # Errors
    /// [`Refusal`]: unknown or suspended client, one without this façade, an address that is not the client's own.
    pub async fn enter_by_facade(&self, way: Way, params: &Params) -> Result<Flow, Refusal> {
        let (code_name, goto_name) = match way {
            Way::Mobile => ("servicecode", Some("goto")),
            Way::Portal => ("appId", Some("sp")),
            Way::Exchange => ("client_id", None),
        };
        let refused = |error, client| Refusal { error, client, flow: None };
        check_fixed(way, params).map_err(|error| refused(error, None))?;
        let code = params.require(code_name).map_err(|error| refused(error, None))?;
        let client = self.facade_client(code, way.kind()).await.map_err(|error| refused(for_a_page(error), None))?;
        let about = |error| refused(error, Some(client.clone()));
        let redirect_uri = return_address(way, params, &client).map_err(about)?;
        let goto = goto_name.and_then(|name| params.get(name)).map(str::to_owned);
        if goto.as_ref().is_some_and(|goto| !client.metadata.owns_address(goto)) {
            return Err(about(bad("the address to go on to is not one of redirect_uri's own site")));
        }
        let mut request = Params::default();
        request.set("client_id", client.id.as_str());
        request.set("response_type", "code");
        request.set("redirect_uri", redirect_uri);
        request.set("scope", scope_of(&client));
        if let Some(state) = params.get("state").filter(|_| way == Way::Exchange) {
            request.set("state", state);
        }
        Ok(Flow { facade: Some(Entrance { way, goto }), ..self.begin_flow(request) })
    }
}

/// The parameters that have one value only.
fn check_fixed(way: Way, params: &Params) -> Result<(), OAuthError> {
    let fixed: &[(&str, &str)] = match way {
        Way::Mobile => &[("action", "oauth"), ("scope", "1")],
        Way::Portal => &[],
        Way::Exchange => &[("service", "initService"), ("response_type", "code"), ("scope", "all")],
    };
    match fixed.iter().find(|(name, value)| params.get(name).is_none_or(|given| given != *value)) {
        Some((name, _)) => Err(bad(format!("{name} is missing or of a value that is not served"))),
        None => Ok(()),
    }
}

/// The redirect URI: as it is given, exactly one of the client's; the ticket flow may leave out what can only be one.
fn return_address(way: Way, params: &Params, client: &Client) -> Result<String, OAuthError> {
    let name = if way == Way::Exchange { "redirect_uri" } else { "redirectUrl" };
    match (params.get(name), client.metadata.redirect_uris.as_slice()) {
        (Some(given), _) if client.metadata.accepts_redirect_uri(given) => Ok(given.to_owned()),
        (Some(_), _) => Err(bad("redirect_uri is not one of the client's")),
        (None, [only]) if way != Way::Exchange => Ok(only.clone()),
        (None, _) => Err(bad("redirect_uri is missing, and the client has several")),
    }
}

/// What a façade asks for: all that the client may have while the person is signed in. The person's consent narrows it.
fn scope_of(client: &Client) -> String {
    let may = |name: &str| client.metadata.scope.as_ref().is_none_or(|scope| scope.contains(name));
    let asked = SCOPES.iter().map(|scope| scope.name);
    let asked: Vec<&str> = asked.filter(|name| *name == "openid" || (*name != "offline_access" && may(name))).collect();
    asked.join(" ")
}

fn bad(why: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, why)
}

/// What the page of a refused request says.
fn for_a_page(error: FacadeError) -> OAuthError {
    match error {
        FacadeError::Engine(error) => error,
        FacadeError::UnknownService => OAuthError::new(ErrorCode::InvalidClient, "no client has this service code"),
        FacadeError::Suspended => OAuthError::new(ErrorCode::UnauthorizedClient, "the client is suspended"),
        _ => OAuthError::new(ErrorCode::UnauthorizedClient, "the client may not use this interface"),
    }
}
