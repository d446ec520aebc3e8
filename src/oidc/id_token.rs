//! ID tokens (OIDC Core §2), and reading one back as a hint.

use serde_json::{Map, Value, json};

use super::Provider;
use super::assurance::Wanted;
use super::claims::{self, About};
use super::client::Client;
use super::grant::GrantDetail;
use crate::accounts::Person;
use crate::base::id::ClientId;
use crate::proto::oauth::OAuthError;
use crate::realname::SocialCreditCode;

/// `typ` of an ID token: as a JWT (OIDC Core asks for none; RFC 8725 §3.11 keeps it apart from `at+jwt`, `logout+jwt`).
pub const ID_TOKEN_TYPE: &str = "JWT";

/// What an ID token hint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The client it was issued to.
    pub client_id: ClientId,
    /// The person, as that client knows them.
    pub subject: String,
    /// The person who acted, when that is a company.
    pub actor: Option<String>,
    /// The company for which they acted.
    pub company: Option<SocialCreditCode>,
    /// The session at that client.
    pub sid: Option<String>,
}

/// What an ID token is issued for.
pub struct IdTokenOf<'a> {
    /// To whom.
    pub client: &'a Client,
    /// About whom.
    pub person: &'a Person,
    /// From which grant.
    pub detail: &'a GrantDetail,
    /// `nonce` of the request; none on refresh.
    pub nonce: Option<&'a str>,
    /// The access token beside it, for `at_hash`.
    pub access_token: &'a str,
}

impl Provider {
    /// Signs an ID token with the client's algorithm.
    pub fn id_token(&self, of: &IdTokenOf<'_>) -> Result<String, OAuthError> {
        let alg = of.client.metadata.id_token_signed_response_alg;
        Ok(self.0.keys.sign(alg, ID_TOKEN_TYPE, &self.id_claims(of))?)
    }

    fn id_claims(&self, of: &IdTokenOf<'_>) -> Map<String, Value> {
        let now = self.0.clock.now().seconds();
        let life = i64::try_from(self.0.tokens.id_seconds).unwrap_or(300);
        let authentication = &of.detail.authentication;
        let actor = self.0.subjects.of(&of.person.id, of.client);
        let acting = of.detail.acting.as_ref().map(|acting| (acting, actor.as_str()));
        let mut out = claims::for_id_token(About { person: of.person, acting }, &of.detail.claims.id_token);
        let wanted = Wanted { claims: &of.detail.claims.id_token, verified: &of.detail.claims.verified_id_token };
        self.assure(&mut out, of.person, of.client, &wanted);
        let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
        put("iss", json!(self.issuer()));
        put("sub", json!(of.detail.subject));
        put("aud", json!(of.client.id));
        put("iat", json!(now));
        put("exp", json!(now + life));
        put("auth_time", json!(authentication.auth_time.seconds()));
        put("acr", json!(authentication.acr.urn()));
        put("amr", json!(authentication.amr));
        put("sid", json!(of.detail.sid));
        put("at_hash", json!(of.client.metadata.id_token_signed_response_alg.half_hash(of.access_token)));
        if let Some(nonce) = of.nonce {
            put("nonce", json!(nonce));
        }
        out
    }

    /// Reads an ID token of ours, expired or not: the signature, the issuer and the type must be right.
    #[must_use]
    pub fn read_id_token_hint(&self, token: &str) -> Option<Hint> {
        let claims = self.0.keys.verify(token, ID_TOKEN_TYPE)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss")? != self.issuer() || text("sid").is_none() {
            return None;
        }
        Some(Hint {
            client_id: ClientId::from(text("aud")?),
            subject: text("sub")?.to_owned(),
            actor: claims.get("act").and_then(|act| act.get("sub")?.as_str()).map(str::to_owned),
            company: claims
                .get("entity")
                .and_then(|entity| SocialCreditCode::parse(entity.get("uscc")?.as_str()?).ok()),
            sid: text("sid").map(str::to_owned),
        })
    }
}
