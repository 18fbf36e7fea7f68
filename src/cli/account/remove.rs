//! `account remove`: out of the config, off the disk, out of the keyring. On the server nothing changes.

use super::save;
use crate::cli::args::account::Remove;
use crate::cli::context::{Context, chosen};
use crate::cli::exit::Code;
use crate::cli::{Failure, ask};
use crate::config::edit::Edit;

/// Runs it.
pub(in crate::cli) fn run(context: &mut Context<'_>, wanted: &Remove) -> Result<Code, Failure> {
    let config = save::known(context)?;
    chosen(&config, Some(&wanted.account))?;
    let name = &wanted.account;
    let _ = ask::is_somebody_there(context);
    save::write(context, &[Edit::Remove { name: name.clone() }])?;
    context.out.line(&format!("removed: account {name}"))?;
    Ok(Code::Done)
}
