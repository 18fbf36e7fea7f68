//! Notices of new mail, from the server to the terminal's bytes.

use super::app::{App, deliver_bytes, inbox, mail};
use posthaste::app::msg::Msg;

/// New mail is told of once nobody looks: who and what, and a hostile subject is text. Mail that was read elsewhere is not.
#[test]
fn new_mail_is_told_of() {
    let mut app = App::start_in(inbox(&["alpha"]), &[("TERM", "foot")]);
    app.until("The body of alpha");
    app.send(Msg::Focus(false));
    let hostile = mail("Eve", "free =?utf-8?q?=1B]52=3Bc=3BZXZpbA=3D=3D=07?= money; now");
    deliver_bytes(&app.world, "ada", &hostile, 0);
    app.until("Eve").wait_for("the notice", |app| {
        app.collect();
        !app.notices.is_empty()
    });
    let notice = String::from_utf8(app.notices[0].clone()).unwrap();
    assert!(notice.starts_with("\x1b]777;notify;Eve;free") && notice.ends_with("now\x07"), "{notice:?}");
    assert_eq!(notice.matches(['\x1b', '\x07']).count(), 2, "{notice:?}");
    assert_eq!(notice.matches(';').count(), 3, "{notice:?}");
    assert_eq!(app.notices.len(), 1);
}
