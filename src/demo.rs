//! An embedded IMAP server and its sample mailbox, for the demo and for tests.

pub mod command;
pub mod faults;
pub mod fetch;
pub mod header;
pub mod mailbox;
pub mod search;
pub mod server;
pub mod session;
pub mod tree;
pub mod wire;
pub mod world;
