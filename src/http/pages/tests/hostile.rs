//! Names made to break out: every text of every view is replaced by one, and the page must keep its exact structure.

use askama::Template;

use super::markup::{self, Tag};
use crate::http::pages::view::real_name::RealNameState;
use crate::http::pages::view::scan::{ApproveState, ScanState};
use crate::http::pages::view::sign_in::OtherWays;
use crate::http::pages::view::{
    AccountPage, Asking, BusyPage, ConsentPage, ErrorPage, ExpiredPage, FormPostPage, HomePage, Interaction, LegalPage,
    Level, LogoutPage, LogoutResultPage, PasskeyAsk, PasskeySetupPage, PasskeySignInPage, PasswordPage, RealNamePage,
    RegisterPage, ScanApprovePage, ScanPage, SelectAccountPage, SignInPage, WayBack, WebAddress,
};
use crate::http::pages::{Lang, PageContext};

const HARMLESS: &str = "harmless";

const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></textarea></style><svg onload=alert(1)>",
    "\u{202e}gnirts desrever\u{2066}\u{2069}\u{2069}",
    "&lt;b&gt;&quot;&#60;script>",
    "{{ ctx.nonce }}{% include \"x\" %}\u{2068}{ $service }\u{2069}",
    "مەھەممەت <b> ئېلى",
];

/// Fills samples: every text becomes `text`, every address below the node `/text`, and `ctx` changes the surroundings.
struct Fill<'a> {
    text: &'a str,
    ctx: &'a dyn Fn(&mut PageContext),
}

/// Applies the change of surroundings and renders; named by the variable.
macro_rules! rendered {
    ($fill:expr, $($page:ident),+) => {vec![$({
        ($fill.ctx)(&mut $page.ctx);
        (stringify!($page), $page.render().unwrap())
    }),+]};
}

type Rendered = Vec<(&'static str, String)>;

impl Fill<'_> {
    fn t(&self) -> String {
        self.text.to_owned()
    }

    fn way(&self) -> Option<String> {
        Some(format!("/{}", self.text))
    }

    fn web(&self) -> WebAddress {
        WebAddress::new(&format!("https://example.test/{}", self.text)).unwrap()
    }

    fn form(&self) -> Interaction {
        Interaction { flow: self.t(), csrf: self.t() }
    }

    fn asking(&self) -> Option<Asking> {
        Some(Asking { name: self.t(), logo: self.way(), ..Asking::sample(Lang::ZhCn) })
    }

    fn back(&self) -> Option<WayBack> {
        Some(WayBack { name: self.t(), href: self.web() })
    }

    fn way_in(&self) -> Rendered {
        let way = || self.way();
        let ways = OtherWays { business: way(), passkey: way(), sms: way(), scan: way(), recovery: way() };
        let (form, asking) = (self.form(), self.asking());
        let mut sign_in = SignInPage { form, asking, ways, username: self.t(), ..SignInPage::sample_full(Lang::ZhCn) };
        let mut register = RegisterPage::sample_refused(Lang::ZhCn);
        (register.form, register.asking) = (self.form(), self.asking());
        (register.username, register.mobile) = (self.t(), self.t());
        let mut select = SelectAccountPage::sample(Lang::ZhCn);
        (select.form, select.asking) = (self.form(), self.asking());
        for choice in &mut select.accounts {
            (choice.value, choice.name) = (self.t(), self.t());
        }
        let mut form_post = FormPostPage::sample(Lang::ZhCn);
        form_post.action = format!("https://example.test/{}", self.text);
        (form_post.service, form_post.fields) = (self.t(), vec![(self.t(), self.t())]);
        rendered!(self, sign_in, register, select, form_post)
    }

    fn ask(&self) -> PasskeyAsk {
        PasskeyAsk { options: self.t(), sealed: self.t(), life: 540 }
    }

    fn keys_and_codes(&self) -> Rendered {
        let mut passkey = PasskeySignInPage::sample_wrong(Lang::ZhCn);
        (passkey.form, passkey.asking, passkey.ask) = (self.form(), self.asking(), self.ask());
        let mut setup = PasskeySetupPage::sample(Lang::ZhCn);
        (setup.csrf, setup.called, setup.ask) = (self.t(), self.t(), self.ask());
        let mut scan = ScanPage::sample(Lang::ZhCn);
        (scan.form, scan.asking, scan.scan) = (self.form(), self.asking(), self.t());
        if let ScanState::Waiting { address, .. } = &mut scan.state {
            *address = self.t();
        }
        let mut approved = ScanPage { state: ScanState::Approved { name: self.t() }, ..scan.clone() };
        let mut phone = ScanApprovePage::sample(Lang::ZhCn);
        phone.csrf = self.t();
        if let ApproveState::Asked(asked) = &mut phone.state {
            (asked.code, asked.service) = (self.t(), Some(self.t()));
            (asked.device, asked.address) = (self.t(), self.t());
        }
        rendered!(self, passkey, setup, scan, approved, phone)
    }

    fn proof_and_consent(&self) -> Rendered {
        let mut real_name = RealNamePage::sample_in(Lang::ZhCn, RealNameState::Unavailable);
        (real_name.form, real_name.asking, real_name.authority) = (self.form(), self.asking(), self.t());
        (real_name.typed.name, real_name.typed.document_number, real_name.may_skip) = (self.t(), self.t(), true);
        (real_name.typed.mobile, real_name.typed.bank_card, real_name.outage) = (self.t(), self.t(), Some(self.t()));
        real_name.choice.way = crate::realname::VerificationMethod::FourItems;
        let mut matched = real_name.clone();
        matched.state = RealNameState::Matched {
            level: Level::L2,
            at: matched.ctx.now,
            masked_name: self.t(),
            masked_number: self.t(),
        };
        let mut consent = ConsentPage::sample_demanding(Lang::ZhCn);
        (consent.form, consent.asking.name) = (self.form(), self.t());
        (consent.purpose, consent.person) = (self.t(), self.t());
        for item in &mut consent.items {
            (item.claim, item.masked, item.why) = (self.t(), self.t(), self.t());
        }
        for item in &mut consent.sensitive {
            (item.claim, item.masked, item.why) = (self.t(), self.t(), self.t());
        }
        rendered!(self, real_name, matched, consent)
    }

    fn account(&self) -> Rendered {
        let mut account = AccountPage::sample(Lang::ZhCn);
        (account.csrf, account.username, account.mobile) = (self.t(), self.t(), self.t());
        let verified = account.real_name.as_mut().unwrap();
        (verified.masked_name, verified.masked_number, verified.authority) = (self.t(), self.t(), self.t());
        for session in &mut account.sessions {
            (session.id, session.device, session.address) = (self.t(), self.t(), self.t());
            session.services = vec![self.t(), self.t()];
        }
        for grant in &mut account.services {
            (grant.client_id, grant.name, grant.purpose) = (self.t(), self.t(), self.t());
            grant.claims = vec![(self.t(), self.t())];
        }
        for line in &mut account.logouts {
            line.href = format!("/{}", self.text);
            line.services.iter_mut().for_each(|row| row.service = self.t());
        }
        let mut password = PasswordPage::sample_refused(Lang::ZhCn);
        (password.csrf, password.username) = (self.t(), self.t());
        rendered!(self, account, password)
    }

    fn way_out(&self) -> Rendered {
        let mut logout = LogoutPage::sample(Lang::ZhCn);
        (logout.form, logout.asking) = (self.form(), Some(self.t()));
        for line in &mut logout.services {
            (line.name, line.platform) = (self.t(), self.t());
        }
        let mut result = LogoutResultPage { back: self.back(), ..LogoutResultPage::sample(Lang::ZhCn) };
        for row in &mut result.rows {
            (row.service, row.platform) = (self.t(), self.t());
        }
        rendered!(self, logout, result)
    }

    fn others(&self) -> Rendered {
        let mut error = ErrorPage::sample(Lang::ZhCn);
        (error.code, error.reference, error.detail, error.back) = (self.t(), self.t(), Some(self.t()), self.back());
        let mut expired = ExpiredPage { back: self.back(), ..ExpiredPage::sample(Lang::ZhCn) };
        let mut busy = BusyPage { reference: self.t(), ..BusyPage::sample(Lang::ZhCn) };
        let mut home = HomePage::sample(Lang::ZhCn);
        for card in &mut home.services {
            (card.name, card.about, card.href) = (self.t(), self.t(), self.web());
        }
        let mut legal = LegalPage::sample(Lang::ZhCn);
        rendered!(self, error, expired, busy, home, legal)
    }
}

/// Every view of the node, filled.
fn pages(text: &str, ctx: &dyn Fn(&mut PageContext)) -> Rendered {
    let fill = Fill { text, ctx };
    [fill.way_in(), fill.keys_and_codes(), fill.proof_and_consent(), fill.account(), fill.way_out(), fill.others()]
        .concat()
}

fn hostile_surroundings(text: &str) -> impl Fn(&mut PageContext) + '_ {
    move |ctx| {
        ctx.node_name = text.to_owned();
        ctx.here = format!("/{text}");
        ctx.person = Some(text.to_owned());
    }
}

/// Elements and the names of their attributes: what a value must never change.
fn structure(tags: &[Tag]) -> Vec<(String, Vec<String>)> {
    tags.iter().map(|tag| (tag.name.clone(), tag.attributes.keys().cloned().collect())).collect()
}

#[test]
fn a_hostile_name_is_only_ever_text() {
    let harmless = pages(HARMLESS, &hostile_surroundings(HARMLESS));
    for name in HOSTILE {
        for ((page, html), (_, calm)) in pages(name, &hostile_surroundings(name)).iter().zip(&harmless) {
            assert_eq!(structure(&markup::tags(html)), structure(&markup::tags(calm)), "{page} with {name:?}");
            assert!(!html.contains("<script>"), "{page} with {name:?}");
        }
    }
}

#[test]
fn a_name_cannot_turn_the_direction_of_the_words_around_it() {
    for (page, html) in pages(HOSTILE[4], &hostile_surroundings(HOSTILE[4])) {
        assert!(!html.contains(['\u{202e}', '\u{2066}', '\u{2069}']), "{page}");
    }
    let html = SignInPage {
        asking: Some(Asking { name: HOSTILE[7].to_owned(), logo: None, required: None, policy: None, terms: None }),
        ..SignInPage::sample(Lang::ZhCn)
    }
    .render()
    .unwrap();
    assert!(html.contains("<bdi>مەھەممەت &lt;b&gt; ئېلى</bdi> 请求您登录"));
}

#[test]
fn every_address_of_the_node_lies_under_its_base_path() {
    for (page, html) in pages(HARMLESS, &|ctx: &mut PageContext| ctx.base = "/sso".to_owned()) {
        for tag in markup::tags(&html) {
            for attribute in ["href", "src", "action"] {
                let Some(address) = tag.get(attribute) else { continue };
                let elsewhere = address.starts_with("https://example.test/") || address.starts_with('#');
                assert!(elsewhere || address.starts_with("/sso/"), "{page}: {attribute}={address}");
            }
        }
    }
}
