//! Trust between nodes: this node as an access party (接入方) of the node above, and as the target (目标方) of the nodes below
//! (standard 5.2, 6.4 c and d).
//!
//! - [`config`], [`place`]: `[upstream]` and `[[below]]`, levels and divisions
//! - [`below`]: the nodes below as trusted clients of this one; what they tell of logouts ([`upward`])
//! - [`upstream`]: the node above: whom it knows signs in here, and what it tells of logouts counts here
//!
//! Login goes up, logout goes both ways, and no level is raised by passing through. No web in it: `http::trust` makes
//! redirects and pages of what comes out.

pub mod below;
pub mod config;
pub mod place;
pub mod upstream;
pub mod upward;

pub use config::{Below, LowerNode, Names, UpstreamConfig};
pub use place::{NodeLevel, Region};
pub use upstream::Upstream;
