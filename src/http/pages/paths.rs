//! The address of every page, below the node's base path. The router and the templates use the same names.

/// The node's first page.
pub const HOME: &str = "/";
/// Sign in (登录); posts to itself.
pub const SIGN_IN: &str = "/sign-in";
/// Register (注册); posts to itself.
pub const REGISTER: &str = "/register";
/// Real-name check (实名核验), on the way to a service or from the account centre; posts to itself.
pub const REAL_NAME: &str = "/real-name";
/// Consent (授权确认); posts to itself.
pub const CONSENT: &str = "/consent";
/// Choice of account under `prompt=select_account`; posts to itself.
pub const SELECT_ACCOUNT: &str = "/select-account";
/// Leaves an interaction: back to the asking service with `access_denied`. Post only.
pub const CANCEL: &str = "/cancel";
/// Asks whether to sign out; posts to itself.
pub const LOGOUT: &str = "/logout";
/// Which services were told of a logout, and with what result: `?id=…`.
pub const LOGOUT_RESULT: &str = "/logout/result";
/// Account centre (账号中心).
pub const ACCOUNT: &str = "/account";
/// Password change; posts to itself.
pub const PASSWORD: &str = "/account/password";
/// Ends sessions. Post only: `which` is `others`, `all`, or the session's id.
pub const END_SESSIONS: &str = "/account/sessions/end";
/// Withdraws a consent. Post only: `client_id`.
pub const WITHDRAW_CONSENT: &str = "/account/consents/withdraw";
/// Brings two accounts of one person together; posts to itself.
pub const MERGE: &str = "/account/merge";
/// Terms of use (用户协议).
pub const TERMS: &str = "/terms";
/// Privacy notice (个人信息保护政策).
pub const PRIVACY: &str = "/privacy";
/// Language and elder mode: `?lang=…` or `?view=…`, with `back=…`; see [`super::preference`].
pub const PREFERENCES: &str = "/preferences";
/// Style sheet, script and pictures: `/static/{file}`; see [`super::assets`].
pub const STATIC: &str = "/static";
