//! The demo's messages: what would have been sent to people's phones, on a page of the guide's host.

use askama::Template;
use axum::Router;
use axum::http::{HeaderMap, header};
use axum::response::Html;
use axum::routing::get;

use crate::http::pages::moment;
use crate::http::pages::{Lang, assets};
use crate::messages::LocalOutbox;

/// Where the page is on the guide's host.
pub const PATH: &str = "/outbox";

/// The page (`#outbox`), the newest message first.
#[derive(Clone, Debug, Template)]
#[template(path = "demo/outbox.html")]
pub struct OutboxPage {
    /// The page's language.
    pub lang: Lang,
    /// The messages.
    pub messages: Vec<MessageLine>,
}

/// One message.
#[derive(Clone, Debug)]
pub struct MessageLine {
    /// To which number. Everybody here is invented, so nothing is masked.
    pub to: String,
    /// When.
    pub at: String,
    /// The text.
    pub text: String,
}

impl OutboxPage {
    fn t(&self, key: &str) -> String {
        self.lang.text(key)
    }

    fn stylesheet(&self) -> String {
        assets::address("demo.css").unwrap_or_default()
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let text = lang.pick(
            "【国家节点】验证码 012345，用于登录，5 分钟内有效。请勿告诉任何人，工作人员也不会向您索要。",
            "[国家节点] 012345 is your code to sign in. Good for 5 minutes. Tell it to nobody, staff included.",
        );
        let line = MessageLine { to: "16500000021".to_owned(), at: "14:40".to_owned(), text: text.to_owned() };
        Self { lang, messages: vec![line] }
    }
}

/// The page of what is kept in `outbox`.
pub fn router(outbox: Option<LocalOutbox>) -> Router {
    let page = move |headers: HeaderMap| {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = Lang::negotiate(None, None, accepted);
        let html = OutboxPage { lang, messages: lines(outbox.as_ref(), lang) }.render().unwrap_or_default();
        async move { ([(header::CACHE_CONTROL, "no-store")], Html(html)) }
    };
    Router::new().route(PATH, get(page))
}

fn lines(outbox: Option<&LocalOutbox>, lang: Lang) -> Vec<MessageLine> {
    let sent = outbox.map(LocalOutbox::sent).unwrap_or_default();
    let now = sent.first().map(|newest| newest.at).unwrap_or_default();
    let line = |sent: crate::messages::Sent| MessageLine {
        at: moment::text(lang, sent.at, now),
        to: sent.to,
        text: sent.text,
    };
    sent.into_iter().map(line).collect()
}
