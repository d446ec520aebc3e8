//! What the demo's node holds when it starts: services, people, a token for registration. Seeded once; a restart finds it.

use serde_json::json;

use super::agency;
use super::family;
use super::layout::Layout;
use super::manifest::{Client, Manifest, User};
use super::papers::{Paper, papers};
use super::people::{Person, people};
use super::service::view::ServiceKind;
use crate::accounts::{AccountError, Aside, Registration, Statement};
use crate::app::App;
use crate::base::{Secret, Timestamp};
use crate::delegation::{DelegationError, RegistrationError};
use crate::demo::authority::AuthorityOptions;
use crate::http::pages::Lang;
use crate::proto::oauth::{ClientMetadata, GrantType, OAuthError, RegistrationPolicy};
use crate::realname::{DocumentType, VerificationMethod};

/// Why the demo could not be furnished.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A client.
    #[error("client: {0}")]
    Client(#[from] OAuthError),
    /// A person.
    #[error("person: {0}")]
    Account(#[from] AccountError),
    /// A client's metadata.
    #[error("metadata: {0}")]
    Metadata(#[from] serde_json::Error),
    /// A real name that the authority did not confirm.
    #[error("real name: {0}")]
    Proof(#[from] crate::accounts::ProofError),
    /// A company that the registry did not confirm.
    #[error("company: {0}")]
    Company(#[from] RegistrationError),
    /// An agent.
    #[error("agent: {0}")]
    Agent(#[from] DelegationError),
    /// A factor.
    #[error("factor: {0}")]
    Factor(#[from] crate::factors::FactorError),
    /// A guardian.
    #[error("guardian: {0}")]
    Guardian(#[from] crate::centre::CentreError),
    /// Something of the cast is not there.
    #[error("the cast lacks {0}")]
    Missing(&'static str),
}

/// The password of everybody in the demo.
pub const PASSWORD: &str = "tiger-tally-2026";

/// The people of the demo: username, place in the population, whether the account is real-named at the start.
const CAST: [(&str, usize, bool); 5] = [
    ("qinlei", 0, true),
    ("cuiwenjun", 1, false),
    ("zhenghaiyan", 2, true),
    ("zhugeyan", 3, true),
    ("former_agent", 6, true),
];

/// People with other documents: username, holder of the papers, the kind that is proven at the start.
const GUESTS: [(&str, &str, DocumentType); 4] = [
    ("chandaiman", "hk-chan", DocumentType::HongKongMacaoTravelPermit),
    ("linbiyan", "taiwan-lin", DocumentType::TaiwanTravelPermit),
    ("johnsmith", "foreign-smith", DocumentType::ForeignPermanentResidence),
    ("mariagarcia", "foreign-garcia", DocumentType::ForeignPassport),
];

/// People at higher levels: username, place in the population, how they were proven.
const HIGHER: [(&str, usize, VerificationMethod); 2] =
    [("rare", 5, VerificationMethod::ThreeItems), ("counter", 7, VerificationMethod::InPerson)];

/// Where in the population those begin who have no account yet.
const STRANGERS: usize = 20;

/// What a service asks for.
#[must_use]
pub const fn scope(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Matters
        | ServiceKind::Licences
        | ServiceKind::Firms
        | ServiceKind::Province
        | ServiceKind::City
        | ServiceKind::Neighbour => "openid profile realname",
        ServiceKind::Seals => "openid profile realname phone identity_number",
        ServiceKind::Portal | ServiceKind::Parking | ServiceKind::Partner => "openid profile",
    }
}

/// What a service that asks for consent says it is for, in Chinese and English.
const fn purpose(kind: ServiceKind) -> Option<(&'static str, &'static str)> {
    match kind {
        ServiceKind::Seals => Some(("在线申领和使用电子印章", "applying for electronic seals and using them")),
        ServiceKind::Parking => Some(("查询和缴纳停车费用", "looking up and paying parking fees")),
        ServiceKind::Partner => Some(("预约上门便民服务", "booking services at home")),
        _ => None,
    }
}

/// Whether people are asked before the service learns of them.
const fn asks_for_consent(kind: ServiceKind) -> bool {
    matches!(kind, ServiceKind::Seals | ServiceKind::Parking | ServiceKind::Partner)
}

/// And item by item.
fn purposes(kind: ServiceKind) -> Option<serde_json::Value> {
    (kind == ServiceKind::Seals).then(|| {
        json!({
            "realname": {"zh-CN": "确认印章持有人", "en": "to know who holds the seal"},
            "phone": {"zh-CN": "通知办理结果", "en": "to tell you the result"},
            "identity_number": {"zh-CN": "匹配您名下的印章", "en": "to find the seals held in your name"},
        })
    })
}

/// Furnishes the node; gives what was made.
pub async fn furnish(app: &App, layout: Layout, earlier: Option<&Manifest>) -> Result<Manifest, SeedError> {
    let mut manifest = Manifest::default();
    for kind in ServiceKind::ALL {
        manifest.clients.push(client(app, layout, kind, earlier).await?);
    }
    let population = people(AuthorityOptions::SEED, STRANGERS + 10);
    for (username, place, real_named) in CAST {
        if let Some(person) = population.get(place) {
            manifest.users.push(user(app, username, person, real_named).await?);
        }
    }
    agency::furnish(app, &mut manifest, &population).await?;
    for (username, place, method) in HIGHER {
        if let Some(person) = population.get(place) {
            manifest.users.push(proven(app, username, person, method).await?);
        }
    }
    let papers = papers(&population);
    for (username, holder, kind) in GUESTS {
        let paper = papers.iter().find(|paper| paper.holder == holder && paper.document_type == kind && paper.good);
        if let Some(paper) = paper {
            manifest.users.push(guest(app, username, paper).await?);
        }
    }
    family::furnish(app, &mut manifest, (&population, &papers), earlier).await?;
    manifest.users.extend(population.iter().skip(STRANGERS).map(stranger));
    let token = earlier.map(|e| e.initial_access_token.clone()).filter(|token| !token.is_empty());
    let token = token.unwrap_or_else(|| app.random.token());
    app.provider.put_initial_token(&Secret::new(token.clone()), "demo", Timestamp::NEVER).await?;
    manifest.initial_access_token = token;
    Ok(manifest)
}

pub(super) async fn client(
    app: &App,
    layout: Layout,
    kind: ServiceKind,
    earlier: Option<&Manifest>,
) -> Result<Client, SeedError> {
    let id = format!("demo-{}", kind.slug());
    let (address, _) = layout.service(kind);
    let secret = earlier.and_then(|e| e.secret_of(&id)).map_or_else(|| app.random.token(), str::to_owned);
    // 网上办事 calls 电子证照 on behalf of people.
    let calls = kind == ServiceKind::Matters;
    let mut grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    grants.extend(calls.then_some(GrantType::TokenExchange));
    let metadata: ClientMetadata = serde_json::from_value(json!({
        "redirect_uris": [format!("{address}/callback")],
        "post_logout_redirect_uris": [format!("{address}/")],
        "backchannel_logout_uri": format!("{address}/backchannel-logout"),
        "backchannel_logout_session_required": true,
        "client_name": kind.name(Lang::En),
        "client_name#zh-CN": kind.name(Lang::ZhCn),
        "client_uri": format!("{address}/"),
        "grant_types": grants,
        "exchange_resources": if calls { json!(["demo-licences"]) } else { json!([]) },
        "resource_server": kind == ServiceKind::Licences,
        "id_token_signed_response_alg": "ES256",
        "subject_type": "pairwise",
        "require_pkce": true,
        "scope": format!("{} offline_access", scope(kind)),
        "consent": if asks_for_consent(kind) { "first_use" } else { "statutory" },
        "purpose": purpose(kind).map(|(chinese, _)| chinese),
        "purpose#en": purpose(kind).map(|(_, english)| english),
        "purposes": purposes(kind),
        "subject": if kind == ServiceKind::Firms { "either" } else { "person" },
        "matters": if kind == ServiceKind::Firms { json!(["tax:file", "permit:apply"]) } else { json!([]) },
        "legal_basis": "演示：政务服务平台接入规范 6.4",
        "minimum_acr": matches!(kind, ServiceKind::Licences | ServiceKind::Seals).then_some("urn:hufu:acr:l2"),
    }))?;
    let policy = RegistrationPolicy { trusted: true, ..app.provider.registration_policy().clone() };
    app.provider
        .put_client(&id.as_str().into(), metadata.validate(&policy)?, Some(&Secret::new(secret.clone())))
        .await?;
    Ok(Client {
        client_id: id,
        client_secret: secret,
        client_name: kind.name(Lang::ZhCn).to_owned(),
        redirect_uris: vec![format!("{address}/callback")],
        post_logout_redirect_uris: vec![format!("{address}/")],
        backchannel_logout_uri: format!("{address}/backchannel-logout"),
        scopes: scope(kind).split(' ').map(str::to_owned).collect(),
        address,
    })
}

/// Somebody whose name was proven with more than name and number.
pub(super) async fn proven(
    app: &App,
    username: &str,
    person: &Person,
    method: VerificationMethod,
) -> Result<User, SeedError> {
    let user = user(app, username, person, false).await?;
    let account = app.accounts.find_by_name(username).await?;
    if account.real_name.is_some() {
        return Ok(user);
    }
    let in_person = method == VerificationMethod::InPerson;
    let statement = Statement {
        name: &person.name,
        kind: DocumentType::ResidentIdentityCard,
        number: &person.document_number,
        aside: if in_person { Aside::Nothing } else { Aside::Mobile(&person.mobile) },
    };
    let proven = if in_person {
        app.verifier.prove_in_person(&account, &statement, "demo-hall/1").await?
    } else {
        app.verifier.prove(&account, &statement).await?
    };
    let level = u8::try_from(i16::from(proven.level)).unwrap_or(0);
    Ok(User { realname_level: level, ..user })
}

/// Somebody without an identity card.
pub(super) async fn guest(app: &App, username: &str, paper: &Paper) -> Result<User, SeedError> {
    let registration = Registration {
        username,
        mobile: Some(&paper.mobile),
        password: &Secret::new(PASSWORD),
        locale: "en",
        address: "demo",
    };
    match app.accounts.register(&registration).await {
        Ok(account) => {
            let (name, kind, number) = (paper.name.as_str(), paper.document_type, paper.document_number.as_str());
            app.verifier.prove(&account, &Statement { name, kind, number, aside: Aside::Nothing }).await?;
        }
        Err(AccountError::Taken) => {}
        Err(error) => return Err(error.into()),
    }
    let account = app.accounts.find_by_name(username).await?;
    Ok(User {
        username: username.to_owned(),
        password: PASSWORD.to_owned(),
        kind: "natural".to_owned(),
        name: paper.name.clone(),
        document_type: paper.document_type.name().to_owned(),
        document_number: paper.document_number.clone(),
        mobile: paper.mobile.clone(),
        realname_level: u8::try_from(i16::from(account.level())).unwrap_or(0),
        ..User::default()
    })
}

pub(super) async fn user(app: &App, username: &str, person: &Person, real_named: bool) -> Result<User, SeedError> {
    let registration = Registration {
        username,
        mobile: Some(&person.mobile),
        password: &Secret::new(PASSWORD),
        locale: "zh-CN",
        address: "demo",
    };
    match app.accounts.register(&registration).await {
        Ok(account) if real_named => {
            app.verifier.verify(&account, &person.name, &person.document_number).await?;
        }
        Ok(_) | Err(AccountError::Taken) => {}
        Err(error) => return Err(error.into()),
    }
    let account = app.accounts.find_by_name(username).await?;
    let level = u8::try_from(i16::from(account.level())).unwrap_or(0);
    Ok(User { username: username.to_owned(), password: PASSWORD.to_owned(), realname_level: level, ..stranger(person) })
}

fn stranger(person: &Person) -> User {
    User {
        kind: "natural".to_owned(),
        name: person.name.clone(),
        document_type: DocumentType::ResidentIdentityCard.name().to_owned(),
        document_number: person.document_number.clone(),
        mobile: person.mobile.clone(),
        ..User::default()
    }
}
