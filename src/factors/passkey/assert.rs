//! Shows a passkey (WebAuthn §7.2): as a sign-in by itself, when nobody is known yet, or as a further factor of somebody.
//!
//! A sign-in by itself must be user-verified. A further factor on top of another may go without, and is then worth a
//! possession and no more.

use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AuthenticationResult, AuthenticationState, CollectedClientData, Credential, PublicKeyCredential,
    UserVerificationPolicy,
};

use super::{Answered, Asked, Ceremony, Passkeys, Place, credential_key, parse, refused};
use crate::accounts::Person;
use crate::base::encoding::base64url;
use crate::base::id::{AccountId, FactorId};
use crate::factors::{Factor, FactorError, FactorKind};
use crate::session::{Amr, AuthEvent};
use crate::store;

/// What challenges of this file are sealed for.
const KIND: &str = "assert";

/// A passkey that was shown.
struct Shown {
    account: AccountId,
    factor: FactorId,
    verified: bool,
}

impl Passkeys {
    /// Asks for any passkey of anybody.
    pub fn begin_sign_in(&self, place: Place<'_>) -> Result<Ceremony, FactorError> {
        self.begin(None, Vec::new(), UserVerificationPolicy::Required, place)
    }

    /// Asks for a passkey of this person, to reach a level of login from what counts as shown already.
    pub async fn begin_further(
        &self,
        person: &Person,
        (shown, level): (&[Amr], i32),
        place: Place<'_>,
    ) -> Result<Ceremony, FactorError> {
        let held = self.credentials(person).await?;
        let enough = AuthEvent::passkey(false).after(shown).cap() >= level;
        let policy = if enough { UserVerificationPolicy::Preferred } else { UserVerificationPolicy::Required };
        self.begin(Some(&person.id), held, policy, place)
    }

    fn begin(
        &self,
        whom: Option<&AccountId>,
        held: Vec<Credential>,
        policy: UserVerificationPolicy,
        place: Place<'_>,
    ) -> Result<Ceremony, FactorError> {
        let core = self.core()?;
        let wish = core.new_challenge_authenticate_builder(held, Some(policy)).map_err(|error| refused(&error))?;
        let wish = wish.allow_backup_eligible_upgrade(true);
        let (options, mut state) = core.generate_challenge_authenticate(wish).map_err(|error| refused(&error))?;
        // What is held is looked up again when the answer comes: a passkey may have been removed meanwhile.
        state.set_allowed_credentials(Vec::new());
        self.ask((KIND, place), whom, (&options, state))
    }

    /// Who signs in by this answer. The account may be in any state.
    ///
    /// # Errors
    /// [`FactorError::Over`] when the challenge is too old, of another browser or passage; [`FactorError::Wrong`] for
    /// everything else that is not good, so that nobody learns which credentials exist; the limits of the address.
    pub async fn finish_sign_in(
        &self,
        (answered, place): (Answered<'_>, Place<'_>),
        address: &str,
    ) -> Result<(AccountId, AuthEvent), FactorError> {
        let shown = self.finish(None, (answered, place), address).await?;
        Ok((shown.account, AuthEvent::passkey(shown.verified)))
    }

    /// Whose passkey has answered, and which: for who is not signed in and shows it to recover an account.
    pub async fn recognise(
        &self,
        (answered, place): (Answered<'_>, Place<'_>),
        address: &str,
    ) -> Result<(AccountId, FactorId), FactorError> {
        let shown = self.finish(None, (answered, place), address).await?;
        Ok((shown.account, shown.factor))
    }

    /// A further factor of this person by this answer; errors as at a sign-in.
    pub async fn finish_further(
        &self,
        person: &Person,
        (answered, place): (Answered<'_>, Place<'_>),
        address: &str,
    ) -> Result<AuthEvent, FactorError> {
        let shown = self.finish(Some(&person.id), (answered, place), address).await?;
        Ok(AuthEvent::further(AuthEvent::passkey(shown.verified).methods()))
    }

    async fn finish(
        &self,
        whom: Option<&AccountId>,
        (answered, place): (Answered<'_>, Place<'_>),
        address: &str,
    ) -> Result<Shown, FactorError> {
        let limits = self.0.factors.0.accounts.limits();
        limits.address_begins(address).await?;
        let asked = self.asked::<AuthenticationState>((KIND, place), answered.sealed)?;
        if asked.whom.as_ref() != whom {
            return Err(FactorError::Over);
        }
        let shown = match parse(answered.credential) {
            Ok(answer) => self.check(&asked, &answer).await,
            Err(failure) => Err(failure),
        };
        if matches!(shown, Err(FactorError::Wrong)) {
            limits.sign_in_failed(address).await?;
        }
        shown
    }

    async fn check(
        &self,
        asked: &Asked<AuthenticationState>,
        answer: &PublicKeyCredential,
    ) -> Result<Shown, FactorError> {
        if in_foreign_frame(answer) {
            return Err(refused(&WebauthnError::CredentialCrossOrigin));
        }
        let (account, factor) = self.owner(asked, answer).await?;
        let credential = self.stored(&factor)?;
        let found = self.core()?.authenticate_single_credential(answer, &asked.state, &as_asked(credential.clone()));
        let found = match found {
            Ok(found) => found,
            Err(WebauthnError::CredentialPossibleCompromise) => {
                tracing::warn!(%account, factor = %factor.id, "a passkey's signature counter went back: it may be a copy");
                return Err(FactorError::Wrong);
            }
            Err(error) => return Err(refused(&error)),
        };
        if !self.believe(asked, (&factor, credential), &found).await? {
            return Err(FactorError::Wrong);
        }
        Ok(Shown { account, factor: factor.id, verified: found.user_verified() })
    }

    /// Whose passkey has answered: it must be that of the person who was asked, or else name her by its handle (§7.2, 6).
    async fn owner(
        &self,
        asked: &Asked<AuthenticationState>,
        answer: &PublicKeyCredential,
    ) -> Result<(AccountId, Factor), FactorError> {
        let mut db = self.0.factors.0.store.read().await?;
        let row = store::passkeys::find(&mut db, &credential_key(answer.get_credential_id())).await?;
        let row = row.ok_or(FactorError::Wrong)?;
        let handle = store::passkeys::handle(&mut db, &row.account_id).await?;
        let named = answer.get_user_unique_id().map(base64url);
        let owner = match (&asked.whom, &named) {
            (Some(whom), None) => *whom == row.account_id,
            (Some(whom), Some(_)) => *whom == row.account_id && named == handle,
            (None, named) => named.is_some() && *named == handle,
        };
        let (account, factor) = (row.account_id.clone(), Factor::try_from(row)?);
        if owner && factor.kind == FactorKind::Passkey { Ok((account, factor)) } else { Err(FactorError::Wrong) }
    }

    /// Uses the challenge up and writes what the answer has changed; false when another answer was faster.
    async fn believe(
        &self,
        asked: &Asked<AuthenticationState>,
        (factor, mut credential): (&Factor, Credential),
        found: &AuthenticationResult,
    ) -> Result<bool, FactorError> {
        let factors = &self.0.factors;
        let (mark, until) = self.mark(asked);
        let mut tx = factors.0.store.begin().await?;
        if !store::marks::set(&mut tx, &mark, until).await? {
            return Ok(false);
        }
        // Of two answers with one count, the second finds another row than it has looked at. Keys that do not count may
        // answer side by side.
        let written = if found.needs_update() {
            credential.counter = found.counter();
            credential.backup_state = found.backup_state();
            credential.backup_eligible = found.backup_eligible();
            let data = serde_json::to_vec(&credential).map_err(|_| FactorError::Sealed)?;
            factors.replace(&mut tx, factor, &data).await?
        } else {
            store::factors::used(&mut tx, &factor.id, factors.0.clock.now()).await?
        };
        if written {
            tx.commit().await?;
        }
        Ok(written)
    }
}

/// Whether the browser says that it was asked in a frame of another site (§7.2, 14). The library looks at that only when a
/// passkey is made.
fn in_foreign_frame(answer: &PublicKeyCredential) -> bool {
    let told = serde_json::from_slice::<CollectedClientData>(&answer.response.client_data_json);
    told.is_ok_and(|told| told.cross_origin.unwrap_or(false))
}

/// The credential, judged by what is asked now: every passkey was user-verified when it was made, and the library would
/// ask that of every answer.
fn as_asked(credential: Credential) -> Credential {
    Credential { user_verified: false, registration_policy: UserVerificationPolicy::Preferred, ..credential }
}
