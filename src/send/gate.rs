//! The last moment at which a mail can still be kept back.

use std::pin::Pin;

/// Asked directly before the end of a mail goes out: from then on it may have been sent, whatever is heard (SN04). Whoever
/// keeps the books writes that down before it answers.
pub trait Gate: Send + Sync {
    /// Waits until it is written down.
    ///
    /// # Errors
    /// Why the mail must not be sent: then its end does not go out.
    fn pass(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>>;
}

/// A gate that is always open.
#[derive(Debug, Clone, Copy)]
pub struct Open;

impl Gate for Open {
    fn pass(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(())))
    }
}
