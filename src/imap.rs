//! IMAP: the only sockets, and everything that is said over them.
//!
//! From the socket up: `connect` (TCP, TLS, STARTTLS, sign-in), `guard` (bounds and diverts what the server sends,
//! beneath async-imap), `driver` (one command, one tagged answer), `session` (a method a verb). Pure beside them:
//! `uid_set`, `folder_name`, `capability`, `syntax`, `lines`, `convert`, `error`.

pub mod capability;
pub mod connect;
pub mod convert;
pub mod error;
pub mod folder_name;
pub mod session;
pub mod trace;
pub mod uid_set;

mod answer;
mod command;
mod driver;
mod guard;
mod lines;
mod syntax;
