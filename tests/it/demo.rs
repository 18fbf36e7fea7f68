//! The embedded server.
#![cfg(test)]

use posthaste::demo::faults::{Fault, Then, When};
use posthaste::demo::mailbox::Change;
use posthaste::demo::server::{CopyUid, Options, Server};
use posthaste::demo::world::World;
use posthaste::mail::UnixTime;
use posthaste::mail::flags::Flags;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use crate::support::raw_client::{Answer, RawClient};

mod changes;
mod sample;

/// A server with one user and three mails, on a runtime of its own so that a blocking client can talk to it.
struct Bench {
    world: World,
    server: Server,
    _runtime: Runtime,
}

fn mail(id: &str) -> Vec<u8> {
    format!("From: Ada <ada@example.org>\r\nSubject: about {id}\r\nMessage-ID: <{id}@x>\r\n\r\nbody of {id}\r\n").into()
}

fn seen() -> Flags {
    Flags::parse(["\\Seen"])
}

fn bench(options: Options) -> Bench {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let world = World::new();
    world.add_user("dana", "secret");
    world.add_folder("dana", "Archive", Some("\\Archive"));
    for id in ["one", "two", "three"] {
        world.deliver("dana", "INBOX", &mail(id), Flags::default(), UnixTime(1_700_000_000));
    }
    let server = runtime.block_on(Server::start(world.clone(), options)).unwrap();
    Bench { world, server, _runtime: runtime }
}

impl Bench {
    fn client(&self) -> RawClient {
        RawClient::login(self.server.addr, "dana", "secret")
    }

    fn ids(&self, folder: &str) -> Vec<String> {
        self.world.list("dana", folder).into_iter().map(|row| row.message_id).collect()
    }
}

fn lines(answer: &Answer) -> Vec<&str> {
    answer.lines.iter().map(String::as_str).collect()
}

/// Before login: greeting, CAPABILITY, refused and accepted LOGIN, AUTHENTICATE PLAIN with and without SASL-IR, ID.
#[test]
fn a_client_signs_in() {
    let bench = bench(Options::default());
    let (mut client, greeting) = RawClient::connect(bench.server.addr).unwrap();
    assert!(greeting.starts_with("* OK [CAPABILITY IMAP4rev1 ") && greeting.contains("AUTH=PLAIN"), "{greeting}");
    assert!(client.command("CAPABILITY").ok().line("* CAPABILITY").contains(" MOVE "));
    assert!(client.command("SELECT INBOX").status.starts_with("BAD"));
    assert!(client.command("LOGIN dana wrong").status.starts_with("NO [AUTHENTICATIONFAILED]"));
    let login = client.command("LOGIN dana secret").ok();
    assert!(login.status.contains("[CAPABILITY") && !login.status.contains("AUTH="), "{}", login.status);
    client.command("ID (\"name\" \"test\")").ok().line("* ID (");
    client.command("NAMESPACE").ok().line("* NAMESPACE ((\"\" \"/\")) NIL NIL");
    client.command("ENABLE UTF8=ACCEPT").ok().line("* ENABLED");
    client.command("LOGOUT").ok().line("* BYE");
    assert!(client.read_line().is_err(), "closed");

    let (mut client, _) = RawClient::connect(bench.server.addr).unwrap();
    client.command("AUTHENTICATE PLAIN AGRhbmEAc2VjcmV0").ok();
    let (mut client, _) = RawClient::connect(bench.server.addr).unwrap();
    client.send("a AUTHENTICATE PLAIN\r\n").unwrap();
    assert_eq!(client.read_line().unwrap().trim(), "+");
    client.send("AGRhbmEAc2VjcmV0\r\n").unwrap();
    client.finish("a").unwrap().ok();
    let (mut client, _) = RawClient::connect(bench.server.addr).unwrap();
    client.send("a LOGIN {4+}\r\ndana {6}\r\n").unwrap();
    assert!(client.read_line().unwrap().starts_with('+'));
    client.send("secret\r\n").unwrap();
    client.finish("a").unwrap().ok();
    let said = bench.world.commands().join("\n");
    assert!(!said.contains("secret") && !said.contains("AGRh"), "{said}");
}

/// LIST, LSUB, STATUS, CREATE, RENAME, DELETE, SUBSCRIBE and what they refuse.
#[test]
fn mailboxes_are_listed_made_renamed_and_deleted() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    let listed =
        client.command("LIST \"\" \"*\" RETURN (SPECIAL-USE SUBSCRIBED STATUS (MESSAGES UNSEEN UIDNEXT))").ok();
    assert_eq!(
        lines(&listed),
        [
            "* LIST (\\HasNoChildren \\Archive \\Subscribed) \"/\" \"Archive\"",
            "* STATUS \"Archive\" (MESSAGES 0 UNSEEN 0 UIDNEXT 1)",
            "* LIST (\\HasNoChildren \\Subscribed) \"/\" \"INBOX\"",
            "* STATUS \"INBOX\" (MESSAGES 3 UNSEEN 3 UIDNEXT 4)",
        ]
    );
    client.command("LIST \"\" \"\"").ok().line("* LIST (\\Noselect) \"/\" \"\"");
    client.command("CREATE \"Projects/a \\\"b\\\"\"").ok();
    assert!(client.command("CREATE \"Projects/a \\\"b\\\"\"").status.starts_with("NO [ALREADYEXISTS]"));
    client.command("LIST \"\" %").ok().line("* LIST (\\Noselect \\HasChildren) \"/\" \"Projects\"");
    assert!(lines(&client.command("LSUB \"\" *").ok()).iter().all(|line| !line.contains("Projects")));
    client.command("SUBSCRIBE \"Projects/a \\\"b\\\"\"").ok();
    client.command("LSUB \"\" *").ok().line("Projects/a \\\"b\\\"");
    client.command("RENAME Projects Work").ok();
    assert_eq!(client.folders(), ["Archive", "INBOX", "Work/a \"b\""]);
    client.command("DELETE \"Work/a \\\"b\\\"\"").ok();
    assert!(client.command("DELETE INBOX").status.starts_with("NO"));
    assert!(client.command("DELETE nothing").status.starts_with("NO [NONEXISTENT]"));
    assert!(client.command("SELECT nothing").status.starts_with("NO [NONEXISTENT]"));
    client.command("STATUS inbox (MESSAGES UIDVALIDITY)").ok().line("* STATUS \"INBOX\" (MESSAGES 3 UIDVALIDITY 16");
    assert!(client.command("GARBAGE").status.starts_with("BAD"));
}

/// FETCH of every item that the program asks for, by sequence number and by UID, in parts, with and without PEEK.
#[test]
fn messages_are_fetched() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    let opened = client.select("INBOX");
    for part in ["* 3 EXISTS", "[UIDVALIDITY ", "[UIDNEXT 4]", "[UNSEEN 1]", "PERMANENTFLAGS"] {
        opened.line(part);
    }
    let size = mail("two").len();
    let asked = "UID FETCH 2 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (Subject X-None)])";
    assert_eq!(
        lines(&client.command(asked).ok()),
        [format!(
            "* 2 FETCH (UID 2 FLAGS () INTERNALDATE \"14-Nov-2023 22:13:20 +0000\" RFC822.SIZE {size} \
             BODY[HEADER.FIELDS (SUBJECT X-NONE)] {{22}}\r\nSubject: about two\r\n\r\n)"
        )]
    );
    let whole = client.command("FETCH 2 BODY.PEEK[]").ok();
    assert_eq!(
        lines(&whole),
        [format!("* 2 FETCH (BODY[] {{{size}}}\r\n{})", String::from_utf8(mail("two")).unwrap())]
    );
    client.command("UID FETCH 2 BODY.PEEK[]<6.3>").ok().line("* 2 FETCH (UID 2 BODY[]<6> {3}\r\nAda)");
    client.command("UID FETCH 2 BODY.PEEK[]<9999.3>").ok().line("BODY[]<9999> {0}\r\n)");
    client.command("UID FETCH 2 BODY.PEEK[TEXT]").ok().line("body of two");
    assert!(bench.world.list("dana", "INBOX").iter().all(|row| !row.flags.seen()), "PEEK leaves it unread");
    client.command("UID FETCH 2 BODY[]").ok();
    assert!(bench.world.list("dana", "INBOX")[1].flags.seen());
    assert!(client.command("UID FETCH 77 (FLAGS)").ok().lines.is_empty());
    client.command("UID FETCH 77:* (FLAGS)").ok().line("* 3 FETCH (UID 3");
    assert!(client.command("FETCH 1 ENVELOPE").status.starts_with("NO"));
}

/// STORE in all its forms, by difference, and nothing in a mailbox opened by EXAMINE.
#[test]
fn flags_are_stored() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    client.select("INBOX");
    client.command("UID STORE 1 +FLAGS (\\Seen $Later)").ok().line("* 1 FETCH (UID 1 FLAGS (\\Seen $Later))");
    assert!(client.command("UID STORE 1:2 +FLAGS.SILENT (\\Flagged)").ok().lines.is_empty());
    client.command("STORE 1 -FLAGS (\\Seen)").ok().line("FLAGS (\\Flagged $Later)");
    client.command("STORE 1 FLAGS ()").ok().line("FLAGS ()");
    client.command("EXAMINE INBOX").ok();
    assert!(client.command("UID STORE 1 +FLAGS (\\Seen)").status.starts_with("NO"));
}

/// COPY, MOVE, APPEND and UID EXPUNGE tell the right UIDs and touch nothing else.
#[test]
fn messages_are_copied_moved_appended_and_expunged() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    client.select("INBOX");
    let validity = bench.world.uid_validity("dana", "Archive").unwrap();
    let copied = client.command("UID COPY 1:2 Archive").ok();
    assert!(copied.status.contains(&format!("[COPYUID {validity} 1:2 1:2]")), "{}", copied.status);
    assert!(client.command("UID COPY 1 nowhere").status.starts_with("NO [TRYCREATE]"));
    let moved = client.command("UID MOVE 2:3 Archive").ok();
    assert_eq!(
        lines(&moved),
        [format!("* OK [COPYUID {validity} 2:3 3:4] Moved UIDs.").as_str(), "* 3 EXPUNGE", "* 2 EXPUNGE"]
    );
    assert_eq!(bench.ids("INBOX"), ["one@x"]);
    assert_eq!(bench.ids("Archive"), ["one@x", "two@x", "two@x", "three@x"]);
    let appended = client.append("Archive", "\\Seen", &mail("four"));
    assert!(appended.status.contains(&format!("[APPENDUID {validity} 5]")), "{}", appended.status);
    client.select("Archive");
    client.command("UID STORE 1:3 +FLAGS.SILENT (\\Deleted)").ok();
    assert_eq!(lines(&client.command("UID EXPUNGE 2").ok()), ["* 2 EXPUNGE"]);
    assert_eq!(lines(&client.command("EXPUNGE").ok()), ["* 2 EXPUNGE", "* 1 EXPUNGE"]);
    assert_eq!(bench.ids("Archive"), ["three@x", "four@x"]);
    client.command("UID STORE 4 +FLAGS.SILENT (\\Deleted)").ok();
    client.command("UNSELECT").ok();
    assert_eq!(bench.ids("Archive").len(), 2, "UNSELECT removes nothing");
    client.select("Archive");
    client.command("CLOSE").ok();
    assert_eq!(bench.ids("Archive"), ["four@x"], "CLOSE removes what is marked");
}

/// SEARCH by everything the program asks for, answered plain and as ESEARCH.
#[test]
fn searches_find() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    client.select("INBOX");
    client.command("STORE 2 +FLAGS.SILENT (\\Deleted \\Seen)").ok();
    let mut search = |what: &str| client.command(&format!("UID SEARCH {what}")).ok().lines[0].clone();
    assert_eq!(search("ALL"), "* SEARCH 1 2 3");
    assert_eq!(search("DELETED"), "* SEARCH 2");
    assert_eq!(search("UNSEEN"), "* SEARCH 1 3");
    assert_eq!(search("HEADER Message-ID \"<three@x>\""), "* SEARCH 3");
    assert_eq!(search("HEADER MESSAGE-ID two@x UNSEEN"), "* SEARCH");
    assert_eq!(search("UID 2:* NOT DELETED"), "* SEARCH 3");
    assert_eq!(search("OR SUBJECT one SUBJECT three"), "* SEARCH 1 3");
    assert_eq!(search("RETURN (ALL) UID 9:*"), "* ESEARCH (TAG \"t11\") UID ALL 3");
    assert_eq!(search("RETURN (ALL) KEYWORD none"), "* ESEARCH (TAG \"t12\") UID");
}

/// Another session is told at once of new, changed and removed mail while it idles; sequence numbers stay right.
#[test]
fn idle_pushes_what_others_do() {
    let bench = bench(Options::default());
    let (mut watcher, mut other) = (bench.client(), bench.client());
    watcher.select("INBOX");
    watcher.send("a IDLE\r\n").unwrap();
    assert!(watcher.read_line().unwrap().starts_with('+'));
    other.select("INBOX");
    other.command("UID STORE 1 +FLAGS.SILENT (\\Flagged)").ok();
    assert_eq!(watcher.read_line().unwrap(), "* 1 FETCH (UID 1 FLAGS (\\Flagged))");
    bench.world.deliver("dana", "INBOX", &mail("new"), seen(), UnixTime(1_700_000_001));
    assert_eq!(watcher.read_line().unwrap(), "* 4 EXISTS");
    assert_eq!(watcher.read_line().unwrap(), "* 0 RECENT");
    other.command("UID MOVE 1,3 Archive").ok();
    assert_eq!(watcher.read_line().unwrap(), "* 3 EXPUNGE");
    assert_eq!(watcher.read_line().unwrap(), "* 1 EXPUNGE");
    watcher.send("DONE\r\n").unwrap();
    watcher.finish("a").unwrap().ok();
    watcher.command("FETCH 2 (UID)").ok().line("* 2 FETCH (UID 4)");
}

/// A client that leaves and comes back to another folder is told nothing of the first one, and all of the second.
#[test]
fn another_folder_starts_afresh() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    client.select("INBOX");
    bench.world.remove("dana", "INBOX", &[1]);
    bench.world.deliver("dana", "Archive", &mail("late"), seen(), UnixTime(0));
    let answer = client.select("Archive");
    answer.line("* 1 EXISTS");
    assert!(!answer.lines.iter().any(|line| line.contains("EXPUNGE")), "{answer:?}");
    bench.world.deliver("dana", "Archive", &mail("later"), seen(), UnixTime(0));
    client.command("NOOP").ok().line("* 2 EXISTS");
    assert!(client.command("NOOP").ok().lines.is_empty());
}

/// EXPUNGE is not told during FETCH, STORE and SEARCH by sequence number, whose numbers would shift (RFC 9051, 7.5.1).
#[test]
fn expunges_are_held_back_where_numbers_count() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    client.select("INBOX");
    bench.world.remove("dana", "INBOX", &[1]);
    assert_eq!(lines(&client.command("FETCH 2 (UID)").ok()), ["* 2 FETCH (UID 2)"]);
    assert_eq!(lines(&client.command("NOOP").ok()), ["* 1 EXPUNGE"]);
    assert_eq!(lines(&client.command("FETCH 1 (UID)").ok()), ["* 1 FETCH (UID 2)"]);
}

/// A mailbox that gets a new UIDVALIDITY, or goes, under an open session puts that session out.
#[test]
fn a_new_uidvalidity_ends_the_session() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    client.select("INBOX");
    bench.world.set_uid_next("dana", "INBOX", 50);
    bench.world.set_uid_validity("dana", "INBOX", 7);
    client.send("a NOOP\r\n").unwrap();
    assert!(client.read_line().unwrap().starts_with("* BYE"));
    let mut client = bench.client();
    client.select("INBOX").line("[UIDVALIDITY 7]");
    bench.world.store("dana", "INBOX", 1, Change::Add, &seen());
    client.command("NOOP").ok().line("* 1 FETCH (UID 1 FLAGS (\\Seen))");
}

/// What is not offered is not understood, and no UID is told without UIDPLUS.
#[test]
fn a_poorer_server_refuses_what_it_does_not_offer() {
    let poor = ["MOVE", "UIDPLUS", "IDLE", "LIST-EXTENDED", "ESEARCH", "UNSELECT", "SPECIAL-USE"];
    let bench = bench(poor.iter().fold(Options::default(), |options, name| options.without(name)));
    let mut client = bench.client();
    client.select("INBOX");
    for refused in ["UID MOVE 1 Archive", "UID EXPUNGE 1", "IDLE", "LIST \"\" * RETURN (SUBSCRIBED)", "UNSELECT"] {
        assert!(client.command(refused).status.starts_with("BAD"), "{refused}");
    }
    assert!(client.command("UID SEARCH RETURN (ALL) ALL").status.starts_with("BAD"));
    assert_eq!(client.command("UID COPY 1 Archive").ok().status, "OK Copy completed.");
    assert_eq!(client.append("Archive", "", &mail("x")).ok().status, "OK Append completed.");
    assert!(!client.command("LIST \"\" *").ok().line("Archive").contains("\\Archive"));
}

/// RL29: COPYUID comes in each of the ways that real servers tell it.
#[test]
fn copyuid_is_told_as_asked() {
    for (way, place) in [(CopyUid::Tagged, "tagged"), (CopyUid::Bare, "bare"), (CopyUid::Absent, "nowhere")] {
        let bench = bench(Options::default().with_copy_uid(way));
        let mut client = bench.client();
        client.select("INBOX");
        let moved = client.command("UID MOVE 1 Archive").ok();
        let told = if moved.status.contains("[COPYUID") {
            "tagged"
        } else if moved.lines.iter().any(|line| line.starts_with("[COPYUID")) {
            "bare"
        } else {
            "nowhere"
        };
        assert_eq!(told, place, "{moved:?}");
        assert_eq!(bench.ids("Archive"), ["one@x"]);
    }
}

/// Scripted faults do what tests of lost connections rely on.
#[test]
fn faults_strike_as_scripted() {
    let bench = bench(Options::default());
    let arm = |when, then| bench.world.arm(Fault::once(when, then));
    let mut client = bench.client();
    client.select("INBOX");
    arm(When::Verb("UID MOVE"), Then::Close);
    assert!(client.try_command("UID MOVE 1 Archive").is_err());
    assert_eq!(bench.ids("Archive").len(), 0, "closed before it was done");

    let mut client = bench.client();
    client.select("INBOX");
    arm(When::Verb("UID MOVE"), Then::DoThenClose);
    assert!(client.try_command("UID MOVE 1 Archive").is_err());
    assert_eq!(bench.ids("Archive"), ["one@x"], "done, and the answer was lost");

    let mut client = bench.client();
    arm(When::Verb("NOOP"), Then::No("[OVERQUOTA] full".to_owned()));
    assert_eq!(client.command("NOOP").status, "NO [OVERQUOTA] full");
    arm(When::Command(2), Then::Say(b"* OK [ALERT] hello\r\n".to_vec()));
    assert!(client.command("NOOP").ok().lines.is_empty());
    assert_eq!(lines(&client.command("NOOP").ok()), ["* OK [ALERT] hello"]);
    arm(When::Sent(4), Then::Close);
    client.send("a NOOP\r\n").unwrap();
    assert!(client.read_line().is_err(), "four bytes of the answer, then nothing");
    arm(When::Connect, Then::Bad("busy".to_owned()));
    assert_eq!(RawClient::connect(bench.server.addr).unwrap().1, "* BYE busy");
    let mut client = bench.client();
    bench.world.kick();
    assert!(client.try_command("NOOP").is_err());
    assert!(bench.world.commands().contains(&"dana: UID MOVE 1 Archive".to_owned()));
}

#[derive(Debug, Clone)]
enum Act {
    Deliver(bool),
    Move { from_inbox: bool, pick: u8, count: u8 },
    Copy { pick: u8 },
    Expunge { pick: u8 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        any::<bool>().prop_map(Act::Deliver),
        (any::<bool>(), any::<u8>(), 1..4_u8).prop_map(|(from_inbox, pick, count)| Act::Move {
            from_inbox,
            pick,
            count
        }),
        any::<u8>().prop_map(|pick| Act::Copy { pick }),
        any::<u8>().prop_map(|pick| Act::Expunge { pick }),
    ]
}

/// UIDs strictly ascend and are never used again; MOVE keeps every message; COPYUID pairs what it says.
#[test]
fn uids_ascend_and_moves_keep_messages() {
    let bench = bench(Options::default());
    let mut client = bench.client();
    let mut number = 0;
    let mut highest = std::collections::HashMap::new();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let acts = proptest::collection::vec(act(), 1..12);
    let bench = &bench;
    let state = std::cell::RefCell::new((&mut client, &mut number, &mut highest));
    runner
        .run(&acts, |acts| {
            let mut state = state.borrow_mut();
            for act in acts {
                let (client, number, highest) = &mut *state;
                step(bench, client, number, &act);
                for folder in ["INBOX", "Archive"] {
                    let rows = bench.world.list("dana", folder);
                    assert!(rows.windows(2).all(|pair| pair[0].uid < pair[1].uid), "{rows:?}");
                    for row in rows {
                        let before = highest.insert((folder, row.uid), row.message_id.clone());
                        assert!(before.is_none_or(|id| id == row.message_id), "a UID was used again");
                    }
                }
            }
            Ok(())
        })
        .unwrap();
}

fn all_ids(bench: &Bench) -> Vec<String> {
    let mut ids = [bench.ids("INBOX"), bench.ids("Archive")].concat();
    ids.sort();
    ids
}

fn step(bench: &Bench, client: &mut RawClient, number: &mut u32, act: &Act) {
    let before = all_ids(bench);
    let uid_of = |folder: &str, pick: u8| {
        let rows = bench.world.list("dana", folder);
        (!rows.is_empty()).then(|| rows[usize::from(pick) % rows.len()].uid)
    };
    match act {
        Act::Deliver(inbox) => {
            *number += 1;
            let folder = if *inbox { "INBOX" } else { "Archive" };
            bench.world.deliver("dana", folder, &mail(&format!("n{number}")), Flags::default(), UnixTime(0));
        }
        Act::Move { from_inbox, pick, count } => {
            let (from, to) = if *from_inbox { ("INBOX", "Archive") } else { ("Archive", "INBOX") };
            let Some(uid) = uid_of(from, *pick) else { return };
            let names: std::collections::HashMap<u32, String> =
                bench.world.list("dana", from).into_iter().map(|row| (row.uid, row.message_id)).collect();
            client.select(from);
            let answer = client.command(&format!("UID MOVE {uid}:{} {to}", uid + u32::from(*count) - 1)).ok();
            assert_eq!(all_ids(bench), before, "a move keeps every message");
            for (old, new) in pairs(answer.line("COPYUID")) {
                let there = bench.world.list("dana", to).into_iter().find(|row| row.uid == new).unwrap();
                assert_eq!(names[&old], there.message_id);
            }
        }
        Act::Copy { pick } => {
            let Some(uid) = uid_of("INBOX", *pick) else { return };
            client.select("INBOX");
            client.command(&format!("UID COPY {uid} Archive")).ok();
            assert_eq!(all_ids(bench).len(), before.len() + 1);
        }
        Act::Expunge { pick } => {
            let Some(uid) = uid_of("Archive", *pick) else { return };
            client.select("Archive");
            client.command(&format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)")).ok();
            client.command(&format!("UID EXPUNGE {uid}")).ok();
            assert_eq!(all_ids(bench).len(), before.len() - 1);
        }
    }
}

fn numbers(set: &str) -> Vec<u32> {
    let range = |part: &str| match part.split_once(':') {
        Some((from, to)) => (from.parse().unwrap()..=to.parse().unwrap()).collect(),
        None => vec![part.parse().unwrap()],
    };
    set.split(',').flat_map(range).collect()
}

fn pairs(line: &str) -> Vec<(u32, u32)> {
    let inside = line.split_once("COPYUID ").unwrap().1.split(']').next().unwrap();
    let words: Vec<&str> = inside.split(' ').collect();
    let (from, to) = (numbers(words[1]), numbers(words[2]));
    assert_eq!(from.len(), to.len());
    from.into_iter().zip(to).collect()
}
