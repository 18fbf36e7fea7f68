//! Saving what can be read of a damaged journal into a new one; the old file is kept.
//!
//! It is done so that a kill at any moment loses nothing: the new file is built under another name from copies, is put in
//! place by renames, and [`resume`] goes on where a killed one stopped.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::file::{FILE, classify, io, open_sound};
use super::{Result, Salvage, steps, sum};
use crate::dir_lock::sync_dir;

/// The new file while it is being filled; worthless after a kill.
const BUILDING: &str = "journal.db.building";
/// The new file when it holds all that could be saved.
const READY: &str = "journal.db.ready";
/// Ids that are looked up one by one between the readable parts of a damaged table.
const PROBES_MAX: i64 = 200_000;
/// How long all that may take: the start waits for it (RL36).
const PROBING: Duration = Duration::from_secs(1);
const PAGE: usize = 4096;
/// Why a step that was read with a wrong sum has failed.
const DOUBTFUL: &str = "This entry of the queue was damaged on the disk; see whether it is done before you retry it";

/// Rows by their id, each with all its columns.
type Rows = BTreeMap<i64, Vec<Value>>;

/// Puts a file in place that an earlier rescue made ready before it was killed.
pub(super) fn resume(dir: &Path) -> Result<Option<Salvage>> {
    let failed = |source| io("put the saved queue in place", dir, source);
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let leftover = format!("{BUILDING}{suffix}");
        let path = dir.join(leftover);
        if path.exists() {
            fs::remove_file(&path).map_err(failed)?;
        }
    }
    if !dir.join(READY).exists() {
        return Ok(None);
    }
    put_in_place(dir).map_err(failed)?;
    let connection = open_sound(&dir.join(FILE))?;
    count(&connection).map(Some)
}

/// Makes an empty journal where there is none. It is put in place whole: an empty file is one that lost everything.
pub(super) fn begin(dir: &Path) -> Result<()> {
    let task = "begin the queue";
    let building = dir.join(BUILDING);
    build(&building, task)?.close().map_err(|(_, source)| classify(task, source))?;
    fs::rename(&building, dir.join(FILE)).and_then(|()| sync_dir(dir)).map_err(|source| io(task, dir, source))
}

/// A file with no operations, which has all that is written to it in itself and not in a WAL.
fn build(path: &Path, task: &'static str) -> Result<Connection> {
    let fresh = open_sound(path)?;
    fresh
        .execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;")
        .map_err(|source| classify(task, source))?;
    Ok(fresh)
}

/// Makes a new journal of what can be read of the damaged one, which is moved aside.
pub(super) fn rescue(dir: &Path) -> Result<Salvage> {
    let task = "save the damaged queue";
    let failed = |source| io(task, dir, source);
    let scratch = tempfile::Builder::new().prefix("salvage").tempdir_in(dir).map_err(failed)?;
    let building = dir.join(BUILDING);
    let mut fresh = build(&building, task)?;

    let (mut ops, mut steps, mut last_op) = (Rows::new(), Rows::new(), 0);
    let until = Instant::now() + PROBING;
    for candidate in candidates(dir, scratch.path(), &building).map_err(failed)? {
        let Ok(connection) = Connection::open(&candidate) else {
            continue;
        };
        collect(&connection, "ops", "op", &mut ops, until);
        collect(&connection, "steps", "id", &mut steps, until);
        let sequence = "SELECT seq FROM sqlite_sequence WHERE name = 'ops'";
        last_op = last_op.max(connection.query_row(sequence, [], |row| row.get(0)).unwrap_or(0));
    }
    fill(&mut fresh, &ops, &steps, last_op).map_err(|source| classify(task, source))?;
    let saved = count(&fresh)?;
    fresh.close().map_err(|(_, source)| classify(task, source))?;

    fs::rename(&building, dir.join(READY)).and_then(|()| sync_dir(dir)).map_err(failed)?;
    put_in_place(dir).map_err(failed)?;
    Ok(saved)
}

/// Copies of the damaged file that may be readable, the one to be trusted most first. The originals are never opened.
///
/// The second has the first page (header, table of contents) of a new file: the schema is always made by the same
/// statements, so that the tables begin at the same pages. It makes up for a lost header, and for a file that was emptied
/// while its WAL was not. The third does without a WAL that makes things worse.
fn candidates(dir: &Path, scratch: &Path, fresh: &Path) -> std::io::Result<Vec<PathBuf>> {
    let damaged = dir.join(FILE);
    if !damaged.is_file() {
        return Ok(Vec::new());
    }
    let bytes = fs::read(&damaged)?;
    let wal = fs::read(dir.join("journal.db-wal")).ok();
    let mut patched = fs::read(fresh)?;
    for (at, page) in bytes.chunks(PAGE).enumerate().skip(1) {
        let place = at.saturating_mul(PAGE)..at.saturating_mul(PAGE).saturating_add(page.len());
        match patched.get_mut(place) {
            Some(target) => target.copy_from_slice(page),
            None => patched.extend_from_slice(page),
        }
    }
    // The header tells the number of pages (big-endian, bytes 28 to 31); pages beyond it would not be read.
    let pages = u32::try_from(patched.len().div_ceil(PAGE)).unwrap_or(u32::MAX);
    patched.resize(patched.len().next_multiple_of(PAGE), 0);
    if let Some(count) = patched.get_mut(28..32) {
        count.copy_from_slice(&pages.to_be_bytes());
    }

    let mut candidates = Vec::new();
    for (name, content, wal) in
        [("plain.db", &bytes, wal.as_ref()), ("patched.db", &patched, wal.as_ref()), ("alone.db", &patched, None)]
    {
        let path = scratch.join(name);
        fs::write(&path, content)?;
        if let Some(wal) = wal {
            fs::write(path.with_extension("db-wal"), wal)?;
        }
        candidates.push(path);
    }
    Ok(candidates)
}

/// Whether the sum of a row, its last column, is right; a file of the first version has no sums.
fn sound(table: &str, values: &[Value]) -> bool {
    let (before, sum) = values.split_at(width(table).min(values.len()));
    match sum {
        [] | [Value::Null] => true,
        [Value::Integer(sum)] => *sum == sum::of(before),
        _ => false,
    }
}

/// How many columns of a table are summed.
fn width(table: &str) -> usize {
    sum::TABLES.iter().find(|(name, ..)| *name == table).map_or(0, |(.., columns)| columns.split(',').count())
}

/// Takes a row that is not there yet, or is there and was damaged.
fn take(rows: &mut Rows, table: &str, id: i64, values: Vec<Value>) {
    let better = rows.get(&id).is_none_or(|known| !sound(table, known) && sound(table, &values));
    if better {
        rows.insert(id, values);
    }
}

/// Reads every row that can be read: from the start until it fails, from the end until it fails, and what lies between
/// one by one, as long as there is time. Rows that are there already and sound stay.
fn collect(connection: &Connection, table: &str, key: &str, rows: &mut Rows, deadline: Instant) {
    let mut first_gap = i64::MIN;
    let mut last_gap = i64::MAX;
    for order in ["ASC", "DESC"] {
        let sql = format!("SELECT * FROM {table} ORDER BY {key} {order}");
        let Ok(mut statement) = connection.prepare(&sql) else {
            return;
        };
        let Ok(mut cursor) = statement.query([]) else {
            return;
        };
        loop {
            match cursor.next() {
                Ok(Some(row)) => {
                    let Ok(id) = row.get::<_, i64>(0) else {
                        continue;
                    };
                    if let Some(values) = values(row) {
                        take(rows, table, id, values);
                    }
                    match order {
                        "ASC" => first_gap = id,
                        _ => last_gap = id,
                    }
                }
                Ok(None) if order == "ASC" => return,
                Ok(None) | Err(_) => break,
            }
        }
    }
    let sequence = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
    let highest = connection.query_row(sequence, [table], |row| row.get(0)).unwrap_or(PROBES_MAX);
    let from = first_gap.max(0).saturating_add(1);
    let until = last_gap.min(highest).min(from.saturating_add(PROBES_MAX));
    let Ok(mut probe) = connection.prepare(&format!("SELECT * FROM {table} WHERE {key} = ?1")) else {
        return;
    };
    for id in from..=until {
        if Instant::now() >= deadline {
            return;
        }
        if let Ok(Some(values)) = probe.query_row([id], |row| Ok(values(row))) {
            take(rows, table, id, values);
        }
    }
}

fn values(row: &rusqlite::Row<'_>) -> Option<Vec<Value>> {
    (0..row.as_ref().column_count()).map(|column| row.get(column).ok()).collect()
}

/// Stores the rows. Those that do not fit their table or cannot be understood are left out, so that one of them never
/// stands in the way of the others (P6). A step without its operation gets a new one under the old number. A row with a
/// wrong sum may say anything: such a step counts as failed, so that it waits for the user's eyes, and such an operation
/// cannot be taken back.
fn fill(fresh: &mut Connection, ops: &Rows, steps: &Rows, last_op: i64) -> rusqlite::Result<()> {
    let transaction = fresh.transaction()?;
    for (table, rows) in [("ops", ops), ("steps", steps)] {
        let columns = sum::TABLES.iter().find(|(name, ..)| *name == table).map_or("", |(.., columns)| columns);
        let marks = vec!["?"; width(table)].join(", ");
        let sql = format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})");
        for (id, values) in rows {
            // A row of the wrong shape fails here, and only it.
            let row = params_from_iter(values.iter().take(width(table)));
            drop(transaction.prepare_cached(&sql).and_then(|mut insert| insert.execute(row)));
            if !sound(table, values) {
                match table {
                    "ops" => transaction.execute("UPDATE ops SET undoable = 0 WHERE op = ?1", [id])?,
                    _ => transaction
                        .execute("UPDATE steps SET state = 4, reason = ?2 WHERE id = ?1", params![id, DOUBTFUL])?,
                };
            }
        }
    }
    let ids = ids(&transaction)?;
    for id in ids {
        if steps::select(&transaction, "WHERE id = ?1", [id]).is_err() {
            transaction.execute("DELETE FROM steps WHERE id = ?1", [id])?;
        }
    }
    transaction.execute_batch(
        "INSERT INTO ops (op, created, summary, undoable)
             SELECT DISTINCT op, unixepoch(), 'Restored from a damaged queue', 0 FROM steps
             WHERE op NOT IN (SELECT op FROM ops);
         UPDATE ops SET ended = 3 WHERE ended NOT BETWEEN 1 AND 3 AND op NOT IN (SELECT op FROM steps WHERE state < 5);
         UPDATE ops SET ended = 1 WHERE ended NOT BETWEEN 1 AND 3;
         UPDATE ops SET ended = 0 WHERE op IN (SELECT op FROM steps WHERE state <= 1);
         UPDATE ops SET ended = 2 WHERE ended <> 0 AND op IN (SELECT op FROM steps WHERE state = 4)
             AND op NOT IN (SELECT op FROM steps WHERE state <= 1);",
    )?;
    transaction.execute("UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'ops'", [last_op])?;
    transaction.commit()
}

fn ids(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    connection.prepare("SELECT id FROM steps")?.query_map([], |row| row.get(0))?.collect()
}

fn count(connection: &Connection) -> Result<Salvage> {
    connection
        .query_row("SELECT (SELECT COUNT(*) FROM ops), (SELECT COUNT(*) FROM steps)", [], |row| {
            Ok(Salvage { ops: row.get(0)?, steps: row.get(1)? })
        })
        .map_err(|source| classify("count what was saved", source))
}

/// Moves the old file and its WAL aside and the new one in their place.
fn put_in_place(dir: &Path) -> std::io::Result<()> {
    let free = (1..u32::MAX)
        .map(
            |number| if number == 1 { "journal.db.damaged".to_owned() } else { format!("journal.db.damaged-{number}") },
        )
        .find(|name| {
            fs::symlink_metadata(dir.join(name)).is_err()
                && fs::symlink_metadata(dir.join(format!("{name}-wal"))).is_err()
        });
    let aside = free.ok_or(std::io::ErrorKind::AlreadyExists)?;
    for suffix in ["-wal", ""] {
        let old = dir.join(format!("{FILE}{suffix}"));
        if fs::symlink_metadata(&old).is_ok() {
            fs::rename(&old, dir.join(format!("{aside}{suffix}")))?;
        }
    }
    let index = dir.join(format!("{FILE}-shm"));
    if fs::symlink_metadata(&index).is_ok() {
        fs::remove_file(&index)?;
    }
    sync_dir(dir)?;
    fs::rename(dir.join(READY), dir.join(FILE))?;
    sync_dir(dir)
}
