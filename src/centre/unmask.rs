//! One item of what is held about a person, in plain, for a short time, in the session that asked. Pages show everything
//! else masked; each time an item is shown is written down for the owner to read.

use std::time::Duration;

use super::{Centre, CentreError};
use crate::accounts::{Event, EventKind};
use crate::session::{Device, Session};

/// An item that is masked on pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// The real name.
    Name,
    /// The number of the document.
    Document,
    /// The mobile number.
    Mobile,
}

impl Item {
    /// Every item.
    pub const ALL: [Self; 3] = [Self::Name, Self::Document, Self::Mobile];

    /// The word in forms and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Document => "document",
            Self::Mobile => "mobile",
        }
    }

    /// The item with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.as_str() == word)
    }
}

impl Centre {
    /// Lets a session see an item for a while. The record is written first: nothing is shown that is not on record.
    pub async fn unmask(&self, session: &Session, device: &Device, item: Item) -> Result<(), CentreError> {
        let mut tx = self.on().store.begin().await?;
        let event = Event {
            about: item.as_str(),
            session: Some(&session.id),
            address: &device.address,
            user_agent: &device.user_agent,
            ..Event::default()
        };
        self.on().accounts.record(&mut tx, &session.account_id, EventKind::Unmasked, event).await?;
        tx.commit().await?;
        tracing::info!(account = %session.account_id, item = item.as_str(), "an item is shown in plain");
        self.on().ephemeral.put(&key(session, item), b"1", self.unmasked_for()).await?;
        Ok(())
    }

    /// How long an item is shown.
    #[must_use]
    pub fn unmasked_for(&self) -> Duration {
        Duration::from_secs(self.0.config.unmask_seconds)
    }

    /// What a session may see in plain now.
    pub async fn unmasked(&self, session: &Session) -> Result<Vec<Item>, CentreError> {
        let mut items = Vec::new();
        for item in Item::ALL {
            if self.on().ephemeral.get(&key(session, item)).await?.is_some() {
                items.push(item);
            }
        }
        Ok(items)
    }
}

fn key(session: &Session, item: Item) -> String {
    format!("unmask:{}:{}", session.id, item.as_str())
}
