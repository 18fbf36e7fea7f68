//! A sum over every row, so that a flipped bit in a row is seen: SQLite's own check looks at the pages' shape alone, and
//! would not mind a 3 that became a 7.
//!
//! The sums are kept by triggers of the connection, not of the file, so that no statement can forget them.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _};

use super::steps;

/// The columns of `ops` that are summed: all but the sum, in the table's order.
pub(super) const OPS: &str = "op, created, summary, undo_of, undoable, undone, ended";

/// The tables, the key of each and its columns that are summed.
pub(super) const TABLES: [(&str, &str, &str); 2] = [("ops", "op", OPS), ("steps", "id", steps::COLUMNS)];

/// FNV-1a with 64 bits: a change of one byte always changes it.
#[derive(Debug, Clone, Copy)]
struct Sum(u64);

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Adds the value with its type and length, so that no two rows read alike.
    fn value(&mut self, value: ValueRef<'_>) {
        let (kind, bytes): (u8, &[u8]) = match value {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(number) => return self.number(1, number.to_le_bytes()),
            ValueRef::Real(number) => return self.number(2, number.to_le_bytes()),
            ValueRef::Text(bytes) => (3, bytes),
            ValueRef::Blob(bytes) => (4, bytes),
        };
        self.number(kind, (bytes.len() as u64).to_le_bytes());
        self.add(bytes);
    }

    fn number(&mut self, kind: u8, bytes: [u8; 8]) {
        self.add(&[kind]);
        self.add(&bytes);
    }

    fn sql(self) -> i64 {
        i64::from_le_bytes(self.0.to_le_bytes())
    }
}

/// The sum of an empty row.
const START: Sum = Sum(0xcbf2_9ce4_8422_2325);

/// The sum of these values.
pub(super) fn of(values: &[Value]) -> i64 {
    let mut sum = START;
    for value in values {
        sum.value(ValueRef::from(value));
    }
    sum.sql()
}

/// Teaches a connection `row_sum`, which the migrations use as well.
pub(super) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("row_sum", -1, flags, |row| {
        let mut sum = START;
        for at in 0..row.len() {
            sum.value(row.get_raw(at));
        }
        Ok(sum.sql())
    })
}

/// From now on every change through this connection keeps the sums.
pub(super) fn keep(connection: &Connection) -> rusqlite::Result<()> {
    for (table, key, columns) in TABLES {
        connection.execute_batch(&format!(
            "CREATE TEMP TRIGGER {table}_added AFTER INSERT ON main.{table} BEGIN
                 UPDATE {table} SET sum = row_sum({columns}) WHERE {key} = new.{key};
             END;
             CREATE TEMP TRIGGER {table}_changed AFTER UPDATE OF {columns} ON main.{table} BEGIN
                 UPDATE {table} SET sum = row_sum({columns}) WHERE {key} = new.{key};
             END;"
        ))?;
    }
    Ok(())
}

/// Whether every row has its sum.
pub(super) fn sound(connection: &Connection) -> rusqlite::Result<bool> {
    for (table, _, columns) in TABLES {
        let sql = format!("SELECT 1 FROM {table} WHERE sum IS NOT row_sum({columns}) LIMIT 1");
        if connection.query_row(&sql, [], |_| Ok(())).optional()?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}
