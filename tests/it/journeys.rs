//! User stories by key strings.
