//! `W`: counted first, then all of it at once; and the rules.

use rstest::rstest;

use super::{ARCHIVE, INBOX, NOW, Screen, applied, commands};
use crate::app::cursor::account_name;
use crate::app::model::{Options, Overlay, Ticket};
use crate::app::msg::{Effect, Msg, Query};
use crate::app::sweep::{Choice, Sweep, Ways};
use crate::mail::rule::{Deed, Rule, Whom};
use crate::mail::sweep::Swept;
use crate::mail::{AccountId, MessageId, UnixTime};
use crate::protocol::{Action, Command, Event, OpId, Priority};
use crate::render::unsubscribe::{Mailto, Target, Unsubscribe};
use crate::safe_text::SafeText;

fn swept(whom: Whom, inbox: std::ops::RangeInclusive<i64>, all: std::ops::RangeInclusive<i64>) -> Swept {
    let ids = |range: std::ops::RangeInclusive<i64>| range.map(MessageId).collect::<Vec<_>>();
    let (inbox, all) = (ids(inbox), ids(all));
    Swept {
        folders: vec![(ARCHIVE, (all.len() - inbox.len()) as u64), (INBOX, inbox.len() as u64)],
        unread: 2,
        since: UnixTime(NOW - 86_400 * 400),
        total: all.len() as u64,
        inbox,
        all,
        whom,
    }
}

fn sender() -> Swept {
    swept(Whom::From("s1@x.example".into()), 1..=3, 1..=2_000)
}

fn list() -> Swept {
    swept(Whom::List("list.x.example".into()), 1..=1, 1..=2)
}

fn ways() -> Unsubscribe {
    let target = |host: &str| Some(Target { url: format!("https://{host}/u"), host: host.to_owned() });
    let mail = Mailto { to: "off@x.example".into(), subject: "off".into(), body: String::new() };
    Unsubscribe { one_click: target("one.example"), link: target("page.example"), mail: Some(mail), unproved: false }
}

fn ticket(screen: &mut Screen) -> Ticket {
    let loads: Vec<_> = screen.loads();
    loads.iter().find(|(_, query)| matches!(query, Query::Sweep(_) | Query::Rules)).unwrap().0
}

/// A box with the sender and the list, and every way out.
fn opened() -> Screen {
    let mut screen = Screen::new(5);
    screen.press("W");
    let ticket = ticket(&mut screen);
    screen.send(Msg::Swept { ticket, swept: vec![sender(), list()] });
    screen.send(Msg::WaysOut { message: MessageId(1), ways: Some(ways()) });
    screen.take();
    screen
}

fn sweep(screen: &Screen) -> &Sweep {
    match &screen.model.overlay {
        Some(Overlay::Sweep(sweep)) => sweep,
        other => panic!("{other:?}"),
    }
}

/// It is counted before anything can be done to it, off the loop; until then only what does not need the count is offered.
#[test]
fn counted_first() {
    let mut screen = Screen::new(5);
    screen.press("W");
    let effects = screen.take();
    assert!(effects.contains(&Effect::WaysOut(MessageId(1))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Load(_, Query::Sweep(MessageId(1))))));
    screen.press("a d A D enter");
    assert!(applied(&screen.take()).is_empty());
    assert!(sweep(&screen).choices().is_empty());
    screen.send(Msg::Swept { ticket: Ticket(0), swept: vec![sender()] });
    assert!(sweep(&screen).swept.is_none(), "an old answer");
    screen.press("esc");
    assert!(screen.model.overlay.is_none());
}

/// A key does what stands beside it, as one operation and so one undo, however much it is; with a rule where that is wished.
#[rstest]
#[case("a", &Action::Archive, 3, None)]
#[case("d", &Action::Trash, 2_000, None)]
#[case("A", &Action::Archive, 3, Some(Deed::Archive))]
#[case("D", &Action::Trash, 2_000, Some(Deed::Trash))]
#[case("j enter", &Action::Trash, 2_000, None)]
#[case("l A", &Action::Archive, 1, Some(Deed::Archive))]
fn all_of_it(#[case] keys: &str, #[case] action: &Action, #[case] count: usize, #[case] deed: Option<Deed>) {
    let mut screen = opened();
    screen.press(keys);
    let effects = screen.take();
    let whom = if keys.starts_with('l') { list().whom } else { sender().whom };
    let rule = deed.map(|deed| Rule { whom, account: None, deed, since: UnixTime(NOW - NOW.rem_euclid(86_400)) });
    // With a rule it is one operation still: what takes it back takes the rule away.
    let told = match &commands(&effects)[..] {
        [Command::Apply { op: OpId(100), action, messages, .. }] => (action.clone(), messages.len(), None),
        [Command::Always { op: OpId(100), action, messages, account: AccountId(1), rule }] => {
            (action.clone(), messages.len(), Some(rule.clone()))
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(told, (action.clone(), count, rule));
    assert!(screen.model.overlay.is_none());
    screen.queued(100, "Archived 3 messages, and from now on");
    screen.event(Event::RulesChanged(Ok(SafeText::new("from now on"))));
    assert_eq!(screen.model.toast.as_ref().unwrap().undo, Some(OpId(100)), "the undo stays in sight");
    screen.press("z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(100))]);
}

/// Where nothing lies in an inbox the rule alone is an operation, which is taken back as any other.
#[test]
fn a_rule_alone() {
    let mut screen = Screen::new(5);
    screen.press("W");
    let ticket = ticket(&mut screen);
    let nobody = Swept { inbox: Vec::new(), all: Vec::new(), ..sender() };
    screen.send(Msg::Swept { ticket, swept: vec![nobody] });
    screen.take();
    screen.press("enter");
    let all = commands(&screen.take());
    assert!(matches!(&all[..], [Command::Always { op: OpId(100), messages, .. }] if messages.is_empty()), "{all:?}");
    screen.queued(100, "From now on mail from s1@x.example is archived");
    screen.press("z");
    assert_eq!(commands(&screen.take()), [Command::Undo(OpId(100))]);
}

/// What leaves a mailing is never chosen by itself: neither while it is counted, nor because the ways out were known first.
#[test]
fn nothing_leaves_by_itself() {
    let begun = || {
        let mut screen = Screen::new(5);
        screen.press("W");
        let ticket = ticket(&mut screen);
        screen.send(Msg::WaysOut { message: MessageId(1), ways: Some(Unsubscribe { one_click: None, ..ways() }) });
        screen.take();
        (screen, ticket)
    };
    let (mut screen, ticket) = begun();
    assert_eq!((sweep(&screen).choices()[0], sweep(&screen).chosen()), (Choice::Mail, None));
    screen.press("enter");
    assert_eq!(screen.take(), []);
    screen.send(Msg::Swept { ticket, swept: vec![sender()] });
    assert_eq!(sweep(&screen).chosen(), Some(Choice::Archive));
    // Where the user went, the cursor stays.
    let (mut screen, ticket) = begun();
    screen.press("j");
    assert_eq!(sweep(&screen).chosen(), Some(Choice::Open));
    screen.send(Msg::Swept { ticket, swept: vec![sender()] });
    assert_eq!(sweep(&screen).chosen(), Some(Choice::Open));
}

/// Nothing is asked of anybody before its key is pressed, and then only that.
#[test]
fn ways_out() {
    let clicks = |effects: &[Effect]| -> Vec<Command> {
        commands(effects).into_iter().filter(|command| matches!(command, Command::Click { .. })).collect()
    };
    let mut screen = opened();
    let name = account_name(&screen.model, AccountId(1)).to_owned();
    screen.model.letters.habits.undo.insert(name, 25);
    assert_eq!(
        sweep(&screen).choices(),
        [
            Choice::Archive,
            Choice::Trash,
            Choice::ArchiveAlways,
            Choice::TrashAlways,
            Choice::OneClick,
            Choice::Mail,
            Choice::Open,
            Choice::Copy,
            Choice::Other
        ]
    );
    screen.press("u");
    let effects = screen.take();
    let [Command::Click { op, account: AccountId(1), url, host }] = &clicks(&effects)[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((url.as_str(), host.as_str()), ("https://one.example/u", "one.example"));
    // It waits in the queue for as long as a mail of this account, and is taken back as any action.
    screen.queued(op.0, "Unsubscribe at one.example by one click");
    let toast = screen.model.toast.as_ref().unwrap();
    assert_eq!((toast.undo, toast.seconds), (Some(*op), 25));
    screen.press("z");
    assert_eq!(commands(&screen.take()), [Command::Undo(*op)]);
    // Where only looking is possible nothing is left.
    let mut screen = opened();
    screen.model.options.read_only = Some(crate::app::rights::ReadOnly::Another);
    screen.press("u");
    assert_eq!(clicks(&screen.take()), []);
    let mut screen = opened();
    screen.press("o");
    assert!(screen.take().contains(&Effect::OpenLink(SafeText::new("https://page.example/u"))));
    let mut screen = opened();
    screen.press("y");
    assert!(screen.take().contains(&Effect::Copy(SafeText::new("https://page.example/u"))));
    let mut screen = opened();
    screen.press("m");
    let all = screen.take();
    let left = |effect: &Effect| matches!(effect, Effect::Leave { message: MessageId(1), mail, .. } if mail.to == "off@x.example");
    assert_eq!(all.iter().filter(|effect| left(effect)).count(), 1, "{all:?}");
    // What is not vouched for cannot be clicked.
    let mut screen = opened();
    let unproved = Unsubscribe { one_click: None, unproved: true, ..ways() };
    screen.send(Msg::WaysOut { message: MessageId(1), ways: Some(unproved) });
    screen.press("u");
    assert_eq!(clicks(&screen.take()), []);
}

/// A header that is not here is fetched once, and the answer about another message changes nothing.
#[test]
fn the_header_is_fetched() {
    let mut screen = opened();
    screen.press("esc W").take();
    screen.send(Msg::WaysOut { message: MessageId(2), ways: Some(ways()) });
    screen.send(Msg::WaysOut { message: MessageId(1), ways: None });
    let wanted = Command::WantBody { message: MessageId(1), priority: Priority::Open, whole: false };
    assert_eq!(commands(&screen.take()), [wanted]);
    assert_eq!(sweep(&screen).ways, Ways::Fetching);
    screen.event(Event::BodyReady(MessageId(1)));
    assert!(screen.take().contains(&Effect::WaysOut(MessageId(1))));
    screen.send(Msg::WaysOut { message: MessageId(1), ways: None });
    assert_eq!((commands(&screen.take()), &sweep(&screen).ways), (vec![], &Ways::None));
}

/// A rule is taken away by enter, and put back by another; a refusal is told, and the list read anew.
#[test]
fn rules_are_taken_away_and_put_back() {
    let rule = |from: &str| Rule { whom: Whom::From(from.into()), account: None, deed: Deed::Read, since: UnixTime(0) };
    let mut screen = Screen::new(3);
    screen.press(":").type_text("rules").press("enter");
    let asked = ticket(&mut screen);
    screen.send(Msg::Rules { ticket: asked, rules: Ok(vec![rule("a@x"), rule("b@x")]) });
    screen.press("down enter enter");
    let change = |on| Command::Rule { rule: rule("b@x"), on };
    assert_eq!(commands(&screen.take()), [change(false), change(true)]);
    screen.press("esc");
    assert!(screen.model.overlay.is_none());
    screen.press(":").type_text("rules").press("enter");
    let asked = ticket(&mut screen);
    screen.send(Msg::Rules { ticket: asked, rules: Ok(Vec::new()) });
    assert_eq!(screen.toast(), "There are no rules; W on a message makes one");
    screen.press(":").type_text("rules").press("enter");
    let asked = ticket(&mut screen);
    screen.send(Msg::Rules { ticket: asked, rules: Err(SafeText::new("rules.toml, line 3: no")) });
    assert_eq!(screen.toast(), "rules.toml, line 3: no");
}

/// Looking only, nothing is changed.
#[test]
fn read_only() {
    let mut screen = Screen::with(
        5,
        (80, 24),
        Options { read_only: Some(crate::app::rights::ReadOnly::Another), ..super::options() },
    );
    screen.press("W");
    let ticket = ticket(&mut screen);
    screen.send(Msg::Swept { ticket, swept: vec![sender()] });
    screen.send(Msg::WaysOut { message: MessageId(1), ways: Some(ways()) });
    for key in ["a", "D", "m"] {
        screen.press(key);
        assert_eq!(commands(&screen.take()), [], "{key}");
        assert!(screen.toast().contains("nother posthaste"), "{key}");
        screen.press("W").take();
    }
}
