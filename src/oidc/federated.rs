//! Clients that nobody registered by hand: the federation vouches for them (OpenID Federation 1.0 §12). The trust itself is
//! `crate::federation`'s; here a service that was admitted becomes a client, for as long as its chain holds.
//!
//! Automatic: the entity id is the client id, and the first signed request makes the client. Explicit: the service asks
//! before, and is given a client id. A client of either kind is a row like any other, with an end (`trusted_until`): past it
//! nobody acts by it, and what it holds is void, until its trust is renewed.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::json;

use super::Provider;
use super::client::Client;
use super::registration::to_text;
use crate::base::encoding::{base64url, sha256};
use crate::base::id::ClientId;
use crate::base::{Secret, Timestamp};
use crate::federation::admission::{Admission, Evidence};
use crate::federation::statement::Statement;
use crate::federation::{EntityIdentifier, RegistrationType};
use crate::jobs::Chore;
use crate::proto::jose::{Audience, Expectations, Typ, Verified};
use crate::proto::oauth::{
    CLIENT_ALGS, ClientAuthMethod, ClientMetadata, ErrorCode, OAuthError, Params, ValidMetadata,
};
use crate::store::clients::ClientRow;
use crate::store::federation_clients::{self, FederationClientRow};
use crate::store::{self, JsonText, StoreError};

/// `typ` of what proves a service's first request: a request object or a client assertion.
const PROOFS: &[&str] = &["oauth-authz-req+jwt", "jwt", "client-authentication+jwt"];

/// The longest life of a signed request (it counts once within it).
const MAX_REQUEST_LIFE: Duration = Duration::from_secs(600);

/// Rows read in one go.
const PAGE: i64 = 500;

/// The body of an explicit registration.
pub enum ExplicitRequest<'a> {
    /// An entity configuration.
    Configuration(&'a str),
    /// A trust chain, signed texts.
    Chain(Vec<String>),
}

impl Provider {
    /// The client that is an entity of the federation, registered by the signed request that it comes with; `None`: the id
    /// is none of an entity, or nobody registers so here.
    pub(in crate::oidc) async fn federated_client(
        &self,
        id: &ClientId,
        params: &Params,
    ) -> Result<Option<Arc<Client>>, OAuthError> {
        let Some(entity) = EntityIdentifier::parse(id.as_str()) else { return Ok(None) };
        if !self.0.federation.config().registers(RegistrationType::Automatic) {
            return Ok(None);
        }
        let signed = params.get("request").or_else(|| params.get("client_assertion"));
        let unsigned = || OAuthError::new(ErrorCode::InvalidRequest, "a service of the federation signs its requests");
        let signed = signed.ok_or_else(unsigned)?;
        let admission = self.0.federation.admit(&entity, &Evidence::of(signed)).await?;
        let earlier = self.0.clients.on_record(id).await?;
        let row = self.automatic_row(id, &admission, earlier.as_deref()).await?;
        let client = Client::from_row(row.clone())?;
        if client.suspended {
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client is suspended"));
        }
        // Who does not hold the keys that the chain vouches for leaves no trace here.
        self.check_proof(&client, signed).await?;
        self.write_federated(&row, &admission, "automatic").await?;
        Ok(self.0.clients.find(id).await?)
    }

    async fn automatic_row(
        &self,
        id: &ClientId,
        admission: &Admission,
        earlier: Option<&Client>,
    ) -> Result<ClientRow, OAuthError> {
        let mut members = admission.metadata.clone();
        members.entry("token_endpoint_auth_method").or_insert_with(|| json!("private_key_jwt"));
        members.insert("require_signed_request_object".into(), json!(true));
        let metadata = self.acceptable(ClientMetadata::read(members)?, earlier.map(|client| &client.metadata)).await?;
        if metadata.token_endpoint_auth_method != ClientAuthMethod::PrivateKeyJwt {
            let why = "token_endpoint_auth_method: a service that registers itself has no secret, only private_key_jwt";
            return Err(OAuthError::new(ErrorCode::InvalidClientMetadata, why));
        }
        self.row_of(id, &metadata, admission.until, earlier, None)
    }

    fn row_of(
        &self,
        id: &ClientId,
        metadata: &ValidMetadata,
        until: Timestamp,
        earlier: Option<&Client>,
        secret: Option<&Secret>,
    ) -> Result<ClientRow, OAuthError> {
        let now = self.0.clock.now();
        let suspended = earlier.is_some_and(|client| client.suspended);
        Ok(ClientRow {
            id: id.clone(),
            state: if suspended { "suspended".into() } else { "active".into() },
            metadata: to_text(metadata)?,
            secret: secret.map(|secret| self.0.client_secrets.stored(id, metadata, secret)),
            registration_token_hash: None,
            created_at: earlier.map_or(now, |client| client.created_at),
            updated_at: now,
            trusted_until: Some(until),
        })
    }

    /// That the sender holds a key of the client. What the request says is looked at later, as of any other client.
    async fn check_proof(&self, client: &Client, signed: &str) -> Result<(), OAuthError> {
        let expected = Expectations {
            algs: CLIENT_ALGS,
            typ: Typ::AbsentOr(PROOFS),
            iss: Some(client.id.as_str()),
            aud: Audience::Unchecked,
            required: &["iss", "exp"],
            max_age: None,
            leeway: self.0.tokens.leeway(),
            now: self.0.clock.now(),
        };
        let verified = self.verify_by_client(client, signed, &expected).await;
        verified.map(|_| ()).map_err(|error| {
            let why = "the request is not signed with a key that the trust chain vouches for";
            OAuthError::new(ErrorCode::InvalidRequestObject, why).because(error)
        })
    }

    async fn write_federated(&self, row: &ClientRow, admission: &Admission, how: &str) -> Result<(), OAuthError> {
        let place = FederationClientRow {
            client_id: row.id.clone(),
            entity_id: admission.entity.to_string(),
            registration: how.to_owned(),
            path: JsonText(admission.chain.path().iter().map(ToString::to_string).collect()),
            created_at: row.created_at,
        };
        let mut tx = self.0.store.begin().await?;
        write_client(&mut tx, row).await?;
        federation_clients::put(&mut tx, &place).await?;
        tx.commit().await?;
        self.0.clients.changed(&row.id);
        Ok(())
    }

    /// What a signed request of a service that registers itself must say besides (§12.1.1.1): made for this node, not
    /// reusable as an assertion, and used once.
    pub(in crate::oidc) async fn check_federated_request(
        &self,
        client: &Client,
        request: &Verified,
    ) -> Result<(), OAuthError> {
        if !client.is_automatic() {
            return Ok(());
        }
        let refused = |why: &'static str| OAuthError::new(ErrorCode::InvalidRequestObject, why);
        let here = [self.issuer(), self.0.federation.id().as_str()];
        if !request.text("aud").is_some_and(|aud| here.contains(&aud))
            || request.text("iss") != Some(client.id.as_str())
        {
            return Err(refused(
                "iss and aud must be the service's and this node's entity identifiers, as one string each",
            ));
        }
        if request.claims.contains_key("sub") {
            return Err(refused("a request object has no sub"));
        }
        let (jti, exp) =
            request.text("jti").zip(request.date("exp")).ok_or_else(|| refused("jti and exp are needed"))?;
        let now = self.0.clock.now();
        if exp > now.plus(MAX_REQUEST_LIFE + self.0.tokens.leeway()) {
            return Err(refused("the request object lives longer than ten minutes"));
        }
        let name = base64url(&sha256(format!("{}\n{jti}", client.id).as_bytes()));
        let keep = exp.since(now) + self.0.tokens.leeway() + Duration::from_secs(1);
        if !self.0.ephemeral.mark(&format!("request-object:{name}"), keep).await? {
            return Err(refused("the request object has been used"));
        }
        Ok(())
    }

    /// Registers a service explicitly, in place of an earlier registration of its (§12.2.2): the signed answer.
    ///
    /// # Errors
    /// `invalid_trust_chain`, `invalid_request`, `invalid_client_metadata`, …: why not.
    pub async fn register_explicitly(&self, request: ExplicitRequest<'_>) -> Result<String, OAuthError> {
        let federation = &self.0.federation;
        let (admission, said) = match request {
            ExplicitRequest::Configuration(text) => federation.admit_configuration(text).await?,
            ExplicitRequest::Chain(texts) => federation.admit_chain(&texts).await?,
        };
        self.spend_configuration(&said).await?;
        let earlier = self.earlier_registration(&admission.entity).await?;
        let id = earlier.as_ref().map(|client| client.id.clone());
        let id = id.unwrap_or_else(|| ClientId::new(self.0.clock.now(), &self.0.random));
        let metadata = ClientMetadata::read(admission.metadata.clone())?;
        let metadata = self.acceptable(metadata, earlier.as_ref().map(|client| &client.metadata)).await?;
        if earlier.as_ref().is_some_and(|client| client.suspended) {
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "the client is suspended"));
        }
        let secret = metadata.token_endpoint_auth_method.uses_secret().then(|| Secret::new(self.0.random.token()));
        let row = self.row_of(&id, &metadata, admission.until, earlier.as_deref(), secret.as_ref())?;
        self.write_federated(&row, &admission, "explicit").await?;
        let mut members = metadata.as_registered().map_err(|error| {
            OAuthError::new(ErrorCode::ServerError, "the registration could not be written").because(error)
        })?;
        members.insert("client_id".into(), json!(id));
        if let Some(secret) = &secret {
            members.insert("client_secret".into(), json!(secret.expose()));
            members.insert("client_secret_expires_at".into(), json!(admission.until.seconds()));
        }
        Ok(federation.registration_response(&admission, &said, &members)?)
    }

    /// An entity configuration registers once: somebody who has seen it must not be able to give the service another secret.
    async fn spend_configuration(&self, said: &Statement) -> Result<(), OAuthError> {
        let name = format!("explicit-registration:{}", base64url(&sha256(said.text.as_bytes())));
        let mut tx = self.0.store.begin().await?;
        if !store::marks::set(&mut tx, &name, said.expires_at).await? {
            return Err(OAuthError::new(ErrorCode::InvalidRequest, "the entity configuration has been used"));
        }
        Ok(tx.commit().await?)
    }

    async fn earlier_registration(&self, entity: &EntityIdentifier) -> Result<Option<Arc<Client>>, OAuthError> {
        let rows = federation_clients::of_entity(&mut self.0.store.read().await?, entity.as_str()).await?;
        match rows.into_iter().find(|row| row.registration == "explicit") {
            Some(row) => Ok(self.0.clients.on_record(&row.client_id).await?),
            None => Ok(None),
        }
    }

    /// Lets automatic clients live on whose chain was fetched again, with the metadata that it gives them now.
    pub async fn renew_federated_clients(&self) -> Result<(), OAuthError> {
        let mut after = String::new();
        loop {
            let page = federation_clients::list(&mut self.0.store.read().await?, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.client_id.0);
            for place in page.iter().filter(|place| place.registration == "automatic") {
                if let Err(error) = self.renew(place).await {
                    tracing::warn!(client = %place.client_id, %error, "a client of the federation was not renewed");
                }
            }
        }
    }

    async fn renew(&self, place: &FederationClientRow) -> Result<(), OAuthError> {
        let federation = &self.0.federation;
        let Some(entity) = EntityIdentifier::parse(&place.entity_id) else { return Ok(()) };
        let Some(client) = self.0.clients.on_record(&place.client_id).await? else { return Ok(()) };
        let Some(chain) = federation.known(&entity).await.map_err(OAuthError::from)? else { return Ok(()) };
        if client.trusted_until.is_none_or(|until| until >= chain.expires_at) {
            return Ok(());
        }
        let admission = federation.admit(&entity, &Evidence::default()).await?;
        if client.trusted_until == Some(admission.until) {
            return Ok(());
        }
        let row = self.automatic_row(&client.id, &admission, Some(&client)).await?;
        self.write_federated(&row, &admission, "automatic").await
    }
}

/// Writes a client, in place of one with this id; of several at once one is first.
async fn write_client(tx: &mut store::Transaction, row: &ClientRow) -> Result<(), StoreError> {
    if !store::clients::set_metadata(tx, &row.id, &row.metadata, row.updated_at).await? {
        return store::clients::insert(tx, row).await;
    }
    store::clients::set_secret(tx, &row.id, row.secret.as_deref(), row.updated_at).await?;
    if let Some(until) = row.trusted_until {
        federation_clients::trust_until(tx, &row.id, until, row.updated_at).await?;
    }
    Ok(())
}

/// The chore of [`Provider::renew_federated_clients`].
pub struct RenewFederatedClients(pub Provider);

impl Chore for RenewFederatedClients {
    fn name(&self) -> &'static str {
        "clients of the federation"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn run(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            if !self.0.0.federation.config().enabled {
                return Ok(());
            }
            if let Err(error) = self.0.renew_federated_clients().await {
                tracing::warn!(%error, "clients of the federation were not renewed");
            }
            Ok(())
        })
    }
}
