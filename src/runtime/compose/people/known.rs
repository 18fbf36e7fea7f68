//! Who is known, how often and how lately, and who of them a beginning may mean.

use std::collections::HashMap;

use super::super::cards::{Entry, words_of};
use crate::compose::address::{folded, problem};
use crate::letter::Mailbox;
use crate::mail::UnixTime;
use crate::mail::message::Address;
use crate::store::people::Between;
use crate::words;

/// People that are kept: what comes after is nobody who wrote lately.
const MOST: usize = 50_000;
/// After so many seconds a mail counts half as much: 90 days.
const HALF_LIFE: f64 = 90.0 * 86_400.0;
/// Mails to more people than that say little of each.
const CROWD: usize = 30;
/// Beginnings of addresses that nobody reads.
const NOBODY: [&str; 7] = ["noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "mailer-daemon", "bounce"];

/// Everybody.
pub(super) struct Known {
    /// The user's own addresses, folded.
    own: Vec<String>,
    /// When counting began: what is of this moment weighs 1.
    now: UnixTime,
    people: Vec<Person>,
    /// Where they are, by their folded addresses.
    places: HashMap<String, usize>,
}

/// Somebody.
#[derive(Debug, Default)]
struct Person {
    name: String,
    address: String,
    /// The words of name and address, each with a blank before it.
    words: String,
    /// How much was written to them, and by them: later mails weigh more.
    written: f64,
    wrote: f64,
}

/// What makes somebody stand before others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    WrittenTo,
    InTheBook,
    HasWritten,
    Oneself,
}

impl Known {
    /// Nobody.
    pub(super) fn new(own: &[String], now: UnixTime) -> Self {
        let own = own.iter().map(|address| folded(address)).collect();
        Self { own, now, people: Vec::new(), places: HashMap::new() }
    }

    /// Takes in between whom a message went.
    pub(super) fn add(&mut self, between: &Between<'_>) {
        let senders = between.senders();
        let weight = self.weight(between.at);
        let by_user = senders.iter().any(|sender| self.is_own(&sender.address));
        if between.sent || by_user {
            let to = between.recipients();
            let weight = if to.len() > CROWD { weight / 10.0 } else { weight };
            for address in to {
                self.count(&address, (weight, 0.0));
            }
            return;
        }
        for sender in senders {
            let address = sender.address.to_lowercase();
            if !NOBODY.iter().any(|beginning| address.starts_with(beginning)) {
                self.count(&sender, (0.0, weight));
            }
        }
    }

    /// The user writes to these now.
    pub(super) fn wrote_to(&mut self, people: &[Mailbox], at: UnixTime) {
        let weight = self.weight(at);
        for Mailbox { name, address } in people.iter().cloned() {
            self.count(&Address { name, address }, (weight, 0.0));
        }
    }

    /// What a mail of this time counts. Nothing is later than now, whatever a clock says.
    fn weight(&self, at: UnixTime) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "an age in seconds, for a weight")]
        let age = self.now.0.saturating_sub(at.0).max(0) as f64;
        (-age / HALF_LIFE).exp2()
    }

    fn is_own(&self, address: &str) -> bool {
        let address = folded(address);
        self.own.contains(&address)
    }

    fn count(&mut self, of: &Address, (written, wrote): (f64, f64)) {
        let address = of.address.trim();
        if problem(address).is_some() {
            return;
        }
        let key = folded(address);
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None if self.people.len() >= MOST => return,
            None => {
                let name = name(&of.name, address);
                let words = words_of(&name, address);
                self.people.push(Person { name, address: address.to_owned(), words, written: 0.0, wrote: 0.0 });
                self.places.insert(key, self.people.len() - 1);
                self.people.len() - 1
            }
        };
        let Some(person) = self.people.get_mut(place) else { return };
        person.written += written;
        person.wrote += wrote;
        // The newest mails are read first: a name that is there is the one they have now.
        if person.name.is_empty() && !of.name.trim().is_empty() {
            person.name = name(&of.name, address);
            person.words = words_of(&person.name, &person.address);
        }
    }

    /// People that this text may mean, the likeliest first: each of its words begins a word of a name or an address. `book`
    /// holds those of the address book, `found` those that the user's own command says it means.
    pub(super) fn offer(&self, text: &str, book: &[Entry], found: &[Mailbox], most: usize) -> Vec<Mailbox> {
        let wanted: Vec<String> = words::split(text).into_iter().map(|word| format!(" {word}")).collect();
        let fits = |words: &str| wanted.iter().all(|word| words.contains(word.as_str()));
        let mut offered: HashMap<String, (Class, f64, Mailbox)> = HashMap::new();
        for person in self.people.iter().filter(|person| fits(&person.words)) {
            let key = folded(&person.address);
            let (class, weight) = self.rank(&key, person);
            let mailbox = Mailbox { name: person.name.clone(), address: person.address.clone() };
            offered.insert(key, (class, weight, mailbox));
        }
        let book = book.iter().filter(|one| fits(&one.words)).map(|one| &one.mailbox);
        for (nth, one) in found.iter().chain(book).enumerate() {
            if problem(one.address.trim()).is_some() {
                continue;
            }
            let key = folded(one.address.trim());
            let person = self.places.get(&key).and_then(|place| self.people.get(*place));
            let (class, weight) = person.map_or((Class::InTheBook, 0.0), |person| self.rank(&key, person));
            let class = if self.own.contains(&key) { Class::Oneself } else { class.min(Class::InTheBook) };
            // In the order in which they came, behind those who are known.
            #[expect(clippy::cast_precision_loss, reason = "a place among some thousand")]
            let weight = if person.is_some() { weight } else { -(nth as f64) };
            let name = name(&one.name, &one.address);
            // The user's own book knows what they are called; the first that says it counts.
            if let Some((known, _, mailbox)) = offered.get_mut(&key) {
                *known = (*known).min(class);
                if !name.is_empty() {
                    mailbox.name = name;
                }
            } else {
                let mailbox = Mailbox { name, address: one.address.trim().to_owned() };
                offered.insert(key, (class, weight, mailbox));
            }
        }
        let mut offered: Vec<_> = offered.into_values().collect();
        offered.sort_by(|(class, weight, one), (other, lesser, two)| {
            class.cmp(other).then_with(|| lesser.total_cmp(weight)).then_with(|| one.cmp(two))
        });
        offered.into_iter().take(most).map(|(_, _, mailbox)| mailbox).collect()
    }

    fn rank(&self, key: &String, person: &Person) -> (Class, f64) {
        let class = if self.own.contains(key) {
            Class::Oneself
        } else if person.written > 0.0 {
            Class::WrittenTo
        } else {
            Class::HasWritten
        };
        // Whoever answers is nearer than who does not.
        (class, person.written + person.wrote / 4.0)
    }
}

/// A name on one line; one that is the address says nothing.
fn name(name: &str, address: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(['"', '\'']).to_owned();
    if folded(&name) == folded(address) || name.contains(char::is_control) { String::new() } else { name }
}
