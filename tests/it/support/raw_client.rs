//! A tiny blocking IMAP client, written apart from the program's own: another client in tests, and their oracle.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// One connection. Every method panics when the server does not do what a test takes for granted.
pub struct RawClient {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
    next_tag: u32,
}

/// An answer: untagged lines with their literals in place, and the tagged line without its tag.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Untagged lines and continuation requests, without line ends.
    pub lines: Vec<String>,
    /// `OK …`, `NO …` or `BAD …`.
    pub status: String,
}

/// A message as the oracle sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Raw folder name.
    pub folder: String,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// RFC822.SIZE.
    pub size: u64,
    /// UID.
    pub uid: u32,
    /// Flags, sorted, without `\Recent`.
    pub flags: Vec<String>,
}

impl Answer {
    /// The answer, if it is OK.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.status.starts_with("OK"), "{self:?}");
        self
    }

    /// The first untagged line with this in it.
    #[track_caller]
    pub fn line(&self, part: &str) -> &str {
        self.lines.iter().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part:?} in {self:?}"))
    }
}

fn quote(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

impl RawClient {
    /// Connects in clear text and reads the greeting.
    pub fn connect(address: impl ToSocketAddrs) -> std::io::Result<(Self, String)> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_nodelay(true)?;
        let mut client = Self { reader: BufReader::new(stream.try_clone()?), writer: stream, next_tag: 1 };
        let greeting = client.read_line()?;
        Ok((client, greeting))
    }

    /// Connects and signs in.
    #[track_caller]
    pub fn login(address: impl ToSocketAddrs, user: &str, password: &str) -> Self {
        let (mut client, greeting) = Self::connect(address).unwrap();
        assert!(greeting.starts_with("* OK"), "{greeting}");
        client.command(&format!("LOGIN {} {}", quote(user), quote(password))).ok();
        client
    }

    /// Reads one line with the literals in it; an error at the end of the stream.
    pub fn read_line(&mut self) -> std::io::Result<String> {
        let mut whole = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.reader.read_until(b'\n', &mut line)? == 0 || !line.ends_with(b"\n") {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            whole.extend_from_slice(&line);
            let text = String::from_utf8_lossy(&line);
            let announced = text.trim_end().strip_suffix('}').and_then(|t| t.rsplit_once('{')).map(|(_, n)| n.parse());
            let Some(Ok(length)) = announced else { break };
            let mut literal = vec![0; length];
            self.reader.read_exact(&mut literal)?;
            whole.extend_from_slice(&literal);
        }
        Ok(String::from_utf8_lossy(&whole).trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Writes bytes as they are.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.writer.write_all(bytes.as_ref())
    }

    /// Sends a command with a tag of its own and reads until its tagged line.
    pub fn try_command(&mut self, command: &str) -> std::io::Result<Answer> {
        let tag = format!("t{}", self.next_tag);
        self.next_tag += 1;
        self.send(format!("{tag} {command}\r\n"))?;
        self.finish(&tag)
    }

    /// Reads until the tagged line.
    pub fn finish(&mut self, tag: &str) -> std::io::Result<Answer> {
        let mut lines = Vec::new();
        loop {
            let line = self.read_line()?;
            match line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
                Some(status) => return Ok(Answer { lines, status: status.to_owned() }),
                None => lines.push(line),
            }
        }
    }

    /// Sends a command; panics when the connection breaks.
    #[track_caller]
    pub fn command(&mut self, command: &str) -> Answer {
        self.try_command(command).unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// APPEND with a synchronising literal.
    #[track_caller]
    pub fn append(&mut self, folder: &str, flags: &str, message: &[u8]) -> Answer {
        let tag = format!("t{}", self.next_tag);
        self.next_tag += 1;
        self.send(format!("{tag} APPEND {} ({flags}) {{{}}}\r\n", quote(folder), message.len())).unwrap();
        let go = self.read_line().unwrap();
        assert!(go.starts_with('+'), "{go}");
        self.send(message).unwrap();
        self.send("\r\n").unwrap();
        self.finish(&tag).unwrap()
    }

    /// Selects a folder by its raw name.
    #[track_caller]
    pub fn select(&mut self, folder: &str) -> Answer {
        self.command(&format!("SELECT {}", quote(folder))).ok()
    }

    /// The raw names of all folders that can be selected.
    #[track_caller]
    pub fn folders(&mut self) -> Vec<String> {
        let answer = self.command("LIST \"\" \"*\"").ok();
        let listed = answer.lines.iter().filter(|line| line.starts_with("* LIST") && !line.contains("\\Noselect"));
        let mut names: Vec<String> = listed
            .filter_map(|line| line.split_once(") ")?.1.split_once(' '))
            .map(|(_, name)| {
                name.strip_prefix('"')
                    .and_then(|name| name.strip_suffix('"'))
                    .unwrap_or(name)
                    .replace("\\\"", "\"")
                    .replace("\\\\", "\\")
            })
            .collect();
        names.sort();
        names
    }

    /// What a folder holds, by ascending UID. Leaves the folder opened read-only.
    #[track_caller]
    pub fn list(&mut self, folder: &str) -> Vec<Found> {
        let exists = self.command(&format!("EXAMINE {}", quote(folder))).ok();
        if exists.lines.iter().any(|line| line == "* 0 EXISTS") {
            return Vec::new();
        }
        let answer = self.command("FETCH 1:* (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])").ok();
        let mut found: Vec<Found> =
            answer.lines.iter().filter(|line| line.contains(" FETCH (")).map(|line| read_found(folder, line)).collect();
        found.sort_by_key(|message| message.uid);
        found
    }

    /// Everything the account holds: the oracle for "nothing lost, nothing doubled".
    #[track_caller]
    pub fn list_all(&mut self) -> Vec<Found> {
        let folders = self.folders();
        folders.iter().flat_map(|folder| self.list(folder)).collect()
    }
}

fn after<'a>(line: &'a str, key: &str) -> &'a str {
    line.split_once(key).map_or("", |(_, rest)| rest)
}

fn read_found(folder: &str, line: &str) -> Found {
    let number = |key: &str| -> u64 {
        let digits: String = after(line, key).chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    };
    let flags = after(line, "FLAGS (").split(')').next().unwrap_or_default();
    let mut flags: Vec<String> =
        flags.split_whitespace().filter(|flag| *flag != "\\Recent").map(str::to_owned).collect();
    flags.sort();
    let head = after(line, "}\r\n");
    let message_id = head.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(id, _)| id);
    Found {
        folder: folder.to_owned(),
        message_id: message_id.to_owned(),
        size: number("RFC822.SIZE "),
        uid: u32::try_from(number("UID ")).unwrap_or(0),
        flags,
    }
}
