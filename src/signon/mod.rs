//! Sign-on: where accounts, sessions and logout meet. What a person does about signing in, each as one transaction.
//!
//! Step-up adds to the session; another person's sign-in ends it and tells every service; a new password ends the other
//! sessions; a lock ends all of them and every grant.

mod above;
mod below;
mod merge;
mod passkeys;
mod recovery;
mod scan;
mod second;
mod security;

use std::sync::Arc;

use crate::accounts::{AccountError, AccountState, Accounts, Person, Registration};
use crate::base::id::{AccountId, ClientId, SessionId};
use crate::base::{Secret, crash};
use crate::factors::{Browser, CodeFor, FactorError, Factors, Passkeys, Sending};
use crate::logout::{Ended, Logouts, Reason};
use crate::messages::{CodePurpose, NoticeKind};
use crate::realname::MobileNumber;
use crate::session::{Amr, AuthEvent, Device, Session, SessionCookie, Sessions};
use crate::store::{self, Store, Transaction};

pub use above::{FromAbove, FromAboveError};
pub use below::{Entered, FromBelow, FromBelowError};
pub use merge::{MergeError, Merges, Waiting};
pub use recovery::{
    Appeal, AppealError, AppealState, Application, Begun, Cooling, LONGEST_CONTACT, OpenRecovery, OwnWay, Progress,
    Recoveries, RecoveryConfig, RecoveryError, RecoveryStanding, Shown,
};
pub use scan::{Answer, Code, ScanRequest, Scans, Standing};
pub use second::{Passed, Showing};

/// A person who has just signed in, and the cookie for their browser.
pub struct SignedOn {
    /// Who.
    pub person: Arc<Person>,
    /// The session.
    pub session: Session,
    /// The cookie's value.
    pub cookie: SessionCookie,
}

/// A browser that someone signs in with.
pub struct At<'a> {
    /// The browser.
    pub device: &'a Device,
    /// The session that it has now: its sign-on session, or the one for the isolated client.
    pub current: Option<&'a Session>,
    /// The isolated client that the person signs in for; none when the sign-in is for all.
    pub isolated_for: Option<&'a ClientId>,
    /// The client that the person is on the way to; none when they came on their own.
    pub on_the_way_to: Option<&'a ClientId>,
}

/// A session as it was opened in a browser.
struct Placed {
    session: Session,
    cookie: SessionCookie,
    /// The hash of the cookie that this person's session there had before.
    before: Option<String>,
    /// What ended there.
    ended: Option<Ended>,
}

/// Signing on; clones share everything.
#[derive(Clone)]
pub struct SignOn {
    store: Store,
    accounts: Accounts,
    sessions: Sessions,
    logouts: Logouts,
    factors: Factors,
    passkeys: Passkeys,
    scans: Scans,
}

impl SignOn {
    /// Over these rooms.
    #[must_use]
    pub fn new(
        store: Store,
        accounts: Accounts,
        (factors, passkeys, scans): (Factors, Passkeys, Scans),
        sessions: Sessions,
        logouts: Logouts,
    ) -> Self {
        Self { store, accounts, sessions, logouts, factors, passkeys, scans }
    }

    /// Signs in with a name (username or mobile number) and a password.
    pub async fn by_password(&self, login: &str, password: &Secret, at: &At<'_>) -> Result<Passed, AccountError> {
        let person = self.accounts.authenticate(login, password, &at.device.address).await?;
        self.first(person, &AuthEvent::password(), at).await
    }

    /// Sends a code to sign in with to this number. Whether it belongs to anybody is told neither by the answer nor by how
    /// long it takes.
    pub async fn send_sign_in_code(
        &self,
        number: &MobileNumber,
        from: Browser<'_>,
        locale: &str,
    ) -> Result<(), FactorError> {
        let known = self.accounts.knows_mobile(number).await?;
        let sending = if known { Sending::Unawaited } else { Sending::Nobody };
        self.factors.send_code(sign_in_by(number), sending, from, locale).await
    }

    /// Signs in by a code that was sent to a verified number.
    pub async fn by_sms(
        &self,
        number: &MobileNumber,
        code: &Secret,
        from: Browser<'_>,
        at: &At<'_>,
    ) -> Result<Passed, FactorError> {
        let limits = self.accounts.limits();
        let key = format!("sms:{}", number.expose());
        limits.sign_in_begins(&key, from.address).await?;
        // Nobody is looked up for a wrong code, so that a known number costs no more than another.
        let right = self.factors.check_code(sign_in_by(number), code, from).await?;
        let known = if right { self.accounts.find_by_verified_mobile(number).await? } else { None };
        let Some(person) = known else {
            limits.sign_in_failed(from.address).await?;
            limits.pause(&key).await?;
            return Err(FactorError::Wrong);
        };
        limits.sign_in_succeeded(&key).await?;
        person.may_sign_in()?;
        Ok(self.first(person, &AuthEvent::sms(), at).await?)
    }

    /// Registers a person and signs them in.
    pub async fn register(&self, wish: &Registration<'_>, at: &At<'_>) -> Result<SignedOn, AccountError> {
        let person = self.accounts.register(wish).await?;
        let mut tx = self.store.begin().await?;
        // The browser in which somebody registers is no news to them.
        self.factors.see_device(&mut tx, &person.id, at.device).await?;
        tx.commit().await?;
        self.establish(person, &AuthEvent::password(), at).await
    }

    /// Opens a session, or adds to the one that this person has in this browser; another person's session there ends. For an
    /// isolated client all of this is about its own session, and the browser's sign-on session is not touched.
    async fn establish(&self, person: Arc<Person>, event: &AuthEvent, at: &At<'_>) -> Result<SignedOn, AccountError> {
        let mut tx = self.store.begin().await?;
        // Whoever changes the password, or locks the account, ends what is there: what comes after must not begin by the
        // old one.
        if event.methods().contains(&Amr::Pwd) {
            self.accounts.hold_by_password(&mut tx, &person).await?;
        } else {
            self.accounts.hold_active(&mut tx, &person.id).await?;
        }
        let placed = self.open_in_place(&mut tx, &person, event, at).await?;
        self.note_device(&mut tx, &person, at.device).await?;
        self.note_sign_in(&mut tx, (&placed.session, event), at).await?;
        crash::point("signon.before_commit");
        tx.commit().await?;
        crash::point("signon.after_commit");
        let (session, cookie) = self.placed(placed);
        Ok(SignedOn { person, session, cookie })
    }

    /// Opens a session in this browser, or adds to the one that this person has there; another person's session there ends.
    /// Tell [`SignOn::placed`] after the commit.
    async fn open_in_place(
        &self,
        tx: &mut Transaction,
        person: &Person,
        event: &AuthEvent,
        at: &At<'_>,
    ) -> Result<Placed, AccountError> {
        let (own, other): (Option<&Session>, Option<&Session>) = match at.current {
            Some(session) if session.account_id == person.id => (Some(session), None),
            current => (None, current),
        };
        let (session, cookie) = self.open_or_add(tx, (person, own), event, at).await?;
        let ended = match other {
            Some(session) => self.logouts.end(tx, &session.id, Reason::OtherPerson).await?,
            None => None,
        };
        Ok(Placed { session, cookie, before: own.map(|session| session.cookie_hash.clone()), ended })
    }

    /// A session was opened and committed.
    fn placed(&self, placed: Placed) -> (Session, SessionCookie) {
        if let Some(cookie_hash) = &placed.before {
            self.sessions.forget(cookie_hash);
        }
        self.committed(placed.ended);
        (placed.session, placed.cookie)
    }

    /// Adds to the person's own session in this browser, or opens one.
    async fn open_or_add(
        &self,
        tx: &mut Transaction,
        (person, own): (&Person, Option<&Session>),
        event: &AuthEvent,
        at: &At<'_>,
    ) -> Result<(Session, SessionCookie), AccountError> {
        let stepped_up = match own {
            Some(session) => self.sessions.step_up(tx, session, event).await?,
            None => None,
        };
        Ok(match stepped_up {
            Some(same_session) => same_session,
            None => self.sessions.open(tx, &person.id, event, (at.device, at.isolated_for)).await?,
        })
    }

    /// Sets a new password after the present one was shown, and ends every other session.
    pub async fn change_password(
        &self,
        person: &Person,
        (present, wanted): (&Secret, &Secret),
        at: &At<'_>,
    ) -> Result<(), AccountError> {
        self.accounts.confirm_password(&person.id, present, &at.device.address).await?;
        let hash = self.accounts.new_password(person, wanted).await?;
        let keep = at.current.map(|session| &session.id);
        let mut tx = self.store.begin().await?;
        self.accounts.set_password(&mut tx, &person.id, &hash).await?;
        let ended = self.logouts.end_all(&mut tx, &person.id, keep, Reason::PasswordChanged).await?;
        self.tell(&mut tx, person, NoticeKind::PasswordChanged).await?;
        // Whoever changes the password has the account: nobody else recovers it.
        if recovery::overtake(&mut tx, &person.id, self.accounts.now(), "password_changed").await? {
            self.tell(&mut tx, person, NoticeKind::RecoveryCancelled).await?;
        }
        self.factors.distrust_all(&mut tx, &person.id).await?;
        crash::point("password.before_commit");
        tx.commit().await?;
        crash::point("password.after_commit");
        self.accounts.changed(&person.id);
        self.factors.notices().committed();
        self.committed(ended);
        Ok(())
    }

    /// Locks, disables, closes or unlocks an account. Anything but active ends its sessions and every grant.
    pub async fn set_state(&self, id: &AccountId, state: AccountState) -> Result<(), AccountError> {
        let mut tx = self.store.begin().await?;
        self.accounts.set_state(&mut tx, id, state).await?;
        let ended = if state == AccountState::Active { Vec::new() } else { self.end_everything(&mut tx, id).await? };
        crash::point("state.before_commit");
        tx.commit().await?;
        crash::point("state.after_commit");
        self.accounts.changed(id);
        self.committed(ended);
        Ok(())
    }

    /// Removes an account: first everyone is told, in the same transaction.
    pub async fn delete(&self, id: &AccountId) -> Result<bool, AccountError> {
        let mut tx = self.store.begin().await?;
        // First the account, as everywhere: two that take rows in different orders would wait for each other.
        store::accounts::hold(&mut tx, id).await?;
        let ended = self.end_everything(&mut tx, id).await?;
        let found = store::accounts::delete(&mut tx, id).await?;
        crash::point("delete.before_commit");
        tx.commit().await?;
        crash::point("delete.after_commit");
        self.accounts.changed(id);
        self.committed(ended);
        Ok(found)
    }

    async fn end_everything(&self, tx: &mut store::Transaction, id: &AccountId) -> Result<Vec<Ended>, AccountError> {
        let ended = self.logouts.end_all(tx, id, None, Reason::AccountState).await?;
        store::grants::end_of_account(tx, id, self.accounts.now(), Reason::AccountState.as_str()).await?;
        Ok(ended)
    }

    fn committed(&self, ended: impl IntoIterator<Item = Ended>) {
        ended.into_iter().for_each(|ended| self.logouts.committed(&ended));
    }

    /// Ends every session of a person but `except`, at her wish; gives how many.
    pub async fn sign_out_everywhere(
        &self,
        person: &Person,
        except: Option<&SessionId>,
    ) -> Result<usize, AccountError> {
        let mut tx = self.store.begin().await?;
        let ended = self.logouts.end_all(&mut tx, &person.id, except, Reason::Person).await?;
        self.tell(&mut tx, person, NoticeKind::SignedOutEverywhere).await?;
        crash::point("logout.all.before_commit");
        tx.commit().await?;
        crash::point("logout.all.after_commit");
        let count = ended.len();
        self.factors.notices().committed();
        self.committed(ended);
        Ok(count)
    }

    /// Ends one of a person's own sessions; false when it is not theirs or has ended.
    pub async fn end_own_session(&self, person: &AccountId, id: &SessionId) -> Result<bool, AccountError> {
        let owner = self.sessions.list(person).await?.into_iter().any(|session| session.id == *id);
        if !owner {
            return Ok(false);
        }
        Ok(self.logouts.end_session(id, Reason::Person).await?.is_some())
    }
}

/// A code to sign in with belongs to the number alone: nobody is known yet.
fn sign_in_by(number: &MobileNumber) -> CodeFor<'_> {
    CodeFor { purpose: CodePurpose::SignIn, subject: "", number }
}
