//! What was chosen on the screen, kept for the next start: written beside the loop, since the disk is not waited for.

use crate::app::msg::Msg;
use crate::config::keys::Line;
use crate::runtime::Runtime;
use crate::runtime::searches::Keep;
use crate::safe_text::SafeText;

impl Runtime {
    /// Keeps whose images are loaded unasked.
    pub(super) fn trust_images(&self, sender: &str, on: bool) {
        let (list, reply, sender) = (self.desk.image_senders.clone(), self.reply.clone(), sender.to_owned());
        // The disk is not waited for.
        std::thread::spawn(move || {
            if let Err(error) = list.set(&sender, on) {
                let text = SafeText::new(&format!("this choice could not be kept: {error}"));
                let _unheard = reply.send(Msg::EffectFailed(text));
            }
        });
    }

    /// Keeps what was changed of the keys.
    pub(super) fn keep_keys(&self, lines: Vec<Line>) {
        let (file, reply) = (self.desk.keys.clone(), self.reply.clone());
        let due = file.due(lines);
        // The disk is not waited for.
        std::thread::spawn(move || {
            if let Err(error) = file.write(&due) {
                let text = format!("the keys hold now, and could not be kept for the next start: {error}");
                let _unheard = reply.send(Msg::EffectFailed(SafeText::new(&text)));
            }
        });
    }

    /// Keeps what was searched for, or saved.
    pub(super) fn keep(&self, keep: Keep) {
        let (files, reply) = (self.desk.searches.clone(), self.reply.clone());
        let due = files.due(keep);
        // The disk is not waited for.
        std::thread::spawn(move || {
            if let Err(error) = files.write(&due) {
                let text = SafeText::new(&format!("the search could not be kept for the next start: {error}"));
                let _unheard = reply.send(Msg::EffectFailed(text));
            }
        });
    }

    /// Keeps which theme was picked.
    pub(super) fn keep_theme(&self, name: String) {
        let (file, reply) = (self.desk.theme_file.clone(), self.reply.clone());
        let number = file.due();
        // The disk is not waited for.
        std::thread::spawn(move || {
            if let Err(error) = file.write(&name, number) {
                let text = SafeText::new(&format!("the theme could not be kept for the next start: {error}"));
                let _unheard = reply.send(Msg::EffectFailed(text));
            }
        });
    }
}
