//! The examples of the specification, and what an attacker makes of them.

use super::{MAX_RTF, PRELOAD, decompress};

/// \[MS-OXRTFCP\], "Example 1: Simple Compressed RTF".
const SIMPLE: &[u8] = &[
    0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a,
    0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20,
    0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
];

/// \[MS-OXRTFCP\], "Example 2: Reading a Token from the Dictionary that Crosses `WritePosition`".
const CROSSING: &[u8] = &[
    0x1a, 0x00, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xe2, 0xd4, 0x4b, 0x51, 0x41, 0x00, 0x04,
    0x20, 0x57, 0x58, 0x59, 0x5a, 0x0d, 0x6e, 0x7d, 0x01, 0x0e, 0xb0,
];

fn unpack(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    decompress(bytes).map(|rtf| (rtf.bytes, rtf.whole))
}

/// Protects the format: the published examples, one with a run that overlaps what it writes.
#[test]
fn the_published_examples_are_unpacked() {
    assert_eq!(PRELOAD.len(), 207);
    assert_eq!(unpack(SIMPLE), Some((b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n".to_vec(), true)));
    assert_eq!(unpack(CROSSING), Some((b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}".to_vec(), true)));
}

/// Protects from a panic and from half a text taken for the whole: each beginning gives the beginning of the text.
#[test]
fn every_truncation_gives_the_beginning() {
    let (whole, _) = unpack(SIMPLE).unwrap();
    for length in 0..SIMPLE.len() {
        match unpack(&SIMPLE[..length]) {
            None => assert!(length < 16, "{length} bytes have a header"),
            Some((part, is_whole)) => {
                assert!(whole.starts_with(&part), "at {length}");
                assert!(!is_whole || part == whole, "at {length}");
            }
        }
    }
}

/// Protects memory: forged sizes reserve nothing, and a run of references stops at the limit.
#[test]
fn sizes_are_not_believed_and_the_output_is_bounded() {
    let mut forged = SIMPLE.to_vec();
    forged[..8].fill(0xff);
    assert_eq!(unpack(&forged), unpack(SIMPLE));

    // References to sixteen bytes each, whose places never meet the write position and so never end it.
    let mut bomb = SIMPLE[..16].to_vec();
    for _ in 0..=MAX_RTF / (8 * 16) {
        bomb.push(0xff);
        bomb.extend([0x00, 0x0e].repeat(8));
    }
    let (bytes, whole) = unpack(&bomb).unwrap();
    assert_eq!((bytes.len(), whole), (MAX_RTF, false));

    let literals = [&SIMPLE[..16], &vec![0; MAX_RTF + MAX_RTF / 4]].concat();
    let (bytes, whole) = unpack(&literals).unwrap();
    assert_eq!((bytes.len(), whole), (MAX_RTF, false));
}

/// Protects RTF that was stored as it is, and the same limits there.
#[test]
fn stored_rtf_is_bounded() {
    let stored = |size: u32, rtf: &[u8]| [&[0; 4], &size.to_le_bytes(), b"MELA", &[0; 4], rtf].concat();
    assert_eq!(unpack(&stored(3, b"abc")), Some((b"abc".to_vec(), true)));
    assert_eq!(unpack(&stored(2, b"abc")), Some((b"ab".to_vec(), true)));
    assert_eq!(unpack(&stored(u32::MAX, b"abc")), Some((b"abc".to_vec(), false)));
    let (bytes, whole) = unpack(&stored(u32::MAX, &vec![b'a'; MAX_RTF + 1])).unwrap();
    assert_eq!((bytes.len(), whole), (MAX_RTF, false));
    assert_eq!(unpack(&[0; 20]), None);
}
