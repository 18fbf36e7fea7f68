//! Whose words are nothing, and whose are a failure; and files from a server.

#[cfg(target_os = "linux")]
mod served;

use super::*;

/// A name that is not there is nothing; a name server that is away is told.
#[test]
fn a_missing_name_is_nothing() {
    assert_eq!(by_name("failed to lookup address information: Name or service not known"), Miss::Nothing);
    let away = by_name("failed to lookup address information: Temporary failure in name resolution");
    assert_eq!(away, failed("the DNS does not answer"));
    assert_eq!(by_name("connection reset"), failed("connection reset"));
}
