//! What is made of service records.

use super::*;

fn service(priority: u16, weight: u16, port: u16, target: &str) -> Service {
    Service { priority, weight, port, target: target.to_owned() }
}

fn hosts(services: &Services) -> Vec<(String, u16, bool)> {
    offers(services, "example.org").into_iter().map(|o| (o.receive.host, o.receive.port, o.confirm)).collect()
}

/// RFC 8314: TLS first; RFC 2782: priority, then weight.
#[test]
fn records_have_an_order() {
    let services = Services {
        imaps: vec![
            service(20, 0, 993, "late.example.org"),
            service(10, 1, 993, "light.example.org"),
            service(10, 9, 1993, "heavy.example.org."),
        ],
        imap: vec![service(0, 0, 143, "starttls.example.org")],
        submission: vec![service(0, 0, 587, "send.example.org")],
        ..Services::default()
    };
    let wanted = ["heavy", "light", "late", "starttls"].map(|host| format!("{host}.example.org"));
    assert_eq!(hosts(&services).into_iter().map(|(host, ..)| host).collect::<Vec<_>>(), wanted);
    let send = offers(&services, "example.org")[0].send.clone().unwrap();
    assert_eq!((send.host.as_str(), send.security), ("send.example.org", Security::StartTls));
}

/// RFC 2782: a target "." is no offer; and what makes no sense is none either.
#[test]
fn what_is_not_offered_is_not_taken() {
    let none = ["", ".", "localhost", "127.0.0.1", "a\r\nb.example.org", "imap"];
    let mut imaps: Vec<Service> = none.iter().map(|target| service(0, 0, 993, target)).collect();
    imaps.push(service(0, 0, 0, "imap.example.org"));
    assert_eq!(hosts(&Services { imaps, ..Services::default() }), []);
}

/// RFC 6186, section 6: a host of another organisation is to be confirmed.
#[test]
fn a_host_elsewhere_is_to_be_confirmed() {
    let imaps = vec![service(0, 0, 993, "imap.example.org"), service(1, 0, 993, "imap.host.example.net")];
    let confirm: Vec<bool> =
        hosts(&Services { imaps, ..Services::default() }).into_iter().map(|(.., confirm)| confirm).collect();
    assert_eq!(confirm, [false, true]);
}
