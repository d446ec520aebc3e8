//! Accounts of people whom another node knows: made without a user name of their own choice and without a password.

use super::{AccountError, Accounts, Person, person};
use crate::realname::MobileNumber;
use crate::store::{self, Transaction};

impl Accounts {
    /// Makes an account in the caller's transaction for somebody whom another node knows. A mobile number that it has
    /// verified comes along, unless an account here holds it: nobody is found by a number.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn make_without_credentials(
        &self,
        tx: &mut Transaction,
        mobile: Option<&MobileNumber>,
        locale: &str,
    ) -> Result<Person, AccountError> {
        let taken = match mobile {
            Some(number) => {
                let index = self.0.mobile_index.of(number.expose());
                store::accounts::find_by_mobile(tx, &index).await?.is_some()
            }
            None => false,
        };
        let number = mobile.filter(|_| !taken).map(MobileNumber::expose);
        let name = format!("user_{}", readable(&self.0.random.array::<10>()));
        let hash = self.0.hasher.of_nobody();
        let mut row = self.new_row(&name, number, hash, locale);
        row.mobile_verified_at = number.map(|_| self.now());
        store::accounts::insert(tx, &row).await?;
        person::open(&self.0.sealer, row, None, None)
    }
}

/// Letters and digits that are read easily, one a byte.
fn readable(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";
    bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32)).copied().map(char::from)).collect()
}
