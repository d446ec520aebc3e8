//! `/oauth2/authorize` and the pages on its way.

mod consent;
mod factors;
mod flow;
mod isolated;
mod parameters;
mod pkce;
mod prompt;
mod redirect_uri;
mod request_object;
mod step_up;
