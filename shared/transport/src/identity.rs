//! Who a certificate speaks for: cluster, role, node and name, out of the one URI in its subject alternative name.
//!
//! ```text
//! dynamo://<cluster: 32 hexadecimal digits>/node/<node: 16 hexadecimal digits>/<name>
//! dynamo://<cluster: 32 hexadecimal digits>/admin/<name>          likewise operator, client
//! ```
//!
//! Exactly one URI, exactly in this spelling; anything else is nobody. Whether the certificate may be believed is not
//! decided here: TLS has verified it by then.

use std::fmt::{self, Write};

use shared::id::{ClusterId, Name, NodeId};
use shared::wire::Plane;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::{FromDer, X509Certificate};

const SCHEME: &str = "dynamo://";

/// What a certificate may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A node of the cluster: replication and status.
    Node,
    /// May change the cluster, and use its data.
    Admin,
    /// May look and change nothing.
    Operator,
    /// May use data.
    Client,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Node, Self::Admin, Self::Operator, Self::Client];

    /// The role as it stands in a certificate.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Client => "client",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Who may hold which conversation. (A client sees only its own requests on the look plane; that is for whoever
    /// answers there to keep.)
    pub fn may_use(self, plane: Plane) -> bool {
        match plane {
            Plane::Peer => self == Self::Node,
            Plane::Client => matches!(self, Self::Admin | Self::Client),
            Plane::Look => true,
            Plane::Admin => self == Self::Admin,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whom a certificate speaks for, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The cluster it belongs to.
    pub cluster: ClusterId,
    /// What it may be used for.
    pub role: Role,
    /// The node's or the person's or the program's name.
    pub name: Name,
    /// Which node; `Some` exactly if the role is [`Role::Node`].
    pub node: Option<NodeId>,
    /// The certificate's serial number, lower-case hexadecimal.
    pub serial: String,
    /// From when it is valid, seconds since 1970.
    pub not_before: u64,
    /// Until when it is valid, seconds since 1970.
    pub not_after: u64,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.role, self.name)
    }
}

/// A certificate speaks for nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnIdentity {
    /// It is no certificate.
    #[error("the certificate cannot be read: {0}")]
    Unreadable(String),
    /// It names no role.
    #[error("the certificate carries no role: its subject alternative name has no URI")]
    NoRole,
    /// It names several.
    #[error("the certificate carries {0} URIs in its subject alternative name, one is wanted")]
    Several(usize),
    /// The name is none of ours.
    #[error("the certificate's URI `{0}` names no cluster, role and name")]
    Malformed(String),
}

impl Identity {
    /// The identity in a certificate, PEM.
    pub fn from_pem(pem: &str) -> Result<Self, NotAnIdentity> {
        let unreadable = |error: &dyn fmt::Display| NotAnIdentity::Unreadable(error.to_string());
        let (_, pem) = parse_x509_pem(pem.as_bytes()).map_err(|error| unreadable(&error))?;
        Self::from_der(&pem.contents)
    }

    /// The identity in a certificate, DER.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, NotAnIdentity> {
        let unreadable = |error: &dyn fmt::Display| NotAnIdentity::Unreadable(error.to_string());
        let (_, certificate) = X509Certificate::from_der(der).map_err(|error| unreadable(&error))?;
        let named = certificate.subject_alternative_name().map_err(|error| unreadable(&error))?;
        let uris: Vec<&str> = named
            .iter()
            .flat_map(|names| &names.value.general_names)
            .filter_map(|name| match name {
                GeneralName::URI(uri) => Some(*uri),
                _ => None,
            })
            .collect();
        let uri = match uris.as_slice() {
            [] => return Err(NotAnIdentity::NoRole),
            [uri] => *uri,
            several => return Err(NotAnIdentity::Several(several.len())),
        };
        let (cluster, role, node, name) = parse(uri)
            .filter(|(cluster, role, node, name)| uri_of(*cluster, *role, *node, name) == uri)
            .ok_or_else(|| NotAnIdentity::Malformed(uri.to_owned()))?;
        let seconds = |time: i64| u64::try_from(time).unwrap_or(0);
        Ok(Self {
            cluster,
            role,
            name,
            node,
            serial: hexadecimal(certificate.raw_serial()),
            not_before: seconds(certificate.validity().not_before.timestamp()),
            not_after: seconds(certificate.validity().not_after.timestamp()),
        })
    }
}

/// The URI that stands for an identity in a certificate.
pub(crate) fn uri_of(cluster: ClusterId, role: Role, node: Option<NodeId>, name: &Name) -> String {
    match node {
        Some(node) => format!("{SCHEME}{cluster}/{role}/{node}/{name}"),
        None => format!("{SCHEME}{cluster}/{role}/{name}"),
    }
}

fn parse(uri: &str) -> Option<(ClusterId, Role, Option<NodeId>, Name)> {
    let mut parts = uri.strip_prefix(SCHEME)?.split('/');
    let cluster = parts.next()?.parse().ok()?;
    let role = Role::from_name(parts.next()?)?;
    let node = if role == Role::Node { Some(parts.next()?.parse().ok()?) } else { None };
    let name = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some((cluster, role, node, name))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_read_back_exactly() {
        let cluster = ClusterId(7);
        let name: Name = "node-1".parse().unwrap();
        let uri = uri_of(cluster, Role::Node, Some(NodeId(9)), &name);
        assert_eq!(uri, "dynamo://00000000000000000000000000000007/node/0000000000000009/node-1");
        assert_eq!(parse(&uri), Some((cluster, Role::Node, Some(NodeId(9)), name.clone())));
        let uri = uri_of(cluster, Role::Admin, None, &name);
        assert_eq!(parse(&uri), Some((cluster, Role::Admin, None, name)));
    }

    #[test]
    fn a_uri_of_another_shape_is_nobody() {
        let cluster = "00000000000000000000000000000007";
        for uri in [
            String::new(),
            format!("https://{cluster}/admin/a"),
            format!("dynamo://{cluster}"),
            format!("dynamo://{cluster}/admin"),
            format!("dynamo://{cluster}/admin/"),
            format!("dynamo://{cluster}/admin/a/b"),
            format!("dynamo://{cluster}/Admin/a"),
            format!("dynamo://{cluster}/root/a"),
            format!("dynamo://{cluster}/node/a"),
            format!("dynamo://{cluster}/node/0000000000000009"),
            "dynamo://7/admin/a".to_owned(),
        ] {
            assert_eq!(parse(&uri), None, "{uri}");
        }
    }

    #[test]
    fn who_may_hold_which_conversation() {
        let allowed = |role: Role| Plane::ALL.map(|plane| role.may_use(plane));
        assert_eq!(allowed(Role::Node), [true, false, true, false]);
        assert_eq!(allowed(Role::Admin), [false, true, true, true]);
        assert_eq!(allowed(Role::Operator), [false, false, true, false]);
        assert_eq!(allowed(Role::Client), [false, true, true, false]);
    }
}
