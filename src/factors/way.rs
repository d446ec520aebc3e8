//! The ways by which a person can show a further factor, and where each of them leads.

use serde::{Deserialize, Serialize};

use crate::session::{Amr, cap};

/// A way to show a further factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// 通行密钥: a key that verifies its user.
    Passkey,
    /// 动态口令: the code that an authenticator app shows.
    Totp,
    /// 短信验证码: a code by text message to the verified mobile number.
    Sms,
    /// 密码: for whoever came without it.
    Password,
    /// 恢复码: one of the codes kept for the day when the phone is gone.
    Recovery,
}

impl Way {
    /// Every way, the best first: the order in which pages list them.
    pub const ALL: [Self; 5] = [Self::Passkey, Self::Totp, Self::Sms, Self::Password, Self::Recovery];

    /// The word in forms and addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::Password => "password",
            Self::Recovery => "recovery",
        }
    }

    /// The way with this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == word)
    }

    /// What is shown by it.
    #[must_use]
    pub const fn methods(self) -> &'static [Amr] {
        match self {
            Self::Passkey => &[Amr::Hwk, Amr::User],
            Self::Totp | Self::Recovery => &[Amr::Otp],
            Self::Sms => &[Amr::Sms],
            Self::Password => &[Amr::Pwd],
        }
    }

    /// The level that this way leads to on top of what was `shown`.
    #[must_use]
    pub fn leads_to(self, shown: &[Amr]) -> i32 {
        let mut all = shown.to_vec();
        all.extend_from_slice(self.methods());
        cap(&all)
    }
}

/// Those of `held` that lead from what was `shown` to the level `wanted`, the best first.
#[must_use]
pub fn leading(held: &[Way], shown: &[Amr], wanted: i32) -> Vec<Way> {
    Way::ALL.into_iter().filter(|way| held.contains(way) && way.leads_to(shown) >= wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_leads_on_only_when_it_proves_something_else() {
        use Way::{Passkey, Password, Recovery, Sms, Totp};
        let all = Way::ALL;
        assert_eq!(leading(&all, &[Amr::Pwd], 3), [Passkey, Totp, Sms, Recovery]);
        assert_eq!(leading(&all, &[Amr::Sms], 3), [Passkey, Password]);
        assert_eq!(leading(&all, &[Amr::Pwd, Amr::Otp], 4), [Passkey]);
        assert_eq!(leading(&[Totp, Sms, Password], &[Amr::Pwd], 4), []);
        assert_eq!(leading(&[Password], &[Amr::Pwd], 3), []);
    }

    #[test]
    fn words_are_read_back() {
        for way in Way::ALL {
            assert_eq!(Way::parse(way.as_str()), Some(way));
        }
        assert_eq!(Way::parse(""), None);
    }
}
