//! Choice of account (`prompt=select_account`), and as whom one is at a service that serves companies.

use askama::Template;

use super::company::role_key;
use super::{Asking, Interaction, Level};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The choice. `#identity-form` posts `identity=<value>`; `#select-form` posts `account=<value>`, or `account=another` to sign
/// in as somebody else.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/select_account.html")]
pub struct SelectAccountPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who asks.
    pub asking: Option<Asking>,
    /// What may be chosen.
    pub accounts: Vec<AccountChoice>,
    /// As whom the person may be here; none where the service serves people only.
    pub identities: Option<Vec<IdentityChoice>>,
    /// Whether what was chosen before cannot be chosen (any more).
    pub gone: bool,
    /// Where the person chooses among the companies that are registered at the node above, where they may.
    pub above: Option<AboveCompanies>,
}

/// The companies that are registered at the node above (`#identity-above`).
#[derive(Clone, Debug)]
pub struct AboveCompanies {
    /// What people call an account there.
    pub name: String,
    /// The address that leads there.
    pub href: String,
}

/// One identity.
#[derive(Clone, Debug)]
pub struct IdentityChoice {
    /// What is posted as `identity`; opaque here, checked again by whoever receives it.
    pub value: String,
    /// The company; none: the person themselves.
    pub company: Option<CompanyChoice>,
}

/// A company that may be acted for.
#[derive(Clone, Debug)]
pub struct CompanyChoice {
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// Whether the person is its legal representative.
    pub representative: bool,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Whether the person prefers it.
    pub preferred: bool,
    /// Who vouches for it, where that is the node above.
    pub told_by: Option<String>,
}

/// One account.
#[derive(Clone, Debug)]
pub struct AccountChoice {
    /// What is posted as `account`; opaque here, checked again by whoever receives it.
    pub value: String,
    /// The masked name, or the user name of somebody without a verified name.
    pub name: String,
    /// The level reached.
    pub level: Level,
    /// When this browser signed in.
    pub since: Timestamp,
}

impl SelectAccountPage {
    fn title(&self) -> String {
        self.ctx.t(if self.identities.is_some() { "identity-title" } else { "select-title" })
    }

    fn role(&self, company: &CompanyChoice) -> String {
        self.ctx.t(role_key(company.representative))
    }

    fn told_by(&self, name: &str) -> askama::filters::Safe<String> {
        self.ctx.say("identity-told-by").with("name", name).html()
    }

    fn above_text(&self, above: &AboveCompanies) -> askama::filters::Safe<String> {
        self.ctx.say("identity-above").with("name", above.name.as_str()).html()
    }

    fn oneself(&self) -> askama::filters::Safe<String> {
        let person = self.accounts.first().map(|account| account.name.as_str()).unwrap_or_default();
        self.ctx.say("identity-oneself-what").with("person", person).html()
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::SELECT_ACCOUNT.to_owned(), ..PageContext::sample_signed_in(lang) };
        Self {
            form: Interaction::sample(),
            asking: Some(Asking::sample(lang)),
            accounts: vec![AccountChoice {
                value: "current".to_owned(),
                name: "*明".to_owned(),
                level: Level::L2,
                since: ctx.now,
            }],
            identities: None,
            gone: false,
            above: None,
            ctx,
        }
    }

    /// A sample with companies.
    #[must_use]
    pub fn sample_companies(lang: Lang) -> Self {
        let page = Self::sample(lang);
        let company = |name: &str, code: &str, representative, until| CompanyChoice {
            name: name.to_owned(),
            code: code.to_owned(),
            representative,
            until,
            preferred: representative,
            told_by: None,
        };
        let of = |value: &str, company| IdentityChoice { value: value.to_owned(), company };
        let until = Some(Timestamp(page.ctx.now.0 + 90 * 86_400_000));
        let trade =
            company(lang.pick("海城虎符商贸有限公司", "Haicheng Tally Trading Ltd."), "91350100M000100Y43", true, None);
        let agency =
            company(lang.pick("海城代理服务中心", "Haicheng Agency Centre"), "12441500196720244T", false, until);
        Self {
            identities: Some(vec![of("c1", Some(trade)), of("self", None), of("c2", Some(agency))]),
            gone: true,
            ..page
        }
    }

    /// A sample of somebody who has come from the node above.
    #[must_use]
    pub fn sample_above(lang: Lang) -> Self {
        let page = Self::sample_companies(lang);
        let name = lang.pick("国家政务服务平台账号", "national platform account").to_owned();
        let carried = |mut choice: IdentityChoice| {
            if let Some(company) = choice.company.as_mut().filter(|company| !company.representative) {
                company.told_by = Some(name.clone());
            }
            choice
        };
        Self {
            identities: page.identities.clone().map(|all| all.into_iter().map(carried).collect()),
            gone: false,
            above: Some(AboveCompanies { href: format!("{}?why=company", paths::ABOVE), name }),
            ..page
        }
    }

    /// A sample of somebody who may act for nobody.
    #[must_use]
    pub fn sample_no_company(lang: Lang) -> Self {
        Self { identities: Some(Vec::new()), ..Self::sample(lang) }
    }
}
