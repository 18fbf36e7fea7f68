//! What kitty is sent.

use super::*;

/// Protects the terminal: no answer comes, no chunk is too long, and all data arrive.
#[test]
fn a_picture_goes_in_quiet_chunks() {
    let data: Vec<u8> = (0..7000_u32).map(|n| (n % 251) as u8).collect();
    let sent = String::from_utf8(transmit(0x12_3456, (4, 3), &data, false)).unwrap();
    let sequences: Vec<&str> = sent.split_terminator("\x1b\\").collect();
    assert_eq!(sequences.len(), 3);
    assert!(sequences[0].starts_with("\x1b_Ga=T,U=1,f=100,t=d,i=1193046,c=4,r=3,q=2,m=1;"));
    assert!(sequences[1].starts_with("\x1b_Gq=2,m=1;") && sequences[2].starts_with("\x1b_Gq=2,m=0;"));
    let payloads: Vec<&str> = sequences.iter().map(|sequence| sequence.split_once(';').unwrap().1).collect();
    assert!(payloads.iter().all(|payload| payload.len() <= 4096));
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(payloads.concat()).unwrap(), data);
}

/// Protects tmux: a sequence for the terminal behind it has its escapes twice.
#[test]
fn tmux_passes_it_through() {
    assert_eq!(delete(5, true), b"\x1bPtmux;\x1b\x1b_Ga=d,d=I,i=5,q=2\x1b\x1b\\\x1b\\");
    assert_eq!(delete(5, false), b"\x1b_Ga=d,d=I,i=5,q=2\x1b\\");
}

/// Protects cropping: each cell says itself which part it shows; the marks of 0 to 2 are the specification's.
#[test]
fn a_cell_names_its_part() {
    let mut cell = Cell::new("x");
    draw(0x01_0203, 2, 1, &mut cell);
    assert_eq!((cell.symbol(), cell.fg), ("\u{10EEEE}\u{30D}\u{30E}", Color::Rgb(1, 2, 3)));
    let mut beyond = Cell::new("x");
    draw(1, 297, 0, &mut beyond);
    assert_eq!(beyond.symbol(), "x");
    assert_eq!(DIACRITICS.iter().collect::<std::collections::HashSet<_>>().len(), 297);
}
