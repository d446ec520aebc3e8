//! [`Request`]: an authorization request, with PKCE where a test does not say otherwise.

use hufu::base::encoding::{base64url, sha256};

use super::Client;

/// The verifier of every request.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// An authorization request.
#[derive(Clone)]
pub struct Request {
    params: Vec<(String, String)>,
    /// The PKCE verifier that belongs to it, if it has a challenge.
    pub verifier: Option<String>,
}

impl Request {
    /// `scope=openid`, `state`, `nonce`, S256.
    pub fn of(client: &Client) -> Self {
        let challenge = base64url(&sha256(VERIFIER.as_bytes()));
        let params = [
            ("client_id", client.id.as_str()),
            ("redirect_uri", &client.redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "st-虎"),
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { params, verifier: Some(VERIFIER.to_owned()) }
    }

    /// With this parameter, in place of an earlier one of its name.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this parameter once more.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Without this parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(other, _)| other != name);
        self
    }

    /// Without PKCE.
    #[must_use]
    pub fn without_pkce(self) -> Self {
        Self { verifier: None, ..self.without("code_challenge").without("code_challenge_method") }
    }

    /// With this verifier, whatever its challenge.
    #[must_use]
    pub fn verified_by(self, verifier: Option<&str>) -> Self {
        Self { verifier: verifier.map(str::to_owned), ..self }
    }

    /// Its parameters.
    pub fn params(&self) -> &[(String, String)] {
        &self.params
    }

    /// The redirect URI.
    pub fn redirect_uri(&self) -> &str {
        self.params.iter().find(|(name, _)| name == "redirect_uri").map_or("", |(_, value)| value)
    }

    /// As a path of the node.
    pub fn path(&self) -> String {
        format!("/oauth2/authorize?{}", super::browser::encode(&self.params))
    }
}
