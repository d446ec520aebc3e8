//! Identifiers: one type a noun, so that an account is never passed where a client is meant.
//!
//! New ones are version-7 UUIDs: they sort by time, so that indexes grow at one end. They are names, never secrets.

use super::clock::Timestamp;
use super::random::SharedRandom;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// A new, time-ordered identifier.
            #[must_use]
            pub fn new(now: Timestamp, random: &SharedRandom) -> Self {
                Self(new_uuid(now, random))
            }

            /// The text of the identifier.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )+};
}

identifiers! {
    /// A natural or legal person's account.
    AccountId,
    /// A relying party's `client_id` (RFC 6749 §2.2).
    ClientId,
    /// A browser's sign-on session at this node; never leaves the node (relying parties see a `sid` of their own).
    SessionId,
    /// What one client was granted at one sign-in: the family of its tokens.
    GrantId,
    /// A row of the outbox: one effect that must happen outside the database.
    JobId,
    /// One global logout: all the deliveries that it caused.
    LogoutId,
    /// A company: a legal person or another organisation (法人和其他组织).
    EntityId,
    /// One person's power to act for one company.
    MandateId,
    /// A registration of a company that waits for the registry.
    ApplicationId,
    /// One question to an authority about a person.
    VerificationId,
    /// Something that a person signs in with besides the password.
    FactorId,
    /// A browser that a person has signed in with.
    DeviceId,
    /// Something that has happened to an account, told to its owner.
    NoticeId,
    /// An account on its way back to its owner.
    RecoveryId,
    /// What somebody asks who cannot show enough for a recovery.
    AppealId,
    /// Something that happened to an account, for its owner to read.
    EventId,
    /// One consent as it was given.
    ConsentId,
    /// What a person wants corrected.
    CorrectionId,
    /// Who agrees for a child under 14.
    GuardianshipId,
    /// What an access party has registered here: a person or a company, as it knows them.
    RegistrationId,
}

fn new_uuid(now: Timestamp, random: &SharedRandom) -> String {
    let millis = u64::try_from(now.0).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random.array::<10>()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::SystemRandom;

    #[test]
    fn identifiers_sort_by_time() {
        let random: SharedRandom = Arc::new(SystemRandom);
        let early = AccountId::new(Timestamp(1_000), &random);
        let late = AccountId::new(Timestamp(2_000), &random);
        assert!(early < late);
        assert_eq!(early.as_str().len(), 36);
    }
}
