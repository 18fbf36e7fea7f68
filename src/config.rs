//! TOML to Config: validation that names file, line and the nearest key.
