//! [`MasterKey`]: 32 random bytes from which every other symmetric key is derived.
//!
//! It lives in one file, or in the configuration when a vault provides it. Losing it makes sealed columns and stored
//! secrets unreadable for ever; `docs/KEYS.md` says how to keep it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

use crate::base::encoding::{base64url, from_base64url};
use crate::base::{Secret, SharedRandom};

/// The file's name within the keys directory.
pub const FILE_NAME: &str = "master.key";

/// Separates these keys from those of any other program that would use the same master key.
const SALT: &[u8] = b"hufu master key v1";

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Others than the owner may read or write the file.
    #[error("{path} has mode {mode:o}: others may read the master key; set it to 600 (chmod 600)")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others than the owner may put files into the directory.
    #[error("{path} has mode {mode:o}: others may replace the master key; set it to 700 (chmod 700)")]
    OpenDirectory {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The text is not 32 bytes in base64url.
    #[error("the master key must be 32 random bytes in base64url (43 characters)")]
    Malformed,
    /// The file system said no.
    #[error("{path}: {source}")]
    File {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The root of all symmetric keys. No `Debug`, wiped when dropped.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// Reads `master.key` in `keys_dir`; makes directory (mode 700) and file (mode 600) when they are not there. Safe
    /// when several processes start at once: they end up with the same key. On disk before this returns.
    ///
    /// # Errors
    /// [`MasterKeyError`]: no access, too much access for others, or a file that is not a key.
    pub fn load_or_create(keys_dir: &Path, random: &SharedRandom) -> Result<Self, MasterKeyError> {
        prepare(keys_dir)?;
        let path = keys_dir.join(FILE_NAME);
        if let Some(key) = read(&path)? {
            return Ok(key);
        }
        let fresh = keys_dir.join(format!("{FILE_NAME}.{}", random.short_token()));
        let key = Zeroizing::new(random.array::<32>());
        let written = write(&fresh, &Zeroizing::new(base64url(key.as_slice()))).and_then(|()| publish(&fresh, &path));
        let removed = std::fs::remove_file(&fresh);
        written.map_err(|source| file_error(&path, source))?;
        removed.and_then(|()| File::open(keys_dir)?.sync_all()).map_err(|source| file_error(keys_dir, source))?;
        read(&path)?.ok_or_else(|| file_error(&path, ErrorKind::NotFound.into()))
    }

    /// From the configuration: 32 bytes in base64url.
    ///
    /// # Errors
    /// [`MasterKeyError::Malformed`].
    pub fn from_secret(secret: &Secret) -> Result<Self, MasterKeyError> {
        parse(secret.expose())
    }

    /// The key for one purpose: HKDF-SHA256 (RFC 5869). Different purposes give independent keys. Wiped when dropped.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HKDF fails only for outputs longer than 255 hashes; this is one")]
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut out = Zeroizing::new([0; 32]);
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(self.0.as_slice());
        root.expand(&[purpose.as_bytes()], Length)
            .and_then(|okm| okm.fill(out.as_mut_slice()))
            .expect("32 bytes are one HKDF block");
        out
    }
}

/// Tells HKDF that 32 bytes are wanted.
struct Length;

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

fn file_error(path: &Path, source: std::io::Error) -> MasterKeyError {
    MasterKeyError::File { path: path.to_owned(), source }
}

fn prepare(keys_dir: &Path) -> Result<(), MasterKeyError> {
    DirBuilder::new().recursive(true).mode(0o700).create(keys_dir).map_err(|source| file_error(keys_dir, source))?;
    let mode = std::fs::metadata(keys_dir).map_err(|source| file_error(keys_dir, source))?.mode() & 0o7777;
    if mode & 0o022 != 0 {
        return Err(MasterKeyError::OpenDirectory { path: keys_dir.to_owned(), mode });
    }
    Ok(())
}

/// `None` when there is no such file.
fn read(path: &Path) -> Result<Option<MasterKey>, MasterKeyError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(file_error(path, source)),
    };
    let mode = file.metadata().map_err(|source| file_error(path, source))?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(MasterKeyError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(128));
    file.take(128).read_to_string(&mut text).map_err(|source| file_error(path, source))?;
    parse(text.trim_end()).map(Some)
}

fn parse(text: &str) -> Result<MasterKey, MasterKeyError> {
    let bytes = Zeroizing::new(from_base64url(text).unwrap_or_default());
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| MasterKeyError::Malformed)?;
    Ok(MasterKey(Zeroizing::new(key)))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Gives the finished file its real name; a link never replaces a file that another process has put there meanwhile.
fn publish(fresh: &Path, path: &Path) -> std::io::Result<()> {
    match std::fs::hard_link(fresh, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Arc;

    use super::*;
    use crate::base::encoding::hex;
    use crate::base::{SeededRandom, SystemRandom};

    fn random() -> SharedRandom {
        Arc::new(SystemRandom)
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_key_is_made_once_for_the_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("var/keys");
        let first = MasterKey::load_or_create(&keys, &random()).unwrap();
        let again = MasterKey::load_or_create(&keys, &random()).unwrap();
        assert_eq!(first.derive("x"), again.derive("x"));
        assert_eq!((mode(&keys), mode(&keys.join(FILE_NAME))), (0o700, 0o600));
        let names: Vec<_> = std::fs::read_dir(&keys).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [FILE_NAME], "no half-made file is left");
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        MasterKey::load_or_create(dir.path(), &random()).unwrap();
        for bits in [0o640, 0o604, 0o660, 0o644] {
            set_mode(&dir.path().join(FILE_NAME), bits);
            let error = MasterKey::load_or_create(dir.path(), &random()).err().unwrap().to_string();
            assert!(error.contains("master.key") && error.contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_directory_that_others_can_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        MasterKey::load_or_create(&keys, &random()).unwrap();
        set_mode(&keys, 0o770);
        assert!(matches!(MasterKey::load_or_create(&keys, &random()), Err(MasterKeyError::OpenDirectory { .. })));
        set_mode(&keys, 0o755);
        assert!(MasterKey::load_or_create(&keys, &random()).is_ok());
    }

    #[test]
    fn a_file_that_is_no_key_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        for text in ["", "\n", "short", &"A".repeat(44), &"A".repeat(500), &"+".repeat(43)] {
            std::fs::write(&path, text).unwrap();
            set_mode(&path, 0o600);
            assert!(matches!(MasterKey::load_or_create(dir.path(), &random()), Err(MasterKeyError::Malformed)));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), *text);
        }
    }

    #[test]
    fn processes_that_start_at_once_agree_on_one_key() {
        let dir = tempfile::tempdir().unwrap();
        let start = std::sync::Barrier::new(8);
        let derived: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        hex(MasterKey::load_or_create(dir.path(), &random()).unwrap().derive("x").as_slice())
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(derived.iter().all(|key| *key == derived[0]), "{derived:?}");
    }

    #[test]
    fn the_configuration_can_give_the_key() {
        let seeded: SharedRandom = Arc::new(SeededRandom::new(1));
        let text = seeded.token();
        let key = MasterKey::from_secret(&Secret::new(text.clone())).unwrap();
        let same = MasterKey::from_secret(&Secret::new(text)).unwrap();
        assert_eq!(key.derive("x"), same.derive("x"));
        assert!(MasterKey::from_secret(&Secret::new("hunter2")).is_err());
    }

    /// The value is that of RFC 5869 computed with two HMACs: PRK = HMAC(salt, key); OKM = HMAC(PRK, purpose ‖ 1).
    #[test]
    fn derivation_is_hkdf_and_separates_purposes() {
        use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
        let key = MasterKey(Zeroizing::new([7; 32]));
        let prk = sign(&Key::new(HMAC_SHA256, SALT), &[7; 32]);
        let okm = sign(&Key::new(HMAC_SHA256, prk.as_ref()), b"sealer\x01");
        assert_eq!(key.derive("sealer").as_slice(), okm.as_ref());
        assert_ne!(key.derive("sealer"), key.derive("sealer2"));
    }
}
