//! Tests of the tree.

use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

use super::tree;
use crate::app::tests::message;
use crate::mail::MessageId;
use crate::mail::message::MessageRow;

fn answering(number: i64, parent: Option<i64>) -> MessageRow {
    MessageRow { parent: parent.map(MessageId), ..message(number) }
}

/// Each message below what it answers, in the order of time; one that answers what is not here begins anew.
#[test]
fn answers_stand_below() {
    let rows = [(1, None), (2, Some(1)), (3, Some(1)), (4, Some(2)), (5, Some(99)), (6, Some(4))];
    let rows: Vec<MessageRow> = rows.into_iter().map(|(number, parent)| answering(number, parent)).collect();
    let shape: Vec<(i64, usize, bool)> =
        tree(&rows).iter().map(|branch| (branch.row.id.0, branch.depth, branch.goes_on(branch.depth))).collect();
    assert_eq!(shape, [(1, 0, false), (2, 1, true), (4, 2, false), (6, 3, false), (3, 1, false), (5, 0, false)]);
    // Beside the answers to 2 the line to 3 goes on.
    assert!(tree(&rows)[2].goes_on(1));
}

proptest! {
    /// Protects from headers that lie: circles, chains of any length, a message that answers itself. Each comes once.
    #[test]
    fn each_message_once(parents in prop::collection::vec(any::<Option<u8>>(), 0..60)) {
        let rows: Vec<MessageRow> = parents
            .iter()
            .enumerate()
            .map(|(at, parent)| answering(i64::try_from(at).unwrap(), parent.map(|parent| i64::from(parent % 64))))
            .collect();
        let mut shown: Vec<i64> = tree(&rows).iter().map(|branch| branch.row.id.0).collect();
        shown.sort_unstable();
        prop_assert_eq!(shown, (0..i64::try_from(rows.len()).unwrap()).collect::<Vec<_>>());
        let branches = tree(&rows);
        let steps = branches.windows(2).all(|pair| pair[1].depth <= pair[0].depth + 1);
        prop_assert!(steps);
    }
}
