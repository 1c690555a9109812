//! What the configuration file says of brokers: through which one each room goes, and what each is entered with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::keys::secret::RoomName;
use crate::shell::net::broker_access::BrokerAccess;
use crate::view::words::en;

/// What is said of brokers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokersChoice {
    /// Through which broker a room goes.
    pub of: BTreeMap<RoomName, BrokerUrl>,
    /// What a broker is entered with, by its host.
    pub access: BTreeMap<String, BrokerAccess>,
}

/// `[rooms.NAME]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoomSection {
    broker: Option<String>,
}

/// `[brokers."HOST"]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrokerSection {
    user: Option<String>,
    password_file: Option<PathBuf>,
    ca: Option<PathBuf>,
}

impl BrokersChoice {
    /// Reads the sections, or says what is wrong with one.
    pub fn of_sections(
        rooms: BTreeMap<String, RoomSection>,
        brokers: BTreeMap<String, BrokerSection>,
    ) -> Result<Self, String> {
        let mut choice = Self::default();
        for (name, section) in rooms {
            let room = RoomName::parse(&name).map_err(|bad| format!("rooms.{name}: {}", en::bad_room_name(&bad)))?;
            if let Some(broker) = section.broker {
                let url =
                    broker.parse().map_err(|bad| format!("rooms.{name}.broker: {}", en::carrier::bad_url(&bad)))?;
                choice.of.insert(room, url);
            }
        }
        for (host, BrokerSection { user, password_file, ca }) in brokers {
            if password_file.is_some() && user.is_none() {
                return Err(format!("brokers.{host}: {}", en::carrier::NO_USER));
            }
            let [password_file, ca] = [password_file, ca].map(|path| path.map(at_home));
            choice.access.insert(host, BrokerAccess { user, password_file, ca });
        }
        Ok(choice)
    }
}

/// A path that begins with `~/` is one at home.
fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => home.join(rest),
        _ => path,
    }
}
