//! What can happen in a sequence, and a sequence from a seed.

use std::time::Duration;

use posthaste::demo::faults::Then;
use posthaste::demo::server::{CopyUid, Options};

/// Folders that are always there.
pub const FOLDERS: [&str; 5] = ["INBOX", "Archive", "Projects", "Trash", "Junk"];
/// Folders that are made, renamed and deleted.
pub const LOOSE: [&str; 3] = ["F0", "F1", "F2"];
/// Flags that only the user sets.
pub const OURS: [&str; 3] = ["\\Flagged", "\\Seen", "$Mine"];
/// Flags that only the other client sets.
pub const THEIRS: [&str; 2] = ["\\Answered", "$Theirs"];
/// Commands that faults strike.
const VERBS: [&str; 15] = [
    "SELECT",
    "EXAMINE",
    "UID FETCH",
    "UID SEARCH",
    "UID STORE",
    "UID COPY",
    "UID MOVE",
    "UID EXPUNGE",
    "EXPUNGE",
    "STATUS",
    "LIST",
    "CREATE",
    "RENAME",
    "DELETE",
    "IDLE",
];

/// What is done to messages; folders by their number in `FOLDERS` or behind them in `LOOSE`.
#[derive(Debug, Clone, Copy)]
pub enum Press {
    Flag { word: &'static str, on: bool },
    Move(usize),
    Copy(usize),
    Archive,
    Trash,
    Junk,
    NotJunk,
    Delete,
}

/// One thing that happens. Messages and operations are named by numbers that are taken modulo how many there are.
#[derive(Debug, Clone)]
pub enum Step {
    Press(Press, Vec<usize>),
    Create(usize),
    Rename(usize, usize),
    DeleteFolder(usize),
    Undo(usize),
    Retry,
    Discard,
    Open(usize),
    Deliver(usize),
    TheirFlag(usize, &'static str),
    TheirMove(usize, usize),
    TheirExpunge(usize),
    TheirRename(usize, usize),
    Fault(&'static str, Then, u32),
    Refuse(u32),
    Cut(u64),
    Kick,
    /// Other tasks have this many turns.
    Turns(u32),
    Wait(Duration),
    Kill,
    LoseCache,
}

/// A server and what happens, each on one of the user's machines.
#[derive(Debug, Clone)]
pub struct Plan {
    pub options: Options,
    pub machines: usize,
    pub steps: Vec<(usize, Step)>,
}

/// Numbers from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }

    fn small(&mut self, end: u32) -> u32 {
        u32::try_from(self.below(end as usize)).unwrap()
    }
}

/// The sequence of a seed.
pub fn plan(seed: u64) -> Plan {
    let mut dice = Dice(seed);
    let options = options(&mut dice);
    let length = 20 + dice.below(41);
    let steps = (0..length).map(|_| (0, step(&mut dice))).collect();
    Plan { options: extensions(options, &mut dice), machines: 1, steps }
}

/// The sequence of a seed for two machines, each with so many things that the user does, and what happens between.
pub fn for_two(seed: u64, each: usize) -> Plan {
    let mut dice = Dice(seed);
    let options = options(&mut dice);
    let (mut steps, mut done) = (Vec::new(), [0, 0]);
    while done.iter().any(|count| *count < each) {
        let (who, step) = (dice.below(2), step(&mut dice));
        done[who] += usize::from(matches!(
            step,
            Step::Press(..)
                | Step::Create(_)
                | Step::Rename(..)
                | Step::DeleteFolder(_)
                | Step::Undo(_)
                | Step::Retry
                | Step::Discard
        ));
        steps.push((who, step));
    }
    Plan { options: extensions(options, &mut dice), machines: 2, steps }
}

/// Without some extensions; drawn last, so that the steps of a seed stay what they were.
fn extensions(mut options: Options, dice: &mut Dice) -> Options {
    for name in ["CONDSTORE", "QRESYNC", "NOTIFY"] {
        if dice.below(3) == 0 {
            options = options.without(name);
        }
    }
    options
}

/// A server of any kind.
fn options(dice: &mut Dice) -> Options {
    let mut options = Options::default();
    for name in ["MOVE", "UIDPLUS", "IDLE", "LIST-STATUS", "ESEARCH", "SPECIAL-USE"] {
        if dice.below(3) == 0 {
            options = options.without(name);
        }
    }
    let ways = [CopyUid::Standard, CopyUid::Tagged, CopyUid::Bare, CopyUid::Absent];
    options.with_copy_uid(ways[dice.below(4)])
}

fn press(dice: &mut Dice) -> Press {
    match dice.below(12) {
        0..=2 => Press::Flag { word: OURS[dice.below(OURS.len())], on: dice.below(3) > 0 },
        3 | 4 => Press::Move(dice.below(FOLDERS.len() + LOOSE.len())),
        5 => Press::Copy(dice.below(FOLDERS.len() + LOOSE.len())),
        6 | 7 => Press::Archive,
        8 => Press::Trash,
        9 => Press::Junk,
        10 => Press::NotJunk,
        _ => Press::Delete,
    }
}

fn step(dice: &mut Dice) -> Step {
    match dice.below(40) {
        0..=9 => {
            let action = press(dice);
            Step::Press(action, (0..=dice.below(3)).map(|_| dice.below(100)).collect())
        }
        10 => Step::Create(dice.below(LOOSE.len())),
        11 => Step::Rename(dice.below(LOOSE.len()), dice.below(LOOSE.len())),
        12 => Step::DeleteFolder(dice.below(LOOSE.len())),
        13 | 14 => Step::Undo(dice.below(3)),
        15 => Step::Retry,
        16 => Step::Discard,
        17 => Step::Open(dice.below(FOLDERS.len())),
        18 => Step::Deliver(dice.below(FOLDERS.len())),
        19 | 20 => Step::TheirFlag(dice.below(100), THEIRS[dice.below(THEIRS.len())]),
        21 => Step::TheirMove(dice.below(100), dice.below(FOLDERS.len())),
        22 => Step::TheirExpunge(dice.below(100)),
        23 => Step::TheirRename(dice.below(LOOSE.len()), dice.below(LOOSE.len())),
        24..=27 => {
            let then = match dice.below(7) {
                0 | 1 => Then::Close,
                2 | 3 => Then::DoThenClose,
                4 => Then::No("[SERVERBUG] not now".to_owned()),
                5 => Then::Delay(Duration::from_millis(dice.below(90_000) as u64)),
                _ if dice.below(2) == 0 => Then::Bad("what?".to_owned()),
                _ => Then::Hang,
            };
            Step::Fault(VERBS[dice.below(VERBS.len())], then, 1 + dice.small(2))
        }
        28 => Step::Refuse(1 + dice.small(3)),
        29 | 30 => Step::Cut(dice.below(1_500) as u64),
        31 => Step::Kick,
        32 | 33 => Step::Turns(1 + dice.small(60)),
        34..=36 => Step::Wait(Duration::from_millis([50, 1_000, 10_000, 200_000][dice.below(4)])),
        37 | 38 => Step::Kill,
        _ if dice.below(2) == 0 => Step::LoseCache,
        _ => Step::Turns(1 + dice.small(400)),
    }
}
