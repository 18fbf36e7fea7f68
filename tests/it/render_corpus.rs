//! Real and hostile mails through the reader.
