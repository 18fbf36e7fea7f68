//! P3: what was acknowledged survives kill -9 at any moment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{mark, op};
use crate::journal::{Access, Journal};
use crate::protocol::OpId;

/// Names the directory to a child process; without it the child's test does nothing.
const CHILD: &str = "POSTHASTE_TEST_JOURNAL_CHILD";

/// Not a test of its own: what the killed process does. It queues operations, sends and ends some, and says each number
/// once the journal has acknowledged it.
#[test]
fn child() {
    let Ok(dir) = std::env::var(CHILD) else {
        return;
    };
    let mut journal = Journal::open(Path::new(&dir), Access::Owner).unwrap();
    // Straight to the pipe: the test harness keeps what is printed.
    let mut out = std::io::stdout();
    loop {
        let number = journal.next_op().unwrap().0;
        journal.append(&op(number, &[1, 2, 3])).unwrap();
        let steps = journal.op(OpId(number)).unwrap().unwrap().1;
        journal.mark_sending(&[steps[0].id], &mark()).unwrap();
        if number % 3 == 0 {
            let done: Vec<_> = steps.iter().map(|step| (step.id, None)).collect();
            journal.mark_done(&done).unwrap();
        }
        writeln!(out, "acknowledged {number}").unwrap();
        out.flush().unwrap();
    }
}

/// Kills a process that queues operations, several times over on one journal, and finds every one it acknowledged, whole
/// and in the state it had; what it had not acknowledged is there whole or not at all (P3, RL33).
#[test]
fn every_acknowledged_operation_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut last = 0;
    for round in 1..=4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "journal::tests::kill::child", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = 0;
        for line in lines.map_while(Result::ok) {
            // libtest may have put its own words on the first line before ours.
            let Some((_, number)) = line.split_once("acknowledged ") else {
                continue;
            };
            last = number.parse::<i64>().unwrap();
            acknowledged += 1;
            if acknowledged == 5 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(acknowledged >= 5 * round);

        let journal = Journal::open(dir.path(), Access::Owner).unwrap();
        assert_eq!(journal.salvaged(), None);
        for number in 1..=last {
            let (_, steps) = journal.op(OpId(number)).unwrap().unwrap();
            assert_eq!(steps.len(), 3, "operation {number}");
            let open = journal.pending("work", u32::MAX).unwrap().iter().filter(|step| step.op.0 == number).count();
            assert_eq!(open, if number % 3 == 0 { 0 } else { 3 }, "operation {number}");
            assert_eq!(steps[0].sent, Some(mark()), "operation {number}");
        }
        if let Some((_, steps)) = journal.op(OpId(last + 1)).unwrap() {
            assert_eq!(steps.len(), 3);
            last += i64::from(steps[0].sent.is_some());
        }
        drop(journal);
        // The operation that the kill cut short may be queued and not sent: it is finished, so that the rule above holds.
        let mut journal = Journal::open(dir.path(), Access::Owner).unwrap();
        if let Some((_, steps)) = journal.op(OpId(journal.next_op().unwrap().0 - 1)).unwrap() {
            let number = steps[0].op.0;
            journal.mark_sending(&[steps[0].id], &mark()).unwrap();
            if number % 3 == 0 {
                let done: Vec<_> = steps.iter().map(|step| (step.id, None)).collect();
                journal.mark_done(&done).unwrap();
            }
            last = number;
        }
    }
}
