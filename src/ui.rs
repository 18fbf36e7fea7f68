//! Drawing: the model in, cells out.
