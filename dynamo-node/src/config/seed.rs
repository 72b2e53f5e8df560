//! Seed: an address at which some node of the cluster is expected, whichever that is.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A host, by name or by address, and a port. Names are looked up at each dial, so that they may move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seed {
    host: String,
    port: u16,
}

/// A text is no seed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a host and a port: {reason}")]
pub struct NotASeed {
    text: String,
    reason: &'static str,
}

impl Seed {
    /// The name or the address, an IPv6 one without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The UDP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Self::of_address(address);
        }
        let (host, port) = text.rsplit_once(':').ok_or("the port is missing")?;
        if host.contains(':') {
            return Err("an IPv6 address is written in brackets, as in [::1]:7000");
        }
        let port = port.parse().map_err(|_| "the port is a number up to 65535")?;
        if !is_host_name(host) {
            return Err("the host is neither an address nor a name");
        }
        Self::of(host.to_owned(), port)
    }

    fn of_address(address: SocketAddr) -> Result<Self, &'static str> {
        if address.ip().is_unspecified() {
            return Err("that is every address of this machine, and leads to no other node");
        }
        Self::of(address.ip().to_string(), address.port())
    }

    fn of(host: String, port: u16) -> Result<Self, &'static str> {
        if port == 0 {
            return Err("nobody listens on port 0");
        }
        Ok(Self { host, port })
    }
}

/// Letters, digits, dots, hyphens, underscores; not only digits and dots: those would be a mistyped address.
fn is_host_name(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_name = host.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_name && host.len() <= 253 && host.bytes().all(allowed) && !host.starts_with(['.', '-'])
}

impl FromStr for Seed {
    type Err = NotASeed;

    fn from_str(text: &str) -> Result<Self, NotASeed> {
        Self::parse(text).map_err(|reason| NotASeed { text: text.to_owned(), reason })
    }
}

impl TryFrom<String> for Seed {
    type Error = NotASeed;

    fn try_from(text: String) -> Result<Self, NotASeed> {
        text.parse()
    }
}

impl From<SocketAddr> for Seed {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        seed.to_string()
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse() {
            Ok(IpAddr::V6(host)) => write!(f, "[{host}]:{}", self.port),
            _ => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_with_a_port_are_seeds_and_read_back_as_they_were() {
        for good in ["10.0.0.1:7000", "[::1]:7000", "node-1.example.org:7000", "localhost:1", "a_b:65535"] {
            assert_eq!(good.parse::<Seed>().unwrap().to_string(), good);
        }
        let six: Seed = "[2001:db8::1]:7000".parse().unwrap();
        assert_eq!((six.host(), six.port()), ("2001:db8::1", 7000));
    }

    #[test]
    fn what_leads_to_no_node_is_refused_with_the_reason() {
        for (bad, reason) in [
            ("", "port is missing"),
            ("node-1", "port is missing"),
            ("node-1:", "number up to 65535"),
            ("node-1:70000", "number up to 65535"),
            ("node-1:0", "port 0"),
            ("10.0.0.1:0", "port 0"),
            ("0.0.0.0:7000", "every address"),
            ("[::]:7000", "every address"),
            ("::1:7000", "brackets"),
            ("10.0.0.300:7000", "neither an address nor a name"),
            (":7000", "neither an address nor a name"),
            ("node/1:7000", "neither an address nor a name"),
            ("no de:7000", "neither an address nor a name"),
        ] {
            let refused = bad.parse::<Seed>().unwrap_err().to_string();
            assert!(refused.contains(reason), "{bad}: {refused}");
        }
    }
}
