//! The built-in challenge: five digits in a picture, or a sum in words.

use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Challenge, Posed, picture};
use crate::base::{SharedClock, SharedRandom, Timestamp};
use crate::ephemeral::{Ephemeral, EphemeralError};
use crate::keys::{MasterKey, Sealer};

/// How long a question may be answered.
const LIFE: Duration = Duration::from_secs(10 * 60);

/// How many digits the picture has.
const DIGITS: usize = 5;

/// What the form carries, sealed: whoever holds it cannot read the answers.
#[derive(Serialize, Deserialize)]
struct Asked {
    id: String,
    digits: String,
    sum: u8,
    seed: u64,
    at: Timestamp,
}

/// Pictures and questions made on this machine.
pub struct LocalChallenge {
    sealer: Sealer,
    ephemeral: Ephemeral,
    clock: SharedClock,
    random: SharedRandom,
}

impl LocalChallenge {
    /// Challenges whose answers are sealed under `master` and used up in `ephemeral`.
    #[must_use]
    pub fn new(master: &MasterKey, ephemeral: Ephemeral, (clock, random): (SharedClock, SharedRandom)) -> Self {
        Self { sealer: Sealer::new(master, "challenge"), ephemeral, clock, random }
    }

    fn open(&self, sealed: &str) -> Option<Asked> {
        let asked: Asked = self.sealer.open(sealed, b"challenge").ok()?;
        (self.clock.now().since(asked.at) <= LIFE).then_some(asked)
    }
}

impl Challenge for LocalChallenge {
    fn pose(&self, lang: &str) -> Posed {
        let digits: String = self.random.array::<DIGITS>().iter().map(|byte| char::from(b'0' + byte % 10)).collect();
        let [one, other] = self.random.array::<2>().map(|byte| 2 + byte % 8);
        let asked = Asked {
            id: self.random.short_token(),
            sum: one + other,
            seed: u64::from_be_bytes(self.random.array::<8>()),
            at: self.clock.now(),
            digits,
        };
        Posed {
            question: question(lang, one, other),
            picture: Some(picture::draw(&asked.digits, asked.seed)),
            sealed: self.sealer.seal(&asked, b"challenge"),
        }
    }

    fn judge<'a>(&'a self, sealed: &'a str, answer: &'a str) -> BoxFuture<'a, Result<bool, EphemeralError>> {
        Box::pin(async move {
            let Some(asked) = self.open(sealed) else { return Ok(false) };
            let fresh = self.ephemeral.mark(&format!("challenge:{}", asked.id), LIFE).await?;
            let typed: String = answer.chars().filter(|c| !c.is_whitespace()).map(half_width).take(16).collect();
            Ok(fresh && (typed == asked.digits || typed == asked.sum.to_string()))
        })
    }

    fn picture(&self, sealed: &str) -> Option<Vec<u8>> {
        self.open(sealed).map(|asked| picture::draw(&asked.digits, asked.seed))
    }
}

/// Digits as Chinese keyboards write them.
fn half_width(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - 0xff10 + u32::from('0')).unwrap_or(c),
        other => other,
    }
}

fn question(lang: &str, one: u8, other: u8) -> String {
    const CHINESE: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    const ENGLISH: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let words = if lang == "en" { ENGLISH } else { CHINESE };
    let word = |number: u8| words.get(usize::from(number)).copied().unwrap_or_default();
    if lang == "en" {
        format!("how much is {} plus {}?", word(one), word(other))
    } else {
        format!("{}加{}等于几？", word(one), word(other))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{ManualClock, Secret, SystemRandom};
    use crate::ephemeral::MemoryEphemeral;

    fn local(clock: &ManualClock) -> LocalChallenge {
        let master = MasterKey::from_secret(&Secret::new("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")).unwrap();
        let ephemeral = Arc::new(MemoryEphemeral::new(100, Arc::new(clock.clone())));
        LocalChallenge::new(&master, ephemeral, (Arc::new(clock.clone()), Arc::new(SystemRandom)))
    }

    #[tokio::test]
    async fn the_picture_or_the_words_are_answered_once_and_in_time() {
        let clock = ManualClock::at(Timestamp(1_795_502_400_000));
        let local = local(&clock);
        for by_words in [false, true] {
            let posed = local.pose("zh-CN");
            let asked = local.open(&posed.sealed).unwrap();
            let right = if by_words { asked.sum.to_string() } else { asked.digits };
            assert!(local.judge(&posed.sealed, &format!(" {right} ")).await.unwrap());
            assert!(!local.judge(&posed.sealed, &right).await.unwrap(), "answered");
        }
        let posed = local.pose("en");
        assert!(posed.question.starts_with("how much is"));
        assert!(!local.judge(&posed.sealed, "").await.unwrap());
        let digits = local.open(&posed.sealed).unwrap().digits;
        assert!(!local.judge(&posed.sealed, &digits).await.unwrap(), "a wrong answer uses it up too");
        let late = local.pose("en");
        let digits = local.open(&late.sealed).unwrap().digits;
        clock.advance(LIFE + Duration::from_secs(1));
        assert!(!local.judge(&late.sealed, &digits).await.unwrap());
        assert!(!local.judge("x", "1").await.unwrap());
    }

    #[test]
    fn neither_answer_can_be_read_from_the_form() {
        let local = local(&ManualClock::at(Timestamp(1_795_502_400_000)));
        let posed = local.pose("zh-CN");
        let asked = local.open(&posed.sealed).unwrap();
        assert!(!posed.sealed.contains(&asked.digits));
        assert_eq!(local.picture(&posed.sealed), posed.picture, "the same picture again");
    }
}
