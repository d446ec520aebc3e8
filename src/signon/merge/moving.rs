//! What ends and what moves when an account is absorbed, by the table of [`super`], in the transaction of the merge.

use super::{MergeError, Merges};
use crate::accounts::{AccountError, AccountState, Person};
use crate::base::Timestamp;
use crate::base::id::AccountId;
use crate::entities::{MandateState, Role};
use crate::logout::{Ended, Reason};
use crate::messages::NoticeKind;
use crate::store::mandates::MandateRow;
use crate::store::{self, StoreError, Transaction};

/// Why a mandate ends that another one of the same person replaces.
const MERGED: &str = "merged";

/// How long such a mandate stays on record: as long as any other.
const KEEP: std::time::Duration = std::time::Duration::from_secs(3 * 366 * 24 * 3600);

impl Merges {
    /// Everything that a merge does to the two accounts, held by the caller.
    pub(super) async fn end_and_move(
        &self,
        tx: &mut Transaction,
        absorbed: &AccountId,
        survivor: &AccountId,
    ) -> Result<Vec<Ended>, MergeError> {
        let now = self.clock.now();
        for id in [absorbed, survivor] {
            let person = self.accounts.find_in(tx, id).await?;
            self.tell(tx, &person).await?;
        }
        // First who must be told, while it can be read.
        self.logouts.tell_by_subject(tx, absorbed).await?;
        let ended = self.logouts.end_all(tx, absorbed, None, Reason::AccountState).await?;
        store::grants::end_of_account(tx, absorbed, now, Reason::AccountState.as_str()).await?;
        store::consents::withdraw_all(tx, absorbed).await?;
        store::consent_records::end(tx, absorbed, None, (now, MERGED), now.plus(KEEP)).await?;
        self.move_companies(tx, absorbed, survivor, now).await?;
        store::guardianships::hand_over(tx, (absorbed, survivor), now, now.plus(KEEP)).await?;
        store::account_events::move_all(tx, absorbed, survivor).await?;
        self.move_requests(tx, absorbed, survivor).await?;
        store::real_names::delete(tx, absorbed).await?;
        store::network_identities::delete(tx, absorbed).await?;
        store::upstream_links::delete_of_account(tx, absorbed).await?;
        store::identity_documents::move_all(tx, absorbed, survivor).await?;
        store::verifications::move_all(tx, absorbed, survivor).await?;
        store::factors::delete_all(tx, absorbed).await?;
        store::devices::delete_all(tx, absorbed).await?;
        self.accounts.drop_mobile(tx, absorbed).await?;
        self.accounts.set_state(tx, absorbed, AccountState::Closed).await?;
        Ok(ended)
    }

    /// Tells one of the two, by the channels that were hers before.
    async fn tell(&self, tx: &mut Transaction, person: &Person) -> Result<(), StoreError> {
        self.factors.notices().tell(tx, person.addressee(), NoticeKind::AccountsMerged).await
    }

    /// Wishes for corrections, and what was answered: sealed for one account, and now for the other.
    async fn move_requests(
        &self,
        tx: &mut Transaction,
        absorbed: &AccountId,
        survivor: &AccountId,
    ) -> Result<(), MergeError> {
        let again = |sealed: &[u8]| -> Result<Vec<u8>, AccountError> {
            Ok(self.accounts.seal(survivor, self.accounts.unseal(absorbed, sealed)?.expose()))
        };
        for row in store::correction_requests::of_account(tx, absorbed).await? {
            let (wish, answer) = (again(&row.wish)?, row.answer.as_deref().map(again).transpose()?);
            store::correction_requests::hand_over(tx, &row.id, survivor, (&wish, answer.as_deref())).await?;
        }
        Ok(())
    }

    async fn move_companies(
        &self,
        tx: &mut Transaction,
        absorbed: &AccountId,
        survivor: &AccountId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let own = store::mandates::of_account(tx, survivor).await?;
        for row in store::mandates::of_account(tx, absorbed).await? {
            let rival = own.iter().find(|own| is_active(own) && is_active(&row) && own.entity_id == row.entity_id);
            let loser = match rival {
                None => None,
                Some(own) if represents(&row) && !represents(own) => Some(own),
                Some(_) => Some(&row),
            };
            if let Some(loser) = loser {
                store::mandates::end(tx, &loser.id, now, MERGED, now.plus(KEEP)).await?;
            }
            // What was done by the mandate of the account that goes on ends with it; the other's sessions have ended.
            if let Some(own) = loser.filter(|loser| loser.id != row.id) {
                self.logouts.end_acting(tx, survivor, &own.entity_id).await?;
            }
            if loser.is_none_or(|loser| loser.id != row.id) {
                store::mandates::hand_over(tx, &row.id, absorbed, survivor).await?;
            }
        }
        store::mandates::hand_over_invitations(tx, absorbed, survivor).await?;
        store::entities::hand_over_applications(tx, absorbed, survivor).await?;
        Ok(())
    }
}

fn is_active(row: &MandateRow) -> bool {
    row.state == MandateState::Active.as_str()
}

fn represents(row: &MandateRow) -> bool {
    row.role == Role::LegalRepresentative.as_str()
}
