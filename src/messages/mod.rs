//! Messages (短信) to people: one-time codes, sent at once, and notices, sent by the outbox in the transaction that causes
//! them. What is said is here, in both languages; when it is said is decided by the rooms that call.
//!
//! - [`Messenger`]: who carries a message · [`gateway`]: over HTTP, signed · [`local`]: kept in memory, for trying
//! - [`Notices`]: "your password was changed", at least once, however long the gateway is gone
//!
//! A number or a code never stands in a log, a URL or an unsealed row.

pub mod gateway;
pub mod local;
mod notice;
mod wording;

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, ready};
use serde::{Deserialize, Serialize};

use crate::base::{Secret, Timestamp, within};
use crate::realname::MobileNumber;

pub use gateway::{GatewayOptions, HttpGateway};
pub use local::{LocalOutbox, Sent};
pub use notice::{Addressee, DeliverNotice, NoticeKind, NoticePolicy, Notices, Told};

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// It may work later.
    #[error("messages cannot be sent now: {0}")]
    Unavailable(&'static str),
    /// The gateway understood and refused: this number or this text.
    #[error("the gateway refused the message")]
    Refused,
    /// This node sends no messages.
    #[error("no gateway is configured")]
    NotConfigured,
}

/// What a one-time code is for, as the text says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// To sign in.
    SignIn,
    /// As a second factor.
    SecondFactor,
    /// To show that a mobile number is the person's.
    VerifyMobile,
    /// To recover an account.
    Recover,
    /// To ask somebody to be the guardian of a child: typed on the child's page.
    Guardian,
}

impl CodePurpose {
    /// The word in templates' names and keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SecondFactor => "second_factor",
            Self::VerifyMobile => "verify_mobile",
            Self::Recover => "recover",
            Self::Guardian => "guardian",
        }
    }
}

/// What is said.
#[derive(Clone)]
pub enum Body {
    /// A one-time code.
    Code {
        /// What it is for.
        purpose: CodePurpose,
        /// The digits.
        code: Secret,
        /// For how many minutes it is good.
        minutes: u64,
    },
    /// Something has happened to the account.
    Notice {
        /// What.
        kind: NoticeKind,
        /// When.
        at: Timestamp,
        /// By which the reader can answer without signing in.
        code: Option<Secret>,
    },
}

/// One message. It has no `Debug`: it holds a number and perhaps a code.
#[derive(Clone)]
pub struct Message {
    /// To whom.
    pub to: MobileNumber,
    /// The language, a BCP 47 tag.
    pub locale: String,
    /// What is said.
    pub body: Body,
    /// The same at every try, so that the gateway sends once.
    pub key: String,
}

impl Message {
    /// The name under which the gateway knows the text: `code_sign_in`, `notice_new_device`, …
    #[must_use]
    pub fn template(&self) -> String {
        match &self.body {
            Body::Code { purpose, .. } => format!("code_{}", purpose.as_str()),
            Body::Notice { kind, .. } => format!("notice_{}", kind.as_str()),
        }
    }

    /// The values of the template, in order.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match &self.body {
            Body::Code { code, minutes, .. } => {
                vec![("code", code.expose().to_owned()), ("minutes", minutes.to_string())]
            }
            Body::Notice { at, code, .. } => {
                let time = ("time", wording::moment(*at));
                std::iter::once(time).chain(code.iter().map(|code| ("code", code.expose().to_owned()))).collect()
            }
        }
    }

    /// The whole text, signed with the node's name.
    #[must_use]
    pub fn text(&self, sender: &Sender) -> String {
        wording::text(self, sender.name(&self.locale))
    }
}

/// The node's name in both languages, with which every text is signed.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Chinese.
    pub zh_cn: String,
    /// English.
    pub en: String,
}

impl Sender {
    fn name(&self, locale: &str) -> &str {
        if locale == "en" { &self.en } else { &self.zh_cn }
    }
}

/// Who carries messages.
pub trait Messenger: Send + Sync + 'static {
    /// Hands a message over; bounded in time.
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), MessageError>>;
    /// Whether it can be expected to work now: told to people before they ask for a code, and the same for everybody.
    fn is_ready(&self) -> bool;
    /// Where messages go: what shares a breaker in the outbox.
    fn destination(&self) -> String;
}

/// A messenger that can be handed around.
pub type SharedMessenger = Arc<dyn Messenger>;

/// Carries nothing: no gateway is configured.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMessenger;

impl Messenger for NoMessenger {
    fn send<'a>(&'a self, _: &'a Message) -> BoxFuture<'a, Result<(), MessageError>> {
        Box::pin(ready(Err(MessageError::NotConfigured)))
    }

    fn is_ready(&self) -> bool {
        false
    }

    fn destination(&self) -> String {
        "nowhere".to_owned()
    }
}

/// The `[messages]` section of the configuration.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessageConfig {
    /// Keeps messages in this process's memory and sends none: for trying on one machine.
    pub local: bool,
    /// The gateway that sends them.
    pub gateway: Option<GatewayOptions>,
    /// How long notices stand on the account's page, in days.
    #[serde(deserialize_with = "within::<_, 7, 3660>")]
    pub keep_days: u64,
    /// Notices of one kind that one account is sent by message in a day; the page shows all.
    #[serde(deserialize_with = "within::<_, 1, 100>")]
    pub kind_per_day: u64,
}

impl Default for MessageConfig {
    fn default() -> Self {
        Self { local: false, gateway: None, keep_days: 190, kind_per_day: 5 }
    }
}

impl MessageConfig {
    /// The part that is about notices.
    #[must_use]
    pub const fn notices(&self) -> NoticePolicy {
        NoticePolicy { keep_days: self.keep_days, kind_per_day: self.kind_per_day }
    }
}

/// How long handing over one message may take.
pub const LONGEST: Duration = Duration::from_secs(5);
