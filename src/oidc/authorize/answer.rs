//! What people answer on pages, written down so that the engine can see it.

use super::{AuthorizationResponse, ConsentQuestion, Flow, Refusal, respond};
use crate::accounts::{Giving, Shown, Stated};
use crate::base::crash;
use crate::base::id::{AccountId, ClientId};
use crate::oidc::{Provider, claims};
use crate::proto::oauth::{ErrorCode, OAuthError};

/// A person's answer to a consent question.
pub struct ConsentAnswer<'a> {
    /// The sensitive claims that were ticked.
    pub ticked: &'a [String],
    /// What the client said it is for.
    pub stated: Stated,
    /// The words on the page.
    pub shown: &'a Shown,
}

impl Provider {
    /// Records that a person agreed to a question and ticked some of its sensitive claims. What they agreed to before
    /// stays while the client says the same of its purposes; a sensitive claim that was shown and not ticked is withdrawn.
    pub async fn record_consent(
        &self,
        account: &AccountId,
        client: &ClientId,
        question: &ConsentQuestion,
        ConsentAnswer { ticked, stated, shown }: ConsentAnswer<'_>,
    ) -> Result<(), OAuthError> {
        let person = self.0.accounts.find(account).await?;
        let mut tx = self.0.store.begin().await?;
        self.0.accounts.hold_active(&mut tx, account).await?;
        let before = self.0.consents.hold(&mut tx, account, client).await?;
        let before = before.filter(|given| given.stated.version == stated.version);
        let (mut scope, mut claims) = before.map(|given| (given.scope, given.claims)).unwrap_or_default();
        scope.extend(question.scope.iter().cloned());
        claims.retain(|claim| !question.sensitive.contains(claim));
        claims.extend(question.claims.iter().cloned());
        claims.extend(question.sensitive.iter().filter(|claim| ticked.contains(claim)).cloned());
        for list in [&mut scope, &mut claims] {
            list.sort();
            list.dedup();
        }
        let separate: Vec<String> = claims.iter().filter(|claim| claims::is_sensitive(claim)).cloned().collect();
        let (scope, claims, guardian) = (&scope[..], &claims[..], person.guardian.as_ref());
        let given = Giving { scope, claims, separate: &separate, stated, shown, guardian };
        self.0.consents.give(&mut tx, account, client, given).await?;
        crash::point("consent.before_commit");
        tx.commit().await?;
        crash::point("consent.after_commit");
        self.0.consents.changed(account, client);
        Ok(())
    }

    /// The response of a person who leaves: `access_denied`, to the client's own redirect URI.
    pub async fn refuse_flow(&self, flow: &Flow) -> Result<AuthorizationResponse, Refusal> {
        let mut request = self.locate(flow.clone()).await?;
        let left = OAuthError::new(ErrorCode::AccessDenied, "the person left the sign-in");
        let error = self.check(&mut request).err().unwrap_or(left);
        Ok(respond::error(self.issuer(), &request, &error))
    }
}
