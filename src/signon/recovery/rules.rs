//! The rules of recovery, as one table: what must be shown besides the name, by what protects the account; and how long the
//! account then waits.
//!
//! | besides the password the account is protected by | enough, with name and document confirmed | waits |
//! |---|---|---|
//! | nothing | one of: face, code to a mobile number (hers by the account or by the authority), trusted device | long |
//! | verified mobile number, trusted device | the same | long |
//! | authenticator app, passkey or recovery codes | one of those, or face | long |
//! | the same | mobile number or trusted device, **and** the password | long |
//! | anything | one of app, passkey, recovery codes, face, **and** one of another kind (knowledge, possession, body) | short |
//!
//! Name and number are known to many: they are never enough, nor are they together with a password, which is knowledge too.
//! What is not shown ends with the recovery: a factor that is lost or stolen opens nothing afterwards, and the level of the
//! real name is that of the proof made now. So nothing comes out that two independent ways did not put in.

use serde::{Deserialize, Serialize};

use crate::factors::FactorKind;

/// A way by which somebody shows that the account is hers, besides name and document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnWay {
    /// 通行密钥
    Passkey,
    /// 动态口令
    Totp,
    /// 恢复码
    RecoveryCode,
    /// 人脸: compared by the authority with the name.
    Face,
    /// 短信验证码: a code to a number that the account has verified, or that the authority knows as hers.
    Mobile,
    /// 信任的设备: this browser.
    Device,
    /// 密码
    Password,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Knowledge,
    Possession,
    Body,
}

impl OwnWay {
    /// Every way.
    pub const ALL: [Self; 7] =
        [Self::Passkey, Self::Totp, Self::RecoveryCode, Self::Face, Self::Mobile, Self::Device, Self::Password];

    /// The word in forms and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Face => "face",
            Self::Mobile => "mobile",
            Self::Device => "device",
            Self::Password => "password",
        }
    }

    /// The way with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == word)
    }

    /// Whether it withstands whoever has only taken over a number or a browser.
    const fn is_strong(self) -> bool {
        matches!(self, Self::Passkey | Self::Totp | Self::RecoveryCode | Self::Face)
    }

    const fn kind(self) -> Kind {
        match self {
            Self::Password => Kind::Knowledge,
            Self::Face => Kind::Body,
            Self::Passkey | Self::Totp | Self::RecoveryCode | Self::Mobile | Self::Device => Kind::Possession,
        }
    }
}

/// How long a recovery waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cooling {
    /// The whole cooling time.
    Long,
    /// The shorter one, by two ways of different kinds.
    Short,
}

/// Whether an account has something that must not be got round by a number or a browser alone.
#[must_use]
pub fn is_strongly_protected(held: &[FactorKind]) -> bool {
    !held.is_empty()
}

/// Whether what was shown is enough, and how long the account then waits.
#[must_use]
pub fn judge(strongly_protected: bool, shown: &[OwnWay]) -> Option<Cooling> {
    let strong = shown.iter().any(|way| way.is_strong());
    let holds = shown.iter().any(|way| way.kind() != Kind::Knowledge);
    let knows = shown.contains(&OwnWay::Password);
    let kinds_differ = shown.iter().any(|one| shown.iter().any(|other| one.kind() != other.kind()));
    if strong && kinds_differ {
        return Some(Cooling::Short);
    }
    let enough = strong || (holds && (knows || !strongly_protected));
    enough.then_some(Cooling::Long)
}

#[cfg(test)]
mod tests {
    use super::OwnWay::{Device, Face, Mobile, Passkey, Password, RecoveryCode, Totp};
    use super::*;

    #[test]
    fn what_is_enough() {
        use Cooling::{Long, Short};
        // What was shown; what comes of it for an account with a number at most; and for one with an app or a passkey.
        let table: [(&[OwnWay], Option<Cooling>, Option<Cooling>); 13] = [
            (&[], None, None),
            (&[Password], None, None),
            (&[Mobile], Some(Long), None),
            (&[Device], Some(Long), None),
            (&[Mobile, Device], Some(Long), None),
            (&[Mobile, Password], Some(Long), Some(Long)),
            (&[Device, Password], Some(Long), Some(Long)),
            (&[Totp], Some(Long), Some(Long)),
            (&[RecoveryCode], Some(Long), Some(Long)),
            (&[Passkey, Totp], Some(Long), Some(Long)),
            (&[Face], Some(Long), Some(Long)),
            (&[Passkey, Password], Some(Short), Some(Short)),
            (&[Face, Mobile], Some(Short), Some(Short)),
        ];
        for (shown, plain, strong) in table {
            assert_eq!((judge(false, shown), judge(true, shown)), (plain, strong), "{shown:?}");
        }
    }

    /// Threat: the shorter time is never earned by one way alone, and more shown is never worth less.
    #[test]
    fn one_way_alone_waits_long_and_more_is_never_less() {
        let rank = |cooling: Option<Cooling>| cooling.map_or(0, |cooling| if cooling == Cooling::Long { 1 } else { 2 });
        for protected in [false, true] {
            for one in OwnWay::ALL {
                assert_ne!(judge(protected, &[one]), Some(Cooling::Short), "{one:?}");
                for other in OwnWay::ALL {
                    assert!(
                        rank(judge(protected, &[one, other])) >= rank(judge(protected, &[one])),
                        "{one:?} {other:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn words_are_read_back() {
        for way in OwnWay::ALL {
            assert_eq!(OwnWay::parse(way.as_str()), Some(way));
        }
    }
}
