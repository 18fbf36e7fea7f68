//! Posthaste: a terminal email client that opens at once, works offline and never loses an action or a mail.

pub mod dir_lock;
pub mod mail;
pub mod protocol;
pub mod safe_text;

pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod imap;
pub mod journal;
pub mod render;
pub mod runtime;
pub mod store;
pub mod sync;
pub mod ui;
