//! `hufu passwords`: makes the list of leaked passwords that `accounts.password.breached_list` names.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use clap::Subcommand;

use super::CliError;
use crate::accounts::breached_prefix;

/// Leaked passwords.
#[derive(Debug, Subcommand)]
pub enum Passwords {
    /// Makes a list from passwords, or from SHA-1 hashes (`HASH` or `HASH:count`), one a line
    Compile {
        /// What to read; `-` reads standard input
        from: PathBuf,
        /// Where the list goes
        to: PathBuf,
    },
}

impl Passwords {
    pub(super) fn run(self, out: &mut dyn Write) -> Result<(), CliError> {
        let Self::Compile { from, to } = self;
        let source: Box<dyn BufRead> = if from.as_os_str() == "-" {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            Box::new(BufReader::with_capacity(1 << 20, File::open(from)?))
        };
        let mut list = BufWriter::with_capacity(1 << 20, File::create(to)?);
        let entries = compile(source, &mut list)?;
        list.flush()?;
        writeln!(out, "{entries}")?;
        Ok(())
    }
}

/// Writes the entries of `source`, in order and each once. Hashes must come in order, as they are published: they stream
/// through. Passwords may come in any order and are sorted in memory.
fn compile(source: impl BufRead, list: &mut impl Write) -> std::io::Result<u64> {
    let (mut last, mut written, mut passwords) = (None, 0_u64, Vec::new());
    for line in source.split(b'\n') {
        let line = line?;
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        match hashed(line) {
            _ if line.is_empty() => {}
            None => passwords.push(breached_prefix(line)),
            Some(entry) if last.is_none_or(|last| entry > last) => {
                list.write_all(&entry.to_be_bytes())?;
                (last, written) = (Some(entry), written + 1);
            }
            Some(entry) if last == Some(entry) => {}
            Some(_) => return Err(refused("the hashes are not in order")),
        }
    }
    if written > 0 && !passwords.is_empty() {
        return Err(refused("hashes and passwords are mixed"));
    }
    passwords.sort_unstable();
    passwords.dedup();
    for entry in &passwords {
        list.write_all(&entry.to_be_bytes())?;
    }
    Ok(written + u64::try_from(passwords.len()).unwrap_or(0))
}

/// The entry of a line that is a hash already.
fn hashed(line: &[u8]) -> Option<u64> {
    let hash = line.split(|byte| *byte == b':').next()?;
    if hash.len() != 40 || !hash.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(hash.get(..16)?).ok()?, 16).ok()
}

fn refused(why: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(text: &str) -> std::io::Result<Vec<u64>> {
        let mut list = Vec::new();
        let entries = compile(text.as_bytes(), &mut list)?;
        let (all, rest) = list.as_chunks::<8>();
        assert!(rest.is_empty() && u64::try_from(all.len()).unwrap() == entries);
        Ok(all.iter().map(|entry| u64::from_be_bytes(*entry)).collect())
    }

    #[test]
    fn passwords_and_their_hashes_make_the_same_list() {
        let list = compiled("password1\nqwerty123\r\n\npassword1\n").unwrap();
        assert_eq!(list.len(), 2);
        assert!(list.is_sorted() && list.contains(&breached_prefix(b"password1")));
        // SHA-1 of the two, as they are published.
        let hashes = "5CEC175B165E3D5E62C9E13CE848EF6FEAC81BFF:20\nE38AD214943DAAD1D64C102FAEC29DE4AFE9DA3D:7\n";
        assert_eq!(compiled(hashes).unwrap(), list);
    }

    #[test]
    fn what_is_not_in_order_or_mixed_is_refused() {
        let hash = |first: char| format!("{first}{}", "0".repeat(39));
        assert!(compiled(&[hash('2'), hash('1')].join("\n")).is_err());
        assert!(compiled(&[hash('1'), "password1".into()].join("\n")).is_err());
        assert_eq!(compiled(&[hash('1'), hash('1'), hash('2')].join("\n")).unwrap().len(), 2);
        assert!(compiled("").unwrap().is_empty());
    }
}
