//! What every test of a façade begins with, and how a service of the field signs.

use aws_lc_rs::hmac;
use axum::http::{HeaderName, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hufu::base::encoding::hex;
use hufu::base::{Clock as _, Timestamp};
use hufu::proto::facade::moment::as_compact;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::support::{Answer, Browser, Callback, Client, Landed, Person, TestNode};

/// Both façades are served.
pub const ON: [(&str, &str); 2] = [("facades.ticket", "true"), ("facades.session_exchange", "true")];

/// Where the form of the ticket flow is.
pub const FORM: &str = "/sso/servlet/simpleauth";

/// A node that serves the façades, a service of the ticket flow, and somebody whose name is proven.
pub struct Stage {
    pub node: TestNode,
    pub service: Client,
    pub person: Person,
    pub browser: Browser,
}

impl Stage {
    /// With a service that may have name and mobile number.
    pub async fn set() -> Self {
        Self::with(json!({"scope": "openid profile realname phone"})).await
    }

    /// With these members of the service's metadata.
    pub async fn with(members: Value) -> Self {
        let node = TestNode::with(&ON).await;
        let mut all = json!({"facade": "ticket"});
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let service = node.client_with("tickets", all).await;
        let person = node.verified_person("wangming").await;
        let browser = node.browser();
        Self { node, service, person, browser }
    }

    /// Where the browser of a person comes from an app.
    pub fn entry(&self, more: &str) -> String {
        format!("/sso/mobile.do?action=oauth&scope=1&servicecode={}{more}", self.service.id)
    }

    /// The person signs in by the façade, where they are not known: what comes back.
    pub async fn arrive(&mut self, path: &str) -> Callback {
        match self.browser.get(path).await {
            Landed::Here(page) => self.browser.log_in(&page, &self.person).await.callback(),
            Landed::There(callback) => callback,
        }
    }

    /// A ticket.
    pub async fn ticket(&mut self) -> String {
        self.arrive(&self.entry("")).await.get("ticket").to_owned()
    }

    /// A ticket validated: its token.
    pub async fn token(&mut self) -> String {
        let ticket = self.ticket().await;
        self.form("ticketValidation", &ticket).await["token"].as_str().unwrap().to_owned()
    }

    /// What the form of this service answers, signed as it should be.
    pub async fn form(&self, method: &str, subject: &str) -> Value {
        self.form_of(&self.service, method, subject).await
    }

    /// The same for another service.
    pub async fn form_of(&self, service: &Client, method: &str, subject: &str) -> Value {
        let time = self.time();
        let sign = lower_hex(&service.secret, &format!("{}{time}{subject}", service.id));
        self.fields(&form_fields(service, method, subject, (&time, &sign))).await
    }

    /// What the form answers to these fields.
    pub async fn fields(&self, fields: &[(String, String)]) -> Value {
        let answer = self.post(fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The same, whatever its status.
    pub async fn post(&self, fields: &[(String, String)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        self.node.call(Method::POST, FORM, &headers, &body).await
    }

    /// The present moment, as the form writes it.
    pub fn time(&self) -> String {
        as_compact(self.node.clock.now())
    }

    /// A call through the gateway, signed as it should be.
    pub async fn gateway(&self, path: &str, body: &Value) -> Answer {
        self.gateway_as(path, body, &self.gateway_headers(path, "hmac-sha256")).await
    }

    /// The four headers of a call to `path`, of now.
    pub fn gateway_headers(&self, path: &str, algorithm: &str) -> [String; 4] {
        let date = http_date(self.node.clock.now());
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let text = format!("POST\n{path}\n{query}\n{}\n{date}\n", self.service.id);
        let signature = STANDARD.encode(sign(&self.service.secret, &text));
        [self.service.id.clone(), signature, algorithm.to_owned(), date]
    }

    /// A call through the gateway with these headers: access key, signature, algorithm, date.
    pub async fn gateway_as(&self, path: &str, body: &Value, headers: &[String; 4]) -> Answer {
        const NAMES: [&str; 4] =
            ["x-bg-hmac-access-key", "x-bg-hmac-signature", "x-bg-hmac-algorithm", "x-bg-date-time"];
        let mut all = vec![(header::CONTENT_TYPE, "application/json")];
        all.extend(NAMES.iter().zip(headers).map(|(name, value)| (HeaderName::from_static(name), value.as_str())));
        self.node.call(Method::POST, path, &all, &body.to_string()).await
    }

    /// The test is over.
    pub async fn close(self) {
        self.node.deliver().await;
        self.node.close().await;
    }
}

/// The fields of a signed form.
pub fn form_fields(service: &Client, method: &str, subject: &str, (time, sign): (&str, &str)) -> Vec<(String, String)> {
    let name = if method == "getUserInfo" { "token" } else { "st" };
    let fields = [
        ("method", method),
        (name, subject),
        ("servicecode", service.id.as_str()),
        ("time", time),
        ("sign", sign),
        ("datatype", "json"),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// HMAC-SHA256.
pub fn sign(secret: &str, text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// The same in lower-case hexadecimal.
pub fn lower_hex(secret: &str, text: &str) -> String {
    hex(&sign(secret, text))
}

/// A moment as an HTTP date.
pub fn http_date(at: Timestamp) -> String {
    let form =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap().format(form).unwrap()
}
