//! What sections must agree on: each rule is a function, and this file is the list of them.

use super::problem::Problem;
use super::sources::Merged;
use super::{Sections, keys};
use crate::proto::oidc::Issuer;
use crate::realname::sources::Via;
use crate::trust::NodeLevel;

/// A rule: what is wrong, as (key, message).
type Rule = fn(&Sections) -> Option<(&'static str, String)>;

const RULES: &[Rule] = &[
    issuer_is_set,
    somebody_listens,
    plain_http_stays_at_home,
    nobody_is_trusted_blindly,
    tls_and_issuer_agree,
    common_algorithms_are_served,
    one_table_of_sources,
    sources_have_names_of_their_own,
    sources_can_be_reached,
    outages_can_be_read,
    nobody_is_above_themselves,
    upstream_asks_by_openid,
    nodes_below_are_others,
    levels_descend,
    keys_below_can_be_fetched,
    ways_back_below_lead_somewhere,
    the_entity_lives_at_the_issuer,
    somebody_is_trusted,
];

/// Holds every rule against `sections`.
pub(super) fn hold(sections: &Sections, merged: &Merged, problems: &mut Vec<Problem>) {
    for (key, message) in RULES.iter().filter_map(|rule| rule(sections)) {
        // What could not be read has been reported already.
        if !problems.iter().any(|problem| problem.key == key) {
            problems.push(Problem { key: key.to_owned(), place: merged.place_of(key), message });
        }
    }
}

fn issuer_is_set(sections: &Sections) -> Option<(&'static str, String)> {
    let missing = "must be set: the base URL by which relying parties and browsers reach this node";
    sections.server.issuer.is_none().then(|| ("server.issuer", missing.to_owned()))
}

fn somebody_listens(sections: &Sections) -> Option<(&'static str, String)> {
    let listen = &sections.server.listen;
    if listen.is_empty() {
        return Some(("server.listen", "must name at least one address".to_owned()));
    }
    let twice = listen
        .iter()
        .enumerate()
        .find(|(at, address)| address.port() != 0 && listen.iter().take(*at).any(|other| other == *address));
    twice.map(|(_, address)| ("server.listen", format!("names {address} twice")))
}

/// protocol profile, issuer: plain HTTP only on loopback or behind a named proxy.
fn plain_http_stays_at_home(sections: &Sections) -> Option<(&'static str, String)> {
    let server = &sections.server;
    let outside = server.listen.iter().find(|address| !address.ip().is_loopback())?;
    let exposed = server.tls.is_none() && server.trusted_proxies.is_empty();
    let message = format!(
        "plain HTTP on {outside}: set [server.tls], or name the TLS proxy in server.trusted_proxies, or listen on loopback"
    );
    exposed.then_some(("server.listen", message))
}

/// Threat 13: headers believed from anyone.
fn nobody_is_trusted_blindly(sections: &Sections) -> Option<(&'static str, String)> {
    let anyone = sections.server.trusted_proxies.iter().find(|net| net.prefix_len() == 0)?;
    Some(("server.trusted_proxies", format!("{anyone} is everybody: name the proxies' own addresses")))
}

fn tls_and_issuer_agree(sections: &Sections) -> Option<(&'static str, String)> {
    let issuer = sections.server.issuer.as_ref()?;
    let disagree = sections.server.tls.is_some() && !issuer.is_https();
    disagree.then(|| ("server.issuer", "must begin with https:// since [server.tls] is set".to_owned()))
}

fn one_table_of_sources(sections: &Sections) -> Option<(&'static str, String)> {
    let both = sections.realname.source.is_some() && !sections.realname.sources.is_empty();
    both.then(|| ("realname.source", "must not stand beside realname.sources: give it a row there".to_owned()))
}

/// Verdicts, quotas and records go by the name.
fn sources_have_names_of_their_own(sections: &Sections) -> Option<(&'static str, String)> {
    let rows = &sections.realname.sources;
    let twice = rows.iter().enumerate().find(|(at, row)| rows.iter().take(*at).any(|other| other.name == row.name));
    twice.map(|(_, row)| ("realname.sources", format!("names {} twice", row.name)))
}

/// An authority has an address, a party and a secret; the node above has them in `[upstream]`.
fn sources_can_be_reached(sections: &Sections) -> Option<(&'static str, String)> {
    let table = sections.realname.table();
    if let Some(row) = table.iter().find(|row| !row.is_reachable()) {
        let message = match row.via {
            Via::Authority => format!("{}: url, party_id and secret must be set", row.name),
            Via::NodeAbove => format!("{}: url, party_id and secret stand in [upstream], not here", row.name),
        };
        return Some(("realname.sources", message));
    }
    let above = table.iter().find(|row| row.via == Via::NodeAbove)?;
    let nobody = sections.upstream.issuer.is_none();
    nobody.then(|| ("realname.sources", format!("{} goes by the node above: upstream.issuer must be set", above.name)))
}

fn outages_can_be_read(sections: &Sections) -> Option<(&'static str, String)> {
    let table = sections.realname.table();
    let unreadable = table.iter().find(|row| row.outage.as_ref().is_some_and(|outage| !outage.is_readable()))?;
    Some(("realname.sources", format!("the outage of {} must begin and end at RFC 3339 times", unreadable.name)))
}

/// Its configuration is published by this node, below its entity id (OpenID Federation §9).
fn the_entity_lives_at_the_issuer(sections: &Sections) -> Option<(&'static str, String)> {
    let (entity, issuer) = (sections.node.entity_id.as_ref()?, sections.server.issuer.as_ref()?);
    let elsewhere = entity.url().origin() != issuer.url().origin();
    elsewhere.then(|| ("node.entity_id", format!("must be at the host of the issuer, {issuer}")))
}

/// A node that takes part in a federation trusts somebody, or is an anchor itself.
fn somebody_is_trusted(sections: &Sections) -> Option<(&'static str, String)> {
    let federation = &sections.federation;
    let alone = federation.enabled && !federation.anchor && federation.anchors.is_empty();
    alone.then(|| ("federation.anchors", "must name an anchor, or federation.anchor be true".to_owned()))
}

/// protocol profile, signing: RS256 and ES256 always present.
fn common_algorithms_are_served(sections: &Sections) -> Option<(&'static str, String)> {
    let missing = keys::Algorithm::ALWAYS.iter().find(|needed| !sections.keys.algorithms.contains(needed))?;
    Some(("keys.algorithms", format!("must contain {missing}, which every relying party can verify")))
}

/// This node's own names: its issuer and its entity id.
fn own_names(sections: &Sections) -> impl Iterator<Item = &Issuer> {
    sections.server.issuer.iter().chain(&sections.node.entity_id)
}

fn nobody_is_above_themselves(sections: &Sections) -> Option<(&'static str, String)> {
    let above = sections.upstream.issuer.as_ref()?;
    if own_names(sections).any(|own| own == above) {
        return Some(("upstream.issuer", "is this node itself".to_owned()));
    }
    let nation = sections.node.level == NodeLevel::Nation;
    nation.then(|| ("upstream.issuer", "must not be set: nothing stands above a nation (node.level)".to_owned()))
}

fn upstream_asks_by_openid(sections: &Sections) -> Option<(&'static str, String)> {
    let missing = !sections.upstream.scope.contains("openid");
    missing.then(|| ("upstream.scope", "must contain openid".to_owned()))
}

/// A name stands for one node: not this one, not the one above, not another one below.
fn nodes_below_are_others(sections: &Sections) -> Option<(&'static str, String)> {
    let rows = &sections.below.0;
    let taken = |name: &Issuer| own_names(sections).chain(&sections.upstream.issuer).any(|other| other == name);
    let wrong = rows.iter().enumerate().find(|(at, row)| {
        let earlier = rows.iter().take(*at);
        let twice = earlier.into_iter().any(|other| other.entity_id == row.entity_id || other.issuer() == row.issuer());
        twice || taken(&row.entity_id) || taken(row.issuer())
    });
    let message = "stands for more than one node: this one, the one above, or another one below";
    wrong.map(|(_, row)| ("below", format!("{} {message}", row.entity_id)))
}

fn levels_descend(sections: &Sections) -> Option<(&'static str, String)> {
    let own = sections.node.level;
    let wrong = sections.below.0.iter().find(|row| !own.is_above(row.level))?;
    let (row, level, own) = (&wrong.entity_id, wrong.level.name(), own.name());
    Some(("below", format!("{row} is a {level}, which does not stand below a {own} (node.level)")))
}

/// Where browsers go back to: an address as it will be compared, letter by letter.
fn ways_back_below_lead_somewhere(sections: &Sections) -> Option<(&'static str, String)> {
    let good = |uri: &str| {
        let url = url::Url::parse(uri).ok().filter(|url| url.as_str() == uri && url.fragment().is_none());
        url.is_some_and(|url| url.scheme() == "https" || (url.scheme() == "http" && url.host_str().is_some()))
    };
    let wrong = sections.below.0.iter().find(|row| row.return_uri.as_ref().is_some_and(|uri| !good(uri)))?;
    Some(("below", format!("return_uri of {} is not a web address in its normal form", wrong.entity_id)))
}

fn keys_below_can_be_fetched(sections: &Sections) -> Option<(&'static str, String)> {
    let readable = |uri: &String| url::Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    let wrong = sections.below.0.iter().find(|row| row.jwks_uri.as_ref().is_some_and(|uri| !readable(uri)))?;
    Some(("below", format!("jwks_uri of {} is not a web address", wrong.entity_id)))
}
