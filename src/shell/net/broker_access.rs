//! What a broker is entered with: who one is there, and whose certificate is trusted. Read anew for each connection, so that a file
//! that was changed holds from the next one on.

use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use zeroize::Zeroizing;

use crate::chat::api::carrier::BrokerTrouble;
use crate::chat::base::broker_url::BrokerUrl;
use crate::chat::mqtt::packet::{LOGIN_BYTES_MAX, Login};
use crate::shell::net::resolve::look_up_host;
use crate::shell::sys::error::words;
use crate::view::words::en;

/// What the configuration says of a broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerAccess {
    /// Who one is there; `None`: nobody in particular.
    pub user: Option<String>,
    /// The file whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// The file with the certificates that are trusted instead of the system's.
    pub ca: Option<PathBuf>,
}

/// What one connection is made with. It has the password, so it is not shown.
pub struct Prepared {
    /// Where the broker is; at least one.
    pub addresses: Vec<SocketAddr>,
    /// What the connection is sealed with, and the name that the broker is to prove; `None`: it is not to be sealed.
    pub tls: Option<TlsOf>,
    /// Who one is there, and the password.
    user: Option<(String, Zeroizing<String>)>,
}

/// What a connection is sealed with, and the name that is to be proven.
pub type TlsOf = (Arc<ClientConfig>, ServerName<'static>);

impl Prepared {
    /// How the client names itself.
    pub fn login(&self, client_id: String) -> Result<Login, BrokerTrouble> {
        Login::new(client_id, self.user.clone()).ok_or_else(|| local(en::carrier::LONG_LOGIN.to_owned()))
    }
}

impl BrokerAccess {
    /// Looks all of it up. May wait for the resolver and the disk.
    pub fn prepare(&self, broker: &BrokerUrl) -> Result<Prepared, BrokerTrouble> {
        let tls = if broker.is_tls { Some(self.tls(broker)?) } else { None };
        let password = self.password_file.as_deref().map(password).transpose()?.unwrap_or_default();
        let user = self.user.clone().map(|user| (user, password));
        let addresses = look_up_host(&broker.at).map_err(BrokerTrouble::NoAddress)?;
        Ok(Prepared { addresses, tls, user })
    }

    fn tls(&self, broker: &BrokerUrl) -> Result<TlsOf, BrokerTrouble> {
        let name = ServerName::try_from(broker.host()).map_err(|error| BrokerTrouble::Tls(error.to_string()))?;
        let roots = match &self.ca {
            Some(path) => roots_of(path)?,
            None => roots_of_system()?,
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| BrokerTrouble::Tls(error.to_string()))?;
        Ok((Arc::new(config.with_root_certificates(roots).with_no_client_auth()), name))
    }
}

fn local(why: String) -> BrokerTrouble {
    BrokerTrouble::Local(why)
}

fn unreadable(path: &Path, error: &io::Error) -> BrokerTrouble {
    local(en::system::cannot(&format!("read {}", path.display()), words(error)))
}

/// The first line of a file.
fn password(path: &Path) -> Result<Zeroizing<String>, BrokerTrouble> {
    let mut text = Zeroizing::new(String::new());
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(2 * LOGIN_BYTES_MAX as u64).read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn roots_of(path: &Path) -> Result<RootCertStore, BrokerTrouble> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok);
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(local(en::carrier::no_certificate(path))) } else { Ok(roots) }
}

fn roots_of_system() -> Result<RootCertStore, BrokerTrouble> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 { Err(local(en::carrier::NO_ROOTS.to_owned())) } else { Ok(roots) }
}
