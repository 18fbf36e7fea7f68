//! What is sent in the demo.

use std::time::Duration;

use crate::app::compose::order::{How, Order};
use crate::app::model::Ticket;
use crate::config::env::Env;
use crate::demo;
use crate::letter::Mailbox;
use crate::letters::Letters;
use crate::protocol::OpId;
use crate::runtime::compose::carry_out;
use crate::runtime::launch;
use crate::sync::account::now;

/// A letter that is written in the demo arrives with whoever of the demo it is to, and lies in Sent: by the same outbox as any
/// other, with nothing of it on a network.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_in_the_demo_arrives() {
    let home = tempfile::tempdir().unwrap();
    let demo = demo::start(now()).await.unwrap();
    let launch = launch::of_demo(&demo, home.path(), Env::default(), false);
    let opened = launch::open(&launch).unwrap().unwrap();
    let mut runtime = launch::build(&launch, &opened, (120, 40), None).unwrap();
    runtime.idle(Duration::from_secs(10)).await;
    launch::join_engine(&launch, opened, &mut runtime).await;
    carry_out(&mut runtime, Order::Begin { ticket: Ticket(1), how: How::New, account: "work".into() });
    runtime.idle(Duration::from_secs(10)).await;
    let letters = Letters::of(&launch.paths.data);
    let mut letter = letters.list().unwrap().letters.pop().unwrap();
    assert_eq!(letter.from.address, "dana@acme.example");
    letter.to = vec![
        Mailbox { name: "Dana".into(), address: "Dana+x@home.example".into() },
        Mailbox { name: String::new(), address: "somebody@elsewhere.example".into() },
    ];
    letter.subject = "To myself".into();
    let id = letter.message_id.clone();
    carry_out(&mut runtime, Order::Send { op: OpId(4000), letter: Box::new(letter), at: None });
    let world = demo.world();
    let is_in = |user: &str, folder: &str| world.list(user, folder).iter().filter(|row| row.message_id == id).count();
    let arrived = async {
        while is_in("dana@home.example", "INBOX") == 0 || is_in("dana@acme.example", "Sent") == 0 {
            runtime.wait().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), arrived).await.unwrap();
    assert_eq!(is_in("dana@acme.example", "INBOX"), 0);
    assert!(runtime.part().is_some());
}
