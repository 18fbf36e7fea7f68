//! The post of the demo: what is sent to somebody who is there arrives in that inbox, mailings are left by a click, and
//! nothing leaves the program.

use std::pin::Pin;

use crate::compose::address::without_tag;
use crate::demo::Demo;
use crate::demo::world::World;
use crate::letter::Parcel;
use crate::mail::flags::Flags;
use crate::send::error::Error;
use crate::send::gate::Gate;
use crate::sync::account::{Account, now};
use crate::sync::post::{Carrier, Clicker, Missed};

/// Where everybody of the demo has a letter box.
pub struct Hall {
    world: World,
    /// Addresses, which are the names on the server as well.
    people: Vec<String>,
}

impl Hall {
    /// The hall of a demo.
    pub fn of(demo: &Demo) -> Self {
        let people = demo.accounts.iter().map(|account| account.user.clone()).collect();
        Self { world: demo.world().clone(), people }
    }

    async fn take(&self, parcel: &Parcel, gate: &dyn Gate) -> Result<String, Error> {
        gate.pass().await.map_err(|why| Error::Closed { what: why })?;
        for person in
            self.people.iter().filter(|person| parcel.to.iter().any(|to| without_tag(to) == without_tag(person)))
        {
            self.world.deliver(person, "INBOX", &parcel.bytes, Flags::default(), now());
        }
        Ok("delivered within the demo".to_owned())
    }
}

impl Carrier for Hall {
    fn carry<'a>(
        &'a self,
        _account: &'a Account,
        parcel: &'a Parcel,
        gate: &'a dyn Gate,
    ) -> Pin<Box<dyn Future<Output = Result<String, Error>> + Send + 'a>> {
        Box::pin(self.take(parcel, gate))
    }
}

impl Clicker for Hall {
    fn click(&self, _: &str) -> Result<(), Missed> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
