//! What forms have in common: the hidden fields, and problems beside their fields.

use crate::http::pages::{PageContext, paths};

/// The hidden fields of a form.
#[derive(Clone, Debug)]
pub struct Interaction {
    /// The sealed state of the flow that this form belongs to; opaque here, posted back as `flow`. Empty outside of a flow.
    pub flow: String,
    /// The token against forged posts, posted back as `csrf`.
    pub csrf: String,
}

impl Interaction {
    /// Hidden fields for a sample page.
    #[must_use]
    pub fn sample() -> Self {
        Self { flow: "c2VhbGVkLWZsb3c".to_owned(), csrf: "Y3NyZi10b2tlbg".to_owned() }
    }

    /// Whether the form is a step on the way to a service.
    #[must_use]
    pub fn in_flow(&self) -> bool {
        !self.flow.is_empty()
    }

    /// The sign-in page with the other ways, on with the same flow.
    #[must_use]
    pub fn by_password(&self) -> String {
        if self.in_flow() { format!("{}?flow={}", paths::SIGN_IN, self.flow) } else { paths::SIGN_IN.to_owned() }
    }
}

/// One thing to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name (and id) of the field; empty when it concerns the whole form.
    pub field: &'static str,
    /// What is wrong and what to do, in the page's language.
    pub text: String,
}

/// Everything to put right on a page: listed at its top, and said again beside each field.
#[derive(Clone, Debug, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Problems in the order of the fields.
    pub fn new(found: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(found.into_iter().map(|(field, text)| Problem { field, text }).collect())
    }

    /// Whether there is anything to put right.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether no field is to blame: the person cannot put it right, only wait or ask.
    #[must_use]
    pub fn blameless(&self) -> bool {
        self.0.iter().all(|problem| problem.field.is_empty())
    }

    /// What is wrong with the field called `name`.
    #[must_use]
    pub fn on(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.field == name).map(|problem| problem.text.as_str())
    }
}

/// What is told about a new password before it is chosen.
#[derive(Clone, Copy, Debug)]
pub struct PasswordRule {
    /// The fewest characters.
    pub shortest: u64,
    /// The most characters.
    pub longest: u64,
}

impl PasswordRule {
    /// The rule in words, for the hint under a new password.
    #[must_use]
    pub fn hint(&self, ctx: &PageContext) -> String {
        ctx.say("password-rule").count("shortest", &self.shortest).plain()
    }

    /// The rule of a sample page.
    #[must_use]
    pub const fn sample() -> Self {
        Self { shortest: 8, longest: 128 }
    }
}

/// Why a new password was not accepted; the same at registration and at a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordProblem {
    /// Nothing was typed.
    Missing,
    /// Too few characters.
    Short,
    /// Too many characters.
    Long,
    /// On the list of passwords that everybody tries.
    Common,
    /// One of those that the account had before.
    Used,
    /// It contains the user name or the mobile number.
    Personal,
    /// Not enough kinds of characters.
    Simple,
    /// The two entries differ.
    Differs,
}

impl PasswordProblem {
    /// The field it stands beside, and the words.
    #[must_use]
    pub fn told(self, ctx: &PageContext, rule: PasswordRule) -> (&'static str, String) {
        match self {
            Self::Missing => ("password", ctx.t("password-missing")),
            Self::Short => ("password", ctx.say("password-short").count("shortest", &rule.shortest).plain()),
            Self::Long => ("password", ctx.say("password-long").count("longest", &rule.longest).plain()),
            Self::Common => ("password", ctx.t("password-common")),
            Self::Used => ("password", ctx.t("password-used")),
            Self::Personal => ("password", ctx.t("password-personal")),
            Self::Simple => ("password", ctx.t("password-simple")),
            Self::Differs => ("password_again", ctx.t("password-differs")),
        }
    }
}
