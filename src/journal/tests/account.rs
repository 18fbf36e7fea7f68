//! All that the queue holds of one account.

use super::{NewOp, archive, op, open, step};
use crate::journal::NewStep;
use crate::protocol::OpId;

fn of(account: &str, uid: u32) -> NewStep {
    let mut step = step(archive(), uid);
    account.clone_into(&mut step.account);
    if let Some(place) = &mut step.place {
        account.clone_into(&mut place.account);
    }
    step
}

/// Protects what was asked for: an account's part of the queue goes only when nothing of it waits, or when the user says so;
/// what an operation did elsewhere stays, and waits on.
#[test]
fn an_account_goes_when_nothing_waits() {
    let (_dir, mut journal) = open();
    journal.append(&op(1, &[1, 2])).unwrap();
    journal.append(&NewOp { steps: vec![of("work", 3), of("home", 4)], ..op(2, &[]) }).unwrap();
    journal.append(&NewOp { steps: vec![of("home", 5)], ..op(3, &[]) }).unwrap();
    assert_eq!((journal.waiting("work").unwrap(), journal.waiting("home").unwrap()), (2, 2));
    assert_eq!(journal.waiting_by_account().unwrap(), [("home".to_owned(), 2), ("work".to_owned(), 2)]);
    assert_eq!(journal.remove_account("work", false).unwrap(), None);
    assert_eq!(journal.waiting("work").unwrap(), 2);
    assert_eq!(journal.remove_account("work", true).unwrap(), Some(vec![OpId(1)]));
    assert!(journal.op(OpId(1)).unwrap().is_none());
    let (_, steps) = journal.op(OpId(2)).unwrap().unwrap();
    assert_eq!(steps.iter().map(|step| step.account.as_str()).collect::<Vec<_>>(), ["home"]);
    assert_eq!((journal.waiting("work").unwrap(), journal.waiting("home").unwrap()), (0, 2));
    assert_eq!(journal.remove_account("work", false).unwrap(), Some(Vec::new()));
    assert_eq!(journal.next_op().unwrap(), OpId(4));
}
