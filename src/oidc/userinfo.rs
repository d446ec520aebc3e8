//! UserInfo (OIDC Core §5.3; standard 6.4 b): the claims granted, as JSON or as a signed JWT by client.

use serde_json::{Map, Value, json};

use super::Provider;
use super::access::Holding;
use super::assurance::Wanted;
use super::claims::{self, About};
use crate::accounts::{AccountError, AccountState};
use crate::proto::oauth::{ErrorCode, OAuthError};

/// The answer, in the form that the client registered.
pub enum UserInfo {
    /// `application/json`.
    Json(Map<String, Value>),
    /// `application/jwt`.
    Jwt(String),
}

impl Provider {
    /// The claims that the holder of `access_token` may see.
    pub async fn userinfo(&self, access_token: &str) -> Result<UserInfo, OAuthError> {
        let invalid = || OAuthError::new(ErrorCode::InvalidToken, "the access token is not valid");
        let Holding { token, client } = self.holding(access_token).await?.ok_or_else(invalid)?;
        if !token.scope.contains("openid") {
            return Err(OAuthError::new(ErrorCode::InsufficientScope, "the access token was not granted openid"));
        }
        let grant_id = token.grant_id().ok_or_else(invalid)?;
        let held = self.0.grants.held(&grant_id).await?.ok_or_else(invalid)?;
        let person = match self.0.accounts.find(&held.account_id).await {
            Err(AccountError::Unknown) => return Err(invalid()),
            other => other?,
        };
        if person.state != AccountState::Active || person.lacks_guardian(self.0.clock.now()) {
            return Err(invalid());
        }
        let actor = self.0.subjects.of(&person.id, &client);
        let acting = held.detail.acting.as_ref().map(|acting| (acting, actor.as_str()));
        let wishes = &held.detail.claims;
        let mut out = claims::for_userinfo(About { person: &person, acting }, &token.scope, wishes);
        let wanted = Wanted { claims: &wishes.userinfo, verified: &wishes.verified_userinfo };
        self.assure(&mut out, &person, &client, &wanted);
        out.insert("sub".into(), json!(token.sub));
        match client.metadata.userinfo_signed_response_alg {
            None => Ok(UserInfo::Json(out)),
            Some(alg) => {
                out.insert("iss".into(), json!(self.issuer()));
                out.insert("aud".into(), json!(client.id));
                Ok(UserInfo::Jwt(self.0.keys.sign(alg, "JWT", &out)?))
            }
        }
    }
}
