//! The demo's people whom one sign-in more has made ready: somebody with no more than a verified mobile number (l1), somebody
//! with an authenticator app, and a child with its guardian. Made as people make them: codes are sent and shown.

use std::time::Duration;

use totp_rs::Builder;

use super::manifest::{Manifest, User};
use super::papers::Paper;
use super::people::Person;
use super::seed::{SeedError, guest, proven, user};
use crate::app::App;
use crate::base::Secret;
use crate::base::encoding::base64url;
use crate::factors::Browser;
use crate::realname::{MobileNumber, VerificationMethod};
use crate::session::Device;

/// Somebody with a verified number and no name: l1.
const DECLARED: (&str, usize) = ("declared", 8);
/// Somebody at l3 with an authenticator app.
const WITH_APP: (&str, usize) = ("withapp", 9);
/// The guardian, at l3 with a verified number.
const GUARDIAN: (&str, usize) = ("guardian", 10);
/// The child, under 14.
const CHILD: (&str, &str) = ("child", "macao-child");

/// How long a code may take to arrive in the demo's own outbox.
const PATIENCE: Duration = Duration::from_secs(10);

/// Furnishes the node with them, once; a restart finds them.
pub async fn furnish(
    app: &App,
    manifest: &mut Manifest,
    (population, papers): (&[Person], &[Paper]),
    earlier: Option<&Manifest>,
) -> Result<(), SeedError> {
    let person = |place: usize| population.get(place).ok_or(SeedError::Missing("a person of the population"));
    let declared = user(app, DECLARED.0, person(DECLARED.1)?, false).await?;
    manifest.users.push(verified(app, declared).await?);
    let with_app = proven(app, WITH_APP.0, person(WITH_APP.1)?, VerificationMethod::ThreeItems).await?;
    manifest.users.push(with_totp(app, with_app, earlier).await?);
    let guardian = proven(app, GUARDIAN.0, person(GUARDIAN.1)?, VerificationMethod::ThreeItems).await?;
    let guardian = verified(app, guardian).await?;
    let paper = papers.iter().find(|paper| paper.holder == CHILD.1).ok_or(SeedError::Missing("the child's paper"))?;
    let child = guest(app, CHILD.0, paper).await?;
    entrust(app, &guardian).await?;
    manifest.users.push(User { guardian: GUARDIAN.0.to_owned(), ..child });
    manifest.users.push(guardian);
    Ok(())
}

/// The number is shown to be theirs.
async fn verified(app: &App, user: User) -> Result<User, SeedError> {
    let account = app.accounts.find_by_name(&user.username).await?;
    if account.verified_mobile().is_none() {
        let number = MobileNumber::parse(&user.mobile).map_err(|_| SeedError::Missing("a mobile number"))?;
        app.signon.set_mobile(&account, &number, &Device::default()).await?;
    }
    let account = app.accounts.find_by_name(&user.username).await?;
    Ok(User { realname_level: u8::try_from(i16::from(account.level())).unwrap_or(0), ..user })
}

/// An app is set up, by a code of the step before, so that the one it shows now is good still.
async fn with_totp(app: &App, user: User, earlier: Option<&Manifest>) -> Result<User, SeedError> {
    let account = app.accounts.find_by_name(&user.username).await?;
    let held = app.factors.list(&account.id).await?;
    let known = earlier.and_then(|e| e.users.iter().find(|other| other.username == user.username));
    if let (Some(known), false) = (known.filter(|known| !known.totp_secret.is_empty()), held.is_empty()) {
        return Ok(User { totp_secret: known.totp_secret.clone(), ..user });
    }
    let setup = app.factors.begin_totp(&account, "hufu")?;
    let secret = setup.typed.expose().replace(' ', "");
    let code = code(&secret, app.clock.now().seconds() - 30)?;
    app.signon.add_totp(&account, (&setup.sealed, "demo"), &code).await?;
    Ok(User { totp_secret: secret, ..user })
}

fn code(secret: &str, seconds: i64) -> Result<Secret, SeedError> {
    let secret = totp_rs::Secret::try_from_base32(secret).map_err(|_| SeedError::Missing("a secret in base32"))?;
    let totp = Builder::new().with_secret(secret).build().map_err(|_| SeedError::Missing("an authenticator app"))?;
    Ok(Secret::new(totp.generate(u64::try_from(seconds).unwrap_or(0)).to_string()))
}

/// The child asks, a code goes to the guardian's number, and the guardian accepts.
async fn entrust(app: &App, guardian: &User) -> Result<(), SeedError> {
    let child = app.accounts.find_by_name(CHILD.0).await?;
    let account = app.accounts.find_by_name(&guardian.username).await?;
    if !child.lacks_guardian(app.clock.now()) {
        return Ok(());
    }
    let number = MobileNumber::parse(&guardian.mobile).map_err(|_| SeedError::Missing("a mobile number"))?;
    let id = base64url(&app.random.array::<16>());
    let from = Browser { id: &id, address: "demo" };
    app.centre.send_guardian_code(&child, (&guardian.name, &number), from, "zh-CN").await?;
    let code = arrived(app, &guardian.mobile).await?;
    app.centre.ask_guardian(&child, (&guardian.name, &number), (&code, from)).await?;
    let asked = app.centre.guardianships(&account).await?;
    let asked = asked.into_iter().find(|line| line.as_guardian).ok_or(SeedError::Missing("the child's wish"))?;
    app.centre.accept_guardianship(&account, &asked.id).await?;
    Ok(())
}

/// The code that was sent to a number; it is sent beside the request, so it may take a moment.
async fn arrived(app: &App, mobile: &str) -> Result<Secret, SeedError> {
    let outbox = app.local_messages.as_ref().ok_or(SeedError::Missing("messages.local"))?;
    let wait = async {
        loop {
            if let Some(code) = outbox.sent().into_iter().filter(|sent| sent.to == mobile).find_map(|sent| sent.code) {
                return Secret::new(code);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.map_err(|_| SeedError::Missing("the code to the guardian"))
}
