//! Exit codes: part of the interface, scripts rely on them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Done.
    Done = 0,
    /// Something failed; stderr says what.
    Failed = 1,
    /// Wrong use, or a wrong config.
    Usage = 2,
    /// Nothing is lost, but the server could not be reached: what was asked for is queued (`EX_TEMPFAIL`).
    Unreachable = 75,
}

impl Code {
    /// The number that the shell sees.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The code of two things done one after the other: a failure outweighs an unreachable server, that outweighs
    /// success.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let weight = |code: Self| match code {
            Self::Done => 0,
            Self::Unreachable => 1,
            Self::Failed => 2,
            Self::Usage => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.number())
    }
}
