//! What a session learns beside the mail itself: whose folders are whose, what the user may do in them, how full it is.

use std::collections::BTreeSet;

use crate::imap::folder_name;
use crate::imap::session::{Listed, Namespaces, Selected};
use crate::mail::FolderId;
use crate::mail::folder::Namespace;
use crate::mail::quota::Quota;
use crate::mail::rights::Rights;
use crate::protocol::Event;
use crate::store::Error;
use crate::sync::account::Trouble;
use crate::sync::desk::Urgency;
use crate::sync::worker::{Terms, Worker};

impl Worker {
    /// Writes down what came with the list; asks for the rights in folders of others that are not among `known`. Returns
    /// whether anything is new.
    ///
    /// Where LIST does not tell rights (RFC 8440), one turn asks for all folders of others once a session and when the
    /// user refreshes; of one's own folders SELECT says enough.
    pub(super) async fn take_manners(
        &mut self,
        namespaces: &Namespaces,
        listed: &[Listed],
        quotas: Vec<Quota>,
        known: &BTreeSet<FolderId>,
    ) -> Result<bool, Trouble> {
        let foreign = namespaces.0.iter().filter(|one| one.kind != Namespace::Personal);
        let prefixes: Vec<_> = foreign.map(|one| (one.kind, folder_name::decode(&one.prefix))).collect();
        let mut rights: Vec<(FolderId, Rights)> = Vec::new();
        let mut asked: Vec<FolderId> = Vec::new();
        let mut raws: Vec<String> = Vec::new();
        let told: std::collections::BTreeMap<&str, Rights> =
            listed.iter().filter_map(|one| Some((one.raw.as_str(), one.rights?))).collect();
        for (id, folder) in &self.folders {
            if let Some(told) = told.get(folder.raw.as_str()) {
                rights.push((*id, *told));
            } else if folder.namespace != Namespace::Personal && !known.contains(id) {
                asked.push(*id);
                raws.push(folder.raw.clone());
            }
        }
        let answers = self.session.my_rights(&raws).await?;
        rights.extend(asked.into_iter().zip(answers).filter_map(|(id, answer)| Some((id, answer?))));
        let account = self.account.id;
        self.account
            .on_desk(Urgency::Background, move |files| {
                let moved = files.cache.put_prefixes(account, &prefixes)?;
                let allowed = !rights.is_empty() && files.cache.put_rights(&rights)?;
                Ok::<_, Error>(files.cache.put_quotas(account, &quotas)? || moved || allowed)
            })
            .await
    }

    /// READ-ONLY and PERMANENTFLAGS of a folder that was just opened. Where they are not what they were before in a folder
    /// of others, its owner changed what the user may do there.
    pub(super) async fn note_select(&mut self, raw: &str, selected: &Selected) -> Result<(), Trouble> {
        let Some((id, folder)) = self.folders.iter_mut().find(|(_, folder)| folder.raw == raw) else { return Ok(()) };
        let (id, whose) = (*id, folder.namespace);
        let terms = Terms { read_only: selected.read_only, permanent_flags: selected.permanent_flags.clone() };
        let rights = Rights::of_select(terms.read_only, terms.permanent_flags.as_deref(), whose);
        let before = folder.terms.replace(terms);
        if before.is_some() && before != folder.terms {
            self.ask_rights(&BTreeSet::from([raw.to_owned()])).await?;
        }
        let changed =
            self.account.on_desk(Urgency::Background, move |files| files.cache.put_select_rights(id, rights)).await?;
        if changed {
            self.account.outlet.send(Event::FoldersChanged(self.account.id));
        }
        Ok(())
    }

    /// Asks again what the user may do in those of these folders that are others'. One of which nothing is told any more
    /// may be out of sight altogether: then all folders are listed.
    pub(super) async fn ask_rights(&mut self, raws: &BTreeSet<String>) -> Result<(), Trouble> {
        let foreign =
            self.folders.iter().filter(|(_, one)| one.namespace != Namespace::Personal && raws.contains(&one.raw));
        let (ids, raws): (Vec<FolderId>, Vec<String>) = foreign.map(|(id, folder)| (*id, folder.raw.clone())).unzip();
        if raws.is_empty() || !self.session.capabilities().has("ACL") {
            return Ok(());
        }
        let answers = self.session.my_rights(&raws).await?;
        if answers.contains(&None) {
            self.account.desires().refresh = true;
        }
        let rights: Vec<(FolderId, Rights)> =
            ids.into_iter().zip(answers).filter_map(|(id, answer)| Some((id, answer?))).collect();
        let changed = self.account.on_desk(Urgency::Background, move |files| files.cache.put_rights(&rights)).await?;
        if changed {
            self.account.outlet.send(Event::FoldersChanged(self.account.id));
        }
        Ok(())
    }
}
