//! Tests of taking subjects apart.

use rstest::rstest;

use super::Subject;

#[rstest]
#[case("Lunch?", "Lunch?", false, false)]
#[case("Re: Lunch?", "Lunch?", true, false)]
#[case("RE : re[2]: Re^3: AW: Sv: Lunch?", "Lunch?", true, false)]
#[case("Fwd: Re: Lunch?", "Lunch?", true, true)]
#[case("[rust-dev] Re: [rust-dev] async drop", "async drop", true, false)]
#[case("Re: [tui/mail] Panic (#118)", "Panic (#118)", true, false)]
#[case("[PATCH]", "[PATCH]", false, false)]
#[case("venue options (FWD)", "venue options", false, true)]
#[case("回复：会议", "会议", true, false)]
#[case("Re:", "", true, false)]
#[case("", "", false, false)]
#[case("release: 2.14", "release: 2.14", false, false)]
#[case("Note re: the plan", "Note re: the plan", false, false)]
#[case("Re\u{301}sume\u{301}: mine", "Re\u{301}sume\u{301}: mine", false, false)]
fn a_subject_without_its_marks(#[case] text: &str, #[case] base: &str, #[case] reply: bool, #[case] forward: bool) {
    assert_eq!(Subject::of(text), Subject { base, reply, forward });
}

#[test]
fn one_is_the_other_in_another_case() {
    assert_eq!(Subject::of("RE:  The   Plan").folded(), Subject::of("the plan").folded());
}
