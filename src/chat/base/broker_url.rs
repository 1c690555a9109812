//! Where a broker is, as people write it: `mqtts://HOST[:PORT][/PREFIX]`.

use std::fmt;
use std::str::FromStr;

use crate::chat::base::address::{BadAddress, Host, PeerName};
use crate::chat::base::limits::{BROKER_PREFIX_BYTES_MAX, MQTT_PORT, MQTTS_PORT};

/// A broker, and what the topics there begin with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokerUrl {
    /// The connection is sealed by TLS, and never made without.
    pub is_tls: bool,
    /// Where it is.
    pub at: PeerName,
    /// What topics begin with.
    pub prefix: String,
}

/// The prefix where none is written.
const USUAL_PREFIX: &str = "chinwag";

/// Why a broker cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadBrokerUrl {
    /// It begins neither with `mqtts://` nor with `mqtt://`.
    Scheme,
    /// A name or password stands in it, where everybody would read it.
    Login,
    /// Its host or port is none.
    Host(BadAddress),
    /// Its prefix is too long, or has other characters than letters, digits, `_`, `-` and single `/`.
    Prefix(String),
}

impl FromStr for BrokerUrl {
    type Err = BadBrokerUrl;

    fn from_str(text: &str) -> Result<Self, BadBrokerUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(BadBrokerUrl::Scheme)?;
        let is_tls = match scheme {
            "mqtts" => true,
            "mqtt" => false,
            _ => return Err(BadBrokerUrl::Scheme),
        };
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('@') {
            return Err(BadBrokerUrl::Login);
        }
        let has_port = !host.ends_with(']') && host.rfind(':').is_some_and(|colon| !host[colon..].contains(']'));
        let port = if is_tls { MQTTS_PORT } else { MQTT_PORT };
        let at = if has_port || host.is_empty() { host.to_owned() } else { format!("{host}:{port}") };
        let at = at.parse().map_err(BadBrokerUrl::Host)?;
        let prefix = if prefix.is_empty() { USUAL_PREFIX } else { prefix };
        if !is_prefix(prefix) {
            return Err(BadBrokerUrl::Prefix(prefix.to_owned()));
        }
        Ok(Self { is_tls, at, prefix: prefix.to_owned() })
    }
}

/// Whether topics may begin so. What a broker takes for a wildcard or for its own is none.
fn is_prefix(text: &str) -> bool {
    let is_level = |level: &str| {
        !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    text.len() <= BROKER_PREFIX_BYTES_MAX && text.split('/').all(is_level)
}

impl BrokerUrl {
    /// Its host alone, for people.
    pub fn host(&self) -> String {
        match &self.at.host {
            Host::Name(name) => name.clone(),
            Host::Literal(literal) => literal.ip.to_string(),
        }
    }
}

/// As it would be written, without what is usual.
impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.is_tls { ("mqtts", MQTTS_PORT) } else { ("mqtt", MQTT_PORT) };
        let at = self.at.to_string();
        let at = at.strip_suffix(&format!(":{usual}")).unwrap_or(&at);
        write!(f, "{scheme}://{at}")?;
        if self.prefix == USUAL_PREFIX { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_read_and_shown_as_it_is_written() {
        let same = |text: &str| text.parse::<BrokerUrl>().map(|url| url.to_string());
        for text in [
            "mqtts://hub.example",
            "mqtt://hub.example/office/north",
            "mqtts://hub.example:443",
            "mqtts://[2001:db8::1]:443/a",
        ] {
            assert_eq!(same(text).as_deref(), Ok(text));
        }
        assert_eq!(same("mqtts://hub.example:8883/chinwag").as_deref(), Ok("mqtts://hub.example"));
        assert_eq!(same("mqtt://10.0.0.1:1883/").as_deref(), Ok("mqtt://10.0.0.1"));
        assert_eq!(same("mqtts://[2001:db8::1]").as_deref(), Ok("mqtts://[2001:db8::1]"));
        let url: BrokerUrl = "mqtts://hub.example/office".parse().unwrap();
        assert_eq!((url.at.port, url.host().as_str(), url.prefix.as_str()), (8883, "hub.example", "office"));
    }

    #[test]
    fn what_is_no_broker_is_refused_with_its_reason() {
        let why = |text: &str| text.parse::<BrokerUrl>().unwrap_err();
        for text in ["hub.example", "http://hub.example", "MQTTS://hub", ""] {
            assert_eq!(why(text), BadBrokerUrl::Scheme, "{text}");
        }
        assert_eq!(why("mqtts://guest:secret@hub.example"), BadBrokerUrl::Login);
        assert!(matches!(why("mqtts://"), BadBrokerUrl::Host(_)));
        assert!(matches!(why("mqtts://hub:0"), BadBrokerUrl::Host(_)));
        for prefix in ["$share/x", "a//b", "a+b", "#", "a b", "ä", "a/", &"x".repeat(65)] {
            assert!(matches!(why(&format!("mqtts://hub/{prefix}")), BadBrokerUrl::Prefix(_)), "{prefix}");
        }
    }
}
