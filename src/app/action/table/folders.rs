//! The rows of the table that are about folders.

use super::super::{Entry, Group, Id, Needs, Place};
use super::{FOLDERS, hint, row};

pub(super) const CREATE: Entry = row(
    Id::CreateFolder,
    "create-folder",
    "Create folder…",
    Group::Folder,
    FOLDERS,
    "Creates a folder on the server; a / in the name makes one inside another. Works offline; {undo} undoes it.",
)
.hints(&[hint(Place::Folders, 2, "create")])
.needs(Needs::Writing);

pub(super) const RENAME: Entry = row(
    Id::RenameFolder,
    "rename-folder",
    "Rename folder…",
    Group::Folder,
    FOLDERS,
    "Renames or moves the folder on the server. Works offline; {undo} undoes it.",
)
.hints(&[hint(Place::Folders, 3, "rename")])
.needs(Needs::Folder);

pub(super) const DELETE: Entry = row(
    Id::DeleteFolder,
    "delete-folder",
    "Delete folder",
    Group::Folder,
    FOLDERS,
    "Deletes the folder; one with messages goes to Trash, so that {undo} can bring it back.",
)
.needs(Needs::Folder);
