//! [`Company`]: a legal person that is registered, with its legal representative; and agents of it.

use std::time::Duration;

use hufu::accounts::Person as Account;
use hufu::base::Clock as _;
use hufu::base::id::{EntityId, MandateId};
use hufu::delegation::{Invitation, InvitationKey, Invited, Registered};
use hufu::demo::authority::AuthorityOptions;
use hufu::demo::companies::companies;
use hufu::demo::people::people;
use hufu::realname::CompanyStatus;

use super::{Person, TestNode};

/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// A registered company.
#[derive(Clone)]
pub struct Company {
    pub id: EntityId,
    pub code: String,
    pub name: String,
    pub representative: Person,
}

/// What the register knows.
pub fn registered() -> Vec<hufu::demo::companies::Company> {
    companies(&people(AuthorityOptions::SEED, 20))
}

impl TestNode {
    /// The account of a person, as the node knows it now.
    pub async fn account(&self, person: &Person) -> std::sync::Arc<Account> {
        self.app.accounts.changed(&person.id);
        self.app.accounts.find(&person.id).await.unwrap()
    }

    /// The company that this person represents by the register, registered.
    pub async fn company(&self, representative: &Person) -> Company {
        let wanted = self.known_company(representative);
        let by = self.account(representative).await;
        let registered = self.app.delegation.register(&by, &wanted.code, &wanted.name).await;
        match registered.unwrap_or_else(|error| panic!("{error}")) {
            Registered::Confirmed(entity) => {
                Company { id: entity.id, code: entity.code, name: entity.name, representative: representative.clone() }
            }
            Registered::Pending => panic!("the registry does not answer"),
        }
    }

    /// What the register says of the company that still exists and that this person represents.
    pub fn known_company(&self, representative: &Person) -> hufu::demo::companies::Company {
        let all = registered();
        let theirs = |company: &hufu::demo::companies::Company| {
            company.document_number == representative.number && company.status == CompanyStatus::Active
        };
        all.into_iter().find(theirs).unwrap_or_else(|| panic!("{} represents nobody", representative.username))
    }

    /// The company invites this person as its agent for so many days; the invitation waits in their account.
    pub async fn invite(&self, company: &Company, person: &Person, matters: &str, days: u32) -> MandateId {
        self.invite_for(company, person, matters, DAY * days).await
    }

    async fn invite_for(&self, company: &Company, person: &Person, matters: &str, term: Duration) -> MandateId {
        let by = self.account(&company.representative).await;
        let wish = Invitation {
            entity: &company.id,
            name: &person.name,
            login: Some(&person.username),
            matters,
            valid_from: None,
            valid_until: self.clock.now().plus(term),
        };
        let invited = self.app.delegation.invite(&by, &wish).await.unwrap_or_else(|error| panic!("{error}"));
        assert!(matches!(invited, Invited::InAccount));
        let overview = self.app.delegation.overview(&*self.account(person).await).await.unwrap();
        let waiting = overview.invitations.into_iter().find(|(mandate, _)| mandate.entity_id == company.id);
        waiting.expect("the invitation waits").0.id
    }

    /// This person is the company's agent for so many days.
    pub async fn appoint(&self, company: &Company, person: &Person, matters: &str, days: u32) -> MandateId {
        let mandate = self.invite(company, person, matters, days).await;
        let account = self.account(person).await;
        self.app.delegation.accept(&account, &InvitationKey::Waiting(&mandate)).await.unwrap();
        mandate
    }

    /// The same for so long.
    pub async fn appoint_for(&self, company: &Company, person: &Person, term: Duration) -> MandateId {
        let mandate = self.invite_for(company, person, "", term).await;
        let account = self.account(person).await;
        self.app.delegation.accept(&account, &InvitationKey::Waiting(&mandate)).await.unwrap();
        mandate
    }

    /// The company takes a mandate back.
    pub async fn revoke_mandate(&self, company: &Company, mandate: &MandateId) {
        let by = self.account(&company.representative).await;
        self.app.delegation.revoke(&by, mandate).await.unwrap();
    }
}
