//! The one integration test binary; a file a subject.

mod cli;
mod demo;
mod dovecot;
mod journeys;
mod pty;
mod render_corpus;
mod screens;
mod support;
mod tidy;
mod transcripts;
