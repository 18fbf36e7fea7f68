//! The sync engine against the embedded server, whose faults are scripted.
#![cfg(test)]

mod accounts;
mod back;
mod batches;
mod bodies;
mod changes;
mod clicks;
mod connection;
mod counts;
mod cuts;
pub mod drafts;
pub mod every_action;
pub mod filing;
mod habits;
mod index;
mod labels;
mod offline;
mod others;
mod poison;
pub mod posting;
mod refused;
pub mod search;
mod three;

use posthaste::demo::server::{CopyUid, Options};
use rstest::rstest;

use crate::support::engine::Embedded;

/// Every action reaches the server once and can be taken back, whatever the server offers (RL23, RL24, RL29, RL62).
#[rstest]
#[case::full(Options::default())]
#[case::copyuid_tagged(Options::default().with_copy_uid(CopyUid::Tagged))]
#[case::copyuid_bare(Options::default().with_copy_uid(CopyUid::Bare))]
#[case::copyuid_absent(Options::default().with_copy_uid(CopyUid::Absent))]
#[case::no_move(Options::default().without("MOVE"))]
#[case::no_move_and_no_copyuid(Options::default().without("MOVE").with_copy_uid(CopyUid::Absent))]
#[case::no_move_no_uidplus(Options::default().without("MOVE").without("UIDPLUS"))]
#[case::no_idle(Options::default().without("IDLE"))]
#[case::old(["ESEARCH", "LIST-STATUS", "LIST-EXTENDED", "SPECIAL-USE", "NAMESPACE", "ENABLE", "UNSELECT"]
    .iter().fold(Options::default(), |options, name| options.without(name)))]
fn every_action_works(#[case] options: Options) {
    let server = Embedded::start(options, &every_action::IDS);
    let mut driver = server.home().start();
    every_action::walk(&mut driver, &|| server.all(), "");
}
