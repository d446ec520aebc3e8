//! The ticket flow: a ticket is validated once for a token, and the token tells of the person.

use serde_json::{Map, Value, json};

use super::entrance::Way;
use super::zhejiang;
use crate::oidc::Provider;
use crate::oidc::authorize::Code;
use crate::oidc::client::Client;
use crate::oidc::token::TokenResponse;
use crate::proto::facade::{FacadeError, SignedCall};
use crate::proto::oauth::{ErrorCode, FacadeKind, OAuthError};

/// What a ticket has bought.
pub struct Validated {
    /// The token.
    pub token: String,
    /// `userid`, `loginname`, `username`, `orgcoding`.
    pub person: Map<String, Value>,
}

impl Provider {
    /// Redeems a ticket for a client that has signed for it.
    ///
    /// # Errors
    /// [`FacadeError`]; nothing of the ticket is used up by one about the signature, or about whose ticket it is.
    pub async fn validate_ticket(
        &self,
        code: &str,
        ticket: &str,
        call: &SignedCall<'_>,
    ) -> Result<Validated, FacadeError> {
        let client = self.signed_by(code, FacadeKind::Ticket, call).await?;
        let bought = self.redeem_sealed(&client, (ticket, None), Way::Mobile).await?;
        let spoken = self.spoken(&client, &bought.access_token).await?;
        Ok(Validated { token: bought.access_token, person: zhejiang::signed_in(&spoken) })
    }

    /// What may be told of the person by a token, with the names of the form.
    ///
    /// # Errors
    /// [`FacadeError`].
    pub async fn person_of_token(
        &self,
        code: &str,
        token: &str,
        call: &SignedCall<'_>,
    ) -> Result<Map<String, Value>, FacadeError> {
        let client = self.signed_by(code, FacadeKind::Ticket, call).await?;
        let spoken = self.spoken(&client, token).await?;
        let level = self.level_code(&client, zhejiang::REGION, &spoken.person);
        Ok(zhejiang::person(&spoken, &level))
    }

    /// The same, with the names of the gateway.
    ///
    /// # Errors
    /// [`FacadeError`].
    pub async fn person_info_of_token(
        &self,
        code: &str,
        token: &str,
        call: &SignedCall<'_>,
    ) -> Result<Value, FacadeError> {
        let client = self.signed_by(code, FacadeKind::Ticket, call).await?;
        let spoken = self.spoken(&client, token).await?;
        let level = self.level_code(&client, zhejiang::REGION, &spoken.person);
        Ok(json!({"userType": "PERSON", "personInfo": zhejiang::person_info(&spoken, &level)}))
    }

    /// Opens what a façade sealed and redeems it as a code is redeemed: once, with the session and the consent held.
    pub(super) async fn redeem_sealed(
        &self,
        client: &Client,
        (sealed, redirect_uri): (&str, Option<&str>),
        way: Way,
    ) -> Result<TokenResponse, FacadeError> {
        let code: Code = self.0.codes.open(sealed, way.context()).map_err(|_| FacadeError::NotATicket)?;
        if code.client_id != client.id {
            return Err(FacadeError::OthersTicket);
        }
        if code.expires_at <= self.0.clock.now() {
            return Err(FacadeError::TicketOver);
        }
        if redirect_uri.is_some_and(|uri| uri != code.redirect_uri) {
            return Err(FacadeError::Format("redirect_uri is not the one of the authorization request"));
        }
        self.redeem_for_facade(client, &code).await.map_err(over)
    }
}

/// What the engine says of a code that buys nothing.
fn over(error: OAuthError) -> FacadeError {
    if error.code == ErrorCode::InvalidGrant { FacadeError::TicketOver } else { FacadeError::Engine(error) }
}
