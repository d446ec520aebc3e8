//! [`Access`]: who may call a route. Every route of the table names one; a route without one does not exist.

/// Who may call a route, and so what its handler must prove before it does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Anybody, without a sign of who they are: discovery, keys, the sign-in page, assets. Such a handler shows nothing
    /// that depends on a session and changes nothing but what it is there for.
    Public,
    /// A browser with a live sign-on session: the account centre. Without one it is sent to sign in; a change also needs
    /// a form of this session (no change by GET).
    Browser,
    /// A relying party that has authenticated, or the holder of a token that it was given: token, introspection, user
    /// info. Without it: 401, by RFC 6749 §5.2 or RFC 6750 §3. Cookies count for nothing here.
    Client,
    /// Those who run the node: metrics and what is to come. Refused unless `[metrics]` (or its like) names them.
    Ops,
}

impl Access {
    /// Every class, for tests that hold each route against its class.
    pub const ALL: &'static [Self] = &[Self::Public, Self::Browser, Self::Client, Self::Ops];
}
