//! The demo's relying parties: 办事 matters, 证照 licences, 印章 seals, 门户 portal.

pub mod view;
