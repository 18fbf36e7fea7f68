//! The one integration test binary; a file a subject.

mod auth;
mod cases;
mod cli;
mod demo;
mod dovecot;
mod engine;
mod faults;
mod fuzz;
mod journeys;
mod model;
#[cfg(unix)]
mod pty;
mod render_corpus;
mod screens;
mod search_corpus;
mod secrets;
mod soak;
mod support;
mod thread_corpus;
mod tidy;
mod time;
mod transcripts;
