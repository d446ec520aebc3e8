//! `/oauth2/register`: dynamic registration (RFC 7591) and its management (RFC 7592).

mod management;
mod ssrf;
