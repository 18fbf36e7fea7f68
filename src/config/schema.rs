//! The JSON schema of the config file, for editors.

use super::raw;

/// The schema as text: what `posthaste config schema` prints.
pub fn text() -> String {
    let schema = schemars::schema_for!(raw::File);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
