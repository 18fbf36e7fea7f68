//! What several tests need.
#![cfg(test)]

pub mod dovecot;
pub mod engine;
pub mod proxy;
pub mod raw_client;
pub mod script;
