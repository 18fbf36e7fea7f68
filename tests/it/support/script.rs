//! A scripted IMAP server over a pipe in memory: a transcript that can be read aloud.
//!
//! `S:` is what the server sends, `C:` what it expects, byte for byte after the tag. `$` in an `S:` line is the tag of
//! the last command, `$1`, `$2` … that of the first, the second. `S!` sends without a line end, `\xNN`, `\r`, `\n` and
//! `\0` are bytes. `S~ 70000 x` sends a byte many times. `EOF` closes; `HANG` reads on and answers nothing.
//! `C*` takes any command. `--` starts the numbering of tags anew; `$0` is the last tag before it.

#![cfg(test)]

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::task::JoinHandle;

/// The server's side of a transcript.
pub struct Script {
    read: BufReader<ReadHalf<DuplexStream>>,
    write: WriteHalf<DuplexStream>,
    tags: Vec<String>,
    earlier: String,
    piece: usize,
}

/// The client's end of the pipe, and the server, which ends with every byte that the client sent.
pub fn script(text: &str) -> (DuplexStream, JoinHandle<String>) {
    script_in_pieces(text, usize::MAX)
}

/// The same, sending at most `piece` bytes at a time (RL51).
pub fn script_in_pieces(text: &str, piece: usize) -> (DuplexStream, JoinHandle<String>) {
    let (client, server) = tokio::io::duplex(if piece == usize::MAX { 1 << 20 } else { piece });
    let (read, write) = tokio::io::split(server);
    let mut script = Script { read: BufReader::new(read), write, tags: Vec::new(), earlier: String::new(), piece };
    let text = text.to_owned();
    let task = tokio::spawn(async move {
        let mut heard = String::new();
        for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
            if !script.step(line, &mut heard).await {
                return heard;
            }
        }
        // Whatever else the client says would be a surprise: it is heard, so that a test can say that it was not there.
        let mut rest = Vec::new();
        drop(script.write.shutdown().await);
        drop(script.read.read_to_end(&mut rest).await);
        heard.push_str(&String::from_utf8_lossy(&rest));
        heard
    });
    (client, task)
}

impl Script {
    async fn step(&mut self, line: &str, heard: &mut String) -> bool {
        let (what, rest) = line.split_at(2.min(line.len()));
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match what {
            "S:" => self.send(&[self.bytes(rest), b"\r\n".to_vec()].concat()).await,
            "S!" => self.send(&self.bytes(rest)).await,
            "S~" => {
                let (count, byte) = rest.split_once(' ').expect("a count and a byte");
                self.send(&self.bytes(byte).repeat(count.parse().expect("a count"))).await;
            }
            "C:" | "C*" => {
                let sent = self.line(heard).await;
                let (tag, command) = sent.split_once(' ').unwrap_or(("", &sent));
                if what == "C:" && rest != sent {
                    assert_eq!(command, rest, "the client said something else");
                    self.tags.push(tag.to_owned());
                } else if what == "C*" {
                    self.tags.push(tag.to_owned());
                }
            }
            "--" => self.earlier = std::mem::take(&mut self.tags).pop().unwrap_or_default(),
            "EO" => {
                drop(self.write.shutdown().await);
                return false;
            }
            "HA" => {
                let mut rest = Vec::new();
                drop(self.read.read_to_end(&mut rest).await);
                heard.push_str(&String::from_utf8_lossy(&rest));
                return false;
            }
            _ => panic!("no such line in a script: {line}"),
        }
        true
    }

    async fn line(&mut self, heard: &mut String) -> String {
        let mut sent = Vec::new();
        let read = tokio::time::timeout(Duration::from_hours(1), self.read.read_until(b'\n', &mut sent)).await;
        read.expect("the client says something").expect("the pipe works");
        let sent = String::from_utf8_lossy(&sent).into_owned();
        heard.push_str(&sent);
        sent.trim_end_matches(['\r', '\n']).to_owned()
    }

    /// A client that hangs up in the middle is no failure of the server: what the client made of it is what counts.
    async fn send(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(self.piece.min(bytes.len()).max(1)) {
            if self.write.write_all(piece).await.is_err() {
                return;
            }
        }
        drop(self.write.flush().await);
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '$' => {
                    let number: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
                    let index = number.parse::<usize>().unwrap_or(self.tags.len());
                    let tag = if index == 0 { &self.earlier } else { &self.tags[index - 1] };
                    bytes.extend_from_slice(tag.as_bytes());
                }
                '\\' => match chars.next() {
                    Some('x') => {
                        let hex: String = chars.by_ref().take(2).collect();
                        bytes.push(u8::from_str_radix(&hex, 16).expect("two hex digits"));
                    }
                    Some('r') => bytes.push(b'\r'),
                    Some('n') => bytes.push(b'\n'),
                    Some('0') => bytes.push(0),
                    Some(other) => bytes.extend_from_slice(format!("\\{other}").as_bytes()),
                    None => bytes.push(b'\\'),
                },
                other => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        bytes
    }
}
