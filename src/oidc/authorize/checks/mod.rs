//! The checks of an authorization request, one file each; the order is the list in [`super`].

pub(super) mod acr_values;
pub(super) mod authorization_details;
pub(super) mod claims;
pub(super) mod id_token_hint;
pub(super) mod max_age;
pub(super) mod nonce;
pub(super) mod pkce;
pub(super) mod prompt;
pub(super) mod response_mode;
pub(super) mod response_type;
pub(super) mod scope;
pub(super) mod unsupported;
