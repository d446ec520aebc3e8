//! A throw-away certificate authority for `hufu demo --tls`, kept under the demo's folder so that a client can trust it over
//! restarts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};

use crate::config::server::TlsFiles;

/// The files of the demo's certificates.
pub struct Certificates {
    /// The authority's certificate, for clients.
    pub ca: PathBuf,
    /// Chain and key, for servers.
    pub files: TlsFiles,
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
    /// What serves them.
    #[error("certificates: {0}")]
    Serve(#[from] crate::http::server::TlsError),
}

impl Certificates {
    /// The certificates under `dir`, made when they are not there.
    pub fn under(dir: &Path) -> Result<Self, TlsError> {
        let files =
            Self { ca: dir.join("ca.pem"), files: TlsFiles { cert: dir.join("tls.pem"), key: dir.join("tls.key") } };
        if !files.files.key.exists() {
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
        std::fs::write(&self.files.cert, cert.pem())?;
        write_secret(&self.files.key, &key.serialize_pem())?;
        Ok(())
    }
}

fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
