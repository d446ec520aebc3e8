//! TLS by this process: 1.2 and 1.3, aws-lc, HTTP/2 offered; certificates can be changed without a restart.

use std::path::PathBuf;
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::version::{TLS12, TLS13};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::server::TlsFiles;

/// Why the certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or is not PEM.
    #[error("{path}: {error}", path = .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: pem::Error,
    },
    /// The file holds no certificate.
    #[error("{}: holds no certificate", .0.display())]
    NoCertificate(PathBuf),
    /// The key is not that of the certificate, or of a kind that TLS does not know.
    #[error("certificate and key: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The certificate that this process shows.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    live: RustlsConfig,
}

impl Tls {
    /// Reads certificate and key.
    pub fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let live = RustlsConfig::from_config(Arc::new(read(files)?));
        Ok(Self { files: files.clone(), live })
    }

    /// Reads both again; when that fails, the old ones stay.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.live.reload_from_config(Arc::new(read(&self.files)?));
        Ok(())
    }

    /// Reads both again at every SIGHUP. Runs for ever.
    #[cfg(unix)]
    pub async fn reload_on_hangup(self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangups = signal(SignalKind::hangup())?;
        while hangups.recv().await.is_some() {
            match self.reload() {
                Ok(()) => tracing::info!("certificate read again"),
                Err(error) => tracing::error!(%error, "certificate not read again: the old one stays"),
            }
        }
        Ok(())
    }

    pub(super) fn live(&self) -> RustlsConfig {
        self.live.clone()
    }
}

fn read(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let failed = |path: &PathBuf| {
        let path = path.clone();
        move |error| TlsError::File { path, error }
    };
    let chain = CertificateDer::pem_file_iter(&files.cert).map_err(failed(&files.cert))?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(failed(&files.cert))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(files.cert.clone()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(failed(&files.key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = Ticketer::new()?;
    Ok(config)
}
