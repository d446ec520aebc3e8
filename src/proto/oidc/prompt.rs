//! `prompt` (OIDC Core §3.1.2.1; `create`: Initiating User Registration 1.0).

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Show no page.
    None,
    /// Ask to sign in again.
    Login,
    /// Ask for consent again.
    Consent,
    /// Let the person choose an account.
    SelectAccount,
    /// Let the person register.
    Create,
}

impl Prompt {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "none" => Self::None,
            "login" => Self::Login,
            "consent" => Self::Consent,
            "select_account" => Self::SelectAccount,
            "create" => Self::Create,
            _ => return None,
        })
    }
}

/// The values of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompts(Vec<Prompt>);

impl Prompts {
    /// Parses a `prompt` parameter; `None` when a value is unknown, or `none` stands beside another.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all: Option<Vec<Prompt>> = text.split(' ').filter(|item| !item.is_empty()).map(Prompt::parse).collect();
        let all = all?;
        let alone = !all.contains(&Prompt::None) || all.iter().all(|prompt| *prompt == Prompt::None);
        alone.then_some(Self(all))
    }

    /// Whether this value is there.
    #[must_use]
    pub fn contains(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }

    /// Whether no page may be shown.
    #[must_use]
    pub fn none(&self) -> bool {
        self.contains(Prompt::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_stands_alone() {
        assert!(Prompts::parse("none").unwrap().none());
        assert_eq!(Prompts::parse("none login"), None);
        assert_eq!(Prompts::parse("sing"), None);
        let both = Prompts::parse("login consent").unwrap();
        assert!(both.contains(Prompt::Login) && both.contains(Prompt::Consent) && !both.none());
    }
}
