//! Trust roots and the TLS configuration. The provider is named here, nothing is installed for the whole process.
//!
//! `ca_files` are read at start, so that a wrong path is found then. The operating system's roots cost tens of
//! milliseconds to read: they wait for the first https connection.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;

use super::error::OutboundError;

/// Gives the configuration, building it once.
pub(super) struct Tls {
    extra: Vec<CertificateDer<'static>>,
    native: bool,
    ready: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    /// Reads `ca_files`.
    pub(super) fn new(ca_files: &[PathBuf], native: bool) -> Result<Self, OutboundError> {
        let mut extra = Vec::new();
        for path in ca_files {
            extra.extend(read_certificates(path)?);
        }
        Ok(Self { extra, native, ready: OnceCell::new() })
    }

    /// The configuration; reads the operating system's roots the first time.
    pub(super) async fn config(&self) -> Result<Arc<ClientConfig>, OutboundError> {
        self.ready.get_or_try_init(|| self.build()).await.cloned()
    }

    async fn build(&self) -> Result<Arc<ClientConfig>, OutboundError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.extra.iter().cloned());
        if self.native {
            let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs)
                .await
                .map_err(|_| OutboundError::Tls("the trust roots cannot be read".to_owned()))?;
            roots.add_parsable_certificates(found.certs);
        }
        if roots.is_empty() {
            return Err(OutboundError::Tls("there are no trust roots".to_owned()));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| OutboundError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, OutboundError> {
    let failed = |why| OutboundError::CaFile { path: path.to_owned(), why };
    let pem = std::fs::read(path).map_err(|_| failed("cannot be read"))?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| failed("is not a PEM file of certificates"))?;
    if certificates.is_empty() {
        return Err(failed("has no certificate in it"));
    }
    let mut store = RootCertStore::empty();
    if store.add_parsable_certificates(certificates.iter().cloned()).0 == 0 {
        return Err(failed("has no usable certificate in it"));
    }
    Ok(certificates)
}
