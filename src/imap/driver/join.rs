//! One answer of two halves: what async-imap parsed, and what the guard kept back.

use async_imap::imap_proto::{Response, Status as ProtoStatus};

use crate::imap::answer::{Answer, FetchItem, Literal};
use crate::imap::folder_name;
use crate::imap::guard::{Aside, Guard};
use crate::imap::lines::{Code, Status};
use crate::mail::flags::Flag;
use crate::mail::labels;

/// Joins what async-imap parsed with what the guard kept back of it; `None` if they do not belong together.
pub(super) fn join(response: &Response<'_>, aside: Aside, guard: &Guard) -> Option<Answer> {
    let (answer, literals) = match aside {
        Aside::Status(code, text) => return status(response, code, text),
        Aside::Whole(answer, literals) => (*answer, literals),
        Aside::Literals(literals) => (Answer::from_proto(response), literals),
        Aside::Nothing => (Answer::from_proto(response), Vec::new()),
    };
    let Answer::Fetch(mut item) = answer else { return Some(answer) };
    take_labels(&mut item, &literals, guard);
    if let Some(Literal::Bytes(bytes)) = &item.body
        && let Some(index) = guard.marker().index(bytes)
    {
        item.body = literals.into_iter().nth(index);
    }
    Some(Answer::Fetch(item))
}

/// Puts the labels of Gmail among the flags, as keywords. Those that the server itself uses begin with a backslash: they are
/// folders and flags under another name.
fn take_labels(item: &mut FetchItem, literals: &[Literal], guard: &Guard) {
    let (Some(labels), Some(flags)) = (&item.labels, &mut item.flags) else { return };
    for label in labels {
        let literal = guard.marker().index(label.as_bytes()).map(|index| literals.get(index));
        let text = match literal {
            None => label.clone(),
            Some(Some(Literal::Bytes(bytes))) => String::from_utf8_lossy(bytes).into_owned(),
            Some(Some(Literal::TooLong) | None) => continue,
        };
        let keyword = labels::keyword(&folder_name::decode(&text)).filter(|_| !text.starts_with('\\'));
        if let Some(keyword) = keyword.filter(|keyword| labels::is_label(keyword.as_str())) {
            flags.set(&Flag::Keyword(keyword), true);
        }
    }
}

fn status(response: &Response<'_>, code: Option<Code>, text: String) -> Option<Answer> {
    let outcome = |status: &ProtoStatus| match status {
        ProtoStatus::Ok => Status::Ok,
        ProtoStatus::No => Status::No,
        ProtoStatus::Bad => Status::Bad,
        ProtoStatus::PreAuth => Status::PreAuth,
        ProtoStatus::Bye => Status::Bye,
    };
    if let Response::Done { tag, status, .. } = response {
        return Some(Answer::Done { tag: tag.0.clone(), outcome: outcome(status), code, text });
    }
    if let Response::Data { status, .. } = response {
        return Some(Answer::Status { outcome: outcome(status), code, text });
    }
    matches!(response, Response::Continue(_)).then_some(Answer::Continue(text))
}
