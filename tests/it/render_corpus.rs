//! Rendering over real and hostile mail.
