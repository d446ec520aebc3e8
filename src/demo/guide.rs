//! The demo's guide: what to click, whom to be, where everything is.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::home::{DemoHomePage, DemoNodeLine, DemoPerson};
use super::layout::Layout;
use super::manifest::{Manifest, User};
use super::nodes::DemoNode;
use super::service::view::ServiceKind;
use crate::http::interaction::level;
use crate::http::pages::{Lang, assets, paths};

/// The guide's one page.
pub fn router(manifest: &Manifest, layout: Layout) -> Router {
    let pages = Arc::new(Lang::ALL.map(|lang| (lang, render(manifest, layout, lang))));
    let front = move |headers: HeaderMap| {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let lang = Lang::negotiate(None, None, accepted);
        let page = pages.iter().find(|(other, _)| *other == lang).map(|(_, html)| html.clone());
        async move { Html(page.unwrap_or_default()) }
    };
    Router::new().route("/", get(front)).route(&format!("{}/{{file}}", paths::STATIC), get(asset))
}

fn render(manifest: &Manifest, layout: Layout, lang: Lang) -> String {
    let page = DemoHomePage {
        lang,
        services: ServiceKind::ALL.iter().map(|kind| (*kind, layout.service(*kind).0)).collect(),
        nodes: below(manifest, layout),
        people: shown(manifest).map(|user| person(manifest, user, lang)).collect(),
        issuer: layout.issuer(),
        authority: layout.authority().0,
        loosened: loosened(lang),
    };
    page.render().unwrap_or_default()
}

/// Everybody who has an account, and one who has none yet.
fn shown(manifest: &Manifest) -> impl Iterator<Item = &User> {
    let (with, without): (Vec<&User>, Vec<&User>) = manifest.users.iter().partition(|user| !user.username.is_empty());
    with.into_iter().chain(without.into_iter().take(1))
}

/// The nodes below the nation, with their services.
fn below(manifest: &Manifest, layout: Layout) -> Vec<DemoNodeLine> {
    let is_there = |node: &DemoNode| manifest.nodes.iter().any(|known| known.issuer == layout.issuer_of(*node));
    let line = |node: DemoNode| DemoNodeLine {
        node,
        issuer: layout.issuer_of(node),
        services: ServiceKind::of_node(node).map(|kind| (kind, layout.service(kind).0)).collect(),
    };
    DemoNode::LOWER.into_iter().filter(is_there).map(line).collect()
}

/// What the person is to a company, in words.
fn role(manifest: &Manifest, user: &User, lang: Lang) -> Option<String> {
    if user.username.is_empty() {
        return None;
    }
    let represents = manifest.companies.iter().find(|company| company.legal_representative == user.username);
    if let Some(company) = represents {
        let what = lang.pick("法定代表人：", "Legal representative: ");
        return Some(format!("{what}{}", company.name));
    }
    let mut agents = manifest.companies.iter().flat_map(|company| &company.agents);
    let own: Vec<bool> = agents.by_ref().filter(|a| a.username == user.username).map(|a| a.expired).collect();
    match own.as_slice() {
        [] => None,
        [true] => Some(lang.pick("经办人，授权已到期", "Agent whose time is over").to_owned()),
        [_] => Some(lang.pick("经办人", "Agent").to_owned()),
        _ => Some(lang.pick("两家单位的经办人", "Agent of two companies").to_owned()),
    }
}

fn person(manifest: &Manifest, user: &User, lang: Lang) -> DemoPerson {
    let purpose = match (user.username.is_empty(), user.realname_level) {
        (true, _) => lang.pick("尚未注册：用来试注册与实名核验", "No account yet: register and prove the name"),
        (false, 0) => lang.pick("已注册，未实名", "Registered, not real-named"),
        (false, 1) => lang.pick("只验证了手机号，未实名", "A verified mobile number, and no name"),
        (false, _) => lang.pick("已实名，可直接登录", "Real-named, ready to sign in"),
    };
    let more = if !user.totp_secret.is_empty() {
        let what = lang.pick("已绑定动态口令，密钥：", "Has an authenticator app; its secret: ");
        Some(format!("{what}{}", user.totp_secret))
    } else if !user.guardian.is_empty() {
        let what = lang.pick("未满十四周岁，监护人：", "Under 14; the guardian: ");
        Some(format!("{what}{}", user.guardian))
    } else if manifest.users.iter().any(|other| !other.guardian.is_empty() && other.guardian == user.username) {
        Some(lang.pick("监护人，已验证手机号", "A guardian, with a verified mobile number").to_owned())
    } else {
        None
    };
    DemoPerson {
        username: user.username.clone(),
        password: user.password.clone(),
        purpose: role(manifest, user, lang).or(more).unwrap_or_else(|| purpose.to_owned()),
        name: user.name.clone(),
        document_number: user.document_number.clone(),
        level: level(i32::from(user.realname_level)),
    }
}

/// What the demo loosened, told at its start and on its guide.
pub fn loosened(lang: Lang) -> Vec<String> {
    [
        lang.pick("允许向本机回环地址发起明文请求", "Plain http to loopback addresses is allowed"),
        lang.pick("未声明主体类型的客户端使用公共主体标识", "Clients that do not say get public subjects"),
        lang.pick("单个地址的登录与注册次数限制放宽", "Limits per address are raised"),
    ]
    .map(str::to_owned)
    .to_vec()
}

async fn asset(Path(file): Path<String>) -> Response {
    let Some(asset) = assets::find(&file) else { return StatusCode::NOT_FOUND.into_response() };
    ([(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, assets::CACHE_CONTROL)], asset.bytes)
        .into_response()
}
