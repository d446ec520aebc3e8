//! A new passkey (WebAuthn §7.1): discoverable and user-verified, so that it is a sign-in by itself. No attestation is asked
//! for: which make of authenticator a citizen uses is nobody's business, and what it proves is that it is the same one.

use serde::{Deserialize, Serialize};
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, COSEAlgorithm, Credential, RegisterPublicKeyCredential, RegistrationState,
    UserVerificationPolicy,
};

use super::{Answered, Ceremony, Passkeys, Place, credential_key, parse, refused};
use crate::accounts::Person;
use crate::base::encoding::{base64url, from_base64url};
use crate::base::id::FactorId;
use crate::factors::{FactorError, FactorKind};
use crate::store::{self, StoreError, Transaction};

/// What challenges of this file are sealed for.
const KIND: &str = "register";

/// A registration on its way.
#[derive(Serialize, Deserialize)]
struct Waiting {
    /// The account's handle, base64url: the one that it has, or the one that it gets.
    handle: String,
    state: RegistrationState,
}

impl Passkeys {
    /// Asks a browser for a new passkey of this person. It names the account by its user name and a random handle.
    pub async fn begin_registration(&self, person: &Person, place: Place<'_>) -> Result<Ceremony, FactorError> {
        let factors = &self.0.factors;
        let known = store::passkeys::handle(&mut factors.0.store.read().await?, &person.id).await?;
        let handle = known.unwrap_or_else(|| base64url(&factors.0.random.array::<32>()));
        let bytes = from_base64url(&handle).ok_or(FactorError::Sealed)?;
        let held = self.credentials(person).await?.into_iter().map(|credential| credential.cred_id).collect();
        let core = self.core()?;
        let wish = core
            .new_challenge_register_builder(&bytes, &person.username, &person.username)
            .map_err(|_| FactorError::Sealed)?
            .attestation(AttestationConveyancePreference::None)
            .user_verification_policy(UserVerificationPolicy::Required)
            .require_resident_key(true)
            .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::RS256])
            .exclude_credentials(Some(held));
        let (options, state) = core.generate_challenge_register(wish).map_err(|error| refused(&error))?;
        self.ask((KIND, place), Some(&person.id), (&options, Waiting { handle, state }))
    }

    /// Adds the passkey that a browser has made, in the caller's transaction.
    ///
    /// # Errors
    /// [`FactorError::Over`] when it was asked too long ago, elsewhere or for another person, or was answered before;
    /// [`FactorError::Wrong`] when the answer is not good or the credential is registered already.
    pub async fn finish_registration(
        &self,
        tx: &mut Transaction,
        person: &Person,
        (answered, place): (Answered<'_>, Place<'_>),
        label: &str,
    ) -> Result<FactorId, FactorError> {
        let asked = self.asked::<Waiting>((KIND, place), answered.sealed)?;
        if asked.whom.as_ref() != Some(&person.id) {
            return Err(FactorError::Over);
        }
        let answer: RegisterPublicKeyCredential = parse(answered.credential)?;
        let credential = self.core()?.register_credential(&answer, &asked.state.state, None);
        let credential = credential.map_err(|error| refused(&error))?;
        let now = self.0.factors.0.clock.now();
        let (mark, until) = self.mark(&asked);
        let handle = store::passkeys::keep_handle(tx, &person.id, &asked.state.handle, now).await?;
        if !store::marks::set(tx, &mark, until).await? || handle.as_ref() != Some(&asked.state.handle) {
            return Err(FactorError::Over);
        }
        self.write(tx, person, &credential, label).await
    }

    async fn write(
        &self,
        tx: &mut Transaction,
        person: &Person,
        credential: &Credential,
        label: &str,
    ) -> Result<FactorId, FactorError> {
        let data = serde_json::to_vec(credential).map_err(|_| FactorError::Sealed)?;
        let id = self.0.factors.add(tx, &person.id, (FactorKind::Passkey, label), &data).await?;
        match store::passkeys::insert(tx, &credential_key(&credential.cred_id), &id).await {
            Err(StoreError::Conflict) => Err(FactorError::Wrong),
            other => Ok(other.map(|()| id)?),
        }
    }

    /// The credentials of a person.
    pub(super) async fn credentials(&self, person: &Person) -> Result<Vec<Credential>, FactorError> {
        let factors = self.0.factors.list(&person.id).await?;
        factors.iter().filter(|factor| factor.kind == FactorKind::Passkey).map(|factor| self.stored(factor)).collect()
    }
}
