//! Trust between nodes: this node as an access party (接入方) of the node above, and as the target (目标方) of the nodes below
//! (standard 5.2, 6.4 c and d).
//!
//! - [`config`], [`place`]: `[upstream]` and `[[below]]`, levels and divisions
//! - [`below`]: the nodes below as trusted clients of this one; what they tell of logouts ([`upward`])
//! - [`upstream`]: the node above: whom it knows signs in here, who signs in here is passed up to it, and what it tells of
//!   logouts counts here
//! - [`from_below`]: who has signed in at a node below and is passed up to this one (信任传递)
//! - [`told`]: what another node says of a person, `vouched` what it says of a company; [`links`]: accounts that were made for somebody whom another node knows
//!
//! Login goes up, logout goes both ways, and no level is raised by passing through. No web in it: `http::trust` makes
//! redirects and pages of what comes out.

pub mod below;
pub mod config;
pub mod from_below;
pub mod links;
pub mod place;
pub mod told;
pub mod upstream;
pub mod upward;
mod vouched;

pub use config::{Below, LowerNode, Names, UpstreamConfig};
pub use from_below::FromBelow;
pub use links::Links;
pub use place::{NodeLevel, Region};
pub use told::Told;
pub use upstream::Upstream;
