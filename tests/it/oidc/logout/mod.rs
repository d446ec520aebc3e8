//! `/oauth2/logout` (RP-Initiated Logout) and what relying parties are told (Back-Channel Logout).

mod backchannel;
mod delivery;
mod rp_initiated;
