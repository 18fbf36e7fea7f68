//! Messages that the index does not hold yet, read one by one: found by what their headers say.

use rusqlite::{Connection, Row};

use super::super::columns;
use super::plan::Facts;
use crate::mail::MessageId;
use crate::mail::message::RowKey;
use crate::query::{Field, Phrase};
use crate::words;

/// The columns that [`facts`] reads, of the table `messages`; what is inside is told by this expression.
pub(super) fn facts_with(inside: &str) -> String {
    format!(
        "messages.id, messages.received, messages.account, messages.shown_folder, messages.thread,
         messages.shown_flags, messages.shown_keywords, messages.size, messages.attachments,
         COALESCE(messages.arrived, messages.received), {inside}"
    )
}

/// Messages that the index does not hold: those that come after the last that it does, and those that were put off.
fn unindexed_sql() -> String {
    let columns = format!(
        "SELECT {}, messages.subject, messages.senders, messages.recipients, messages.cc, messages.list_id FROM",
        facts_with("0")
    );
    let shown = "messages.shown_folder IS NOT NULL AND messages.placeholder = 0";
    format!(
        "{columns} messages WHERE messages.id > ?1 AND {shown}
             AND NOT EXISTS (SELECT 1 FROM docs WHERE docs.message = messages.id)
         UNION ALL {columns} unindexed CROSS JOIN messages ON messages.id = unindexed.message WHERE {shown}"
    )
}

/// What all but the words of a query asks of a message.
pub(super) fn facts(row: &Row<'_>) -> rusqlite::Result<Facts> {
    Ok(Facts {
        key: RowKey { place: row.get(1)?, id: MessageId(row.get(0)?) },
        account: row.get(2)?,
        folder: row.get(3)?,
        thread: row.get(4)?,
        flags: row.get(5)?,
        keywords: format!(" {} ", row.get_ref(6)?.as_str()?.to_lowercase()),
        size: columns::count(row.get(7)?),
        attachments: row.get(8)?,
        arrived: row.get(9)?,
        inside: row.get(10)?,
    })
}

/// The words of a header, as [`words::fold_into`] writes them.
#[derive(Debug, Default)]
pub(super) struct Fields {
    subject: String,
    from: String,
    to: String,
    cc: String,
    list: String,
}

impl Fields {
    /// Reads the header of a row.
    pub fn read(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        for (column, field) in
            [&mut self.subject, &mut self.from, &mut self.to, &mut self.cc, &mut self.list].into_iter().enumerate()
        {
            field.clear();
            let text = row.get_ref(11 + column)?.as_str()?;
            if column == 0 || column == 4 {
                words::fold_into(text, field);
            } else {
                words::fold_into(&columns::plain(text), field);
            }
        }
        Ok(())
    }

    /// Whether the phrase stands in the field.
    pub fn hold(&self, field: Field, phrase: &Phrase) -> bool {
        let needle = phrase.needle();
        let stands = |text: &String| text.contains(&needle);
        match field {
            Field::Any => [&self.subject, &self.from, &self.to, &self.cc, &self.list].into_iter().any(stands),
            Field::From => stands(&self.from),
            Field::To => stands(&self.to),
            Field::Cc => stands(&self.cc),
            Field::Subject => stands(&self.subject),
            Field::List => stands(&self.list),
            Field::Body | Field::File => false,
        }
    }
}

/// Calls `each` with every message that the index does not hold and that is shown somewhere.
pub(super) fn unindexed(
    connection: &Connection,
    upto: i64,
    mut each: impl FnMut(&Facts, &Fields) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(&unindexed_sql())?;
    let mut rows = statement.query([upto])?;
    let mut fields = Fields::default();
    while let Some(row) = rows.next()? {
        fields.read(row)?;
        each(&facts(row)?, &fields)?;
    }
    Ok(())
}
