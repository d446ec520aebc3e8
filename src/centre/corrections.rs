//! Corrections (更正, PIPL art. 46): what a person can change herself she changes; for the rest she says what is wrong and
//! why, and an operator decides and answers. Both texts are sealed: people write names and numbers there.

use std::time::Duration;

use super::{Centre, CentreError};
use crate::accounts::{AccountError, Event, EventKind, Person};
use crate::base::Timestamp;
use crate::base::id::{AccountId, CorrectionId};
use crate::messages::NoticeKind;
use crate::session::{Device, Session};
use crate::store;
use crate::store::correction_requests::CorrectionRow;

/// How long a decided request stays on record: three years, as PIPL art. 56 asks of records.
const KEEP: Duration = Duration::from_secs(3 * 366 * 24 * 3600);

/// Most requests of one person that wait at a time.
const MOST_OPEN: usize = 5;

/// Longest text of a wish or an answer, in characters.
const LONGEST: usize = 500;

/// What is to be corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CorrectionItem {
    /// The confirmed name or document.
    RealName,
    /// A record of a verification or sign-in.
    History,
    /// What is said of a company or of acting for one.
    Company,
    /// Anything else.
    Other,
}

impl CorrectionItem {
    /// Every item.
    pub const ALL: [Self; 4] = [Self::RealName, Self::History, Self::Company, Self::Other];

    /// The word in forms and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RealName => "real_name",
            Self::History => "history",
            Self::Company => "company",
            Self::Other => "other",
        }
    }

    /// The item with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.as_str() == word)
    }
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionState {
    /// Nobody has decided it.
    Open,
    /// It was put right.
    Accepted,
    /// It was not.
    Refused,
}

impl CorrectionState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }

    /// The state of a stored word; open for any other.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        [Self::Accepted, Self::Refused].into_iter().find(|state| state.as_str() == word).unwrap_or(Self::Open)
    }
}

/// A request, opened.
pub struct Correction {
    /// The request.
    pub id: CorrectionId,
    /// Who asks.
    pub account: AccountId,
    /// What is wrong.
    pub item: String,
    /// In the person's words.
    pub wish: String,
    /// How far it is.
    pub state: CorrectionState,
    /// What the person is told.
    pub answer: Option<String>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

impl Centre {
    /// Asks for a correction.
    pub async fn ask_correction(
        &self,
        person: &Person,
        (session, device): (&Session, &Device),
        (item, wish): (CorrectionItem, &str),
    ) -> Result<(), CentreError> {
        let wish = text(wish)?;
        let now = self.now();
        let mut tx = self.on().store.begin().await?;
        self.on().accounts.hold_active(&mut tx, &person.id).await?;
        let rows = store::correction_requests::of_account(&mut tx, &person.id).await?;
        if rows.iter().filter(|row| row.state == CorrectionState::Open.as_str()).count() >= MOST_OPEN {
            return Err(CentreError::TooMany);
        }
        let row = CorrectionRow {
            id: CorrectionId::new(now, &self.on().random),
            account_id: person.id.clone(),
            item: item.as_str().to_owned(),
            wish: self.on().accounts.seal(&person.id, wish),
            state: CorrectionState::Open.as_str().to_owned(),
            answer: None,
            asked_at: now,
            decided_at: None,
            expires_at: Timestamp::NEVER,
        };
        store::correction_requests::insert(&mut tx, &row).await?;
        let event = Event {
            about: item.as_str(),
            session: Some(&session.id),
            address: &device.address,
            user_agent: &device.user_agent,
            ..Event::default()
        };
        self.on().accounts.record(&mut tx, &person.id, EventKind::CorrectionAsked, event).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A person's requests, the latest first.
    pub async fn corrections_of(&self, account: &AccountId) -> Result<Vec<Correction>, CentreError> {
        let rows = store::correction_requests::of_account(&mut self.on().store.read().await?, account).await?;
        rows.into_iter().map(|row| self.opened(row)).collect()
    }

    /// Requests in one state, the oldest first, after `after`, for operators.
    pub async fn corrections_in(
        &self,
        state: CorrectionState,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Correction>, CentreError> {
        let mut db = self.on().store.read().await?;
        let rows = store::correction_requests::list(&mut db, state.as_str(), after, limit).await?;
        rows.into_iter().map(|row| self.opened(row)).collect()
    }

    /// Decides a request, as an operator: the person is told by message, and reads the answer in the account centre. What
    /// an acceptance means is done before by the command whose it is (a proof at a counter, the end of a mandate): a decision
    /// writes no attribute by itself, and no level.
    pub async fn decide_correction(
        &self,
        id: &CorrectionId,
        state: CorrectionState,
        answer: &str,
    ) -> Result<(), CentreError> {
        let answer = text(answer)?;
        let now = self.now();
        let mut tx = self.on().store.begin().await?;
        let row = store::correction_requests::find(&mut tx, id).await?.ok_or(CentreError::Nothing)?;
        let sealed = self.on().accounts.seal(&row.account_id, answer);
        let decision = (state.as_str(), sealed.as_slice());
        if state == CorrectionState::Open
            || !store::correction_requests::decide(&mut tx, id, decision, now, now.plus(KEEP)).await?
        {
            return Err(CentreError::Nothing);
        }
        let person = self.on().accounts.find_in(&mut tx, &row.account_id).await?;
        let event = Event { about: state.as_str(), ..Event::default() };
        self.on().accounts.record(&mut tx, &person.id, EventKind::CorrectionDecided, event).await?;
        self.on().signon.tell(&mut tx, &person, NoticeKind::CorrectionDecided).await?;
        tx.commit().await?;
        self.on().signon.told(&person);
        tracing::info!(correction = %id, account = %person.id, state = state.as_str(), "a correction was decided");
        Ok(())
    }

    /// Writes another user name for a person who is signed in.
    pub async fn change_username(
        &self,
        person: &Person,
        (session, device): (&Session, &Device),
        wanted: &str,
    ) -> Result<(), AccountError> {
        let mut tx = self.on().store.begin().await?;
        self.on().accounts.hold_active(&mut tx, &person.id).await?;
        self.on().accounts.set_username(&mut tx, &person.id, wanted).await?;
        let event = Event {
            session: Some(&session.id),
            address: &device.address,
            user_agent: &device.user_agent,
            ..Event::default()
        };
        self.on().accounts.record(&mut tx, &person.id, EventKind::UsernameChanged, event).await?;
        tx.commit().await?;
        self.on().accounts.changed(&person.id);
        Ok(())
    }

    fn opened(&self, row: CorrectionRow) -> Result<Correction, CentreError> {
        let open = |sealed: &[u8]| -> Result<String, AccountError> {
            Ok(self.on().accounts.unseal(&row.account_id, sealed)?.expose().to_owned())
        };
        Ok(Correction {
            wish: open(&row.wish)?,
            answer: row.answer.as_deref().map(open).transpose()?,
            state: CorrectionState::parse(&row.state),
            item: row.item,
            asked_at: row.asked_at,
            decided_at: row.decided_at,
            id: row.id,
            account: row.account_id,
        })
    }
}

/// A text that says something and ends somewhere.
fn text(typed: &str) -> Result<&str, CentreError> {
    let text = typed.trim();
    if text.is_empty() || text.chars().count() > LONGEST { Err(CentreError::Text) } else { Ok(text) }
}
