//! Compressed streams: what goes in comes out, whole, at each flush, and in bounded memory.

use proptest::prelude::{any, prop, prop_assert_eq, proptest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// A flush sends all that was written, whatever the pieces; the bytes that were read too early are not lost.
#[tokio::test]
async fn a_flush_sends_all() {
    let (one, two) = tokio::io::duplex(16);
    let (mut one, mut two) = (Deflated::new(one, Vec::new()), two);
    let text = b"* 1 FETCH (UID 1)\r\n".repeat(40);
    let sent = text.clone();
    let sending = tokio::spawn(async move {
        for piece in sent.chunks(7) {
            one.write_all(piece).await.unwrap();
            one.flush().await.unwrap();
        }
        one
    });
    let mut early = vec![0; 11];
    two.read_exact(&mut early).await.unwrap();
    let mut two = Deflated::new(two, early);
    let mut heard = vec![0; text.len()];
    two.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard, text);
    drop(sending.await.unwrap());
    assert_eq!(two.read(&mut [0; 8]).await.unwrap(), 0, "the end of the wire is the end");
}

/// What is no deflate is an error, and no loop.
#[tokio::test]
async fn garbage_is_an_error() {
    let garbage = Deflated::new(tokio::io::empty(), b"\x07 begins no block of deflate".to_vec());
    let error = { garbage }.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}

/// PS30: a bomb is inflated a buffer at a time: 64 MiB of zeros pass through and nothing of them is kept.
#[tokio::test]
async fn a_bomb_is_not_kept() {
    const SIZE: usize = 64 * 1024 * 1024;
    let mut bomb = Deflated::new(io::Cursor::new(Vec::new()), Vec::new());
    for _ in 0..SIZE / BUFFER {
        bomb.write_all(&vec![0; BUFFER]).await.unwrap();
    }
    bomb.flush().await.unwrap();
    let bytes = bomb.inner.into_inner();
    assert!(bytes.len() < SIZE / 900, "{}", bytes.len());
    let mut stream = Deflated::new(bytes.as_slice(), Vec::new());
    let (mut buffer, mut passed) = (vec![0; 4096], 0);
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        if read == 0 {
            break;
        }
        passed += read;
        assert!(stream.raw.capacity() <= BUFFER);
    }
    assert_eq!(passed, SIZE);
}

proptest! {
    /// Any bytes, in any pieces, with any flushes between them.
    #[test]
    fn any_bytes_come_through(pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..3000), any::<bool>()), 0..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut writer = Deflated::new(io::Cursor::new(Vec::new()), Vec::new());
            for (piece, flush) in &pieces {
                writer.write_all(piece).await.unwrap();
                if *flush {
                    writer.flush().await.unwrap();
                }
            }
            writer.shutdown().await.unwrap();
            let bytes = writer.inner.into_inner();
            let mut heard = Vec::new();
            Deflated::new(bytes.as_slice(), Vec::new()).read_to_end(&mut heard).await.unwrap();
            let sent: Vec<u8> = pieces.iter().flat_map(|(piece, _)| piece.clone()).collect();
            prop_assert_eq!(heard, sent);
            Ok(())
        })?;
    }
}
