//! Consent (授权确认).

use askama::Template;
use askama::filters::Safe;

use super::{Asking, Interaction, Level, claim};
use crate::base::Timestamp;
use crate::http::pages::{Lang, PageContext, paths};

/// The consent page. `#consent-form` posts `decision=accept` or `deny`, and one `sensitive=<claim>` for every box ticked.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/consent.html")]
pub struct ConsentPage {
    /// The page's surroundings.
    pub ctx: PageContext,
    /// The hidden fields.
    pub form: Interaction,
    /// Who wants the information.
    pub asking: Asking,
    /// What for, in the service's own words; shown as its statement.
    pub purpose: String,
    /// The person, masked.
    pub person: String,
    /// What is given when she accepts.
    pub items: Vec<ConsentItem>,
    /// What she may give or keep, item by item.
    pub sensitive: Vec<SensitiveItem>,
    /// Whether the service also wants to act while she is away (`offline_access`).
    pub offline: bool,
}

/// A piece of information that is not sensitive.
#[derive(Clone, Debug)]
pub struct ConsentItem {
    /// The claim or scope: `name`, `phone_number`, …
    pub claim: String,
    /// The value, masked; empty when there is none to show.
    pub masked: String,
    /// What the service says it needs it for; may be empty.
    pub why: String,
    /// How surely the value is known, and since when; for the real name.
    pub proof: Option<(Level, Timestamp)>,
}

/// Sensitive personal information (敏感个人信息): a box of its own, never ticked beforehand.
#[derive(Clone, Debug)]
pub struct SensitiveItem {
    /// The claim: `identity_document`, `face`. Posted as the value of `sensitive`.
    pub claim: String,
    /// The value, masked; empty when there is none to show.
    pub masked: String,
    /// What the service says it needs it for; may be empty.
    pub why: String,
    /// Whether the service cannot go on without it.
    pub essential: bool,
}

impl ConsentPage {
    /// Everything that the page asks to agree to, in its language and without the person's own values: of this a hash is
    /// kept with the consent.
    #[must_use]
    pub fn words(&self) -> String {
        let ctx = &self.ctx;
        let mut words = vec![ctx.say("consent-headline").with("service", &self.asking.name).plain()];
        if !self.purpose.is_empty() {
            words.push(ctx.say("consent-purpose").with("purpose", &self.purpose).plain());
        }
        words.extend([ctx.t("consent-withdraw"), ctx.t("consent-given")]);
        words.extend(self.items.iter().map(|item| format!("{}\t{}", self.label(&item.claim), item.why)));
        if self.offline {
            words.extend([ctx.t("consent-offline"), ctx.t("consent-offline-what")]);
        }
        for item in &self.sensitive {
            let needed = ctx.t(if item.essential { "consent-essential" } else { "consent-optional" });
            words.push(format!("{}\t{}\t{}\t{needed}", ctx.t("consent-sensitive"), self.label(&item.claim), item.why));
        }
        words.push(ctx.t("consent-accept"));
        words.join("\n")
    }

    /// The name of a claim in the page's language; the claim itself when it has none.
    #[must_use]
    pub fn label(&self, claim: &str) -> String {
        claim::name(&self.ctx, claim)
    }

    /// The value and the reason in one line, either of which may be missing.
    #[must_use]
    pub fn detail(&self, masked: &str, why: &str) -> Safe<String> {
        match (masked.is_empty(), why.is_empty()) {
            (false, false) => self.ctx.say("consent-value-why").with("value", masked).with("why", why).html(),
            (false, true) => self.ctx.say("consent-value").with("value", masked).html(),
            (true, false) => self.ctx.say("consent-why").with("why", why).html(),
            (true, true) => Safe(String::new()),
        }
    }

    /// A sample.
    #[must_use]
    pub fn sample(lang: Lang) -> Self {
        let ctx = PageContext { here: paths::CONSENT.to_owned(), ..PageContext::sample_signed_in(lang) };
        let item = |claim: &str, masked: &str, why: &str, proof| ConsentItem {
            claim: claim.to_owned(),
            masked: masked.to_owned(),
            why: why.to_owned(),
            proof,
        };
        Self {
            form: Interaction::sample(),
            asking: Asking::sample(lang),
            purpose: lang.pick("在线申领与核验电子证照", "Applying for and checking electronic licences").to_owned(),
            person: "*明".to_owned(),
            items: vec![
                item(
                    "name",
                    "*明",
                    lang.pick("在证照上显示持证人", "to show the holder on the licence"),
                    Some((Level::L2, ctx.now)),
                ),
                item("phone_number", "138****5021", lang.pick("办理结果通知", "to send you the result"), None),
            ],
            sensitive: vec![SensitiveItem {
                claim: "identity_document".to_owned(),
                masked: "1****************5".to_owned(),
                why: lang.pick("匹配您名下的证照", "to find the licences held in your name").to_owned(),
                essential: false,
            }],
            offline: false,
            ctx,
        }
    }

    /// A sample with an essential item, a claim without a name of its own, and offline access.
    #[must_use]
    pub fn sample_demanding(lang: Lang) -> Self {
        let mut page = Self::sample(lang);
        page.offline = true;
        for item in &mut page.sensitive {
            item.essential = true;
        }
        page.sensitive.push(SensitiveItem {
            claim: "face".to_owned(),
            masked: String::new(),
            why: String::new(),
            essential: false,
        });
        page.items.push(ConsentItem {
            claim: "seal_permit".to_owned(),
            masked: String::new(),
            why: String::new(),
            proof: None,
        });
        page
    }
}
