//! Two processes of one node.
