//! How a person authenticated: methods (RFC 8176 `amr`), and the strength they add up to.

use crate::realname::LoginStrength;

/// A method of authentication, by its RFC 8176 name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amr {
    /// A password.
    Pwd,
}

impl Amr {
    /// The registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pwd => "pwd",
        }
    }
}

/// One act of authentication: the methods that were used together.
#[derive(Clone, Debug)]
pub struct AuthEvent {
    methods: Vec<Amr>,
    strength: LoginStrength,
}

impl AuthEvent {
    /// By password alone.
    #[must_use]
    pub fn password() -> Self {
        Self { methods: vec![Amr::Pwd], strength: LoginStrength::Password }
    }

    /// The methods' names.
    #[must_use]
    pub fn amr(&self) -> Vec<String> {
        self.methods.iter().map(|method| method.as_str().to_owned()).collect()
    }

    /// The level that `acr` can reach by this login, 0 to 4.
    #[must_use]
    pub fn cap(&self) -> i32 {
        i32::from(i16::from(self.strength.cap()))
    }
}
