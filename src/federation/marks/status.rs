//! Whether a mark still holds, asked of its issuer (OpenID Federation 1.0 §8.4). Only after it was judged good by what is
//! known: so whom this asks is whom an anchor has named, never whom a stranger has.

use http::StatusCode;
use serde_json::Value;
use url::Url;

use super::super::Federation;
use super::super::error::FederationError;
use super::issue::name_of;
use super::{Mark, MarkFault};
use crate::base::Timestamp;
use crate::outbound::Limits;
use crate::proto::jose::{Audience, Expectations, PublicJwkSet, SigningAlg, Typ, verify};
use crate::store;

/// `typ` of the answer.
pub const STATUS_RESPONSE: &str = "trust-mark-status-response+jwt";

const ASK: Limits =
    Limits { timeout: std::time::Duration::from_secs(3), max_body: super::super::statement::MAX_STATEMENT * 2 };

impl Federation {
    /// Asks the issuer of a mark that was judged good whether it still holds. An issuer without a status endpoint leaves it
    /// at the mark's own end.
    ///
    /// # Errors
    /// [`MarkFault::Revoked`], [`MarkFault::Expired`], [`MarkFault::Disowned`], or [`MarkFault::StatusUnknown`].
    pub(in crate::federation) async fn ask_status(&self, mark: &Mark) -> Result<(), FederationError> {
        if mark.issuer == *self.id() {
            return self.own_revocation(mark).await?.map_or(Ok(()), |fault| Err(fault.into()));
        }
        let Some((endpoint, keys)) = self.status_endpoint(mark).await? else { return Ok(()) };
        let unknown = |why: String| MarkFault::StatusUnknown(why);
        let fields = [("trust_mark", mark.text.as_str())];
        let answer = self.outbound().post_form(endpoint, &fields, ASK, "trust-mark-status").await;
        let answer = answer.map_err(|error| unknown(error.to_string()))?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(MarkFault::Disowned.into()),
            status => return Err(unknown(format!("the issuer answered {status}")).into()),
        }
        let text = std::str::from_utf8(&answer.body).map_err(|error| unknown(error.to_string()))?;
        match self.read_status(mark, text.trim(), &keys)?.as_str() {
            "active" => Ok(()),
            "expired" => Err(MarkFault::Expired.into()),
            "revoked" => {
                self.note_revoked(mark).await?;
                Err(MarkFault::Revoked.into())
            }
            _ => Err(MarkFault::Disowned.into()),
        }
    }

    /// Where the issuer is asked, and the keys that its answer is signed with.
    async fn status_endpoint(&self, mark: &Mark) -> Result<Option<(Url, PublicJwkSet)>, FederationError> {
        const ENDPOINT: &str = "federation_trust_mark_status_endpoint";
        let anchors = self.anchors();
        if let Some(view) = anchors.iter().find(|view| view.anchor.id == mark.issuer) {
            let endpoint = view.configuration.as_ref().and_then(|said| said.endpoint(ENDPOINT));
            return Ok(endpoint.map(|url| (url, view.anchor.keys.clone())));
        }
        let Some(chain) = self.known(&mark.issuer).await? else { return Ok(None) };
        let said = chain.configuration();
        Ok(said.and_then(|said| Some((said.endpoint(ENDPOINT)?, said.keys().ok()?))))
    }

    fn read_status(&self, mark: &Mark, text: &str, keys: &PublicJwkSet) -> Result<String, MarkFault> {
        let at = self.moment();
        let expected = Expectations {
            algs: SigningAlg::ASYMMETRIC,
            typ: Typ::Required(STATUS_RESPONSE),
            iss: Some(mark.issuer.as_str()),
            aud: Audience::Unchecked,
            required: &["iss", "iat", "trust_mark", "status"],
            // An answer from before a revocation must not be given again.
            max_age: Some(std::time::Duration::from_secs(60)),
            leeway: at.leeway,
            now: at.now,
        };
        let verified = verify(text, keys, &expected).map_err(|error| MarkFault::StatusUnknown(error.to_string()))?;
        let about = verified.text("trust_mark") == Some(mark.text.as_str());
        let status = verified.text("status").filter(|_| about).map(str::to_owned);
        status.ok_or_else(|| MarkFault::StatusUnknown("the answer is about another mark".into()))
    }

    /// Notes that another issuer has revoked a mark, for as long as it would have held.
    async fn note_revoked(&self, mark: &Mark) -> Result<(), FederationError> {
        let until = mark.expires_at.unwrap_or(Timestamp::NEVER);
        let mut tx = self.0.on.store.begin().await?;
        store::marks::set(&mut tx, &noted(mark), until).await?;
        Ok(tx.commit().await?)
    }

    /// Whether another issuer was heard to have revoked a mark.
    pub(in crate::federation) async fn is_noted_revoked(&self, mark: &Mark) -> Result<bool, FederationError> {
        Ok(store::marks::is_set(&mut self.0.on.store.read().await?, &noted(mark)).await?)
    }

    /// The signed answer about a mark of this node (§8.4.2); `None`: it issued no such mark.
    pub async fn status_answer(&self, mark: &str) -> Result<Option<String>, FederationError> {
        let Some(status) = self.mark_status(mark).await? else { return Ok(None) };
        let claims: Value = serde_json::json!({
            "iss": self.id(), "iat": self.now().seconds(), "trust_mark": mark, "status": status.as_str(),
        });
        self.sign(STATUS_RESPONSE, &claims).map(Some)
    }
}

fn noted(mark: &Mark) -> String {
    format!("trust-mark-revoked:{}", name_of(&mark.text))
}
