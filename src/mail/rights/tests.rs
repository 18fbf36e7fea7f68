//! Rights: their letters, what SELECT leaves of them, what actions need, how a refusal is said.

use rstest::rstest;

use super::{PUT_IN, Rights, needs, refusal, refusal_of_many};
use crate::mail::flags::{Flag, FlagChange};
use crate::mail::folder::{FolderRow, Namespace};
use crate::mail::{AccountId, FolderId};
use crate::protocol::Action;
use crate::safe_text::SafeText;

fn folder(id: i64, name: &str, letters: &str) -> FolderRow {
    FolderRow {
        id: FolderId(id),
        account: AccountId(1),
        path: SafeText::new(name),
        label: SafeText::new(name),
        depth: 0,
        role: None,
        selectable: true,
        namespace: Namespace::Shared,
        rights: Rights::parse(letters),
        messages: 0,
        unread: 0,
        pending: false,
    }
}

/// RFC 4314, sections 2.1 and 2.1.1: `c` and `d` of old servers mean what took their place; beside new letters nothing.
#[rstest]
#[case("lrswipkxtea", "lrswipkxtea")]
#[case("lr", "lr")]
#[case("lrswipcda", "lrswipkxtea")]
#[case("lrc", "lrkx")]
#[case("lrd", "lrte")]
#[case("lrtd", "lrt")]
#[case("lrxcd", "lrx")]
#[case("rl0Z9é", "lr")]
#[case("", "")]
fn letters(#[case] told: &str, #[case] meant: &str) {
    assert_eq!(Rights::parse(told).to_string(), meant);
}

/// READ-ONLY and PERMANENTFLAGS take rights away; a list that is not there takes none (RFC 9051, section 7.1). In one's own
/// folders a list without `\Seen` is no reason not to mark as read.
#[rstest]
#[case(true, Some(&["\\Seen", "\\*"][..]), "lrpkxa", "lrpkxa")]
#[case(false, None, "lrswipkxtea", "lrswipkxtea")]
#[case(false, Some(&["\\Seen", "\\Flagged"][..]), "lrswipkxtea", "lrswipkxtea")]
#[case(false, Some(&["\\seen", "\\Deleted"][..]), "lrsipkxtea", "lrsipkxtea")]
#[case(false, Some(&["\\*"][..]), "lrwipkxtea", "lrswipkxtea")]
#[case(false, Some(&[][..]), "lripkxtea", "lrsipkxtea")]
fn select_decides_too(
    #[case] read_only: bool,
    #[case] flags: Option<&[&str]>,
    #[case] of_others: &str,
    #[case] own: &str,
) {
    let flags = flags.map(|flags| flags.iter().map(|flag| (*flag).to_owned()).collect::<Vec<_>>());
    let left = |whose| Rights::of_select(read_only, flags.as_deref(), whose).to_string();
    assert_eq!((left(Namespace::Other), left(Namespace::Shared)), (of_others.to_owned(), of_others.to_owned()));
    assert_eq!(left(Namespace::Personal), own);
}

fn flag(add: &str, remove: &str) -> Action {
    let flags = |text: &str| text.split_whitespace().filter_map(Flag::parse).collect();
    Action::Flag(FlagChange { add: flags(add), remove: flags(remove) })
}

/// What each action needs of the folder that a message lies in: allowed with these letters, refused without any one.
#[rstest]
#[case(flag("\\Seen", ""), "s")]
#[case(flag("", "\\Seen"), "s")]
#[case(flag("\\Flagged", ""), "w")]
#[case(flag("later", ""), "w")]
#[case(flag("\\Deleted", ""), "t")]
#[case(flag("\\Seen \\Flagged", "\\Deleted"), "swt")]
#[case(Action::Archive, "te")]
#[case(Action::Trash, "te")]
#[case(Action::Junk, "te")]
#[case(Action::NotJunk, "te")]
#[case(Action::DeleteForever, "te")]
#[case(Action::Move(FolderId(2)), "te")]
#[case(Action::Copy(FolderId(2)), "")]
fn each_action(#[case] action: Action, #[case] letters: &str) {
    assert_eq!(refusal(&folder(1, "Team", letters), &needs(&action)), None);
    for letter in letters.chars() {
        let rest: String = "lrswipkxtea".chars().filter(|other| *other != letter).collect();
        assert!(refusal(&folder(1, "Team", &rest), &needs(&action)).is_some(), "{action:?} without {letter}");
    }
}

/// The sentence names the folder, why, and what may not be done; over several folders it says how many are refused.
#[test]
fn words() {
    let (team, board, own) = (folder(1, "Team", "lr"), folder(2, "Board", "lrs"), folder(3, "Own", "lrswipkxtea"));
    let find = |id: FolderId| [&team, &board, &own].into_iter().find(|row| row.id == id);
    let trash = needs(&Action::Trash);
    let many = |ids: &[i64]| refusal_of_many(ids.iter().copied().map(FolderId), &trash, find);
    assert_eq!(refusal(&team, &trash).unwrap(), "Team is read-only for you: you may not delete here");
    assert_eq!(
        refusal(&board, &[PUT_IN]).unwrap(),
        "Board does not give you that right: you may not put messages into it"
    );
    assert_eq!(many(&[3, 3, 9]), None);
    assert_eq!(many(&[1, 1]).unwrap(), "Team is read-only for you: you may not delete here");
    assert_eq!(
        many(&[3, 2, 1, 3, 1]).unwrap(),
        "Board does not give you that right: you may not delete here (3 of 5 messages; all stay as they are)"
    );
}
