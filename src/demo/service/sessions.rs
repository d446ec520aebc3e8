//! A service's own sessions, in memory: by its cookie, and by the provider's `sid`.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::client::{Failed, Pending, SignedIn};

/// Most browsers that a demo service remembers.
const MOST: usize = 10_000;

/// What a service knows of one browser.
#[derive(Default)]
pub enum Browser {
    /// Nobody is signed in.
    #[default]
    SignedOut,
    /// A sign-in is under way.
    Pending(Box<Pending>),
    /// Someone is signed in.
    SignedIn(Box<SignedIn>),
    /// The provider said that the session is over.
    Ended,
    /// The last sign-in failed.
    Failed {
        /// Whether it was silent.
        silent: bool,
        /// Why.
        why: Failed,
    },
}

/// The sessions.
#[derive(Default)]
pub struct ServiceSessions(Mutex<HashMap<String, Browser>>);

impl ServiceSessions {
    /// Writes what is known of a browser.
    pub fn put(&self, cookie: &str, browser: Browser) {
        let mut all = self.0.lock();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(cookie.to_owned(), browser);
    }

    /// Takes away what is known of a browser.
    pub fn take(&self, cookie: &str) -> Browser {
        self.0.lock().remove(cookie).unwrap_or_default()
    }

    /// Looks at what is known of a browser.
    pub fn look<T>(&self, cookie: &str, read: impl FnOnce(&Browser) -> T) -> T {
        read(self.0.lock().get(cookie).unwrap_or(&Browser::SignedOut))
    }

    /// Ends every session with this `sid`; gives how many.
    pub fn end(&self, sid: &str) -> usize {
        let mut ended = 0;
        for browser in self.0.lock().values_mut() {
            if matches!(browser, Browser::SignedIn(signed_in) if signed_in.sid == sid) {
                *browser = Browser::Ended;
                ended += 1;
            }
        }
        ended
    }
}
