//! Sends a browser to the node above: its authorization endpoint, with PKCE, `state` and `nonce` (OIDC Core §3.1.2.1).

use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope};
use url::Url;

use super::Upstream;
use super::above::AboveError;
use super::acting::Wanted;
use super::state::{Pending, browser_hash};
use crate::ephemeral::EphemeralError;
use crate::proto::oidc::Acr;

/// What is asked of the node above, beside who it is.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The sealed flow to go on with afterwards; empty when the person came on their own.
    pub flow: String,
    /// No page is to be shown.
    pub silent: bool,
    /// The person is to sign in anew.
    pub again: bool,
    /// `acr_values` of the request that the person is on the way of.
    pub acr_values: Option<String>,
    /// The level below which nobody enters there: asked as essential.
    pub demand: Option<Acr>,
    /// `max_age` of that request, in seconds.
    pub max_age: Option<u64>,
    /// `login_hint` of that request.
    pub login_hint: Option<String>,
    /// In which languages pages are wanted.
    pub ui_locales: Option<String>,
    /// For whom the person is to act, where that is asked and not who they are.
    pub acting: Option<Wanted>,
}

/// Why nobody is sent there.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// It does not answer as it should.
    #[error(transparent)]
    Above(#[from] AboveError),
    /// What is too long for a URL cannot be kept.
    #[error(transparent)]
    Ephemeral(#[from] EphemeralError),
}

impl Upstream {
    /// Whether people who are not known here are asked for there without a page: the operator wants it, and it answers.
    pub async fn answers_silently(&self) -> bool {
        self.0.config.silent && self.answers().await
    }

    /// Whether it answers: no browser is sent to a dead host that did not ask to go there.
    pub async fn answers(&self) -> bool {
        self.0.above.is_alive().await
    }

    /// Where to send the browser with this cookie.
    ///
    /// # Errors
    /// [`BeginError`].
    pub async fn begin(&self, wish: Wish, browser: &str) -> Result<Url, BeginError> {
        let metadata = self.0.above.metadata().await?;
        let client = self.relying_party(&metadata)?;
        let random = &self.0.on.random;
        let pending = Pending {
            id: random.short_token(),
            issuer: self.issuer().to_owned(),
            nonce: random.token(),
            verifier: random.token(),
            browser: browser_hash(browser),
            flow: wish.flow.clone(),
            silent: wish.silent,
            again: wish.again,
            max_age: wish.max_age,
            acting: wish.acting.clone(),
            began: self.0.on.clock.now(),
        };
        let state = self.seal_state(&pending).await?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(pending.verifier.clone()));
        let nonce = pending.nonce;
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(challenge);
        // For whom somebody acts is no question of what else is known of them.
        let scope = self.0.config.scope.iter().filter(|item| *item != "openid" && wish.acting.is_none());
        for item in scope {
            request = request.add_scope(Scope::new(item.to_owned()));
        }
        for (name, value) in carried(wish) {
            request = request.add_extra_param(name, value);
        }
        Ok(request.url().0)
    }
}

/// What travels along of the request that the person is on the way of. What is only wished is not asked of a silent answer:
/// the level that comes back would be the wished one, though more is there.
fn carried(wish: Wish) -> Vec<(&'static str, String)> {
    let chosen = wish.acting == Some(Wanted::Chosen);
    let prompt = match (wish.silent, wish.again) {
        (true, _) => Some("none"),
        (false, true) => Some("login"),
        (false, false) => chosen.then_some("select_account"),
    };
    let essential = wish.demand.map(|level| {
        serde_json::json!({"id_token": {"acr": {"essential": true, "values": [level.urn()]}}}).to_string()
    });
    let wished = if wish.silent || essential.is_some() { None } else { wish.acr_values };
    let all = [
        ("prompt", prompt.map(str::to_owned)),
        ("acr_values", wished),
        ("claims", essential.filter(|_| !wish.silent)),
        ("max_age", wish.max_age.map(|seconds| seconds.to_string())),
        ("login_hint", wish.login_hint),
        ("ui_locales", wish.ui_locales),
        ("authorization_details", wish.acting.and_then(|wanted| wanted.details())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
