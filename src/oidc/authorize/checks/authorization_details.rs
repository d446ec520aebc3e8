//! `authorization_details` (RFC 9396): the company that the client names, as a well-formed code. Whether the person may act
//! for it is asked once there is a person.

use crate::oidc::Provider;
use crate::oidc::authorize::AuthorizationRequest;
use crate::proto::oauth::{ActingFor, ErrorCode, OAuthError};
use crate::realname::SocialCreditCode;

pub(in crate::oidc::authorize) fn check(_: &Provider, request: &mut AuthorizationRequest) -> Result<(), OAuthError> {
    let Some(text) = request.params().get("authorization_details") else { return Ok(()) };
    let refused = |why| OAuthError::new(ErrorCode::InvalidAuthorizationDetails, why);
    let named = ActingFor::parse(text)?;
    let code = SocialCreditCode::parse(&named.uscc).map_err(|_| refused("uscc is not a unified social credit code"))?;
    if !request.client.metadata.subject.serves_entities() {
        return Err(refused("this client is registered for persons only"));
    }
    request.named_company = Some(code);
    Ok(())
}
