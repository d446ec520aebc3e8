//! Proof by the national network identity service (网号): a ticket buys a level, and no name is told or asked.

use super::statement::token_of;
use super::{ProofError, Proven, Verifier};
use crate::accounts::Person;
use crate::realname::{NetworkIdentity, VerificationMethod};
use crate::store;
use crate::store::network_identities::NetworkIdentityRow;
use crate::store::verifications::VerificationRow;

const METHOD: VerificationMethod = VerificationMethod::NetworkIdentity;

impl Verifier {
    /// Redeems a ticket of the service: the level that it tells, and no name.
    pub async fn prove_by_network_identity(&self, person: &Person, ticket: &str) -> Result<Proven, ProofError> {
        let ticket = token_of(ticket)?;
        // Nobody can tell whether the ticket is of the person whose name is known here: a borrowed one would raise them.
        if person.real_name.is_some() {
            return Err(ProofError::OtherPerson);
        }
        self.accounts.limits().proof(person.id.as_str()).await?;
        let found = match self.network.redeem(ticket).await {
            Ok(Some(found)) => found,
            Ok(None) => {
                self.write_down(self.record_of(person, "", METHOD, "not_found")).await?;
                return Err(ProofError::NotFound);
            }
            Err(error) => return Err(self.no_answer(person, "", METHOD, &error).await?),
        };
        self.record_network(person, &found).await?;
        self.accounts.changed(&person.id);
        let level = found.level;
        tracing::info!(account = %person.id, level = i16::from(level), source = found.source, "a network identity was confirmed");
        let (masked_name, masked_number) = (String::new(), String::new());
        Ok(Proven { level, masked_name, masked_number, source: found.source, at: found.checked_at })
    }

    async fn record_network(&self, person: &Person, found: &NetworkIdentity) -> Result<(), ProofError> {
        let pairwise_index = self.network_index.of(&format!("{}:{}", found.source, found.pairwise_id.expose()));
        let row = NetworkIdentityRow {
            account_id: person.id.clone(),
            pairwise_index: pairwise_index.clone(),
            level: i32::from(i16::from(found.level)),
            source: found.source.clone(),
            reference: found.reference.clone(),
            verified_at: found.checked_at,
            method: METHOD.as_str().to_owned(),
            name: None,
        };
        let record = VerificationRow {
            source: found.source.clone(),
            reference: found.reference.clone(),
            level_after: Some(i32::from(i16::from(found.level))),
            ..self.record_of(person, "", METHOD, "match")
        };
        let mut tx = self.store.begin().await?;
        let person = &*self.as_it_stands(&mut tx, person).await?;
        let refused = match store::network_identities::find_by_index(&mut tx, &pairwise_index).await? {
            Some(other) if other.account_id != person.id => {
                Some(("held_elsewhere", ProofError::HeldElsewhere { holder: other.account_id }))
            }
            _ if store::real_names::find(&mut tx, &person.id).await?.is_some()
                || !store::network_identities::put(&mut tx, &row).await? =>
            {
                Some(("other_person", ProofError::OtherPerson))
            }
            _ => None,
        };
        if let Some((outcome, error)) = refused {
            drop(tx);
            self.write_down(VerificationRow { outcome: outcome.into(), level_after: record.level_before, ..record })
                .await?;
            return Err(error);
        }
        store::verifications::insert(&mut tx, &record).await?;
        self.tell_of_rise(&mut tx, person, found.level).await?;
        tx.commit().await?;
        self.notices.committed();
        Ok(())
    }
}
