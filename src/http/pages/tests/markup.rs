//! A small, strict reader of the HTML that templates write, and the rules that every page keeps.

use std::collections::{BTreeMap, BTreeSet};

/// One start tag.
#[derive(Debug, Clone)]
pub(crate) struct Tag {
    /// The element's name.
    pub(crate) name: String,
    /// Its attributes, references resolved.
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Tag {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

const VOID: [&str; 6] = ["meta", "link", "input", "img", "br", "hr"];
const DRAWN: [&str; 5] = ["path", "circle", "rect", "g", "svg"];

/// The start tags of `html` in order.
///
/// Panics on what a browser would have to guess at: an element left open, an attribute without quotes or given twice, a bare `<`.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('!') {
            assert!(after.starts_with("doctype html>"), "only the doctype may begin with <!: {:.40}", after);
            continue;
        }
        let end = end_of_tag(rest);
        let inside = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "</{name}> closes something else near {:.60}", rest);
            continue;
        }
        let closed = inside.ends_with('/');
        let tag = parse(inside.trim_end_matches('/'));
        if tag.name == "script" && !rest.starts_with("</script>") {
            rest = &rest[rest.find("</script>").expect("a script ends")..];
        }
        let is_void = VOID.contains(&tag.name.as_str());
        assert!(!closed || DRAWN.contains(&tag.name.as_str()), "<{}/> closes itself", tag.name);
        if !is_void && !closed {
            open.push(tag.name.clone());
        }
        found.push(tag);
    }
    assert!(open.is_empty(), "left open: {open:?}");
    found
}

fn end_of_tag(text: &str) -> usize {
    let mut quoted = false;
    text.char_indices()
        .find(|(_, c)| {
            quoted ^= *c == '"';
            *c == '>' && !quoted
        })
        .unwrap_or_else(|| panic!("a tag is not closed: {text:.60}"))
        .0
}

fn parse(inside: &str) -> Tag {
    let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "not an element: <{inside:.60}");
    let mut attributes = BTreeMap::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let mut value = String::new();
        rest = after;
        if let Some(quoted) = after.strip_prefix("=\"") {
            let (inner, beyond) = quoted.split_once('"').expect("a value is quoted on both sides");
            value = unescape(inner);
            rest = beyond;
        } else {
            assert!(!after.starts_with('='), "{attribute} has a value without quotes in <{inside:.80}");
        }
        assert!(attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "not an attribute: {attribute:?}");
        assert!(attributes.insert(attribute.to_owned(), value).is_none(), "{attribute} twice in <{inside:.80}");
    }
    Tag { name: name.to_owned(), attributes }
}

/// Text as a browser shows it.
pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

/// Holds `html` to the rules of every page of the node and of the demo.
pub(crate) fn check(name: &str, html: &str, lang: &str) {
    let tags = tags(html);
    check_shape(name, html, &tags, lang);
    check_nothing_inline(name, &tags);
    check_references(name, &tags);
    check_labels(name, &tags);
}

fn check_shape(name: &str, html: &str, tags: &[Tag], lang: &str) {
    let count = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted).count();
    assert!(html.starts_with("<!doctype html>"), "{name}: standards mode");
    assert_eq!(tags[0].get("lang"), Some(lang), "{name}: language");
    for once in ["title", "h1", "main", "header"] {
        assert_eq!(count(once), 1, "{name}: one <{once}>");
    }
    assert!(!html.contains('⟦'), "{name}: wording is missing: {}", &html[html.find('⟦').unwrap_or(0)..][..60]);
    assert!(!html.contains(['\u{2068}', '\u{2069}']), "{name}: marks of the wording are left");
}

fn check_nothing_inline(name: &str, tags: &[Tag]) {
    for tag in tags {
        assert_ne!(tag.name, "style", "{name}: no inline style sheet");
        for (attribute, value) in &tag.attributes {
            assert!(!attribute.starts_with("on") && attribute != "style", "{name}: <{} {attribute}>", tag.name);
            let low = value.trim_start().to_ascii_lowercase();
            assert!(!low.starts_with("javascript:") && !low.starts_with("vbscript:"), "{name}: {value}");
        }
        if tag.name == "script" {
            assert!(tag.get("nonce").is_some_and(|nonce| !nonce.is_empty()), "{name}: a script without nonce");
        }
        if tag.get("target") == Some("_blank") {
            assert_eq!(tag.get("rel"), Some("noopener"), "{name}: a new window knows nothing of this one");
        }
    }
}

fn check_references(name: &str, tags: &[Tag]) {
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.get("id")) {
        assert!(ids.insert(id), "{name}: id {id} twice");
        assert!(!id.is_empty() && !id.contains(char::is_whitespace), "{name}: id {id:?}");
    }
    for tag in tags {
        for attribute in ["for", "aria-describedby", "aria-labelledby", "aria-controls"] {
            for id in tag.get(attribute).unwrap_or_default().split_whitespace() {
                assert!(ids.contains(id), "{name}: {attribute}={id} leads nowhere");
            }
        }
        if let Some(id) = tag.get("href").and_then(|href| href.strip_prefix('#')) {
            assert!(ids.contains(id), "{name}: #{id} leads nowhere");
        }
    }
}

fn check_labels(name: &str, tags: &[Tag]) {
    let labelled: BTreeSet<&str> = tags.iter().filter(|t| t.name == "label").filter_map(|t| t.get("for")).collect();
    for input in tags.iter().filter(|tag| tag.name == "input" && tag.get("type") != Some("hidden")) {
        let by_label = input.get("id").is_some_and(|id| labelled.contains(id));
        assert!(by_label || input.get("aria-label").is_some(), "{name}: an input without a label: {input:?}");
    }
    for picture in tags.iter().filter(|tag| tag.name == "img") {
        assert!(picture.get("alt").is_some(), "{name}: a picture without alt");
    }
    for drawing in tags.iter().filter(|tag| tag.name == "svg") {
        assert_eq!(drawing.get("aria-hidden"), Some("true"), "{name}: drawings stand beside words");
    }
}

#[test]
#[should_panic(expected = "closes something else")]
fn the_reader_sees_what_is_nested_wrongly() {
    tags("<p><b></p></b>");
}

#[test]
#[should_panic(expected = "without quotes")]
fn the_reader_sees_attributes_without_quotes() {
    tags("<p class=a></p>");
}

#[test]
#[should_panic(expected = "onclick")]
fn the_rules_see_handlers() {
    check_nothing_inline("test", &tags("<p onclick=\"x()\"></p>"));
}

#[test]
#[should_panic(expected = "without a label")]
fn the_rules_see_inputs_without_labels() {
    check_labels("test", &tags("<input type=\"text\" id=\"a\">"));
}
