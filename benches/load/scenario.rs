//! What is driven: each scenario is one step that takes a connection and gives it back.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::http1::{Answer, Connection};
use crate::process::Server;

type Done = Pin<Box<dyn Future<Output = Connection> + Send>>;

/// One step, ready to be driven.
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// The size of its answer, when a hello-world of that size is to run beside it.
    pub hello_size: Option<usize>,
    /// The step.
    pub step: Arc<dyn Fn(Connection) -> Done + Send + Sync>,
}

/// What came of driving a scenario.
pub struct Outcome {
    /// Operations a second.
    pub rate: f64,
    /// Median time of one, in microseconds.
    pub p50_us: f64,
    /// 99th percentile, in microseconds.
    pub p99_us: f64,
    /// Server CPU of one, in microseconds.
    pub cpu_us: f64,
}

impl Outcome {
    /// From the times of all operations, the time they took together and the server's CPU.
    pub fn of(times: &mut [Duration], elapsed: Duration, cpu_us: f64) -> Self {
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
        let count = times.len() as f64;
        Self { rate: count / elapsed.as_secs_f64(), p50_us: at(0.5), p99_us: at(0.99), cpu_us: cpu_us / count }
    }
}

const REDIRECT: &str = "https://client.example/callback";

/// Where a provider has its endpoints.
pub struct Paths {
    /// Authorization endpoint.
    pub authorize: &'static str,
    /// Token endpoint.
    pub token: &'static str,
    /// UserInfo endpoint.
    pub userinfo: &'static str,
    /// Its metadata.
    pub discovery: &'static str,
    /// Its keys.
    pub jwks: &'static str,
}

const PATHS: Paths = Paths {
    authorize: "/oauth2/authorize",
    token: "/oauth2/token",
    userinfo: "/oauth2/userinfo",
    discovery: "/.well-known/openid-configuration",
    jwks: "/oauth2/jwks",
};

/// A registered client, as the scenarios use it.
#[derive(Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// Its `Authorization` header line.
    pub basic: String,
    /// Where its provider has its endpoints.
    pub paths: &'static Paths,
}

async fn register(connection: &mut Connection, manifest: &Value, alg: &str, grants: &[&str]) -> Client {
    register_as(connection, manifest, (alg, grants), json!({})).await
}

/// A client that is told of logouts at `url`.
pub async fn told_at(connection: &mut Connection, manifest: &Value, url: &str) -> Client {
    let back = ["https://client.example/"];
    let more = json!({"backchannel_logout_uri": url, "post_logout_redirect_uris": back});
    register_as(connection, manifest, ("ES256", &["authorization_code"]), more).await
}

/// A person of the demo who is real-named: name and password.
pub fn person(manifest: &Value) -> (&str, &str) {
    let users = manifest["users"].as_array().expect("users");
    let user = users.iter().find(|user| user["realname_level"] == 2).expect("a verified person");
    (user["username"].as_str().expect("a name"), user["password"].as_str().expect("a password"))
}

async fn register_as(
    connection: &mut Connection,
    manifest: &Value,
    (alg, grants): (&str, &[&str]),
    more: Value,
) -> Client {
    let token = manifest["initial_access_token"].as_str().expect("a token");
    let mut metadata = json!({
        "grant_types": grants, "id_token_signed_response_alg": alg, "subject_type": "pairwise",
        "scope": "openid profile", "client_name": "load",
    });
    let members = metadata.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    if grants.contains(&"authorization_code") {
        metadata["redirect_uris"] = json!([REDIRECT]);
    } else {
        metadata["response_types"] = json!([]);
    }
    let headers = format!("authorization: Bearer {token}\r\n");
    let answer = connection.post_as("application/json", "/oauth2/register", &headers, &metadata.to_string()).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let client = answer.json();
    let (id, secret) = (client["client_id"].as_str().expect("id"), client["client_secret"].as_str().expect("secret"));
    let basic = format!("authorization: Basic {}\r\n", STANDARD.encode(format!("{id}:{secret}")));
    Client { id: id.to_owned(), basic, paths: &PATHS }
}

/// The value of a hidden field.
pub fn field<'a>(html: &'a str, name: &str) -> &'a str {
    let mark = format!("name=\"{name}\" value=\"");
    html.split(&mark).nth(1).and_then(|rest| rest.split('"').next()).expect("a hidden field")
}

/// The cookies that an answer sets.
pub fn cookies(answer: &Answer) -> Vec<(String, String)> {
    let set = answer.head.lines().filter_map(|line| {
        line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")).map(|(_, value)| value)
    });
    set.filter_map(|text| text.split(';').next()?.split_once('=')).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

/// Signs a person in; gives the cookie header.
pub async fn sign_in(connection: &mut Connection, username: &str, password: &str) -> String {
    let page = connection.get("/sign-in", "").await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let mut jar = cookies(&page);
    let header = |jar: &[(String, String)]| {
        let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("cookie: {}\r\n", pairs.join("; "))
    };
    let body = format!("csrf={}&username={username}&password={password}", field(&html, "csrf"));
    let answer = connection.post("/sign-in", &header(&jar), &body).await;
    assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
    jar.extend(cookies(&answer));
    header(&jar)
}

/// Gives consent once, so that later visits are silent.
async fn consent(connection: &mut Connection, client: &Client, cookie: &str) {
    let answer = connection.get(&authorize(client, "n", "consent"), cookie).await;
    let page = connection.get(answer.header("location").expect("the consent page"), cookie).await;
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let flow = field(&html, "flow");
    let body = format!("csrf={}&flow={flow}&decision=accept", field(&html, "csrf"));
    let answer = connection.post("/consent", cookie, &body).await;
    assert_eq!(answer.status, 303);
}

/// The authorization request of a client.
pub fn authorize(client: &Client, nonce: &str, prompt: &str) -> String {
    format!(
        "{}?response_type=code&client_id={}&redirect_uri=https%3A%2F%2Fclient.example%2Fcallback\
         &scope=openid%20profile&state=s&nonce={nonce}&prompt={prompt}&code_challenge={CHALLENGE}&code_challenge_method=S256",
        client.paths.authorize, client.id
    )
}

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A code for the subject alone, to which nobody need agree.
pub async fn code_of_openid(connection: &mut Connection, client: &Client, cookie: &str) -> String {
    let request = authorize(client, "n", "none").replace("openid%20profile", "openid");
    code_at(connection, &request, cookie).await
}

async fn code(connection: &mut Connection, client: &Client, cookie: &str) -> String {
    code_at(connection, &authorize(client, "n-0S6_WzA2Mj", "none"), cookie).await
}

async fn code_at(connection: &mut Connection, request: &str, cookie: &str) -> String {
    let answer = connection.get(request, cookie).await;
    let location = answer.header("location").expect("a redirect");
    let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next());
    code.unwrap_or_else(|| panic!("no code in {location}")).to_owned()
}

/// Redeems a code.
pub async fn redeem(connection: &mut Connection, client: &Client, code: &str) -> Value {
    let body = format!(
        "grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&redirect_uri=https%3A%2F%2Fclient.example%2Fcallback"
    );
    let answer = connection.post(client.paths.token, &client.basic, &body).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

async fn whole_flow(mut connection: Connection, client: Client, cookie: Arc<str>) -> Connection {
    let code = code(&mut connection, &client, &cookie).await;
    let tokens = redeem(&mut connection, &client, &code).await;
    let bearer = format!("authorization: Bearer {}\r\n", tokens["access_token"].as_str().expect("a token"));
    let answer = connection.get(client.paths.userinfo, &bearer).await;
    assert_eq!(answer.status, 200);
    connection
}

fn scenario<F, D>(name: &'static str, hello_size: Option<usize>, step: F) -> Scenario
where
    F: Fn(Connection) -> D + Send + Sync + 'static,
    D: Future<Output = Connection> + Send + 'static,
{
    Scenario { name, hello_size, step: Arc::new(move |connection| Box::pin(step(connection))) }
}

/// Fetches one document.
pub fn fetch(name: &'static str, path: &'static str, size: Option<usize>) -> Scenario {
    scenario(name, size, move |mut connection| async move {
        assert_eq!(connection.get(path, "").await.status, 200);
        connection
    })
}

/// Every scenario against this node.
pub async fn all(node: &Server) -> Vec<Scenario> {
    let mut connection = Connection::open(node.address).await;
    let (discovery, jwks) = (PATHS.discovery, PATHS.jwks);
    let sizes = [connection.get(discovery, "").await.body.len(), connection.get(jwks, "").await.body.len()];
    let (name, password) = person(&node.manifest);
    let cookie: Arc<str> = sign_in(&mut connection, name, password).await.into();
    let grants = ["authorization_code", "refresh_token"];
    let machine = register(&mut connection, &node.manifest, "ES256", &["client_credentials"]).await;
    let es256 = register(&mut connection, &node.manifest, "ES256", &grants).await;
    let rs256 = register(&mut connection, &node.manifest, "RS256", &grants).await;
    for client in [&es256, &rs256] {
        consent(&mut connection, client, &cookie).await;
    }
    vec![
        fetch("discovery", discovery, Some(sizes[0])),
        fetch("jwks", jwks, Some(sizes[1])),
        client_credentials(machine),
        silent("silent flow ES256", es256.clone(), cookie.clone()),
        silent("silent flow RS256", rs256, cookie.clone()),
        refresh(es256, cookie),
        login(register_people(&mut connection, password).await, password),
    ]
}

/// A token for a machine.
pub fn client_credentials(client: Client) -> Scenario {
    scenario("client_credentials", None, move |mut connection| {
        let client = client.clone();
        async move {
            let answer = connection.post(client.paths.token, &client.basic, "grant_type=client_credentials").await;
            assert_eq!(answer.status, 200);
            connection
        }
    })
}

/// Silent sign-on: authorize, code, token, UserInfo.
pub fn silent(name: &'static str, client: Client, cookie: Arc<str>) -> Scenario {
    scenario(name, None, move |connection| whole_flow(connection, client.clone(), cookie.clone()))
}

/// Each connection goes on with its own family: the token that comes back is the next one's.
pub fn refresh(client: Client, cookie: Arc<str>) -> Scenario {
    let held: Arc<tokio::sync::Mutex<Vec<String>>> = Arc::default();
    scenario("refresh_token", None, move |mut connection| {
        let (client, cookie, held) = (client.clone(), cookie.clone(), held.clone());
        async move {
            let token = match held.lock().await.pop() {
                Some(token) => token,
                None => {
                    let code = code(&mut connection, &client, &cookie).await;
                    redeem(&mut connection, &client, &code).await["refresh_token"].as_str().expect("a token").to_owned()
                }
            };
            let body = format!("grant_type=refresh_token&refresh_token={token}");
            let answer = connection.post(client.paths.token, &client.basic, &body).await;
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            held.lock().await.push(answer.json()["refresh_token"].as_str().expect("a token").to_owned());
            connection
        }
    })
}

/// People to sign in one after another: several tries at once for one name would be counted against it.
async fn register_people(connection: &mut Connection, password: &str) -> Vec<String> {
    let mut names = Vec::new();
    for number in 0..64 {
        let name = format!("load_{number}_person");
        let page = connection.get("/register", "").await;
        let html = String::from_utf8_lossy(&page.body).into_owned();
        let pairs: Vec<String> = cookies(&page).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let body = format!(
            "csrf={}&username={name}&password={password}&password_again={password}&terms=accepted",
            field(&html, "csrf")
        );
        let answer = connection.post("/register", &format!("cookie: {}\r\n", pairs.join("; ")), &body).await;
        assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
        names.push(name);
    }
    names
}

/// A sign-in by form: two requests and one password hash.
fn login(names: Vec<String>, password: &str) -> Scenario {
    let (names, password): (Arc<[String]>, Arc<str>) = (names.into(), password.into());
    let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    scenario("password login", None, move |mut connection| {
        let (names, password, next) = (names.clone(), password.clone(), next.clone());
        async move {
            let turn = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            sign_in(&mut connection, &names[turn % names.len()], &password).await;
            connection
        }
    })
}
