//! What a process shows and whom it believes: its certificate and key, and the cluster's authority.
//!
//! Everything that would fail in a handshake hours later fails here, with the name of the file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;

use crate::files;
use crate::identity::{Identity, NotAnIdentity};
use crate::reset::ResetSecrets;
use crate::settings::Clock;
use crate::tls;

/// Files that are no usable credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A file is missing or cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {what} in PEM: {reason}", .path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// What was found wrong.
        reason: String,
    },
    /// Others than its owner may read the key.
    #[error("the private key {path} can be read by others (mode {mode:04o}): run `chmod 600 {path}`", path = .path.display())]
    KeyExposed {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Key and certificate are not a pair.
    #[error("the key {} does not belong to the certificate {}", .key.display(), .certificate.display())]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// The certificate is no longer valid.
    #[error("the certificate {} expired on {}", .path.display(), date(*.not_after))]
    Expired {
        /// Which file.
        path: PathBuf,
        /// Its last second, since 1970.
        not_after: u64,
    },
    /// The certificate is not valid yet.
    #[error("the certificate {} is valid only from {} on; is the clock right?", .path.display(), date(*.not_before))]
    NotYetValid {
        /// Which file.
        path: PathBuf,
        /// Its first second, since 1970.
        not_before: u64,
    },
    /// The certificate was not signed by that authority.
    #[error("the certificate {} is not signed by the authority {}: {reason}", .path.display(), .authority.display())]
    OtherAuthority {
        /// The file of the certificate.
        path: PathBuf,
        /// The file of the authority.
        authority: PathBuf,
        /// What verification said.
        reason: String,
    },
    /// The certificate speaks for nobody.
    #[error("{}: {source}", .path.display())]
    Nobody {
        /// Which file.
        path: PathBuf,
        /// What is missing.
        source: NotAnIdentity,
    },
    /// Cryptography refuses the key or the authority for another reason.
    #[error("{} cannot be used: {reason}", .path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What it said.
        reason: String,
    },
}

/// A certificate with its key, and the authority that is believed. Cheap to clone.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) identity: Arc<Identity>,
    pub(crate) roots: Arc<RootCertStore>,
    pub(crate) key: Arc<CertifiedKey>,
    pub(crate) reset: ResetSecrets,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// The three files, as the errors name them.
struct Paths<'a> {
    authority: &'a Path,
    certificate: &'a Path,
    key: &'a Path,
}

impl Credentials {
    /// Reads the authority's certificate, the own certificate (with any chain below the authority), and its key.
    pub fn read(authority: &Path, certificate: &Path, key: &Path) -> Result<Self, CredentialsError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| CredentialsError::Unreadable { path, source }
        };
        let contents = |path: &Path| std::fs::read(path).map_err(unreadable(path));
        let (authority_pem, certificate_pem) = (contents(authority)?, contents(certificate)?);
        if let Some(mode) = files::exposed(key).map_err(unreadable(key))? {
            return Err(CredentialsError::KeyExposed { path: key.to_owned(), mode });
        }
        let paths = Paths { authority, certificate, key };
        Self::checked(&paths, &authority_pem, &certificate_pem, &contents(key)?, &Clock::system())
    }

    /// The same from memory, with the time to check the certificate's validity against.
    pub fn from_pem(
        authority_pem: &str,
        certificate_pem: &str,
        key_pem: &str,
        clock: &Clock,
    ) -> Result<Self, CredentialsError> {
        let paths = Paths {
            authority: Path::new("(authority)"),
            certificate: Path::new("(certificate)"),
            key: Path::new("(key)"),
        };
        let [authority, certificate, key] = [authority_pem, certificate_pem, key_pem].map(str::as_bytes);
        Self::checked(&paths, authority, certificate, key, clock)
    }

    /// Whom the certificate speaks for.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    fn checked(
        paths: &Paths<'_>,
        authority_pem: &[u8],
        certificate_pem: &[u8],
        key_pem: &[u8],
        clock: &Clock,
    ) -> Result<Self, CredentialsError> {
        let roots = Arc::new(roots(paths.authority, authority_pem)?);
        let chain = certificates(paths.certificate, certificate_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem)
            .map_err(|error| malformed(paths.key, "private key", &error))?;
        let identity = verified(paths, &roots, &chain, clock)?;
        let reset = ResetSecrets::of(key.secret_der());
        let key = CertifiedKey::from_der(chain, key, &tls::provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => CredentialsError::Mismatch {
                certificate: paths.certificate.to_owned(),
                key: paths.key.to_owned(),
            },
            other => unusable(paths.key, &other),
        })?;
        Ok(Self { identity: Arc::new(identity), roots, key: Arc::new(key), reset })
    }
}

/// Whom the certificate speaks for, once the authority and the clock agree to it.
fn verified(
    paths: &Paths<'_>,
    roots: &Arc<RootCertStore>,
    chain: &[CertificateDer<'static>],
    clock: &Clock,
) -> Result<Identity, CredentialsError> {
    let path = || paths.certificate.to_owned();
    let Some((own, intermediates)) = chain.split_first() else {
        return Err(malformed(paths.certificate, "certificate", &"it is empty"));
    };
    let identity =
        Identity::from_der(own).map_err(|source| CredentialsError::Nobody { path: path(), source })?;
    let now = clock.now();
    if now > identity.not_after {
        return Err(CredentialsError::Expired { path: path(), not_after: identity.not_after });
    }
    if now < identity.not_before {
        return Err(CredentialsError::NotYetValid { path: path(), not_before: identity.not_before });
    }
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now));
    WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), tls::provider())
        .build()
        .map_err(|error| unusable(paths.authority, &error))?
        .verify_client_cert(own, intermediates, now)
        .map_err(|error| CredentialsError::OtherAuthority {
            path: path(),
            authority: paths.authority.to_owned(),
            reason: error.to_string(),
        })?;
    Ok(identity)
}

fn roots(path: &Path, pem: &[u8]) -> Result<RootCertStore, CredentialsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, pem)? {
        roots.add(certificate).map_err(|error| unusable(path, &error))?;
    }
    Ok(roots)
}

/// At least one certificate.
fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CredentialsError> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| malformed(path, "certificate", &error))?;
    if found.is_empty() {
        return Err(malformed(path, "certificate", &"there is none in it"));
    }
    Ok(found)
}

fn malformed(path: &Path, what: &'static str, reason: &dyn fmt::Display) -> CredentialsError {
    CredentialsError::Malformed { path: path.to_owned(), what, reason: reason.to_string() }
}

fn unusable(path: &Path, reason: &dyn fmt::Display) -> CredentialsError {
    CredentialsError::Unusable { path: path.to_owned(), reason: reason.to_string() }
}

/// A second since 1970, for people.
fn date(second: u64) -> String {
    let date =
        i64::try_from(second).ok().and_then(|second| time::OffsetDateTime::from_unix_timestamp(second).ok());
    match date {
        Some(date) => {
            let (hour, minute, second) = date.to_hms();
            format!("{} {hour:02}:{minute:02}:{second:02} UTC", date.date())
        }
        None => format!("second {second} since 1970"),
    }
}
