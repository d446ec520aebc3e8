//! Random kills: people and services at work, the process killed at any moment, started again on the same files, and held
//! against the ledger of what it had acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;

use super::party::{Party, Tokens};
use super::stage::Stage;
use super::visitor::{Gone, Visitor};

/// How many kills there are when `HUFU_KILLS` does not say.
const KILLS: u64 = 200;

/// The seed of the moments when `HUFU_KILL_SEED` does not say.
const SEED: u64 = 20_261_124;

/// Shortest and longest time between a start and a kill, in milliseconds.
const MOMENTS: (u64, u64) = (20, 400);

fn number_of(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Chance(pub u64);

impl Chance {
    pub fn between(&mut self, (least, most): (u64, u64)) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        least + (z ^ (z >> 31)) % (most - least + 1)
    }
}

/// What was acknowledged, and what was under way.
#[derive(Default)]
struct Ledger {
    /// Codes that were redeemed: none may buy again.
    spent: Vec<String>,
    /// Codes whose redemption was not answered.
    unanswered: Vec<String>,
    /// Sessions that were signed out.
    left: Vec<Tokens>,
    /// Sessions whose sign-out was not answered.
    unsure: Vec<(Visitor, Tokens)>,
    /// Families that were revoked.
    revoked: Vec<Tokens>,
    /// The refresh token that each family holds: it must always be good.
    held: Vec<String>,
    /// Browsers of people who were told that they have an account.
    registered: Vec<Visitor>,
    /// Whether the person agrees to what the asking party asks, where the last answer was heard.
    agrees: Option<bool>,
}

impl Ledger {
    fn take_over(&mut self, other: Self) {
        self.spent.extend(other.spent);
        self.unanswered.extend(other.unanswered);
        self.left.extend(other.left);
        self.unsure.extend(other.unsure);
        self.revoked.extend(other.revoked);
        self.held.extend(other.held);
        self.registered.extend(other.registered);
        self.agrees = other.agrees.or(self.agrees);
    }
}

/// Those who are at work; each until the node is gone.
#[derive(Clone)]
struct Crew {
    party: Party,
    asking: Party,
    /// How many have registered; each needs a name of their own.
    newcomers: Arc<AtomicU64>,
    /// A browser that is signed in.
    visitor: Visitor,
    username: String,
    password: String,
}

impl Crew {
    /// Refreshes and refreshes.
    async fn keeper(self, mut token: String) -> Ledger {
        while let Ok(next) = self.party.refresh(&token).await {
            token = next.expect("a token that was acknowledged is refused").refresh;
        }
        Ledger { held: vec![token], ..Ledger::default() }
    }

    /// Signs in silently, redeems, and revokes every second family.
    async fn buyer(mut self) -> Ledger {
        let mut ledger = Ledger::default();
        let _: Result<(), Gone> = async {
            for number in 0.. {
                let code = self.party.code(&mut self.visitor).await?;
                ledger.unanswered.push(code.clone());
                let tokens = self.party.redeem(&code).await?.expect("a fresh code is good");
                ledger.unanswered.pop();
                ledger.spent.push(code);
                if number % 2 == 0 {
                    self.party.revoke(&tokens.refresh).await?;
                    ledger.revoked.push(tokens);
                }
            }
            Ok(())
        }
        .await;
        ledger
    }

    /// Registers one after another.
    async fn registrar(self) -> Ledger {
        let mut ledger = Ledger::default();
        let _: Result<(), Gone> = async {
            loop {
                let mut visitor = Visitor::new(self.party.issuer());
                let name = format!("newcomer{}", self.newcomers.fetch_add(1, Ordering::Relaxed));
                let page = visitor.get("/register").await?;
                let fields = [
                    ("username", name.as_str()),
                    ("password", "crash-proof-2027"),
                    ("password_again", "crash-proof-2027"),
                    ("terms", "accepted"),
                ];
                let page = visitor.submit(&page, "register-form", &fields).await?;
                assert!(page.has("account"), "{}", page.text);
                ledger.registered.push(visitor);
            }
        }
        .await;
        ledger
    }

    /// Agrees and withdraws, in turn.
    async fn waverer(mut self) -> Ledger {
        let mut ledger = Ledger::default();
        let _: Result<(), Gone> = async {
            loop {
                let page = self.asking.asked(&mut self.visitor).await?;
                ledger.agrees = None;
                if page.has("consent-form") {
                    self.visitor.submit(&page, "consent-form", &[("decision", "accept")]).await?;
                    ledger.agrees = Some(true);
                    continue;
                }
                let page = self.visitor.get("/account").await?;
                self.visitor.submit_field(&page, "client_id", &self.asking.id).await?;
                ledger.agrees = Some(false);
            }
        }
        .await;
        ledger
    }

    /// Signs in by password, and out again by the party.
    async fn leaver(self) -> Ledger {
        let mut ledger = Ledger::default();
        let _: Result<(), Gone> = async {
            loop {
                let mut visitor = Visitor::new(self.party.issuer());
                assert!(visitor.sign_in(&self.username, &self.password).await?, "the password is the right one");
                let code = self.party.code(&mut visitor).await?;
                let tokens = self.party.redeem(&code).await?.expect("a fresh code is good");
                ledger.unsure.push((visitor.clone(), tokens.clone()));
                let answer = visitor.get(&self.party.sign_out_path(&tokens)).await?;
                assert!(answer.url.as_str().starts_with(&self.party.address), "signed out, and back at the party");
                ledger.unsure.pop();
                ledger.left.push(tokens);
            }
        }
        .await;
        ledger
    }
}

/// Lets the crew work until the node is killed.
async fn work_until_killed(
    crew: &Crew,
    held: Vec<String>,
    kill: impl FnOnce() + Send + 'static,
    moment: Duration,
) -> Ledger {
    let mut all = JoinSet::new();
    for token in held {
        all.spawn(crew.clone().keeper(token));
    }
    for _ in 0..2 {
        all.spawn(crew.clone().buyer());
        all.spawn(crew.clone().leaver());
    }
    all.spawn(crew.clone().registrar());
    all.spawn(crew.clone().waverer());
    tokio::time::sleep(moment).await;
    tokio::task::spawn_blocking(kill).await.unwrap();
    let mut ledger = Ledger::default();
    while let Some(part) = all.join_next().await {
        ledger.take_over(part.unwrap());
    }
    ledger
}

/// Holds the node, started again, against the ledger of the last round.
async fn hold_against(crew: &Crew, mut ledger: Ledger) -> Ledger {
    let party = &crew.party;
    for mut visitor in std::mem::take(&mut ledger.registered) {
        assert_eq!(visitor.is_signed_in().await, Ok(true), "an account that was acknowledged is lost");
    }
    if let Some(agrees) = ledger.agrees.take() {
        let page = crew.asking.asked(&mut crew.visitor.clone()).await.unwrap();
        assert_eq!(page.has("consent-form"), !agrees, "what was agreed to is otherwise than was acknowledged");
    }
    for tokens in ledger.left.iter().chain(&ledger.revoked) {
        assert_eq!(party.is_active(&tokens.access).await, Ok(false), "what has ended has come back");
        assert_eq!(party.is_active(&tokens.refresh).await, Ok(false));
    }
    for (mut visitor, tokens) in std::mem::take(&mut ledger.unsure) {
        let lives = visitor.is_signed_in().await.unwrap();
        assert_eq!(party.is_active(&tokens.access).await, Ok(lives), "session and token go together");
        assert_eq!(party.is_active(&tokens.refresh).await, Ok(lives));
        if !lives {
            ledger.left.push(tokens);
        }
    }
    for code in std::mem::take(&mut ledger.unanswered) {
        // Either it was never redeemed, or it is spent; a second time it is spent for certain.
        party.redeem(&code).await.unwrap();
        ledger.spent.push(code);
    }
    for code in std::mem::take(&mut ledger.spent) {
        assert!(party.redeem(&code).await.unwrap().is_none(), "a code has bought twice");
    }
    for token in &mut ledger.held {
        *token = party.refresh(token).await.unwrap().expect("a token that was acknowledged is lost").refresh;
    }
    ledger
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_to_random_kills() {
    let (kills, seed) = (number_of("HUFU_KILLS", KILLS), number_of("HUFU_KILL_SEED", SEED));
    println!("{kills} kills, seed {seed}");
    let (stage, mut chance) = (Stage::set().await, Chance(seed));
    let person = stage.verified().clone();
    let (dir, mut process) = stage.begin("kills", None);
    let party = stage.party.clone();
    let visitor = stage.here.0.clone();
    let (username, password) = (person.username, person.password);
    let (asking, newcomers) = (stage.asking.clone(), Arc::<AtomicU64>::default());
    let crew = Crew { party: party.clone(), asking, newcomers, visitor, username, password };
    let mut whole =
        Ledger { held: vec![stage.here.1.refresh.clone(), stage.there.1.refresh.clone()], ..Ledger::default() };
    let (mut bought, mut left, mut registered, mut wavered) = (0, 0, 0, 0);
    for kill in 0..kills {
        let moment = Duration::from_millis(chance.between(MOMENTS));
        println!("kill {kill} after {moment:?}");
        let held = std::mem::take(&mut whole.held);
        let ledger = work_until_killed(&crew, held, move || process.kill(), moment).await;
        bought += ledger.spent.len();
        left += ledger.left.len();
        process = stage.restart(&dir);
        registered += ledger.registered.len();
        wavered += usize::from(ledger.agrees.is_some());
        whole.take_over(hold_against(&crew, ledger).await);
    }
    let work = format!("{bought} codes, {left} sign-outs, {registered} accounts, {wavered} agreements");
    assert!([bought, left, registered, wavered].iter().all(|count| *count > 0), "not all were at work: {work}");
    for tokens in &whole.left {
        stage.sink.must_be_told(&tokens.sid()).await;
    }
    for tokens in whole.left.iter().chain(&whole.revoked) {
        assert_eq!(party.is_active(&tokens.refresh).await, Ok(false));
    }
    println!("acknowledged: {work}, {} families revoked", whole.revoked.len());
    process.stop();
}
