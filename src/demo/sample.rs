//! The sample mailbox: reads the mails under `assets/demo` and puts them into a world, dated relative to now.
//!
//! The files are written for people: a line `%% FOLDER WHEN FLAGS` begins a mail, its header follows, a blank line, its
//! text. Further lines that begin with `%` add parts; see [`script`]. Encodings, boundaries, dates and ids are made here.

use jiff::tz::TimeZone;

use crate::demo::sample::script::Mail;
use crate::demo::world::World;
use crate::mail::UnixTime;

pub mod attachment;
pub mod compose;
pub mod encode;
pub mod list;
pub mod script;
pub mod when;

/// An account of the demo: its user name is its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// The account's name in the config.
    pub name: &'static str,
    /// The user's address, and the user name on the server.
    pub email: &'static str,
    /// The user's own name.
    pub full_name: &'static str,
    /// The mails that are there from the start.
    mails: &'static str,
    /// Folders with their SPECIAL-USE attribute, `-` for none.
    folders: &'static [(&'static str, &'static str)],
}

const WORK: Owner = Owner {
    name: "work",
    email: "dana@acme.example",
    full_name: "Dana Whitfield",
    mails: concat!(
        include_str!("../../assets/demo/work.mails"),
        include_str!("../../assets/demo/projects.mails"),
        include_str!("../../assets/demo/world.mails")
    ),
    folders: &[
        ("Drafts", "\\Drafts"),
        ("Sent", "\\Sent"),
        ("Archive", "\\Archive"),
        ("Junk", "\\Junk"),
        ("Trash", "\\Trash"),
        ("Projects/atlas", "-"),
        ("Projects/borealis", "-"),
        ("Lists/tui-dev", "-"),
        ("Lists/world", "-"),
    ],
};

const HOME: Owner = Owner {
    name: "home",
    email: "dana@home.example",
    full_name: "Dana Whitfield",
    mails: include_str!("../../assets/demo/home.mails"),
    folders: &[
        ("Drafts", "\\Drafts"),
        ("Sent", "\\Sent"),
        ("Archive", "\\Archive"),
        ("Junk", "\\Junk"),
        ("Trash", "\\Trash"),
        ("Family", "-"),
        // modified UTF-7 for "Bücher"
        ("Family/B&APw-cher", "-"),
        ("Receipts", "-"),
    ],
};

/// The accounts of the demo.
pub const OWNERS: [Owner; 2] = [WORK, HOME];

/// The mails that arrive while the demo runs, in their order.
const ARRIVING: &str = include_str!("../../assets/demo/arriving.mails");

/// How many mails the generated list holds.
const LIST_LENGTH: u32 = 140;

/// The password of both accounts: the server listens on loopback alone and forgets everything.
pub const PASSWORD: &str = "demo";

/// Fills a world with both accounts, dated so that the newest mail is a few minutes older than `now`.
pub fn fill(world: &World, now: UnixTime, zone: &TimeZone) {
    for owner in OWNERS {
        world.add_user(owner.email, PASSWORD);
        for (folder, special) in owner.folders {
            world.add_folder(owner.email, folder, Some(*special).filter(|special| *special != "-"));
        }
        let mut mails: Vec<(UnixTime, usize, Mail<'_>)> = script::read(owner.mails)
            .enumerate()
            .map(|(number, mail)| (when::resolve(mail.when, now, zone), number, mail))
            .collect();
        // Oldest first, so that UIDs ascend with time as they do on a server that took the mails as they came.
        mails.sort_by_key(|(date, number, _)| (*date, *number));
        for (date, number, mail) in mails {
            let id = format!("{}-{number}", owner.name);
            let bytes = compose::message(&mail, date, zone, &id);
            world.deliver(owner.email, mail.folder, &bytes, mail.flags(), date);
        }
    }
    for (bytes, flags, date) in list::mails(LIST_LENGTH, now, zone) {
        world.deliver(WORK.email, "Lists/tui-dev", &bytes, flags, date);
    }
}

/// The mails that are still to arrive, each a function of the moment at which it does.
pub fn arriving() -> Vec<Arrival> {
    script::read(ARRIVING).enumerate().map(|(number, mail)| Arrival { number, mail }).collect()
}

/// A mail that arrives while the demo runs.
#[derive(Debug, Clone)]
pub struct Arrival {
    number: usize,
    mail: Mail<'static>,
}

impl Arrival {
    /// Delivers it to the account that its `%%` line names before the folder.
    pub fn deliver(&self, world: &World, now: UnixTime, zone: &TimeZone) {
        let (account, folder) = self.mail.folder.split_once(':').unwrap_or(("work", self.mail.folder));
        let Some(owner) = OWNERS.iter().find(|owner| owner.name == account) else {
            return;
        };
        // A second demo in one minute must not repeat an id, so the moment is part of it.
        let bytes = compose::message(&self.mail, now, zone, &format!("new-{}-{}", self.number, now.0));
        world.deliver(owner.email, folder, &bytes, self.mail.flags(), now);
    }
}

#[cfg(test)]
mod tests;
