//! What the server says of folders that people share, and of room: rights, namespaces, quota.

use rusqlite::params;

use super::folders::namespace;
use super::{Reader, Result, Writer, columns};
use crate::mail::folder::Namespace;
use crate::mail::quota::{Quota, Resource};
use crate::mail::rights::Rights;
use crate::mail::{AccountId, FolderId};

impl Writer {
    /// Takes the rights that MYRIGHTS told of these folders (RFC 4314, section 3.5). Where they are new, what SELECT said
    /// is of before. Returns whether one is new.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn put_rights(&mut self, rights: &[(FolderId, Rights)]) -> Result<bool> {
        self.write("store the rights in folders", |transaction| {
            let mut changed = 0;
            for (folder, rights) in rights {
                changed += transaction
                    .prepare_cached(
                        "UPDATE folders SET rights = ?2, select_rights = NULL WHERE id = ?1 AND rights IS NOT ?2",
                    )?
                    .execute(params![folder.0, rights.to_string()])?;
            }
            Ok(changed > 0)
        })
    }

    /// Takes what SELECT left of the rights in a folder. Returns whether that is new.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn put_select_rights(&mut self, folder: FolderId, rights: Rights) -> Result<bool> {
        let told = (rights != Rights::ALL).then(|| rights.to_string());
        // Nearly always nothing is new: then nothing is written.
        let known = self.read("read the rights in a folder", |connection| {
            connection
                .prepare_cached("SELECT 1 FROM folders WHERE id = ?1 AND select_rights IS ?2")?
                .exists(params![folder.0, told])
        })?;
        if known {
            return Ok(false);
        }
        self.write("store the rights in a folder", |transaction| {
            transaction
                .prepare_cached("UPDATE folders SET select_rights = ?2 WHERE id = ?1")?
                .execute(params![folder.0, told])
                .map(|count| count > 0)
        })
    }

    /// Takes what the names of folders begin with that are other users' or shared (RFC 2342), decoded. Returns whether
    /// anything changed.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn put_prefixes(&mut self, account: AccountId, prefixes: &[(Namespace, String)]) -> Result<bool> {
        let mut told: Vec<(i64, &str)> =
            prefixes.iter().map(|(kind, prefix)| (namespace(*kind), prefix.as_str())).collect();
        told.sort_by_key(|(_, prefix)| *prefix);
        told.dedup_by_key(|(_, prefix)| *prefix);
        let known: Vec<(i64, String)> = self.read("read the namespaces", |connection| {
            connection
                .prepare_cached("SELECT namespace, prefix FROM prefixes WHERE account = ?1 ORDER BY prefix")?
                .query_map([account.0], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })?;
        if known.iter().map(|(kind, prefix)| (*kind, prefix.as_str())).eq(told.iter().copied()) {
            return Ok(false);
        }
        self.write("store the namespaces", |transaction| {
            transaction.execute("DELETE FROM prefixes WHERE account = ?1", [account.0])?;
            for (kind, prefix) in &told {
                transaction.execute(
                    "INSERT INTO prefixes (account, namespace, prefix) VALUES (?1, ?2, ?3)",
                    params![account.0, kind, prefix],
                )?;
            }
            Ok(true)
        })
    }

    /// Takes how full an account is. Returns whether anything changed.
    ///
    /// # Errors
    /// What SQLite says; then nothing was changed.
    pub fn put_quotas(&mut self, account: AccountId, quotas: &[Quota]) -> Result<bool> {
        let known: Vec<Quota> =
            self.quotas()?.into_iter().filter(|(owner, _)| *owner == account).map(|(_, quota)| quota).collect();
        if known.len() == quotas.len() && quotas.iter().all(|quota| known.contains(quota)) {
            return Ok(false);
        }
        self.write("store how full an account is", |transaction| {
            transaction.execute("DELETE FROM quotas WHERE account = ?1", [account.0])?;
            for quota in quotas {
                transaction.execute(
                    "INSERT INTO quotas (account, root, resource, used, quota) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO NOTHING",
                    params![
                        account.0,
                        quota.root,
                        quota.resource.as_str(),
                        columns::stored(quota.used),
                        columns::stored(quota.limit),
                    ],
                )?;
            }
            Ok(true)
        })
    }
}

impl Reader {
    /// How full the accounts are, as far as their servers say it.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn quotas(&self) -> Result<Vec<(AccountId, Quota)>> {
        self.read("read how full the accounts are", |connection| {
            connection
                .prepare_cached("SELECT account, root, resource, used, quota FROM quotas ORDER BY account, root")?
                .query_map([], |row| {
                    let Some(resource) = Resource::parse(row.get_ref(2)?.as_str()?) else { return Ok(None) };
                    let (used, limit) = (columns::count(row.get(3)?), columns::count(row.get(4)?));
                    Ok(Some((AccountId(row.get(0)?), Quota { root: row.get(1)?, resource, used, limit })))
                })?
                .filter_map(rusqlite::Result::transpose)
                .collect()
        })
    }

    /// What the names of shared and other users' folders begin with, by account.
    ///
    /// # Errors
    /// What SQLite says.
    pub(super) fn prefixes(&self) -> Result<Vec<(AccountId, String)>> {
        self.read("read the namespaces", |connection| {
            connection
                .prepare_cached("SELECT account, prefix FROM prefixes")?
                .query_map([], |row| Ok((AccountId(row.get(0)?), row.get(1)?)))?
                .collect()
        })
    }
}
