//! How a person authenticated: methods (RFC 8176 `amr`), and the strength they add up to.
//!
//! The table, from the strongest: a certificate; a key that has verified its user; two methods of different kinds
//! (knowledge, possession, the body); a key; one method alone. Two possessions are not two factors: who holds the phone
//! has the text message and the app.

use crate::base::Timestamp;
use crate::realname::LoginStrength;

/// A method of authentication, by its RFC 8176 name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Amr {
    /// A password.
    Pwd,
    /// A one-time code of an authenticator app, or a recovery code.
    Otp,
    /// A one-time code by text message.
    Sms,
    /// A key in hardware: a passkey.
    Hwk,
    /// Beside [`Amr::Hwk`]: the key has verified its user (PIN, finger, face on the device).
    User,
    /// The face, compared by an authority.
    Face,
    /// A certificate on a smart card or UKey.
    Sc,
    /// More than one channel: what stands beside it was shown on another device, which has approved this one.
    Mca,
}

/// What a method proves: two factors are two different ones of these.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    Knowledge,
    Possession,
    Body,
}

impl Amr {
    /// Every method.
    pub const ALL: [Self; 8] =
        [Self::Pwd, Self::Otp, Self::Sms, Self::Hwk, Self::User, Self::Face, Self::Sc, Self::Mca];

    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pwd => "pwd",
            Self::Otp => "otp",
            Self::Sms => "sms",
            Self::Hwk => "hwk",
            Self::User => "user",
            Self::Face => "face",
            Self::Sc => "sc",
            Self::Mca => "mca",
        }
    }

    /// The method with this name; `None` for those that are not used here.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// [`Amr::User`] is a quality of a key, [`Amr::Mca`] of a way; they prove nothing by themselves.
    const fn proof(self) -> Option<Proof> {
        match self {
            Self::Pwd => Some(Proof::Knowledge),
            Self::Otp | Self::Sms | Self::Hwk | Self::Sc => Some(Proof::Possession),
            Self::Face => Some(Proof::Body),
            Self::User | Self::Mca => None,
        }
    }
}

/// The strength of methods that were shown together; `None` when there is none among them.
#[must_use]
pub fn strength(methods: &[Amr]) -> Option<LoginStrength> {
    let has = |method| methods.contains(&method);
    let proofs: Vec<Proof> = methods.iter().filter_map(|method| method.proof()).collect();
    let first = proofs.first()?;
    Some(if has(Amr::Sc) {
        LoginStrength::Certificate
    } else if has(Amr::Hwk) && has(Amr::User) {
        LoginStrength::VerifiedPasskey
    } else if proofs.iter().any(|proof| proof != first) {
        LoginStrength::TwoFactors
    } else if has(Amr::Hwk) {
        LoginStrength::Passkey
    } else if *first == Proof::Knowledge {
        LoginStrength::Password
    } else {
        LoginStrength::SmsCode
    })
}

/// The level that `acr` can reach by these methods, 0 to 4.
#[must_use]
pub fn cap(methods: &[Amr]) -> i32 {
    strength(methods).map_or(0, |strength| i32::from(i16::from(strength.cap())))
}

/// What counts on a device of what was shown on another one that has approved it: as strong as it was there, and never
/// more than two factors, because nobody has seen who sits before this device. A key has not verified its user here.
fn carried(methods: &[Amr]) -> Vec<Amr> {
    let mut carried: Vec<Amr> = Vec::new();
    for method in methods.iter().filter(|method| !matches!(method, Amr::User | Amr::Mca)) {
        let method = if *method == Amr::Sc { Amr::Hwk } else { *method };
        if !carried.contains(&method) {
            carried.push(method);
        }
    }
    carried.push(Amr::Mca);
    carried
}

/// One act of authentication: the methods that were used together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthEvent {
    methods: Vec<Amr>,
    sign_in: bool,
    /// When it happened, if not now.
    at: Option<Timestamp>,
    /// What it can reach at most, whatever the methods are worth here: what another node has told of it.
    ceiling: Option<i32>,
}

impl AuthEvent {
    fn sign_in(methods: &[Amr]) -> Self {
        Self { methods: methods.to_vec(), sign_in: true, at: None, ceiling: None }
    }

    /// Signed in by password alone.
    #[must_use]
    pub fn password() -> Self {
        Self::sign_in(&[Amr::Pwd])
    }

    /// Signed in by a code by text message alone.
    #[must_use]
    pub fn sms() -> Self {
        Self::sign_in(&[Amr::Sms])
    }

    /// Signed in by a passkey; `verified` when the key has verified its user (WebAuthn's UV flag).
    #[must_use]
    pub fn passkey(verified: bool) -> Self {
        Self::sign_in(if verified { &[Amr::Hwk, Amr::User] } else { &[Amr::Hwk] })
    }

    /// Signed in by a certificate.
    #[must_use]
    pub fn certificate() -> Self {
        Self::sign_in(&[Amr::Sc])
    }

    /// Signed in by the approval of another device, where these methods were shown at that time. The login clock of this
    /// device is that of the other: nothing was shown since.
    #[must_use]
    pub fn approved(methods: &[Amr], at: Timestamp) -> Self {
        Self { at: Some(at), ..Self::sign_in(&carried(methods)) }
    }

    /// Signed in at another node by these methods at that time, as strongly as it says and no more.
    #[must_use]
    pub fn elsewhere(methods: &[Amr], at: Timestamp, level: i32) -> Self {
        Self { at: Some(at), ceiling: Some(level), ..Self::sign_in(methods) }
    }

    /// The same, for no more than `ceiling`.
    #[must_use]
    pub fn bounded(mut self, ceiling: Option<i32>) -> Self {
        self.ceiling = match (self.ceiling, ceiling) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self
    }

    /// What it can reach at most, when that is not for the methods to say.
    #[must_use]
    pub const fn ceiling(&self) -> Option<i32> {
        self.ceiling
    }

    /// A further factor on top of what was shown before. It is no sign-in by itself: the login clock does not turn.
    #[must_use]
    pub fn further(methods: &[Amr]) -> Self {
        Self { methods: methods.to_vec(), sign_in: false, at: None, ceiling: None }
    }

    /// This event and what was shown just before it, as one.
    #[must_use]
    pub fn after(mut self, earlier: &[Amr]) -> Self {
        let mut all = earlier.to_vec();
        all.extend(self.methods.iter().copied().filter(|method| !earlier.contains(method)));
        self.methods = all;
        self
    }

    /// Signed in by methods that were shown one after the other, the first of which is a sign-in.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { sign_in: true, ..self }
    }

    /// Whether this is a sign-in: it renews the login clock (`auth_time`).
    #[must_use]
    pub const fn is_sign_in(&self) -> bool {
        self.sign_in
    }

    /// When it happened, seen from now.
    #[must_use]
    pub fn time(&self, now: Timestamp) -> Timestamp {
        self.at.map_or(now, |at| at.min(now))
    }

    /// The methods.
    #[must_use]
    pub fn methods(&self) -> &[Amr] {
        &self.methods
    }

    /// The methods' names.
    #[must_use]
    pub fn amr(&self) -> Vec<String> {
        self.methods.iter().map(|method| method.as_str().to_owned()).collect()
    }

    /// How strong it is; a further factor alone is as strong as a sign-in by it would be.
    #[must_use]
    pub fn strength(&self) -> Option<LoginStrength> {
        strength(&self.methods)
    }

    /// The level that `acr` can reach by this login, 0 to 4.
    #[must_use]
    pub fn cap(&self) -> i32 {
        let by_methods = cap(&self.methods);
        self.ceiling.map_or(by_methods, |ceiling| ceiling.min(by_methods))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_methods_add_up_to() {
        use Amr::{Face, Hwk, Otp, Pwd, Sc, Sms, User};
        let table: [(&[Amr], Option<LoginStrength>, i32); 13] = [
            (&[], None, 0),
            (&[User], None, 0),
            (&[Pwd], Some(LoginStrength::Password), 2),
            (&[Sms], Some(LoginStrength::SmsCode), 2),
            (&[Otp], Some(LoginStrength::SmsCode), 2),
            (&[Sms, Otp], Some(LoginStrength::SmsCode), 2),
            (&[Pwd, Otp], Some(LoginStrength::TwoFactors), 3),
            (&[Sms, Pwd], Some(LoginStrength::TwoFactors), 3),
            (&[Sms, Face], Some(LoginStrength::TwoFactors), 3),
            (&[Hwk], Some(LoginStrength::Passkey), 3),
            (&[Pwd, User], Some(LoginStrength::Password), 2),
            (&[Hwk, User], Some(LoginStrength::VerifiedPasskey), 4),
            (&[Pwd, Sc], Some(LoginStrength::Certificate), 4),
        ];
        for (methods, strength_of_all, level) in table {
            assert_eq!((strength(methods), cap(methods)), (strength_of_all, level), "{methods:?}");
            let mut turned = methods.to_vec();
            turned.reverse();
            assert_eq!(strength(&turned), strength_of_all, "{turned:?}");
        }
    }

    #[test]
    fn a_further_factor_adds_and_is_no_sign_in() {
        let event = AuthEvent::further(&[Amr::Otp]).after(&[Amr::Pwd, Amr::Otp]);
        assert_eq!(event.amr(), ["pwd", "otp"]);
        assert_eq!((event.cap(), event.is_sign_in()), (3, false));
        assert!(event.whole().is_sign_in());
        assert_eq!(AuthEvent::passkey(true).cap(), 4);
        assert_eq!(AuthEvent::passkey(false).cap(), 3);
    }

    #[test]
    fn what_another_device_has_shown_counts_for_no_more_than_there_and_never_for_the_highest_level() {
        for bits in 0_u32..1 << Amr::ALL.len() {
            let shown: Vec<Amr> = (0..Amr::ALL.len()).filter(|at| bits >> at & 1 == 1).map(|at| Amr::ALL[at]).collect();
            let event = AuthEvent::approved(&shown, Timestamp(5));
            assert_eq!(event.cap(), cap(&shown).min(3), "{shown:?}");
            // Nor does an approval of an approval.
            assert_eq!(AuthEvent::approved(event.methods(), Timestamp(5)).cap(), event.cap());
            // A code of an app on this device adds what it would add there, and no user is verified by it.
            assert!(AuthEvent::further(&[Amr::Otp]).after(event.methods()).cap() <= 3, "{shown:?}");
        }
        let here = AuthEvent::passkey(true).after(AuthEvent::approved(&[Amr::Pwd], Timestamp(5)).methods());
        assert_eq!(here.cap(), 4, "what is shown here counts in full");
        assert_eq!(AuthEvent::approved(&[Amr::Pwd], Timestamp(5)).time(Timestamp(9)), Timestamp(5));
        assert_eq!(AuthEvent::password().time(Timestamp(9)), Timestamp(9));
    }

    #[test]
    fn what_the_node_above_allows_is_the_most_whatever_is_added() {
        let above = AuthEvent::elsewhere(&[Amr::Pwd, Amr::Otp], Timestamp(5), 2);
        assert_eq!((above.cap(), above.time(Timestamp(9))), (2, Timestamp(5)));
        let more = AuthEvent::further(&[Amr::Otp]).after(above.methods()).bounded(above.ceiling());
        assert_eq!(more.cap(), 2);
        // Nor is a method worth more here than it is.
        assert_eq!(AuthEvent::elsewhere(&[Amr::Pwd], Timestamp(5), 4).cap(), 2);
        assert_eq!(AuthEvent::elsewhere(&[], Timestamp(5), 4).cap(), 0);
    }

    #[test]
    fn names_are_read_back() {
        for method in Amr::ALL {
            assert_eq!(Amr::parse(method.as_str()), Some(method));
        }
        assert_eq!(Amr::parse("mfa"), None);
    }
}
