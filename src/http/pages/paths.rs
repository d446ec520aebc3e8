//! The address of every page, below the node's base path. The router and the templates use the same names.

/// To the node above (上级平台账号登录): `?flow=…`.
pub const ABOVE: &str = "/upstream/start";
/// Takes an account into use that was made for somebody whom the node above knows (激活); posts to itself.
pub const ACTIVATE: &str = "/upstream/activate";
/// Links an account that was here before to the node above (关联); posts to itself.
pub const LINK_ABOVE: &str = "/upstream/link";
/// What is asked of somebody who has signed in at a node below; posts to itself.
pub const PASSAGE: &str = "/trust/passage";
/// The node's first page.
pub const HOME: &str = "/";
/// Sign in (登录); posts to itself.
pub const SIGN_IN: &str = "/sign-in";
/// The picture of a challenge: `?c=…`.
pub const CHALLENGE: &str = "/sign-in/challenge";
/// Sign in by a code by text message (短信验证码登录); posts to itself.
pub const SMS_SIGN_IN: &str = "/sign-in/sms";
/// A further factor (二次验证), on the way into a session or as a step-up in one; posts to itself.
pub const SECOND_FACTOR: &str = "/sign-in/second";
/// Adds a further factor on the way to a service (添加验证方式); posts to itself to decline.
pub const ENROL: &str = "/sign-in/enrol";
/// Sign in with a passkey (通行密钥登录); posts to itself.
pub const PASSKEY_SIGN_IN: &str = "/sign-in/passkey";
/// Sign in by scanning (扫码登录): the code and how it stands; posts to itself.
pub const SCAN_SIGN_IN: &str = "/sign-in/scan";
/// What the QR code leads to, on a phone; posts to itself.
pub const SCAN: &str = "/scan";
/// Recovers an account (找回账号): who it is; posts to itself.
pub const RECOVER: &str = "/recover";
/// What is shown to recover it. Post only.
pub const RECOVER_WAYS: &str = "/recover/ways";
/// What becomes of a recovery or an appeal, by its code; posts to itself.
pub const RECOVER_STATUS: &str = "/recover/status";
/// Cancels a recovery by the code in the message; posts to itself.
pub const RECOVER_CANCEL: &str = "/recover/cancel";
/// An appeal (申诉). Post only.
pub const APPEAL: &str = "/recover/appeal";
/// A recovery of the account as its owner sees it; posts to itself to cancel it.
pub const ACCOUNT_RECOVERY: &str = "/account/recovery";
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
/// Makes a passkey (添加通行密钥); posts to itself.
pub const PASSKEY: &str = "/account/security/passkey";
/// What has happened to the account (账号通知).
pub const NOTICES: &str = "/account/notices";
/// Security of the account (登录安全): factors and trusted devices.
pub const SECURITY: &str = "/account/security";
/// Sets up an authenticator app; posts to itself.
pub const TOTP: &str = "/account/security/totp";
/// Makes recovery codes and shows them once. Post only.
pub const RECOVERY_CODES: &str = "/account/security/recovery";
/// The codes just shown, as a text file. Post only.
pub const RECOVERY_FILE: &str = "/account/security/recovery/file";
/// Verifies a mobile number, or another one; posts to itself.
pub const MOBILE: &str = "/account/security/mobile";
/// Removes a factor. Post only: `factor` is its id, or `mobile`.
pub const REMOVE_FACTOR: &str = "/account/security/remove";
/// Renames a factor. Post only: `factor` and `label`.
pub const RENAME_FACTOR: &str = "/account/security/rename";
/// Trusts a device no longer. Post only: `device`.
pub const DISTRUST: &str = "/account/security/distrust";
/// Whether to be always asked. Post only: `always` is `yes` or `no`.
pub const ALWAYS_ASK: &str = "/account/security/always-ask";
/// Ends sessions. Post only: `which` is `others`, `all`, or the session's id.
pub const END_SESSIONS: &str = "/account/sessions/end";
/// Withdraws a consent. Post only: `client_id`.
pub const WITHDRAW_CONSENT: &str = "/account/consents/withdraw";
/// History (历史记录): `?show=…&before=…`.
pub const HISTORY: &str = "/account/history";
/// My data (我的个人信息), masked.
pub const DATA: &str = "/account/data";
/// Shows an item in plain for a while. Post only: `item`.
pub const SHOW_ITEM: &str = "/account/data/show";
/// Everything that is held, as a file. Post only.
pub const EXPORT: &str = "/account/data/export";
/// Corrections (更正信息); posts to itself: `item` and `wish`.
pub const CORRECTIONS: &str = "/account/corrections";
/// Changes the user name. Post only: `username`.
pub const USERNAME: &str = "/account/username";
/// Close the account (注销账号); posts to itself: `decision=close`.
pub const CLOSE: &str = "/account/close";
/// The choice of who comes back to a closing account. Post only: `ticket` and `decision`.
pub const CLOSING: &str = "/sign-in/closing";
/// Guardians (监护人), for the child and for the guardian; posts to itself.
pub const GUARDIAN: &str = "/account/guardian";
/// What a child without a guardian sees on the way to a service.
pub const GUARDIAN_NEEDED: &str = "/guardian";
/// Brings two accounts of one person together; posts to itself.
pub const MERGE: &str = "/account/merge";
/// My companies (我的单位); posts to itself to register one.
pub const COMPANIES: &str = "/account/companies";
/// The agents of one company: `?company=…`; posts to itself to invite one.
pub const AGENTS: &str = "/account/companies/agents";
/// Answers an invitation. Post only: `answer` is `accept` or `decline`, with `mandate` or `code`.
pub const INVITATION: &str = "/account/companies/invitation";
/// Ends a mandate or an invitation. Post only: `mandate`, and `company` to come back to its agents.
pub const REVOKE_MANDATE: &str = "/account/companies/revoke";
/// Chooses which identity is offered first. Post only: `company` is its id, or `self`.
pub const PREFER_COMPANY: &str = "/account/companies/prefer";
/// What becomes of a registration that waits. Post only: `which` is `retry` or `withdraw`, with `uscc`.
pub const COMPANY_APPLICATION: &str = "/account/companies/application";
/// Terms of use (用户协议).
pub const TERMS: &str = "/terms";
/// Privacy notice (个人信息保护政策).
pub const PRIVACY: &str = "/privacy";
/// Language and elder mode: `?lang=…` or `?view=…`, with `back=…`; see [`super::preference`].
pub const PREFERENCES: &str = "/preferences";
/// Style sheet, script and pictures: `/static/{file}`; see [`super::assets`].
pub const STATIC: &str = "/static";
