//! Tests of rules in plain words.

use jiff::civil::date;

use super::Rule;

fn words(rule: &str) -> Option<String> {
    let rule = Rule::parse(rule)?;
    rule.words(rule.until.map(|until| until.latest().date()))
}

/// Guards the usual rules of Google, Outlook and Apple.
#[test]
fn usual_rules() {
    for (rule, expected) in [
        ("FREQ=WEEKLY;UNTIL=20260601T215959Z;BYDAY=TH,MO", "every week on Monday and Thursday until 1 June 2026"),
        ("FREQ=MONTHLY;COUNT=10;BYDAY=1MO", "every month on the first Monday, 10 times"),
        ("freq=daily", "every day"),
        ("FREQ=DAILY;INTERVAL=3;UNTIL=20260601", "every 3 days until 1 June 2026"),
        ("FREQ=WEEKLY;WKST=SU;INTERVAL=2;BYDAY=TU", "every 2 weeks on Tuesday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR", "every 2 weeks on every weekday"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "every month on the 1st, the 15th and the last day"),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", "every month on the last Friday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "every month on the first weekday"),
        ("FREQ=MONTHLY;BYDAY=WE", "every month on every Wednesday"),
        ("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=4", "every year on 4 April"),
        ("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "every year on the last Sunday of October"),
        ("FREQ=YEARLY", "every year"),
        ("FREQ=DAILY;COUNT=1", "every day, once"),
        ("FREQ=DAILY;COUNT=999999999", "every day, 999999999 times"),
    ] {
        assert_eq!(words(rule).as_deref(), Some(expected), "{rule}");
    }
}

/// Guards that rare, contradicting and malformed rules are not put into wrong words.
#[test]
fn rare_rules_have_no_words() {
    for rule in [
        "",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;COUNT=2;UNTIL=20260601",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;UNTIL=00000000",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=ü",
        "FREQ=MONTHLY;BYDAY=9MO",
        "FREQ=MONTHLY;BYMONTHDAY=-2",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYDAY=20MO",
    ] {
        assert_eq!(words(rule), None, "{rule}");
    }
    let endless = format!("FREQ=WEEKLY;BYDAY=MO{}", ",MO".repeat(10_000));
    assert_eq!(words(&endless), None);
}

/// Guards that UNTIL is the day that is passed in: the caller knows the zone.
#[test]
fn until_is_the_callers() {
    let rule = Rule::parse("FREQ=DAILY;UNTIL=20260601T215959Z").unwrap();
    assert_eq!(rule.words(Some(date(2026, 6, 2))).as_deref(), Some("every day until 2 June 2026"));
}
