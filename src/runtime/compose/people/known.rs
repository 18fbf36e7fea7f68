//! Who is known, how often and how lately, and who of them a beginning may mean.

use std::cmp::Ordering;
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
    /// The address as it is compared.
    key: String,
    /// Whether it is the user's own.
    own: bool,
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
                let own = self.own.contains(&key);
                let address = address.to_owned();
                self.people.push(Person { name, address, key: key.clone(), own, words, ..Person::default() });
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
        let book = book.iter().filter(|one| fits(&one.words)).map(|one| &one.mailbox);
        let mut named: HashMap<String, (Class, f64, Mailbox)> = HashMap::new();
        for (nth, one) in found.iter().chain(book).enumerate() {
            let address = one.address.trim();
            if problem(address).is_none() {
                let (key, name) = (folded(address), name(&one.name, address));
                match named.get_mut(&key) {
                    // The first that says what they are called counts.
                    Some((_, _, known)) if known.name.is_empty() => known.name = name,
                    Some(_) => {}
                    None => {
                        let entry = self.in_the_book(&key, nth, Mailbox { name, address: address.to_owned() });
                        named.insert(key, entry);
                    }
                }
            }
        }
        let mut others: Vec<(Class, f64, &Person)> = Vec::new();
        for person in self.people.iter().filter(|person| fits(&person.words) && !named.contains_key(&person.key)) {
            let (class, weight) = person.rank();
            others.push((class, weight, person));
        }
        // Among thousands the order of the last is nobody's business.
        if others.len() > most {
            others.select_nth_unstable_by(most, |one, two| before(one, two).then_with(|| one.2.key.cmp(&two.2.key)));
            others.truncate(most);
        }
        let others = others.into_iter().map(|(class, weight, person)| (class, weight, person.mailbox()));
        let mut offered: Vec<(Class, f64, Mailbox)> = named.into_values().chain(others).collect();
        offered.sort_by(|one, two| before(one, two).then_with(|| one.2.cmp(&two.2)));
        offered.into_iter().take(most).map(|(_, _, mailbox)| mailbox).collect()
    }

    /// How somebody of the address book is offered: with their own name there.
    fn in_the_book(&self, key: &String, nth: usize, one: Mailbox) -> (Class, f64, Mailbox) {
        if let Some(person) = self.places.get(key).and_then(|place| self.people.get(*place)) {
            let (class, weight) = person.rank();
            let known = person.mailbox();
            let name = if one.name.is_empty() { known.name } else { one.name };
            let class = if class == Class::Oneself { class } else { class.min(Class::InTheBook) };
            return (class, weight, Mailbox { name, ..known });
        }
        let class = if self.own.contains(key) { Class::Oneself } else { Class::InTheBook };
        // In the order in which they came, behind those who are known.
        #[expect(clippy::cast_precision_loss, reason = "a place among some thousand")]
        let weight = -(nth as f64);
        (class, weight, one)
    }
}

impl Person {
    fn rank(&self) -> (Class, f64) {
        let class = if self.own {
            Class::Oneself
        } else if self.written > 0.0 {
            Class::WrittenTo
        } else {
            Class::HasWritten
        };
        // Whoever answers is nearer than who does not.
        (class, self.written + self.wrote / 4.0)
    }

    fn mailbox(&self) -> Mailbox {
        Mailbox { name: self.name.clone(), address: self.address.clone() }
    }
}

/// Who stands before whom.
fn before<T>(one: &(Class, f64, T), two: &(Class, f64, T)) -> Ordering {
    one.0.cmp(&two.0).then_with(|| two.1.total_cmp(&one.1))
}

/// A name on one line; one that is the address says nothing.
fn name(name: &str, address: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = name.trim_matches(['"', '\'']).to_owned();
    if folded(&name) == folded(address) || name.contains(char::is_control) { String::new() } else { name }
}
