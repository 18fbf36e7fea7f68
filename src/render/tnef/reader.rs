//! Numbers and byte strings off the front of what is left. Little-endian, as everything in TNEF is.

/// Bytes that are still to be read.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// So many bytes; `None`, and nothing read, when fewer are left.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// Leaves out so many bytes, or all when fewer are left.
    pub(super) fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// All that is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A length in four bytes and as many bytes after it.
    pub(super) fn counted(&mut self) -> Option<&'a [u8]> {
        let count = self.u32()?;
        self.take(usize::try_from(count).ok()?)
    }

    /// As [`Self::counted`], and the padding to four bytes: writers leave out that of the last value.
    pub(super) fn padded(&mut self) -> Option<&'a [u8]> {
        let bytes = self.counted()?;
        let padding = bytes.len().next_multiple_of(4) - bytes.len();
        self.skip(padding);
        Some(bytes)
    }

    /// Whether nothing but blanks and zeros is left: mail gateways add line ends. Looks at the bytes of one attribute's
    /// head at most, so that a run of zeros is not walked again and again.
    pub(super) fn is_padding(&self) -> bool {
        self.rest.len() < 9 && self.rest.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace())
    }
}
