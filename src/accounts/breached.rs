//! Passwords that everybody tries: a list that is built in, and a larger one that may be configured, both looked up on this
//! machine. No password, and no part of one, is ever sent anywhere.
//!
//! A list is a file of sorted 8-byte prefixes of SHA-1 hashes, big-endian: what the public collections are keyed by, short
//! enough that a thousand million passwords fit into 8 GB, and found by some thirty reads. `hufu passwords compile` makes
//! one. Two passwords share a prefix once in 10¹⁹: nobody is refused by chance.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;

use crate::base::Secret;

/// The common passwords that are built in: some eight thousand of the list that Royce Williams has made of public leaks and
/// Django ships, those of eight characters and more, and what is common in China.
const BUILT_IN: &[u8] = include_bytes!("../../data/common-passwords.bin");

/// Bytes of an entry.
const WIDTH: usize = 8;

/// The lists of this node; clones share the file.
#[derive(Clone, Default)]
pub struct BreachedPasswords(Option<Arc<List>>);

struct List {
    file: File,
    entries: u64,
}

impl BreachedPasswords {
    /// The built-in list, and the one in `file` when there is one.
    ///
    /// # Errors
    /// When the file cannot be read, or is not such a list.
    pub fn open(file: Option<&Path>) -> io::Result<Self> {
        let Some(path) = file else { return Ok(Self(None)) };
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        if length == 0 || length % (WIDTH as u64) != 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "not a list of passwords (see hufu passwords)"));
        }
        Ok(Self(Some(Arc::new(List { file, entries: length / WIDTH as u64 }))))
    }

    /// Whether a password is on a list, as it is or in small letters. Reads a file: not for the async threads.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn contains(&self, password: &Secret) -> io::Result<bool> {
        let text = password.expose();
        for form in [text.to_owned(), text.to_lowercase()] {
            let wanted = prefix(form.as_bytes());
            if built_in(wanted) || self.in_file(wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn in_file(&self, wanted: u64) -> io::Result<bool> {
        let Some(list) = &self.0 else { return Ok(false) };
        let (mut low, mut high) = (0, list.entries);
        while low < high {
            let middle = low + (high - low) / 2;
            let mut entry = [0; WIDTH];
            list.file.read_exact_at(&mut entry, middle * WIDTH as u64)?;
            match u64::from_be_bytes(entry).cmp(&wanted) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }
}

fn built_in(wanted: u64) -> bool {
    let (entries, _) = BUILT_IN.as_chunks::<WIDTH>();
    entries.binary_search_by_key(&wanted, |entry| u64::from_be_bytes(*entry)).is_ok()
}

/// What stands in a list for a password.
#[must_use]
pub fn prefix(password: &[u8]) -> u64 {
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password);
    hash.as_ref().first_chunk::<WIDTH>().map_or(0, |first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_is_on_the_list_and_other_things_are_not() {
        let list = BreachedPasswords::default();
        for common in ["password1", "PASSWORD1", "1qaz2wsx", "qwerty123", "woaini1314", "P@ssw0rd", "Aa123456"] {
            assert!(list.contains(&Secret::new(common)).unwrap(), "{common}");
        }
        for other in ["tiger-tally-2026", "青山绿水2026", "another-tally-2027", ""] {
            assert!(!list.contains(&Secret::new(other)).unwrap(), "{other}");
        }
        let (entries, rest) = BUILT_IN.as_chunks::<WIDTH>();
        assert!(entries.len() > 8_000 && rest.is_empty());
        assert!(entries.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn a_file_is_searched_from_its_first_to_its_last_entry() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let passwords: Vec<String> = (0..1000).map(|number| format!("leaked-{number}-password")).collect();
        let mut entries: Vec<u64> = passwords.iter().map(|password| prefix(password.as_bytes())).collect();
        entries.sort_unstable();
        std::fs::write(&path, entries.iter().flat_map(|entry| entry.to_be_bytes()).collect::<Vec<u8>>()).unwrap();
        let list = BreachedPasswords::open(Some(&path)).unwrap();
        for password in &passwords {
            assert!(list.contains(&Secret::new(password.clone())).unwrap(), "{password}");
        }
        assert!(!list.contains(&Secret::new("leaked-1000-password")).unwrap());
        std::fs::write(&path, b"not a list").unwrap();
        assert!(BreachedPasswords::open(Some(&path)).is_err());
        assert!(BreachedPasswords::open(Some(&folder.path().join("absent"))).is_err());
    }
}
