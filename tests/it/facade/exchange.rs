//! The session exchange: in by `oauth2/authorize`, a code for a token or for a session, the session again by its `sid`.

use axum::http::{HeaderName, Method, header};
use hufu::accounts::AccountState;
use hufu::base::encoding::{hex, sha256};
use serde_json::{Value, json};

use super::stage::{ON, Stage, sign};
use crate::support::span::{minutes, seconds};
use crate::support::{Answer, Client, Landed, TestNode};

const TOKEN: &str = "/tif/sso/connect/page/oauth2/access_token";
const INFO: &str = "/tif/sso/connect/page/oauth2/tokeninfo";
const CODE: &str = "/tif/sso/connect/codetosession";
const SID: &str = "/tif/sso/connect/sidtosession";

/// The four headers of a call: party, timestamp, nonce, signature.
type Headers = [String; 4];

impl Stage {
    /// With a service of the session exchange.
    async fn exchanging(members: Value) -> Self {
        let mut all = json!({"facade": "session_exchange", "scope": "openid profile realname phone"});
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        Self::with(all).await
    }

    fn authorize(&self) -> String {
        format!(
            "/tif/sso/connect/page/oauth2/authorize?service=initService&response_type=code&client_id={}&scope=all\
             &redirect_uri=https%3A%2F%2Ftickets.example%2Fcallback&state=s1",
            self.service.id
        )
    }

    async fn code(&mut self) -> String {
        self.arrive(&self.authorize()).await.code().to_owned()
    }

    /// Signed as it should be, with a nonce of this name.
    fn tif(&self, service: &Client, (method, path, body): (&str, &str, &str), nonce: &str) -> Headers {
        let timestamp = self.node.now().to_string();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let digest = hex(&sha256(body.as_bytes()));
        let text = format!("{timestamp}\n{nonce}\n{method}\n{path}\n{query}\n{digest}");
        let signature = hex(&sign(&service.secret, &text)).to_ascii_uppercase();
        [service.id.clone(), timestamp, nonce.to_owned(), signature]
    }

    async fn send(&self, (method, path, body): (&str, &str, &str), headers: &Headers) -> Answer {
        const NAMES: [&str; 4] = ["x-tif-paasid", "x-tif-timestamp", "x-tif-nonce", "x-tif-signature"];
        let mut all = vec![(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
        all.extend(NAMES.iter().zip(headers).map(|(name, value)| (HeaderName::from_static(name), value.as_str())));
        self.node.call(method.parse::<Method>().unwrap(), path, &all, body).await
    }

    async fn call_as(&self, service: &Client, call: (&str, &str, &str)) -> Value {
        let nonce = self.node.app.random.short_token();
        let answer = self.send(call, &self.tif(service, call, &nonce)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    async fn call(&self, call: (&str, &str, &str)) -> Value {
        self.call_as(&self.service, call).await
    }

    async fn redeem(&self, code: &str) -> Value {
        let body = format!(
            "grant_type=authorization_code&client_id={}&redirect_uri=https%3A%2F%2Ftickets.example%2Fcallback&code={code}",
            self.service.id
        );
        self.call(("POST", TOKEN, &body)).await
    }

    async fn info(&self, token: &str) -> Value {
        self.call(("GET", &format!("{INFO}?access_token={token}"), "")).await
    }

    async fn session(&mut self) -> Value {
        let code = self.code().await;
        let answer = self.call(("POST", CODE, &format!("code={code}"))).await;
        assert_eq!(answer["errcode"], 0, "{answer}");
        answer["data"].clone()
    }

    async fn again(&self, sid: &str) -> Value {
        self.call(("POST", SID, &format!("sid={sid}"))).await
    }
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

#[tokio::test]
async fn a_person_signs_in_and_the_service_knows_them_by_code_and_token() {
    let mut stage = Stage::exchanging(json!({})).await;
    let back = stage.arrive(&stage.authorize()).await;
    assert_eq!((back.get("state"), back.params.get("iss")), ("s1", None));
    let answer = stage.redeem(back.code()).await;
    assert_eq!((&answer["errcode"], &answer["expires_in"]), (&json!(0), &json!(300)));
    let told = stage.info(text(&answer, "access_token")).await;
    assert_eq!(told["uid"], answer["uid"]);
    for (member, value) in [
        ("cn", stage.person.name.as_str()),
        ("usertype", "1"),
        ("is_real", "1"),
        ("creditable_level_of_account", "L2"),
        ("accout_type", "1"),
        ("idcardnumber", ""),
        ("telephonenumber", ""),
    ] {
        assert_eq!(told[member], value, "{member}");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_code_buys_a_session_that_is_had_again_by_its_sid() {
    let mut stage = Stage::exchanging(json!({})).await;
    let session = stage.session().await;
    let clocks = json!({"expire_time": 6000, "realname_expire_time": 300});
    assert_eq!(session["session_ctl"], clocks);
    for (member, value) in [
        ("name", json!(stage.person.name)),
        ("account", json!("wangming")),
        ("account_type", json!("human")),
        ("level", json!("L2")),
        ("login_type", json!("pwd")),
        ("cid", json!("")),
        ("face_time", json!(0)),
        ("realname_checked", json!(true)),
    ] {
        assert_eq!(session[member], value, "{member}");
    }
    assert!(text(&session, "star_name").contains('*'));
    let again = stage.again(text(&session, "sid")).await;
    assert_eq!(again["data"]["uid"], session["uid"]);
    // Known at one service, silently at the next: an app comes in with a code of its own.
    let next = stage.browser.get(&stage.authorize()).await.callback();
    assert!(!next.code().is_empty());
    stage.close().await;
}

#[tokio::test]
async fn two_clocks_run_apart() {
    let mut stage = Stage::exchanging(json!({})).await;
    let session = stage.session().await;
    let (sid, proven) = (text(&session, "sid").to_owned(), session["realname_time"].as_i64().unwrap());
    assert!(stage.node.now() - proven < 60);
    stage.node.pass(seconds(301));
    let later = stage.again(&sid).await["data"].clone();
    assert_eq!((&later["realname_checked"], &later["realname_time"]), (&json!(false), &json!(proven)));
    assert_eq!(later["session_ctl"], json!({"expire_time": 6000 - 301, "realname_expire_time": 300}));
    // Used, it goes on beyond what a session idles, and not beyond its own clock.
    for _ in 0..3 {
        stage.node.pass(minutes(25));
        assert_eq!(stage.again(&sid).await["errcode"], 0);
    }
    stage.node.app.sweeper.sweep().await.unwrap();
    assert_eq!(stage.again(&sid).await["errcode"], 0);
    stage.node.pass(minutes(20));
    assert_eq!(stage.again(&sid).await["errcode"], 40304);
    stage.close().await;
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_with_the_sign_in() {
    let mut stage = Stage::exchanging(json!({})).await;
    let session = stage.session().await;
    stage.node.pass(minutes(31));
    assert_eq!(stage.again(text(&session, "sid")).await["errcode"], 40304);
    stage.close().await;
}

#[tokio::test]
async fn a_logout_a_lock_and_a_suspension_end_token_and_session_at_once() {
    let mut stage = Stage::exchanging(json!({})).await;
    let (session, code) = (stage.session().await, stage.code().await);
    let token = stage.redeem(&code).await;
    let waiting = stage.code().await;
    stage.browser.sign_out().await;
    assert_eq!(stage.again(text(&session, "sid")).await["errcode"], 40304);
    assert_eq!(stage.info(text(&token, "access_token")).await["errcode"], 40304);
    assert_eq!(stage.redeem(&waiting).await["errcode"], 40302);
    stage.node.deliver().await;
    let notice = stage.node.sink.told_once("tickets");
    assert_eq!(notice.claims["sid"], session["session_id"], "it is told of the session by the name that it was given");

    let session = stage.session().await;
    stage.person.set_state(&stage.node, AccountState::Locked).await;
    assert_eq!(stage.again(text(&session, "sid")).await["errcode"], 40304);
    stage.node.app.logouts.suspend_client(&"tickets".into()).await.unwrap();
    assert_eq!(stage.again(text(&session, "sid")).await["errcode"], 40103);
    stage.close().await;
}

#[tokio::test]
async fn whoever_acts_for_a_company_is_told_as_the_company() {
    let mut stage = Stage::exchanging(json!({"subject": "either"})).await;
    let company = stage.node.company(&stage.person).await;
    let page = stage.browser.get(&stage.authorize()).await.page();
    let page = stage.browser.log_in(&page, &stage.person).await.page();
    let chosen = [("identity", company.id.as_str())];
    let back = stage.browser.submit(&page, "identity-form", &chosen).await.callback();
    let session = stage.call(("POST", CODE, &format!("code={}", back.code()))).await["data"].clone();
    for (member, value) in [
        ("account_type", "corp"),
        ("name", company.name.as_str()),
        ("cid", &company.code),
        ("ctype", "49"),
        ("mobile", ""),
    ] {
        assert_eq!(session[member], value, "{member}");
    }
    let code = stage.code().await;
    let token = stage.redeem(&code).await;
    assert_eq!(token["uid"], session["uid"], "the company is the same whoever acts for it");
    let told = stage.info(text(&token, "access_token")).await;
    for (member, value) in [
        ("usertype", "2"),
        ("cn", company.name.as_str()),
        ("idcardtype", "49"),
        ("idcardnumber", &company.code),
        ("link_person_name", &stage.person.name),
    ] {
        assert_eq!(told[member], value, "{member}");
    }
    stage.close().await;
}

#[tokio::test]
async fn codes_and_sessions_are_their_clients_own_and_codes_count_once() {
    let mut stage = Stage::exchanging(json!({})).await;
    let other = stage.node.client_with("other", json!({"facade": "session_exchange"})).await;
    let code = stage.code().await;
    let body = format!("code={code}");
    assert_eq!(stage.call_as(&other, ("POST", CODE, &body)).await["errcode"], 40303);
    assert_eq!(stage.call(("POST", CODE, "code=x")).await["errcode"], 40301);
    let wrong = format!("grant_type=authorization_code&redirect_uri=https%3A%2F%2Fevil.example%2F&code={code}");
    assert_eq!(stage.call(("POST", TOKEN, &wrong)).await["errcode"], 40001);
    let session = stage.call(("POST", CODE, &body)).await["data"].clone();
    let sid = text(&session, "sid").to_owned();
    assert_eq!(stage.call_as(&other, ("POST", SID, &format!("sid={sid}"))).await["errcode"], 40304);
    assert_eq!(stage.again(&sid).await["errcode"], 0);
    assert_eq!(stage.redeem(&code).await["errcode"], 40302);
    assert_eq!(stage.again(&sid).await["errcode"], 40304, "what a code bought that comes twice has ended");
    let late = stage.code().await;
    stage.node.pass(seconds(60));
    assert_eq!(stage.redeem(&late).await["errcode"], 40302);
    // Nothing of one façade, or of the standard protocol, is anything at another.
    let tickets = stage.node.client_with("forms", json!({"facade": "ticket"})).await;
    let code = stage.code().await;
    let fields =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", &stage.service.redirect_uri)];
    assert_eq!(stage.node.token(&stage.service, &fields).await.error(), "invalid_grant");
    assert_eq!(stage.form_of(&tickets, "ticketValidation", &code).await["result"], "6002");
    assert_eq!(stage.form("ticketValidation", &code).await["errmsg"], "接入资源未开通本接口");
    assert_eq!(stage.call_as(&tickets, ("POST", CODE, &body)).await["errcode"], 40102);
    stage.close().await;
}

#[tokio::test]
async fn only_the_services_own_hmac_of_now_signs_and_once() {
    let mut stage = Stage::exchanging(json!({})).await;
    let code = stage.code().await;
    let body = format!("code={code}");
    let call = ("POST", CODE, body.as_str());
    let good = stage.tif(&stage.service, call, "nonce-0001");
    let with = |at: usize, value: &str| {
        let mut headers = good.clone();
        headers[at] = value.to_owned();
        headers
    };
    let (timestamp, nonce) = (good[1].clone(), good[2].clone());
    let field = hex(&sha256(format!("{timestamp}{}{nonce}{timestamp}", stage.service.secret).as_bytes()));
    let other_body = stage.tif(&stage.service, ("POST", CODE, "code=y"), "nonce-0001")[3].clone();
    let other_place = stage.tif(&stage.service, ("POST", SID, &body), "nonce-0001")[3].clone();
    for (headers, code) in [
        (with(3, &field.to_ascii_uppercase()), 40104),
        (with(3, &other_body), 40104),
        (with(3, &other_place), 40104),
        (with(3, &good[3].to_ascii_lowercase()), 40104),
        (with(3, "0123456789ABCDEF0123456789ABCDEF"), 40104),
        (with(2, "nonce-0002"), 40104),
        (with(2, "short"), 40001),
        (with(1, "20261124144000"), 40105),
        (with(0, "nobody"), 40101),
    ] {
        assert_eq!(stage.send(call, &headers).await.json()["errcode"], code, "{headers:?}");
    }
    assert_eq!(stage.send(call, &good).await.json()["errcode"], 0);
    assert_eq!(stage.send(call, &good).await.json()["errcode"], 40106);
    let late = stage.tif(&stage.service, call, "nonce-0003");
    stage.node.pass(seconds(91));
    assert_eq!(stage.send(call, &late).await.json()["errcode"], 40105);
    let named = "client_id=other&code=x";
    assert_eq!(stage.call(("POST", CODE, named)).await["errcode"], 40001);
    stage.close().await;
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_and_what_is_off_does_not_exist() {
    let mut stage = Stage::exchanging(json!({})).await;
    let good = stage.authorize();
    for (from, to) in [
        ("tickets.example%2Fcallback", "evil.example%2Fcallback"),
        ("&redirect_uri=https%3A%2F%2Ftickets.example%2Fcallback", ""),
        ("service=initService&", ""),
        ("response_type=code", "response_type=token"),
    ] {
        let Landed::Here(page) = stage.browser.get(&good.replace(from, to)).await else { panic!("{from} led away") };
        assert_eq!(page.error_code(), "invalid_request", "{from}");
    }
    stage.close().await;
    let node = TestNode::with(&ON[..1]).await;
    for path in [TOKEN, CODE, SID] {
        assert_eq!(node.call(Method::POST, path, &[], "").await.status, 404, "{path}");
    }
    assert_eq!(node.call(Method::GET, INFO, &[], "").await.status, 404);
    node.close().await;
}
