//! A throw-away certificate authority for `hufu demo --tls`, kept under the demo's folder so that a client can trust it over
//! restarts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The files of the demo's certificates.
pub struct Certificates {
    /// The authority's certificate, for clients.
    pub ca: PathBuf,
    cert: PathBuf,
    key: PathBuf,
}

/// Why certificates cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file.
    #[error("certificates: {0}")]
    Io(#[from] std::io::Error),
    /// The generator.
    #[error("certificates: {0}")]
    Generate(#[from] rcgen::Error),
    /// The library that serves them.
    #[error("certificates: {0}")]
    Rustls(#[from] rustls::Error),
    /// A damaged file.
    #[error("certificates: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
}

impl Certificates {
    /// The certificates under `dir`, made when they are not there.
    pub fn under(dir: &Path) -> Result<Self, TlsError> {
        let files = Self { ca: dir.join("ca.pem"), cert: dir.join("tls.pem"), key: dir.join("tls.key") };
        if !files.key.exists() {
            files.make()?;
        }
        Ok(files)
    }

    fn make(&self) -> Result<(), TlsError> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, "hufu demo CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_key = KeyPair::generate()?;
        let ca = params.self_signed(&ca_key)?;
        let issuer = Issuer::new(params, ca_key);
        let mut leaf = CertificateParams::new(vec!["localhost".to_owned()])?;
        leaf.distinguished_name.push(DnType::CommonName, "hufu demo");
        leaf.use_authority_key_identifier_extension = true;
        let hosts = (1..=30).map(|host| IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)));
        leaf.subject_alt_names.extend(hosts.map(SanType::IpAddress));
        leaf.subject_alt_names.push(SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)));
        let key = KeyPair::generate()?;
        let cert = leaf.signed_by(&key, &issuer)?;
        std::fs::write(&self.ca, ca.pem())?;
        write_secret(&self.ca.with_file_name("ca-key.pem"), &issuer.key().serialize_pem())?;
        std::fs::write(&self.cert, cert.pem())?;
        write_secret(&self.key, &key.serialize_pem())?;
        Ok(())
    }

    /// What a server needs.
    pub fn server(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let certs = CertificateDer::pem_file_iter(&self.cert)?.collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_file(&self.key)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(certs, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
