//! The way to an account: the servers of an address are found, and an account is tried before it is saved.
//!
//! `plan` is pure data and rules, for the screen as well. `discover` asks every source at once: `providers` (the table that
//! is built in), `autoconfig` (files of providers), `services` (the DNS), and names that are guessed; the net is behind
//! [`net::Net`]. `check` signs in and looks at the folders. `import` reads what other programs were told.

pub mod check;
pub mod discover;
pub mod import;
pub mod net;
pub mod plan;
pub mod providers;
pub mod services;

mod autoconfig;
