//! The façade of a client: what it needs, what it rules out, and where it may send a person afterwards.
//!
//! A façade knows no proof key, no pushed and no signed request. A client that is registered to use one of these is not
//! served by a façade, which would be a way around it.

use url::Url;

use super::{ClientAuthMethod, FacadeKind, GrantType, ServedSubject, ValidMetadata};
use crate::proto::oauth::error::{ErrorCode, OAuthError};

impl ValidMetadata {
    /// The same client with another façade, or with none.
    ///
    /// # Errors
    /// `invalid_client_metadata`: the client cannot be served by it.
    pub fn with_facade(mut self, facade: Option<FacadeKind>) -> Result<Self, OAuthError> {
        self.facade = facade;
        self.check_facade()?;
        Ok(self)
    }

    pub(super) fn check_facade(&self) -> Result<(), OAuthError> {
        let Some(facade) = self.facade else { return Ok(()) };
        let refused = |why: &'static str| Err(OAuthError::new(ErrorCode::InvalidClientMetadata, why));
        if !self.allows_grant(GrantType::AuthorizationCode) {
            return refused("facade: needs the authorization_code grant");
        }
        let by_secret = [ClientAuthMethod::ClientSecretBasic, ClientAuthMethod::ClientSecretPost];
        if !by_secret.contains(&self.token_endpoint_auth_method) {
            return refused("facade: needs a client with a secret, which its signatures are made with");
        }
        if self.needs_pkce() || self.require_pushed_authorization_requests || self.require_signed_request_object {
            return refused("facade: knows no PKCE, no pushed and no signed requests, so that none may be required");
        }
        if facade == FacadeKind::Ticket && self.subject != ServedSubject::Person {
            return refused("facade: ticket serves persons only");
        }
        Ok(())
    }

    /// Whether the secret itself is needed, and not only its hash: to compute what the client has signed with it.
    #[must_use]
    pub const fn needs_secret_itself(&self) -> bool {
        self.facade.is_some()
    }

    /// Whether a person may be sent on to `presented` by the client once they are back there: an address of the origin of
    /// one of its redirect URIs, without user or fragment.
    #[must_use]
    pub fn owns_address(&self, presented: &str) -> bool {
        let Ok(url) = Url::parse(presented) else { return false };
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let own = |uri: &String| Url::parse(uri).is_ok_and(|own| own.origin() == url.origin());
        // An opaque origin, that of a scheme of an app's own, equals nothing.
        plain && self.redirect_uris.iter().any(own)
    }
}
