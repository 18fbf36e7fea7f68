//! The sample mailbox of the demo.

use posthaste::demo;
use posthaste::mail::UnixTime;

/// 2026-03-18 13:02 UTC.
const NOW: UnixTime = UnixTime(1_773_838_920);

fn subject(bytes: &[u8]) -> String {
    mail_parser::MessageParser::default().parse(bytes).and_then(|m| m.subject().map(str::to_owned)).unwrap_or_default()
}

/// The demo: two accounts, believable mail in every folder, the newest on top as in the pictures, one large mail.
#[tokio::test]
async fn the_sample_mailbox_is_complete() {
    let started = std::time::Instant::now();
    let demo = demo::start(NOW).await.unwrap();
    println!("started in {:?}", started.elapsed());
    let names: Vec<&str> = demo.accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["work", "home"]);
    let world = demo.world();
    let (mut total, mut largest) = (0, 0);
    for account in &demo.accounts {
        for folder in world.folders(&account.user) {
            let rows = world.list(&account.user, &folder);
            assert!(!rows.is_empty(), "{folder} is empty");
            total += rows.len();
            largest = rows.iter().map(|row| row.size).max().unwrap_or(0).max(largest);
            let mut ids: Vec<&str> = rows.iter().map(|row| row.message_id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), rows.len(), "a Message-ID twice in {folder}");
        }
    }
    assert!(total > 200 && largest > 2_000_000, "{total} mails, the largest {largest} bytes");
    let inbox = world.list("dana@acme.example", "INBOX");
    let newest: Vec<String> = inbox
        .iter()
        .rev()
        .take(2)
        .map(|row| subject(&world.bytes("dana@acme.example", "INBOX", row.uid).unwrap()))
        .collect();
    assert_eq!(newest, ["Q3 numbers — can you check slide 4?", "release-2.14: 3 of 412 checks failed"]);
}

/// Every charset of the samples comes back as it was written, in the subject and in the text; every attachment decodes.
#[tokio::test]
async fn samples_decode_to_what_was_written() {
    let demo = demo::start(NOW).await.unwrap();
    let world = demo.world();
    let mut texts = String::new();
    for account in &demo.accounts {
        for folder in world.folders(&account.user) {
            for row in world.list(&account.user, &folder) {
                let bytes = world.bytes(&account.user, &folder, row.uid).unwrap();
                assert!(
                    bytes.split(|byte| *byte == b'\n').all(|line| line.ends_with(b"\r") || line.is_empty()),
                    "CRLF"
                );
                let parsed = mail_parser::MessageParser::default().parse(&*bytes).unwrap();
                assert!(parsed.from().is_some() && parsed.date().is_some(), "{folder} {}", row.message_id);
                assert!(parsed.body_text(0).is_some_and(|text| !text.trim().is_empty()), "{folder} {}", row.message_id);
                texts.push_str(parsed.subject().unwrap());
                texts.push_str(&parsed.body_text(0).unwrap());
                for part in parsed.attachments() {
                    assert!(part.contents().len() > 100, "{folder} {}", row.message_id);
                }
            }
        }
    }
    for words in [
        "来週の打ち合わせについて",
        "会議室は三階の「桜」を予約しました",
        "Отчёт за март и фотографии с дачи",
        "кот сидит на печке",
        "موعد الاجتماع يوم الخميس",
        "שאלה קצרה לגבי גרסה 2.14",
        "Καλοκαίρι στη Νάξο",
        "关于新版本的测试报告",
        "猫没事",
        "👩‍👩‍👧‍👦 welcome 🏳️‍🌈",
        "Déjeuner à l’œuf — ça te dit ?",
        "Zażółć gęślą jaźń",
        "회의록과 다음 단계",
        "Order 4471: 2 × Ethiopia, whole beans",
        "Your ticket: Berlin – Leipzig, 2nd class",
    ] {
        assert!(texts.contains(words), "{words}");
    }
}

/// New mail comes while the demo runs, the first after six seconds, a dozen in all, and then it is quiet.
#[tokio::test(start_paused = true)]
async fn mail_arrives_while_the_demo_runs() {
    let demo = demo::start(NOW).await.unwrap();
    let count = || {
        let world = demo.world();
        let in_account = |user: &str| world.folders(user).iter().map(|f| world.list(user, f).len()).sum::<usize>();
        demo.accounts.iter().map(|account| in_account(&account.user)).sum::<usize>()
    };
    let before = count();
    // Simulated time: nothing waits.
    tokio::time::sleep(std::time::Duration::from_millis(5_900)).await;
    assert_eq!(count(), before);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(count(), before + 1);
    tokio::time::sleep(std::time::Duration::from_hours(1)).await;
    assert_eq!(count(), before + 12);
}

/// A client library that we did not write understands every answer: it lists all folders and reads every mail.
#[tokio::test]
async fn another_client_library_reads_everything() {
    use futures::TryStreamExt;

    let demo = demo::start(NOW).await.unwrap();
    for account in &demo.accounts {
        let stream = tokio::net::TcpStream::connect(demo.addr()).await.unwrap();
        let mut client = async_imap::Client::new(stream);
        client.read_response().await.unwrap().unwrap();
        let mut session = client.login(&account.user, &account.password).await.map_err(|(error, _)| error).unwrap();
        let listed: Vec<async_imap::types::Name> =
            session.list(Some(""), Some("*")).await.unwrap().try_collect().await.unwrap();
        let mut names: Vec<String> = listed
            .iter()
            .filter(|name| !name.attributes().contains(&async_imap::types::NameAttribute::NoSelect))
            .map(|name| name.name().to_owned())
            .collect();
        names.sort();
        assert_eq!(names, demo.world().folders(&account.user));
        for name in names {
            let rows = demo.world().list(&account.user, &name);
            let mailbox = session.select(&name).await.unwrap();
            assert_eq!(mailbox.exists as usize, rows.len());
            let asked = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])";
            let fetched: Vec<async_imap::types::Fetch> =
                session.uid_fetch("1:*", asked).await.unwrap().try_collect().await.unwrap();
            assert_eq!(fetched.len(), rows.len(), "{name}");
            for (mail, row) in fetched.iter().zip(rows) {
                assert_eq!((mail.uid, mail.body().map(<[u8]>::len)), (Some(row.uid), Some(row.size)));
                assert!(mail.internal_date().is_some());
            }
        }
        session.logout().await.unwrap();
    }
}
