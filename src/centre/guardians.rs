//! Guardians (监护人, PIPL art. 31): for a person whose proven date of birth says under 14, somebody of age agrees.
//!
//! Both sides take part, each in a session of its own. The child names its guardian by name and mobile number; a code goes
//! to that number if somebody of that name, of age and at level 3, has shown it to be theirs; the code is typed on the
//! child's page; then the guardian accepts, after a fresh sign-in with all factors. So nobody becomes the guardian of a child
//! that has not asked, and no child makes one without the guardian's phone and account. It ends when either says so, and by
//! itself on the 14th birthday.

use std::sync::Arc;
use std::time::Duration;

use super::{Centre, CentreError};
use crate::accounts::{AccountState, Event, EventKind, Person};
use crate::base::id::GuardianshipId;
use crate::base::{Secret, Timestamp};
use crate::factors::{Browser, CodeFor, FactorError, Sending};
use crate::logout::Reason;
use crate::messages::{CodePurpose, NoticeKind};
use crate::realname::{MobileNumber, PersonName, RealNameLevel, age};
use crate::store;
use crate::store::guardianships::GuardianshipRow;

/// The level of real name that a guardian needs.
pub const LEAST_LEVEL: RealNameLevel = RealNameLevel::L3;

/// How long a child's wish waits for the guardian.
const WAIT: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long an ended guardianship stays on record: three years, as PIPL art. 56 asks of records.
const KEEP: Duration = Duration::from_secs(3 * 366 * 24 * 3600);

/// Most children of one guardian, and guardians of one child.
const MOST: usize = 10;

/// A guardianship as one of the two sees it.
pub struct GuardianLine {
    /// The guardianship.
    pub id: GuardianshipId,
    /// Whether who sees it is the guardian.
    pub as_guardian: bool,
    /// The name of the other one, masked.
    pub name: String,
    /// Whether the guardian has accepted.
    pub active: bool,
    /// Until when it can be accepted, or stands.
    pub until: Timestamp,
}

impl Centre {
    /// Sends a code to the guardian whom a child names. Whether there is such a one is told by nothing.
    pub async fn send_guardian_code(
        &self,
        child: &Person,
        (name, number): (&str, &MobileNumber),
        from: Browser<'_>,
        locale: &str,
    ) -> Result<(), CentreError> {
        self.must_be_child(child)?;
        let found = self.guardian(child, name, number).await?;
        let sending = if found.is_some() { Sending::Unawaited } else { Sending::Nobody };
        Ok(self.on().factors.send_code(guardian_code(child, number), sending, from, locale).await?)
    }

    /// Writes the wish of a child who shows the code that was sent to its guardian.
    pub async fn ask_guardian(
        &self,
        child: &Person,
        (name, number): (&str, &MobileNumber),
        (code, from): (&Secret, Browser<'_>),
    ) -> Result<(), CentreError> {
        self.must_be_child(child)?;
        if !self.on().factors.check_code(guardian_code(child, number), code, from).await? {
            return Err(FactorError::Wrong.into());
        }
        let guardian = self.guardian(child, name, number).await?.ok_or(FactorError::Wrong)?;
        let now = self.now();
        let row = GuardianshipRow {
            id: GuardianshipId::new(now, &self.on().random),
            child_id: child.id.clone(),
            guardian_id: guardian.id.clone(),
            state: "asked".into(),
            asked_at: now,
            accepted_at: None,
            ended_at: None,
            end_reason: None,
            valid_until: now.plus(WAIT),
            expires_at: now.plus(WAIT),
        };
        let mut tx = self.on().store.begin().await?;
        let open = store::guardianships::of_account(&mut tx, &child.id, now).await?;
        if open.len() >= MOST {
            return Err(CentreError::TooMany);
        }
        if open.iter().any(|held| held.guardian_id == guardian.id) {
            return Ok(());
        }
        store::guardianships::drop_lapsed(&mut tx, (&child.id, &guardian.id), now).await?;
        store::guardianships::insert(&mut tx, &row).await?;
        self.on().accounts.record(&mut tx, &child.id, EventKind::GuardianAsked, Event::default()).await?;
        self.on().signon.tell(&mut tx, &guardian, NoticeKind::GuardianAsked).await?;
        tx.commit().await?;
        self.on().signon.told(&guardian);
        Ok(())
    }

    /// The guardian accepts; the pages have asked for a fresh sign-in with all factors.
    pub async fn accept_guardianship(&self, guardian: &Person, id: &GuardianshipId) -> Result<(), CentreError> {
        if !self.can_be_guardian(guardian) {
            return Err(CentreError::NotForThem);
        }
        let now = self.now();
        let mut tx = self.on().store.begin().await?;
        self.on().accounts.hold_active(&mut tx, &guardian.id).await?;
        let row = store::guardianships::find(&mut tx, id).await?.ok_or(CentreError::Nothing)?;
        let child = self.on().accounts.find_in(&mut tx, &row.child_id).await?;
        let birth = child.birth().filter(|birth| age::is_under(*birth, age::CHILD, now)).ok_or(CentreError::Nothing)?;
        let until = age::turns(birth, age::CHILD);
        let times = (now, until);
        if !store::guardianships::accept(&mut tx, id, &guardian.id, times, until.plus(KEEP)).await? {
            return Err(CentreError::Nothing);
        }
        for account in [&guardian.id, &child.id] {
            self.on().accounts.record(&mut tx, account, EventKind::GuardianAccepted, Event::default()).await?;
        }
        tx.commit().await?;
        self.on().accounts.changed(&child.id);
        tracing::info!(child = %child.id, guardian = %guardian.id, "a guardian agrees for a child");
        Ok(())
    }

    /// Either of the two ends it. Once it stood, whatever the child had agreed to under it ends: sessions, tokens, consents,
    /// at every service, in the same transaction.
    pub async fn end_guardianship(&self, by: &Person, id: &GuardianshipId) -> Result<(), CentreError> {
        let now = self.now();
        let on = self.on();
        let mut tx = on.store.begin().await?;
        let row = store::guardianships::find(&mut tx, id).await?.ok_or(CentreError::Nothing)?;
        let as_guardian = row.guardian_id == by.id;
        if !as_guardian && row.child_id != by.id {
            return Err(CentreError::Nothing);
        }
        let reason = if as_guardian { "withdrawn" } else { "taken_back" };
        let ended = store::guardianships::end(&mut tx, id, (now, reason), now.plus(KEEP)).await?;
        let ended = ended.ok_or(CentreError::Nothing)?;
        let mut sessions = Vec::new();
        let child = on.accounts.find_in(&mut tx, &ended.child_id).await?;
        let still = store::guardianships::guardian_of(&mut tx, &child.id, now).await?.is_some();
        if ended.accepted_at.is_some() && !still && ended.valid_until > now {
            sessions = on.logouts.end_all(&mut tx, &child.id, None, Reason::GuardianEnded).await?;
            store::grants::end_of_account(&mut tx, &child.id, now, Reason::GuardianEnded.as_str()).await?;
            on.consents.end_all(&mut tx, &child.id, "guardian").await?;
        }
        for account in [&ended.guardian_id, &ended.child_id] {
            on.accounts.record(&mut tx, account, EventKind::GuardianEnded, Event::default()).await?;
        }
        on.signon.tell(&mut tx, &child, NoticeKind::GuardianEnded).await?;
        tx.commit().await?;
        on.signon.told(&child);
        sessions.iter().for_each(|ended| on.logouts.committed(ended));
        on.delegation.acting_ended();
        Ok(())
    }

    /// What is asked or stands of a person, as child or as guardian.
    pub async fn guardianships(&self, person: &Person) -> Result<Vec<GuardianLine>, CentreError> {
        let rows = store::guardianships::of_account(&mut self.on().store.read().await?, &person.id, self.now()).await?;
        let mut lines = Vec::new();
        for row in rows {
            let as_guardian = row.guardian_id == person.id;
            let other = if as_guardian { &row.child_id } else { &row.guardian_id };
            let other = self.on().accounts.find(other).await?;
            let name = other.real_name.as_ref().map(|found| found.masked_name()).unwrap_or_default();
            lines.push(GuardianLine {
                id: row.id,
                as_guardian,
                name,
                active: row.state == "active",
                until: row.valid_until,
            });
        }
        Ok(lines)
    }

    /// Whether somebody is a child for whom a guardian agrees.
    #[must_use]
    pub fn is_child(&self, person: &Person) -> bool {
        person.birth().is_some_and(|birth| age::is_under(birth, age::CHILD, self.now()))
    }

    /// Whether somebody can be a guardian: of age by a proven document, and at level 3.
    #[must_use]
    pub fn can_be_guardian(&self, person: &Person) -> bool {
        let of_age = person.birth().is_some_and(|birth| !age::is_under(birth, age::ADULT, self.now()));
        of_age && person.level() >= LEAST_LEVEL && person.state == AccountState::Active
    }

    fn must_be_child(&self, person: &Person) -> Result<(), CentreError> {
        if self.is_child(person) { Ok(()) } else { Err(CentreError::NotForThem) }
    }

    /// The one whom a child names, if that one can be a guardian.
    async fn guardian(
        &self,
        child: &Person,
        name: &str,
        number: &MobileNumber,
    ) -> Result<Option<Arc<Person>>, CentreError> {
        let Ok(name) = PersonName::parse(name) else { return Ok(None) };
        let found = self.on().accounts.find_by_verified_mobile(number).await?;
        let is_meant = |found: &Arc<Person>| {
            let named = found.real_name.as_ref().is_some_and(|held| held.name.is(name.expose()));
            named && found.id != child.id && self.can_be_guardian(found)
        };
        Ok(found.filter(is_meant))
    }
}

fn guardian_code<'a>(child: &'a Person, number: &'a MobileNumber) -> CodeFor<'a> {
    CodeFor { purpose: CodePurpose::Guardian, subject: child.id.as_str(), number }
}
