//! How a client proves who it is (RFC 6749 §2.3, OIDC Core §9): client_secret_basic, client_secret_post,
//! private_key_jwt, none. Each client has exactly one method, the one that it registered.

use std::sync::Arc;
use std::time::Duration;

use super::Provider;
use super::client::Client;
use crate::base::Secret;
use crate::base::encoding::{base64url, sha256};
use crate::base::id::ClientId;
use crate::proto::jose::{Audience, Expectations, Typ, Verified, peek_claims_unverified};
use crate::proto::oauth::{ClientAuthMethod, ErrorCode, JWT_BEARER, OAuthError, Params};
use crate::store;

/// `typ` of a client assertion, if it has one.
const ASSERTION_TYPES: &[&str] = &["jwt", "client-authentication+jwt"];

/// Longest life of a client assertion: what Authlib gives its own by default. Each counts once, however long it lives.
const MAX_ASSERTION_LIFE: Duration = Duration::from_secs(3600);

/// What a request brings as proof.
pub enum Credentials {
    /// HTTP Basic.
    Basic {
        /// `client_id`.
        id: ClientId,
        /// The secret.
        secret: Secret,
    },
    /// `client_id` and `client_secret` in the body.
    Post {
        /// `client_id`.
        id: ClientId,
        /// The secret.
        secret: Secret,
    },
    /// A signed assertion in the body.
    Assertion {
        /// `client_id` of the body, if it is there too.
        id: Option<ClientId>,
        /// The JWT.
        jwt: String,
    },
    /// Only a name.
    Name(ClientId),
}

impl Credentials {
    /// Reads the credentials of a request from its Authorization header and its form. More than one method at once is
    /// refused (RFC 6749 §2.3).
    pub fn read(authorization: Option<&str>, params: &Params) -> Result<Self, OAuthError> {
        let id = params.get("client_id").map(ClientId::from);
        let secret = params.get("client_secret").map(Secret::new);
        let assertion = params.get("client_assertion").map(str::to_owned);
        let basic = authorization.map(read_basic).transpose()?;
        let ways = [basic.is_some(), secret.is_some(), assertion.is_some()];
        if ways.iter().filter(|used| **used).count() > 1 {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "more than one way of client authentication"));
        }
        if let Some((basic_id, secret)) = basic {
            if id.is_some_and(|id| id != basic_id) {
                return Err(OAuthError::new(
                    ErrorCode::InvalidRequest,
                    "client_id differs from the Authorization header",
                ));
            }
            return Ok(Self::Basic { id: basic_id, secret });
        }
        if let Some(jwt) = assertion {
            if params.get("client_assertion_type") != Some(JWT_BEARER) {
                return Err(OAuthError::new(ErrorCode::InvalidRequest, "client_assertion_type is missing or unknown"));
            }
            return Ok(Self::Assertion { id, jwt });
        }
        let id = id.ok_or_else(|| refused("no client authentication"))?;
        Ok(match secret {
            Some(secret) => Self::Post { id, secret },
            None => Self::Name(id),
        })
    }
}

/// `Basic base64(id:secret)`, each part form-urlencoded first (RFC 6749 §2.3.1).
fn read_basic(header: &str) -> Result<(ClientId, Secret), OAuthError> {
    use base64::Engine;
    let malformed = || refused("the Authorization header is malformed");
    let (scheme, encoded) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > 2048 {
        return Err(malformed());
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
    let text = String::from_utf8(bytes).map_err(|_| malformed())?;
    let (id, secret) = text.split_once(':').ok_or_else(malformed)?;
    Ok((ClientId(form_decoded(id)), Secret::new(form_decoded(secret))))
}

fn form_decoded(text: &str) -> String {
    let pair = format!("v={}", text.replace('&', "%26").replace('=', "%3D"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClient, why)
}

impl Provider {
    /// The client that these credentials prove, if it may act now.
    pub async fn authenticate_client(&self, credentials: &Credentials) -> Result<Arc<Client>, OAuthError> {
        let client = match credentials {
            Credentials::Basic { id, secret } => {
                self.by_secret(id, secret, ClientAuthMethod::ClientSecretBasic).await?
            }
            Credentials::Post { id, secret } => self.by_secret(id, secret, ClientAuthMethod::ClientSecretPost).await?,
            Credentials::Assertion { id, jwt } => self.by_assertion(id.as_ref(), jwt).await?,
            Credentials::Name(id) => self.registered(id, ClientAuthMethod::None).await?,
        };
        if client.suspended {
            return Err(refused("the client is suspended"));
        }
        if !client.may_act(self.0.clock.now()) {
            return Err(refused("the trust in the client has ended"));
        }
        Ok(client)
    }

    async fn registered(&self, id: &ClientId, method: ClientAuthMethod) -> Result<Arc<Client>, OAuthError> {
        let client = self.0.clients.find(id).await?.ok_or_else(|| refused("client authentication failed"))?;
        if client.metadata.token_endpoint_auth_method != method {
            return Err(refused("client authentication failed")
                .because(format!("{id} is registered for another authentication method")));
        }
        Ok(client)
    }

    async fn by_secret(
        &self,
        id: &ClientId,
        secret: &Secret,
        method: ClientAuthMethod,
    ) -> Result<Arc<Client>, OAuthError> {
        let client = self.registered(id, method).await?;
        if self.0.client_secrets.matches(&client, secret.expose()) {
            Ok(client)
        } else {
            Err(refused("client authentication failed"))
        }
    }

    /// `private_key_jwt` (RFC 7523 §3): `aud` is one string, the issuer or the token endpoint (threat 18); each `jti` once.
    async fn by_assertion(&self, named: Option<&ClientId>, jwt: &str) -> Result<Arc<Client>, OAuthError> {
        let failed = |why: String| refused("client authentication failed").because(why);
        let claims = peek_claims_unverified(jwt).map_err(|error| failed(error.to_string()))?;
        let subject = claims.get("sub").and_then(|sub| sub.as_str()).ok_or_else(|| failed("no sub".into()))?;
        let id = ClientId::from(subject);
        if named.is_some_and(|named| *named != id) {
            return Err(failed("client_id is not the assertion's subject".into()));
        }
        let client = self.registered(&id, ClientAuthMethod::PrivateKeyJwt).await?;
        let audiences = [self.0.issuer.as_str(), self.0.endpoints.token.as_str()];
        let expected = Expectations {
            algs: &client.metadata.assertion_algs(),
            typ: Typ::AbsentOr(ASSERTION_TYPES),
            iss: Some(id.as_str()),
            aud: Audience::OneStringOf(&audiences),
            required: &["iss", "sub", "aud", "exp", "jti"],
            max_age: None,
            leeway: self.0.tokens.leeway(),
            now: self.0.clock.now(),
        };
        let verified =
            self.verify_by_client(&client, jwt, &expected).await.map_err(|error| failed(error.to_string()))?;
        self.spend_assertion(&id, &verified).await?;
        Ok(client)
    }

    async fn spend_assertion(&self, id: &ClientId, assertion: &Verified) -> Result<(), OAuthError> {
        let expires_at = assertion.date("exp").unwrap_or_default();
        if expires_at > self.0.clock.now().plus(MAX_ASSERTION_LIFE + self.0.tokens.leeway()) {
            return Err(refused("the client assertion lives longer than an hour"));
        }
        let jti = assertion.text("jti").ok_or_else(|| refused("the client assertion has no jti"))?;
        let name = base64url(&sha256(format!("{id}\n{jti}").as_bytes()));
        let mut tx = self.0.store.begin().await?;
        let keep_until = expires_at.plus(self.0.tokens.leeway()).plus(Duration::from_secs(1));
        if !store::marks::set(&mut tx, &format!("assertion:{name}"), keep_until).await? {
            return Err(refused("the client assertion has been used"));
        }
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_decoded() {
        // "a%2Bb:s%3Acr+et" of RFC 6749 §2.3.1
        let (id, secret) = read_basic("Basic YSUyQmI6cyUzQWNyK2V0").unwrap();
        assert_eq!(id.as_str(), "a+b");
        assert!(secret.is("s:cr et"));
    }

    #[test]
    fn two_ways_at_once_are_refused() {
        let params = Params::parse("client_id=a&client_secret=x").unwrap();
        assert!(Credentials::read(Some("Basic YTp4"), &params).is_err());
    }
}
