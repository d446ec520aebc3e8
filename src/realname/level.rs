//! Two axes of assurance: how well the name is proven, and how strongly the login was; `acr` is the lower of the two.
//!
//! Pure tables. Who may raise a level is decided elsewhere: only a verdict of an authority does.

use serde::{Deserialize, Serialize};

use super::authority::VerificationMethod;

/// How well a person's name is proven (实名等级). A higher level satisfies every lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "i16", into = "i16")]
#[repr(i16)]
pub enum RealNameLevel {
    /// Not real-named (非实名).
    #[default]
    L0 = 0,
    /// Self-declared (自报).
    L1 = 1,
    /// Name and identity number matched with the authority (两要素比对).
    L2 = 2,
    /// Three or four items (mobile, bank card), or face (三、四要素或实人).
    L3 = 3,
    /// In person, by certificate, or by eID (窗口、数字证书).
    L4 = 4,
}

/// A number that is no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a real-name level is 0 to 4")]
pub struct NotALevel;

impl RealNameLevel {
    /// From the lowest to the highest.
    pub const ALL: [Self; 5] = [Self::L0, Self::L1, Self::L2, Self::L3, Self::L4];

    /// The value in `acr` and `acr_values` (OIDC Core §2).
    #[must_use]
    pub const fn acr(self) -> &'static str {
        match self {
            Self::L0 => "urn:hufu:acr:l0",
            Self::L1 => "urn:hufu:acr:l1",
            Self::L2 => "urn:hufu:acr:l2",
            Self::L3 => "urn:hufu:acr:l3",
            Self::L4 => "urn:hufu:acr:l4",
        }
    }

    /// The level with this `acr` value; `None` for values that are not ours.
    #[must_use]
    pub fn from_acr(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.acr() == value)
    }

    /// The level that a match by `method` proves; of the network identity service and of the node above the most that they
    /// may tell.
    #[must_use]
    pub const fn proven_by(method: VerificationMethod) -> Self {
        match method {
            VerificationMethod::TwoItems => Self::L2,
            VerificationMethod::ThreeItems
            | VerificationMethod::FourItems
            | VerificationMethod::Face
            | VerificationMethod::NetworkIdentity => Self::L3,
            VerificationMethod::InPerson
            | VerificationMethod::Certificate
            | VerificationMethod::ElectronicIdentity
            | VerificationMethod::NodeAbove => Self::L4,
        }
    }
}

impl From<RealNameLevel> for i16 {
    fn from(level: RealNameLevel) -> Self {
        level as Self
    }
}

impl TryFrom<i16> for RealNameLevel {
    type Error = NotALevel;

    fn try_from(number: i16) -> Result<Self, NotALevel> {
        Self::ALL.into_iter().find(|level| i16::from(*level) == number).ok_or(NotALevel)
    }
}

/// How strongly a person showed that it is her account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(i16)]
pub enum LoginStrength {
    /// A password alone.
    Password = 1,
    /// A code by SMS alone.
    SmsCode = 2,
    /// Two different factors.
    TwoFactors = 3,
    /// A passkey, the user present but not verified.
    Passkey = 4,
    /// A passkey with user verification (PIN, finger, face on the device).
    VerifiedPasskey = 5,
    /// A digital certificate (数字证书).
    Certificate = 6,
}

impl LoginStrength {
    /// The highest `acr` that such a login may claim.
    #[must_use]
    pub const fn cap(self) -> RealNameLevel {
        match self {
            Self::Password | Self::SmsCode => RealNameLevel::L2,
            Self::TwoFactors | Self::Passkey => RealNameLevel::L3,
            Self::VerifiedPasskey | Self::Certificate => RealNameLevel::L4,
        }
    }
}

/// What a sign-in reaches: the lower of the proven name and the cap of the login.
#[must_use]
pub fn acr(realname: RealNameLevel, login: LoginStrength) -> RealNameLevel {
    realname.min(login.cap())
}

#[cfg(test)]
mod tests {
    use LoginStrength::{Certificate, Passkey, Password, SmsCode, TwoFactors, VerifiedPasskey};
    use RealNameLevel::{L0, L1, L2, L3, L4};

    use super::*;

    /// One row a real-name level, one column a login.
    #[test]
    fn every_cell_of_the_assurance_table() {
        let logins = [Password, SmsCode, TwoFactors, Passkey, VerifiedPasskey, Certificate];
        let table = [
            (L0, [L0, L0, L0, L0, L0, L0]),
            (L1, [L1, L1, L1, L1, L1, L1]),
            (L2, [L2, L2, L2, L2, L2, L2]),
            (L3, [L2, L2, L3, L3, L3, L3]),
            (L4, [L2, L2, L3, L3, L4, L4]),
        ];
        for (realname, row) in table {
            for (login, reached) in logins.into_iter().zip(row) {
                assert_eq!(acr(realname, login), reached, "{realname:?} by {login:?}");
            }
        }
    }

    #[test]
    fn acr_values_are_read_back_and_others_are_not_ours() {
        for level in RealNameLevel::ALL {
            assert_eq!(RealNameLevel::from_acr(level.acr()), Some(level));
            assert_eq!(RealNameLevel::try_from(i16::from(level)), Ok(level));
        }
        for other in ["urn:hufu:acr:l5", "urn:hufu:acr:L2", "l2", "0", ""] {
            assert_eq!(RealNameLevel::from_acr(other), None, "{other}");
        }
        assert_eq!(RealNameLevel::try_from(5), Err(NotALevel));
        assert_eq!(RealNameLevel::try_from(-1), Err(NotALevel));
    }

    #[test]
    fn in_json_a_level_is_a_small_number() {
        assert_eq!(serde_json::to_string(&L3).unwrap(), "3");
        assert_eq!(serde_json::from_str::<RealNameLevel>("4").unwrap(), L4);
        assert!(serde_json::from_str::<RealNameLevel>("9").is_err());
    }

    #[test]
    fn each_method_proves_its_level() {
        use VerificationMethod::*;
        let ways = [
            (L2, vec![TwoItems]),
            (L3, vec![ThreeItems, FourItems, Face, NetworkIdentity]),
            (L4, vec![InPerson, Certificate, ElectronicIdentity, NodeAbove]),
        ];
        for (level, methods) in ways {
            for method in methods {
                assert_eq!(RealNameLevel::proven_by(method), level, "{method}");
                assert_eq!(method.as_str().parse(), Ok(method));
            }
        }
    }
}
