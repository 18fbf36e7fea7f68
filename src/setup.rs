//! The way to an account: the servers of an address are found, and an account is tried before it is saved.
//!
//! `plan` is pure data and rules, for the screen as well; `import` reads what other programs were told.

pub mod import;
pub mod plan;
