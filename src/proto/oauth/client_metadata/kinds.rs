//! The small vocabularies of client metadata: exactly what is served, as discovery lists it. And [`Localized`], the members
//! in several languages.

use std::collections::BTreeMap;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value as written.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }

            /// The value of that exact name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

vocabulary! {
    /// Whether the client runs on a server or on a person's device. OIDC Registration §2
    ApplicationType {
        /// In a browser, with a server behind it.
        Web = "web",
        /// On a phone or a desk.
        Native = "native",
    }
}

vocabulary! {
    /// A way of signing in that a client counts, by its RFC 8176 name.
    LoginMethod {
        /// A password.
        Password = "pwd",
        /// A code by text message.
        Sms = "sms",
        /// A code of an authenticator app, or a recovery code.
        OneTimeCode = "otp",
        /// A passkey.
        Passkey = "hwk",
    }
}

vocabulary! {
    /// What a client gives for a token. RFC 7591 §2
    GrantType {
        /// RFC 6749 §4.1
        AuthorizationCode = "authorization_code",
        /// RFC 6749 §6
        RefreshToken = "refresh_token",
        /// RFC 6749 §4.4
        ClientCredentials = "client_credentials",
        /// RFC 8693 §2.1
        TokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange",
    }
}

vocabulary! {
    /// How a client proves who it is. OIDC Core §9
    ClientAuthMethod {
        /// Secret in the Authorization header.
        ClientSecretBasic = "client_secret_basic",
        /// Secret in the body.
        ClientSecretPost = "client_secret_post",
        /// Assertion under a private key.
        PrivateKeyJwt = "private_key_jwt",
        /// Not at all: a public client.
        None = "none",
    }
}

impl ClientAuthMethod {
    /// Whether hufu makes a secret for the client.
    #[must_use]
    pub const fn uses_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

vocabulary! {
    /// What an access token is.
    AccessTokenFormat {
        /// A signed `at+jwt`, RFC 9068.
        Jwt = "jwt",
        /// A random text that only hufu can explain.
        Opaque = "opaque",
    }
}

vocabulary! {
    /// When people are asked whether a client may learn about them.
    ConsentMode {
        /// Not asked: a law says so. The notice stands in the account centre.
        Statutory = "statutory",
        /// The first time, and again when more is asked.
        FirstUse = "first_use",
        /// Every time.
        Always = "always",
    }
}

vocabulary! {
    /// Whether a live session is enough to enter.
    Reauthenticate {
        /// It is.
        AsNeeded = "as_needed",
        /// Everybody signs in anew at every entry.
        Always = "always",
    }
}

vocabulary! {
    /// Whom a client serves: who may be the `sub` of its tokens.
    ServedSubject {
        /// People for themselves.
        Person = "person",
        /// Companies, by the people who act for them.
        Entity = "entity",
        /// Both; the person chooses.
        Either = "either",
    }
}

impl ServedSubject {
    /// Whether people come for themselves.
    #[must_use]
    pub const fn serves_persons(self) -> bool {
        matches!(self, Self::Person | Self::Either)
    }

    /// Whether people come for a company.
    #[must_use]
    pub const fn serves_entities(self) -> bool {
        matches!(self, Self::Entity | Self::Either)
    }
}

vocabulary! {
    /// A façade (兼容接口): the interface of a provincial platform by which a client is served besides the standard one.
    FacadeKind {
        /// A ticket, validated by the service's server (浙里办 for persons).
        Ticket = "ticket",
        /// OAuth 2.0 with an exchange of sessions (广东).
        SessionExchange = "session_exchange",
    }
}

/// Members in other languages (RFC 7591 §2.2): full name such as `client_name#zh-CN` → text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// The members that may have a language.
    pub const MEMBERS: [&'static str; 6] =
        ["client_name", "logo_uri", "client_uri", "policy_uri", "tos_uri", "purpose"];

    /// The text of `member` in `language`, whatever the case of the language's name (RFC 5646 §2.1.1).
    #[must_use]
    pub fn get(&self, member: &str, language: &str) -> Option<&str> {
        self.iter()
            .find(|(name, tag, _)| *name == member && tag.eq_ignore_ascii_case(language))
            .map(|(_, _, text)| text)
    }

    /// Member, language, text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.0.iter().filter_map(|(name, text)| name.split_once('#').map(|(name, tag)| (name, tag, text.as_str())))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Takes the members with a language out of those that are left over, and passes over the rest.
impl<'de> Deserialize<'de> for Localized {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LocalizedVisitor)
    }
}

struct LocalizedVisitor;

impl<'de> Visitor<'de> for LocalizedVisitor {
    type Value = Localized;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some(name) = access.next_key::<String>()? {
            match name.split_once('#') {
                Some((member, tag)) if Localized::MEMBERS.contains(&member) => {
                    if !is_language(tag) {
                        return Err(A::Error::custom("a language tag is malformed"));
                    }
                    if let Some(text) = access.next_value::<Option<String>>()? {
                        members.insert(name, text);
                    }
                }
                _ => {
                    access.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Localized(members))
    }
}

/// The form of a language tag (RFC 5646 §2.1), not its meaning.
pub(super) fn is_language(tag: &str) -> bool {
    tag.len() <= 35
        && tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
