//! Dynamic registration (RFC 7591, OIDC Registration 1.0) and its management (RFC 7592).
//!
//! Open or by initial access token, as configured. The secret and the registration access token are shown once and kept
//! as keyed hashes. What a client may say of itself is checked in `proto::oauth::client_metadata`.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use url::Url;

use super::Provider;
use super::client::Client;
use super::client_secret::is_sealed;
use crate::accounts::AccountError;
use crate::base::id::ClientId;
use crate::base::{Secret, Timestamp, crash};
use crate::outbound::Limits;
use crate::proto::oauth::{ClientMetadata, ErrorCode, FacadeKind, OAuthError, RegistrationPolicy, ValidMetadata};
use crate::store;
use crate::store::clients::ClientRow;

/// Who may register a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Nobody from outside.
    Closed,
    /// Whoever holds an initial access token.
    Token,
    /// Anyone.
    Open,
}

/// The state of a client that may act.
const ACTIVE: &str = "active";

/// Limits on fetching what a registration points at.
const FETCH: Limits = Limits { timeout: std::time::Duration::from_secs(3), max_body: 64 * 1024 };

/// A client that was just registered, with what is shown once.
pub struct Registered {
    /// The client.
    pub id: ClientId,
    /// Its secret, when its method needs one.
    pub secret: Option<Secret>,
    /// The token for its management.
    pub registration_token: Secret,
    /// The whole answer (RFC 7591 §3.2.1).
    pub answer: Value,
}

impl Provider {
    /// Answers a registration request from `address`. `token` is the bearer token that came with it.
    pub async fn register_client(
        &self,
        token: Option<&str>,
        address: &str,
        body: Map<String, Value>,
    ) -> Result<Registered, OAuthError> {
        self.may_register(token, address).await?;
        let metadata = self.acceptable(ClientMetadata::read(body)?, None).await?;
        self.create_client(None, metadata).await
    }

    /// Where anyone may, one address gets no more clients than it gets accounts (threat 20).
    async fn may_register(&self, token: Option<&str>, address: &str) -> Result<(), OAuthError> {
        let refused = || OAuthError::new(ErrorCode::InvalidToken, "an initial access token is needed");
        match self.0.registration.mode {
            RegistrationMode::Open => match self.0.accounts.limits().client_registration(address).await {
                Err(AccountError::Throttled { .. }) => Err(OAuthError::new(
                    ErrorCode::TemporarilyUnavailable,
                    "this address has registered enough for now, try again later",
                )),
                counted => Ok(counted?),
            },
            RegistrationMode::Closed => {
                Err(OAuthError::new(ErrorCode::AccessDenied, "this server registers no clients from outside"))
            }
            RegistrationMode::Token => {
                let hash = self.0.secrets.hash(token.ok_or_else(refused)?);
                let mut db = self.0.store.read().await?;
                let holds = store::clients::initial_token_holds(&mut db, &hash, self.0.clock.now()).await?;
                if holds { Ok(()) } else { Err(refused()) }
            }
        }
    }

    /// What a client may say of itself.
    #[must_use]
    pub fn registration_policy(&self) -> &RegistrationPolicy {
        &self.0.registration.policy
    }

    /// Everything that can be told about metadata before it is stored: its own rules, the sector of an `earlier`
    /// registration, outbound guard, sector document.
    pub(in crate::oidc) async fn acceptable(
        &self,
        metadata: ClientMetadata,
        earlier: Option<&ValidMetadata>,
    ) -> Result<ValidMetadata, OAuthError> {
        let valid = metadata.validate(&self.0.registration.policy)?;
        let valid = match earlier {
            Some(earlier) => valid.succeeding(earlier)?,
            None => valid,
        };
        for url in valid.fetched_urls() {
            let url = Url::parse(url).map_err(|_| unreachable_url())?;
            self.0.outbound.check_url(&url).map_err(|error| unreachable_url().because(error.to_string()))?;
        }
        self.sector_agrees(&valid).await?;
        Ok(valid)
    }

    /// The sector document must list every redirect URI (OIDC Registration §5).
    async fn sector_agrees(&self, metadata: &ValidMetadata) -> Result<(), OAuthError> {
        let Some(uri) = &metadata.sector_identifier_uri else { return Ok(()) };
        let wrong = |why: String| {
            OAuthError::new(ErrorCode::InvalidClientMetadata, "sector_identifier_uri does not list every redirect URI")
                .because(why)
        };
        let url = Url::parse(uri).map_err(|error| wrong(error.to_string()))?;
        let answer = self.0.outbound.get(url, FETCH, "sector").await.map_err(|error| wrong(error.to_string()))?;
        if answer.status != http::StatusCode::OK {
            return Err(wrong(format!("it answered {}", answer.status)));
        }
        let listed: Vec<String> = answer.json().map_err(|error| wrong(error.to_string()))?;
        if metadata.redirect_uris.iter().all(|uri| listed.contains(uri)) {
            Ok(())
        } else {
            Err(wrong("a redirect URI is missing there".into()))
        }
    }

    /// Writes a new client; `id` is chosen by administrators only.
    pub async fn create_client(&self, id: Option<ClientId>, metadata: ValidMetadata) -> Result<Registered, OAuthError> {
        let now = self.0.clock.now();
        let id = id.unwrap_or_else(|| ClientId::new(now, &self.0.random));
        let secret = metadata.token_endpoint_auth_method.uses_secret().then(|| Secret::new(self.0.random.token()));
        let registration_token = Secret::new(self.0.random.token());
        let row = ClientRow {
            id: id.clone(),
            state: ACTIVE.into(),
            metadata: to_text(&metadata)?,
            secret: secret.as_ref().map(|secret| self.0.client_secrets.stored(&id, &metadata, secret)),
            registration_token_hash: Some(self.0.secrets.hash(registration_token.expose())),
            created_at: now,
            updated_at: now,
            trusted_until: None,
        };
        let mut tx = self.0.store.begin().await?;
        match store::clients::insert(&mut tx, &row).await {
            Err(store::StoreError::Conflict) => {
                return Err(OAuthError::new(ErrorCode::InvalidClientMetadata, "the client_id is taken"));
            }
            other => other?,
        }
        crash::point("registration.before_commit");
        tx.commit().await?;
        crash::point("registration.after_commit");
        self.0.clients.changed(&id);
        let answer = self.answer(&id, &metadata, now, secret.as_ref(), Some(&registration_token))?;
        Ok(Registered { id, secret, registration_token, answer })
    }

    /// Writes a client as an administrator says, in place of one with this id: metadata, and its secret when given. The
    /// sector of subjects stays what it was, and so does a suspension.
    pub async fn put_client(
        &self,
        id: &ClientId,
        metadata: ValidMetadata,
        secret: Option<&Secret>,
    ) -> Result<(), OAuthError> {
        let metadata = match self.0.clients.find(id).await? {
            Some(earlier) => metadata.keeping_sector(&earlier.metadata),
            None => metadata,
        };
        let now = self.0.clock.now();
        let row = ClientRow {
            id: id.clone(),
            state: ACTIVE.into(),
            metadata: to_text(&metadata)?,
            secret: secret.map(|secret| self.0.client_secrets.stored(id, &metadata, secret)),
            registration_token_hash: None,
            created_at: now,
            updated_at: now,
            trusted_until: None,
        };
        let mut tx = self.0.store.begin().await?;
        if store::clients::set_metadata(&mut tx, id, &row.metadata, now).await? {
            store::clients::set_secret(&mut tx, id, row.secret.as_deref(), now).await?;
        } else {
            store::clients::insert(&mut tx, &row).await?;
        }
        tx.commit().await?;
        self.0.clients.changed(id);
        Ok(())
    }

    /// The client that a registration access token manages (RFC 7592 §2).
    async fn managed(&self, id: &ClientId, token: Option<&str>) -> Result<Arc<Client>, OAuthError> {
        let refused = || OAuthError::new(ErrorCode::InvalidToken, "the registration access token is not valid");
        let client = self.0.clients.find(id).await?.ok_or_else(refused)?;
        let hash = client.registration_token_hash.as_ref().ok_or_else(refused)?;
        if self.0.secrets.matches(token.ok_or_else(refused)?, hash) { Ok(client) } else { Err(refused()) }
    }

    /// Reads a client's registration (RFC 7592 §2.1).
    pub async fn read_client(&self, id: &ClientId, token: Option<&str>) -> Result<Value, OAuthError> {
        let client = self.managed(id, token).await?;
        self.answer(id, &client.metadata, client.created_at, None, token.map(Secret::new).as_ref())
    }

    /// Replaces a client's metadata (RFC 7592 §2.2): what is left out goes back to its default. A suspended client changes
    /// nothing.
    pub async fn update_client(
        &self,
        id: &ClientId,
        token: Option<&str>,
        mut body: Map<String, Value>,
    ) -> Result<Value, OAuthError> {
        let client = self.managed(id, token).await?;
        let refused = |why| OAuthError::new(ErrorCode::InvalidClientMetadata, why);
        if body.remove("client_id").and_then(|id| id.as_str().map(ClientId::from)).as_ref() != Some(id) {
            return Err(refused("client_id must be the client's own"));
        }
        if body
            .get("client_secret")
            .and_then(Value::as_str)
            .is_some_and(|secret| !self.0.client_secrets.matches(&client, secret))
        {
            return Err(refused("client_secret must be the client's own"));
        }
        let metadata = self.acceptable(ClientMetadata::read(body)?, Some(&client.metadata)).await?;
        let secret = self.write_metadata(id, &metadata).await?;
        self.answer(id, &metadata, client.created_at, secret.as_ref(), token.map(Secret::new).as_ref())
    }

    /// Writes changed metadata while the client is active; gives the secret that it needs from now on and had not.
    async fn write_metadata(&self, id: &ClientId, metadata: &ValidMetadata) -> Result<Option<Secret>, OAuthError> {
        let now = self.0.clock.now();
        let mut tx = self.0.store.begin().await?;
        store::clients::set_metadata(&mut tx, id, &to_text(metadata)?, now).await?;
        // Read behind the write: nobody changes this client until the end of the transaction.
        let held = store::clients::find(&mut tx, id).await?.filter(|row| row.state == ACTIVE);
        let Some(held) = held else {
            return Err(OAuthError::new(ErrorCode::AccessDenied, "the client is suspended"));
        };
        let usable = |stored: &String| !metadata.needs_secret_itself() || is_sealed(stored);
        let needs_one = metadata.token_endpoint_auth_method.uses_secret() && !held.secret.as_ref().is_some_and(usable);
        let secret = needs_one.then(|| Secret::new(self.0.random.token()));
        if let Some(secret) = &secret {
            let stored = self.0.client_secrets.stored(id, metadata, secret);
            store::clients::set_secret(&mut tx, id, Some(&stored), now).await?;
        }
        crash::point("registration.update.before_commit");
        tx.commit().await?;
        crash::point("registration.update.after_commit");
        self.0.clients.changed(id);
        Ok(secret)
    }

    /// Gives a client a new secret; the old one is void at once. `None` when there is no such client.
    pub async fn rotate_secret(&self, id: &ClientId) -> Result<Option<Secret>, OAuthError> {
        let Some(client) = self.0.clients.find(id).await? else { return Ok(None) };
        if !client.metadata.token_endpoint_auth_method.uses_secret() {
            return Err(OAuthError::new(ErrorCode::InvalidClientMetadata, "the client authenticates without a secret"));
        }
        let secret = Secret::new(self.0.random.token());
        let stored = self.0.client_secrets.stored(id, &client.metadata, &secret);
        let mut tx = self.0.store.begin().await?;
        let found = store::clients::set_secret(&mut tx, id, Some(&stored), self.0.clock.now()).await?;
        tx.commit().await?;
        self.0.clients.changed(id);
        Ok(found.then_some(secret))
    }

    /// Lets a client be served by a façade besides, or by none any more, as an administrator says; gives the new secret of
    /// one whose secret was known by its hash only. `None` when there is no such client.
    ///
    /// # Errors
    /// `invalid_client_metadata`: the client cannot be served by it.
    pub async fn set_facade(
        &self,
        id: &ClientId,
        facade: Option<FacadeKind>,
    ) -> Result<Option<Option<Secret>>, OAuthError> {
        let Some(client) = self.0.clients.on_record(id).await? else { return Ok(None) };
        let metadata = client.metadata.clone().with_facade(facade)?;
        Ok(Some(self.write_metadata(id, &metadata).await?))
    }

    /// Whether `token` manages this client, which must be told of its removal: that is `logout`'s business.
    ///
    /// # Errors
    /// `invalid_token`: it does not.
    pub async fn check_management(&self, id: &ClientId, token: Option<&str>) -> Result<(), OAuthError> {
        self.managed(id, token).await.map(|_| ())
    }

    /// Lets whoever holds `token` register clients until `expires_at`.
    pub async fn put_initial_token(&self, token: &Secret, label: &str, until: Timestamp) -> Result<(), OAuthError> {
        let hash = self.0.secrets.hash(token.expose());
        let mut tx = self.0.store.begin().await?;
        store::clients::put_initial_token(&mut tx, &hash, label, self.0.clock.now(), until).await?;
        Ok(tx.commit().await?)
    }

    fn answer(
        &self,
        id: &ClientId,
        metadata: &ValidMetadata,
        issued_at: Timestamp,
        secret: Option<&Secret>,
        registration_token: Option<&Secret>,
    ) -> Result<Value, OAuthError> {
        let mut members = metadata.as_registered().map_err(|error| unwritable(&error))?;
        members.insert("client_id".into(), json!(id));
        members.insert("client_id_issued_at".into(), json!(issued_at.seconds()));
        members.insert("registration_client_uri".into(), json!(format!("{}/{id}", self.0.endpoints.register)));
        if let Some(secret) = secret {
            members.insert("client_secret".into(), json!(secret.expose()));
            members.insert("client_secret_expires_at".into(), json!(0));
        }
        if let Some(token) = registration_token {
            members.insert("registration_access_token".into(), json!(token.expose()));
        }
        Ok(Value::Object(members))
    }
}

/// The `[registration]` section, resolved.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Who may register.
    pub mode: RegistrationMode,
    /// What a client may say of itself.
    pub policy: RegistrationPolicy,
}

pub(in crate::oidc) fn to_text(metadata: &ValidMetadata) -> Result<String, OAuthError> {
    serde_json::to_string(metadata).map_err(|error| unwritable(&error))
}

fn unwritable(error: &serde_json::Error) -> OAuthError {
    OAuthError::new(ErrorCode::ServerError, "the registration could not be written").because(error)
}

fn unreachable_url() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, "a URL in the metadata may not be fetched from here")
}
