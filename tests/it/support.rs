//! What several tests need.

pub mod script;
