//! Recovery codes (恢复码): ten codes of fifty random bits for the day when the phone is gone, each good for once. They are
//! shown once, when they are made; what is stored is their keyed hashes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{FactorError, FactorKind, Factors};
use crate::base::id::AccountId;
use crate::base::{Secret, Timestamp};
use crate::store::Transaction;

/// How many codes a set has.
pub const HOW_MANY: usize = 10;

/// Letters of a code: those that are not mistaken for others (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Letters in a code.
const LENGTH: usize = 10;

/// What is stored of a set: the hashes of the codes that are left.
#[derive(Serialize, Deserialize)]
struct Stored {
    left: Vec<String>,
}

/// Codes on the page that shows them.
#[derive(Serialize, Deserialize)]
struct Shown {
    codes: Vec<String>,
    at: Timestamp,
}

/// How long the page that shows codes may stay open.
const PAGE_LIFE: Duration = Duration::from_secs(15 * 60);

fn file(account: &AccountId) -> String {
    format!("recovery-file:{account}")
}

impl Factors {
    /// Makes a new set in the caller's transaction, in place of an earlier one; the codes are seen here and never again.
    pub async fn make_recovery_codes(
        &self,
        tx: &mut Transaction,
        account: &AccountId,
    ) -> Result<Vec<Secret>, FactorError> {
        for row in crate::store::factors::list(tx, account).await? {
            if row.kind == FactorKind::Recovery.as_str() {
                self.remove(tx, account, &row.id).await?;
            }
        }
        let codes: Vec<String> = (0..HOW_MANY).map(|_| self.code()).collect();
        let left = codes.iter().map(|code| self.0.hasher.hash(&named(account, code))).collect();
        let stored = serde_json::to_vec(&Stored { left }).map_err(|_| FactorError::Sealed)?;
        self.add(tx, account, (FactorKind::Recovery, ""), &stored).await?;
        Ok(codes.iter().map(|code| Secret::new(shown(code))).collect())
    }

    /// Seals codes that are shown now, so that the page can offer them as a file.
    #[must_use]
    pub fn seal_shown_codes(&self, account: &AccountId, codes: &[String]) -> String {
        let shown = Shown { codes: codes.to_vec(), at: self.0.clock.now() };
        self.0.halves.seal(&shown, file(account).as_bytes())
    }

    /// Opens them for the same account, while the page can still be open.
    #[must_use]
    pub fn open_shown_codes(&self, account: &AccountId, sealed: &str) -> Option<Vec<String>> {
        let shown: Shown = self.0.halves.open(sealed, file(account).as_bytes()).ok()?;
        (self.0.clock.now().since(shown.at) <= PAGE_LIFE).then_some(shown.codes)
    }

    /// How many codes are left; `None` when the account has no set.
    pub async fn recovery_codes_left(&self, account: &AccountId) -> Result<Option<usize>, FactorError> {
        let factors = self.list(account).await?;
        let Some(factor) = factors.iter().find(|factor| factor.kind == FactorKind::Recovery) else { return Ok(None) };
        let stored: Stored = serde_json::from_slice(&self.open(factor)?).map_err(|_| FactorError::Sealed)?;
        Ok(Some(stored.left.len()))
    }

    /// A code as those of a set, for other things that are typed once; as it is shown.
    #[must_use]
    pub fn fresh_code(&self) -> Secret {
        Secret::new(shown(&self.code()))
    }

    fn code(&self) -> String {
        let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'0');
        self.0.random.array::<LENGTH>().into_iter().map(|byte| char::from(letter(byte))).collect()
    }

    /// What to store when `code` is one of those left.
    pub(super) fn recovery_after(
        &self,
        account: &AccountId,
        data: &[u8],
        code: &Secret,
    ) -> Result<Option<Vec<u8>>, FactorError> {
        let mut stored: Stored = serde_json::from_slice(data).map_err(|_| FactorError::Sealed)?;
        let typed = named(account, &typed(code));
        let place = stored.left.iter().position(|hash| self.0.hasher.matches(&typed, hash));
        let Some(place) = place else { return Ok(None) };
        stored.left.swap_remove(place);
        serde_json::to_vec(&stored).map(Some).map_err(|_| FactorError::Sealed)
    }
}

/// What is hashed: a code belongs to one account.
fn named(account: &AccountId, code: &str) -> String {
    format!("recovery:{account}:{code}")
}

/// As a person reads it: two groups.
fn shown(code: &str) -> String {
    let (first, second) = code.split_at_checked(LENGTH / 2).unwrap_or((code, ""));
    format!("{first}-{second}")
}

/// As a person types it: hyphens, spaces and capitals forgiven, and letters that look like digits.
#[must_use]
pub fn typed(code: &Secret) -> String {
    let letters = code.expose().chars().filter(|c| c.is_ascii_alphanumeric()).take(2 * LENGTH);
    letters
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_typed_in_many_forms() {
        let code = "0a1b2c3d4e";
        for form in [shown(code), "0A1B2-C3D4E".into(), " oa1b2 c3d4e ".into(), "0alb2c3d4e".into()] {
            assert_eq!(typed(&Secret::new(form.clone())), code, "{form}");
        }
    }
}
