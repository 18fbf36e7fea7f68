//! User stories by key strings: the real loop, engine and files, an embedded server, and a screen in memory.
#![cfg(test)]

mod accounts;
pub mod app;
mod bulk;
mod hostile;
mod keys;
mod later;
mod look;
mod notices;
mod places;
mod posted;
mod quick;
mod reading;
mod sealed;
mod search;
mod sweep;
mod triage;
mod trouble;
mod wizard;
