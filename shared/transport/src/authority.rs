//! A cluster's private certificate authority: made once, kept by the administrator, signs everybody's certificate.
//!
//! Randomness for keys comes from the cryptography itself; ids are handed in by whoever draws them. Revocation is not
//! here: a certificate lives as long as its window, and windows are meant to be short.

use std::io;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ED25519, SanType,
};
use shared::id::{ClusterId, Name, NodeId};
use time::OffsetDateTime;
use x509_parser::pem::parse_x509_pem;

use crate::files;
use crate::identity::{Identity, NotAnIdentity, Role, hexadecimal, uri_of};
use crate::tls::NODE_DNS_NAME;

/// How much earlier than asked a certificate becomes valid, so that a clock that is a little behind accepts it.
const CLOCKS_DIFFER_BY_S: u64 = 60 * 60;

const AUTHORITY_NAME_PREFIX: &str = "dynamo authority ";

/// From when until when a certificate is valid, seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first second.
    pub not_before: u64,
    /// The last second.
    pub not_after: u64,
}

impl Window {
    /// So many days from now (seconds since 1970), begun an hour ago for clocks that differ.
    pub fn days_from(now: u64, days: u32) -> Self {
        Self {
            not_before: now.saturating_sub(CLOCKS_DIFFER_BY_S),
            not_after: now.saturating_add(u64::from(days) * 24 * 60 * 60),
        }
    }
}

/// Whom a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A node.
    Node {
        /// Its id, drawn for this certificate or kept from the one it replaces.
        node: NodeId,
        /// Its name.
        name: Name,
    },
    /// An administrator of that name.
    Admin(Name),
    /// Somebody of that name who may only look.
    Operator(Name),
    /// A program or person of that name who uses data.
    Client(Name),
}

impl Subject {
    /// The role it gets.
    pub fn role(&self) -> Role {
        match self {
            Self::Node { .. } => Role::Node,
            Self::Admin(_) => Role::Admin,
            Self::Operator(_) => Role::Operator,
            Self::Client(_) => Role::Client,
        }
    }

    fn name(&self) -> &Name {
        match self {
            Self::Node { name, .. } | Self::Admin(name) | Self::Operator(name) | Self::Client(name) => name,
        }
    }

    fn node(&self) -> Option<NodeId> {
        match self {
            Self::Node { node, .. } => Some(*node),
            _ => None,
        }
    }
}

/// A certificate authority cannot be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file of it cannot be read or written.
    #[error("cannot {verb} {}: {source}", .path.display())]
    File {
        /// What was tried.
        verb: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others than its owner may read its key.
    #[error("the authority's key {path} can be read by others (mode {mode:04o}): run `chmod 600 {path}`", path = .path.display())]
    KeyExposed {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// What was read is not the certificate of a cluster's authority.
    #[error("not the certificate of a cluster's authority: {0}")]
    NotAnAuthority(String),
    /// The window ends before it begins, or lies beyond what certificates can say.
    #[error("a certificate cannot be valid from second {} to second {}", .0.not_before, .0.not_after)]
    NoSuchWindow(Window),
    /// Making a key or a certificate failed.
    #[error("cannot make the certificate: {0}")]
    Signing(#[from] rcgen::Error),
    /// What was issued cannot be read back.
    #[error("cannot make the certificate: {0}")]
    NotAnIdentity(#[from] NotAnIdentity),
}

/// A cluster's certificate authority, key included.
pub struct Authority {
    cluster: ClusterId,
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}

impl Authority {
    /// A new authority for a new cluster.
    pub fn create(cluster: ClusterId, window: Window) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let mut params = params(window, &format!("{AUTHORITY_NAME_PREFIX}{cluster}"))?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        // Two authorities of one cluster, the old and the new, are told apart by name as well as by key.
        let fingerprint = hexadecimal(params.key_identifier(&key).get(..8).unwrap_or_default());
        params.distinguished_name.push(DnType::OrganizationalUnitName, fingerprint);
        let certificate_pem = params.self_signed(&key)?.pem();
        Ok(Self { cluster, certificate_pem, issuer: Issuer::new(params, key) })
    }

    /// The authority whose certificate and key these are, PEM.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, AuthorityError> {
        let cluster = cluster_of(certificate_pem)?;
        let key = KeyPair::from_pem(key_pem)?;
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, key)?;
        let authority = Self { cluster, certificate_pem: certificate_pem.to_owned(), issuer };
        authority.check_that_the_key_is_its_own()?;
        Ok(authority)
    }

    /// The authority in these files. A key that others may read is refused.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, AuthorityError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| AuthorityError::File { verb: "read", path, source }
        };
        if let Some(mode) = files::exposed(key).map_err(failed(key))? {
            return Err(AuthorityError::KeyExposed { path: key.to_owned(), mode });
        }
        let certificate_pem = std::fs::read_to_string(certificate).map_err(failed(certificate))?;
        let key_pem = std::fs::read_to_string(key).map_err(failed(key))?;
        Self::from_pem(&certificate_pem, &key_pem)
    }

    /// The cluster it signs for.
    pub fn cluster(&self) -> ClusterId {
        self.cluster
    }

    /// Its certificate, which everybody in the cluster needs.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Its private key, which never leaves the administrator's machine.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Puts certificate (0644) and key (0600) on disk; missing folders are made with mode 0700.
    pub fn write(&self, certificate: &Path, key: &Path) -> Result<(), AuthorityError> {
        write_pair(certificate, &self.certificate_pem, key, &self.key_pem())
    }

    /// A new key and the certificate for it.
    pub fn issue(&self, subject: &Subject, window: Window) -> Result<Issued, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let mut params = params(window, subject.name().as_str())?;
        let uri = uri_of(self.cluster, subject.role(), subject.node(), subject.name());
        params.subject_alt_names = vec![SanType::URI(uri.try_into()?)];
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        if subject.role() == Role::Node {
            params.subject_alt_names.push(SanType::DnsName(NODE_DNS_NAME.try_into()?));
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        }
        params.use_authority_key_identifier_extension = true;
        let certificate_pem = params.signed_by(&key, &self.issuer)?.pem();
        let identity = Identity::from_pem(&certificate_pem)?;
        Ok(Issued { certificate_pem, key_pem: key.serialize_pem(), identity })
    }

    fn check_that_the_key_is_its_own(&self) -> Result<(), AuthorityError> {
        let wrong = |reason: String| AuthorityError::NotAnAuthority(reason);
        let (_, pem) =
            parse_x509_pem(self.certificate_pem.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        let certificate = pem.parse_x509().map_err(|error| wrong(error.to_string()))?;
        if certificate.public_key().subject_public_key.data.as_ref() == self.issuer.key().public_key_raw() {
            Ok(())
        } else {
            Err(wrong("the key does not belong to the certificate".into()))
        }
    }
}

/// A certificate, the key it is for, and what it says.
pub struct Issued {
    /// The certificate.
    pub certificate_pem: String,
    /// Its private key.
    pub key_pem: String,
    /// Whom it speaks for.
    pub identity: Identity,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Issued {
    /// Puts certificate (0644) and key (0600) on disk; missing folders are made with mode 0700.
    pub fn write(&self, certificate: &Path, key: &Path) -> Result<(), AuthorityError> {
        write_pair(certificate, &self.certificate_pem, key, &self.key_pem)
    }
}

fn write_pair(
    certificate: &Path,
    certificate_pem: &str,
    key: &Path,
    key_pem: &str,
) -> Result<(), AuthorityError> {
    let write = |path: &Path, contents: &str, mode| {
        files::write(path, contents, mode).map_err(|source| AuthorityError::File {
            verb: "write",
            path: path.to_owned(),
            source,
        })
    };
    write(key, key_pem, 0o600)?;
    write(certificate, certificate_pem, 0o644)
}

fn params(window: Window, common_name: &str) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = dates(window).ok_or(AuthorityError::NoSuchWindow(window))?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    Ok(params)
}

fn dates(window: Window) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let date = |second: u64| OffsetDateTime::from_unix_timestamp(i64::try_from(second).ok()?).ok();
    let (from, until) = (date(window.not_before)?, date(window.not_after)?);
    (from < until).then_some((from, until))
}

fn cluster_of(certificate_pem: &str) -> Result<ClusterId, AuthorityError> {
    let wrong = |reason: String| AuthorityError::NotAnAuthority(reason);
    let (_, pem) = parse_x509_pem(certificate_pem.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    let certificate = pem.parse_x509().map_err(|error| wrong(error.to_string()))?;
    let name = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    name.and_then(|name| name.strip_prefix(AUTHORITY_NAME_PREFIX))
        .and_then(|cluster| cluster.parse().ok())
        .filter(|_| certificate.is_ca())
        .ok_or_else(|| wrong("its subject names no cluster".into()))
}
