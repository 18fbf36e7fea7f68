//! Decisions of the plan: what comes first, what a SELECT means, what a queue makes of a message.

use std::time::Duration;

use super::batch::next_batch;
use super::folder::{
    CHUNK, FlagPlan, Known, LEAST_CHUNK, Seen, close_gap, fitting, next_chunk, open_gap, steps, suspicious_loss,
};
use super::overlay::{inverse, lay, merge};
use super::{FolderView, Situation, Task, back_off, far_task, next_task};
use crate::journal::{Step, StepId, StepState, Verb};
use crate::mail::flags::{FLAGGED, Flag, FlagChange, Flags, SEEN};
use crate::mail::folder::Role;
use crate::mail::message::ServerPlace;
use crate::mail::{FolderId, MessageId, Uid, UidValidity};
use crate::protocol::{OpId, Priority};
use crate::sync::bodies::Wish;

fn folder(id: i64, role: Option<Role>) -> FolderView {
    FolderView { id: FolderId(id), role, dirty: false, gaps: false, sweep: false, barred: false }
}

fn calm(folders: &[FolderView]) -> Situation<'_> {
    Situation {
        open: None,
        wish: None,
        outbox: false,
        search: false,
        list_due: false,
        count_due: false,
        folders,
        prefetch: false,
        outbox_only: false,
        far: true,
    }
}

/// Protects the order of work: what the user looks at, what the user did, the list, the open folder, then the rest.
#[test]
fn the_user_comes_first() {
    let mut inbox = folder(1, Some(Role::Inbox));
    let mut open = folder(2, None);
    let mut other = folder(3, Some(Role::Sent));
    (inbox.dirty, open.dirty, other.dirty) = (true, true, true);
    (inbox.gaps, open.gaps, other.sweep) = (true, true, true);
    let folders = [inbox, open, other];
    let wish = |priority| Some(Wish { message: MessageId(9), priority, whole: false });
    let full = Situation {
        open: Some(FolderId(2)),
        wish: wish(Priority::Open),
        outbox: true,
        search: true,
        list_due: true,
        count_due: true,
        prefetch: true,
        ..calm(&folders)
    };
    assert!(matches!(next_task(&full), Task::Body(_)));
    let neighbour = Situation { wish: wish(Priority::Neighbour), ..full };
    assert_eq!(next_task(&neighbour), Task::Outbox);
    let sent = Situation { outbox: false, ..neighbour };
    assert_eq!(next_task(&sent), Task::ListFolders);
    let listed = Situation { list_due: false, ..sent };
    assert_eq!(next_task(&listed), Task::Head(FolderId(2)));
    let mut second = folders;
    second[1].dirty = false;
    let opened = Situation { folders: &second, ..listed };
    assert_eq!(next_task(&opened), Task::Head(FolderId(1)));
    let mut third = second;
    third[0].dirty = false;
    let heads = Situation { folders: &third, ..opened };
    assert_eq!(next_task(&heads), Task::Search);
    let heads = Situation { search: false, ..heads };
    assert!(matches!(next_task(&heads), Task::Body(_)));
    let read = Situation { wish: None, ..heads };
    assert_eq!(next_task(&read), Task::ListFolders);
    let read = Situation { count_due: false, ..read };
    assert_eq!(next_task(&read), Task::Head(FolderId(3)));
    let mut fourth = third;
    fourth[2].dirty = false;
    let rest = Situation { folders: &fourth, ..read };
    assert_eq!(next_task(&rest), Task::Backfill(FolderId(2)));
}

/// What nobody waits for is left to the connection that is there for it, which does nothing else.
#[test]
fn the_rest_may_be_another_connections() {
    let mut inbox = folder(1, Some(Role::Inbox));
    (inbox.gaps, inbox.sweep) = (true, true);
    let mut other = folder(2, None);
    (other.dirty, other.sweep) = (true, true);
    let folders = [inbox, other];
    let near = Situation { far: false, outbox: true, list_due: true, prefetch: true, ..calm(&folders) };
    assert_eq!(far_task(&near), Task::Backfill(FolderId(1)));
    let listed = Situation { outbox: false, list_due: false, ..near };
    assert_eq!(next_task(&listed), Task::Head(FolderId(2)));
    let calm = [FolderView { gaps: false, ..inbox }, FolderView { dirty: false, ..other }];
    assert_eq!(next_task(&Situation { folders: &calm, ..listed.clone() }), Task::Idle);
    assert_eq!(far_task(&Situation { folders: &calm, ..listed.clone() }), Task::Sweep(FolderId(1)));
    assert_eq!(far_task(&Situation { folders: &[], ..listed }), Task::Prefetch);
}

/// Protects invariant 8: a folder that failed too often is left alone, and the others are not.
#[test]
fn a_barred_folder_is_passed_over() {
    let mut bad = folder(1, Some(Role::Inbox));
    (bad.dirty, bad.barred) = (true, true);
    let mut good = folder(2, None);
    good.dirty = true;
    assert_eq!(next_task(&calm(&[bad, good])), Task::Head(FolderId(2)));
}

/// RL43: doubling from one second to five minutes, a server's hint is a floor.
#[test]
fn back_off_doubles_and_heeds_hints() {
    let seconds: Vec<u64> = (1..=11).map(|n| back_off(n, None, 0.5).as_secs()).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert!(back_off(3, None, 0.0) < back_off(3, None, 1.0));
    let hint = Duration::from_millis(299_961);
    assert_eq!(back_off(1, Some(hint), 0.5), hint);
    // RL44: at most ten tries in ten minutes.
    let mut at = 0.0;
    let tries = (1..).take_while(|n| {
        at += back_off(*n, None, 0.0).as_secs_f64();
        at < 600.0
    });
    assert!(tries.count() <= 10);
}

fn seen(validity: u32, next: u32, modseq: Option<u64>, exists: u32) -> Seen {
    Seen { uid_validity: UidValidity(validity), uid_next: Uid(next), highest_modseq: modseq, exists }
}

fn known(validity: u32, next: u32, modseq: Option<u64>, exists: u32) -> Known {
    Known {
        uid_validity: Some(UidValidity(validity)),
        uid_next: Some(Uid(next)),
        highest_modseq: modseq,
        exists: Some(exists),
    }
}

/// S4: an unchanged folder needs no command after SELECT.
#[test]
fn unchanged_is_free() {
    let plan = steps(&known(7, 100, Some(5), 90), &seen(7, 100, Some(5), 90));
    assert_eq!((plan.reset, plan.new, plan.flags, plan.may_have_lost), (false, None, FlagPlan::Nothing, false));
}

/// RL14-RL16, RL21: another UIDVALIDITY or a UIDNEXT that goes down means other messages; a mod-sequence that goes
/// down means that every flag is looked at.
#[test]
fn what_select_means() {
    let first = steps(&Known::default(), &seen(7, 100, None, 90));
    assert_eq!((first.reset, first.new), (false, Some((1, 99))));
    let other = steps(&known(6, 100, None, 90), &seen(7, 50, None, 40));
    assert_eq!((other.reset, other.new), (true, Some((1, 49))));
    let back = steps(&known(7, 100, None, 90), &seen(7, 50, None, 40));
    assert!(back.reset);
    let new = steps(&known(7, 100, Some(5), 90), &seen(7, 110, Some(9), 95));
    assert_eq!((new.new, new.flags, new.may_have_lost), (Some((100, 109)), FlagPlan::Since(5), true));
    let down = steps(&known(7, 100, Some(9), 90), &seen(7, 100, Some(5), 90));
    assert_eq!(down.flags, FlagPlan::Sweep);
    let lost = steps(&known(7, 100, Some(5), 90), &seen(7, 100, Some(6), 89));
    assert!(lost.may_have_lost);
    let empty = steps(&Known::default(), &seen(7, 1, None, 0));
    assert_eq!(empty.new, None);
    // RL52: no overflow at the end of the UIDs, and the last one is asked for.
    assert_eq!(steps(&Known::default(), &seen(7, u32::MAX, None, 1)).new, Some((1, u32::MAX)));
    assert_eq!(steps(&Known::default(), &seen(7, u32::MAX - 1, None, 1)).new, Some((1, u32::MAX - 2)));
}

/// Protects resumability: gaps close and open exactly.
#[test]
fn gaps_are_exact() {
    assert_eq!(close_gap(&[(1, 99)], (50, 99)), [(1, 49)]);
    assert_eq!(close_gap(&[(1, 99)], (40, 60)), [(1, 39), (61, 99)]);
    assert_eq!(close_gap(&[(1, 9), (20, 30)], (1, 30)), []);
    assert_eq!(open_gap(&[(1, 9)], (10, 12)), [(1, 12)]);
    assert_eq!(open_gap(&[(5, 9)], (1, 2)), [(1, 2), (5, 9)]);
    assert_eq!(open_gap(&[], (u32::MAX - 1, u32::MAX)), [(u32::MAX - 1, u32::MAX)]);
}

/// Protects "newest first" and servers with sparse UIDs: a chunk widens as UIDs thin out, to a bound.
#[test]
fn chunks_come_from_the_top() {
    assert_eq!(next_chunk(&[(1, 10), (20, 5_000)], 200, 1.0), Some((4_801, 5_000)));
    assert_eq!(next_chunk(&[(1, 10_000)], 200, 0.1), Some((8_001, 10_000)));
    assert_eq!(next_chunk(&[(1, 4_000_000_000)], 200, 0.0), Some((3_999_980_001, 4_000_000_000)));
    assert_eq!(next_chunk(&[(7, 9)], 200, 1.0), Some((7, 9)));
    assert_eq!(next_chunk(&[], 200, 1.0), None);
}

/// RL04: all, or more than a fifth of more than twenty.
#[test]
fn a_great_loss_is_suspicious() {
    assert!(suspicious_loss(1, 1));
    assert!(suspicious_loss(100, 21));
    assert!(!suspicious_loss(100, 20));
    assert!(!suspicious_loss(20, 19));
    assert!(!suspicious_loss(0, 0));
}

fn step(id: i64, message: i64, verb: Verb, state: StepState) -> Step {
    Step {
        id: StepId(id),
        op: OpId(id),
        seq: 0,
        account: "work".into(),
        verb,
        local: Some(MessageId(message)),
        generation: 1,
        place: Some(ServerPlace {
            account: "work".into(),
            folder: "INBOX".into(),
            uid_validity: UidValidity(7),
            uid: u32::try_from(message).ok().map(Uid),
            message_id: format!("{message}@x"),
            size: 10,
        }),
        prior: Flags::default(),
        state,
        attempts: 0,
        sent: None,
        result: None,
    }
}

fn flag(add: &[Flag], remove: &[Flag]) -> Verb {
    Verb::Flag(FlagChange { add: add.to_vec(), remove: remove.to_vec() })
}

/// RL32: the later step wins, flag by flag; a move changes where it is shown; finished and refused steps count no more.
#[test]
fn the_queue_lies_over_the_server() {
    let seen_flag = Flag::System(SEEN);
    let star = Flag::System(FLAGGED);
    let steps = [
        step(1, 5, flag(std::slice::from_ref(&seen_flag), &[]), StepState::Queued),
        step(2, 5, Verb::Move { to: "B".into() }, StepState::Sending),
        step(3, 5, flag(std::slice::from_ref(&star), std::slice::from_ref(&seen_flag)), StepState::Queued),
        step(4, 5, Verb::Move { to: "C".into() }, StepState::Failed { reason: "no".into() }),
        step(5, 5, Verb::Delete, StepState::Dropped),
    ];
    let laid = lay(&steps);
    assert_eq!(laid.folder.as_deref(), Some("B"));
    assert!(laid.pending && !laid.gone);
    assert_eq!(laid.flags, FlagChange { add: vec![star], remove: vec![seen_flag] });
    assert_eq!(lay(&[]), super::overlay::Laid::default());
}

/// Protects undo: it restores what was, and nothing that was so before.
#[test]
fn the_inverse_restores_what_was() {
    let prior = Flags::parse(["\\Seen"]);
    let change = flag(&[Flag::System(SEEN), Flag::System(FLAGGED)], &[]);
    assert_eq!(inverse(&change, None, &prior), Some(flag(&[], &[Flag::System(FLAGGED)])));
    assert_eq!(inverse(&flag(&[Flag::System(SEEN)], &[]), None, &prior), None);
    let mv = Verb::Move { to: "Archive".into() };
    assert_eq!(inverse(&mv, Some("INBOX"), &prior), Some(Verb::Move { to: "INBOX".into() }));
    assert_eq!(inverse(&Verb::Delete, Some("Trash"), &prior), None);
}

/// Protects the merge of changes: no flag is both set and cleared.
#[test]
fn merging_is_last_writer_wins() {
    let mut change = FlagChange { add: vec![Flag::System(SEEN)], remove: vec![] };
    merge(&mut change, &FlagChange { add: vec![], remove: vec![Flag::System(SEEN)] });
    assert_eq!(change, FlagChange { add: vec![], remove: vec![Flag::System(SEEN)] });
}

/// Protects order and size of commands: one command for what is alike, never the same message twice, never past a
/// different step.
#[test]
fn batches_keep_the_order() {
    let archive = || Verb::Move { to: "Archive".into() };
    let steps: Vec<Step> = vec![
        step(1, 1, archive(), StepState::Queued),
        step(2, 2, archive(), StepState::Queued),
        step(3, 3, flag(&[Flag::System(SEEN)], &[]), StepState::Queued),
        step(4, 4, archive(), StepState::Queued),
    ];
    let ids = |steps: &[Step]| next_batch(steps).iter().map(|step| step.id.0).collect::<Vec<_>>();
    assert_eq!(ids(&steps), [1, 2]);
    assert_eq!(ids(&steps[2..]), [3]);
    let twice = vec![step(1, 1, archive(), StepState::Queued), step(2, 1, archive(), StepState::Queued)];
    assert_eq!(ids(&twice), [1]);
    // A step that was on its way before a cut is looked at alone, not beside fresh ones.
    let mixed = vec![step(1, 1, archive(), StepState::Sending), step(2, 2, archive(), StepState::Queued)];
    assert_eq!(ids(&mixed), [1]);
    assert_eq!(ids(&[]), Vec::<i64>::new());
}

/// A chunk that nobody waits for is as long as the line is fast, so that a cut takes little away; a fast line is not slowed
/// down, and few headers in no time say nothing.
#[test]
fn a_chunk_fits_the_line() {
    assert_eq!(fitting(100, Duration::from_millis(30)), Some(CHUNK));
    assert_eq!(fitting(100, Duration::from_secs(1)), Some(300));
    assert_eq!(fitting(1_000, Duration::from_secs(100)), Some(30));
    assert_eq!(fitting(0, Duration::from_mins(1)), Some(LEAST_CHUNK));
    assert_eq!(fitting(3, Duration::from_millis(300)), None);
}
