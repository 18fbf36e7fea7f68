//! The table of actions: one place that feeds keys, footer, help, palette, prefix popup, man page and docs.

/// Which action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Id {
    /// Placeholder of the first commit: open the selected thing.
    Open,
}
