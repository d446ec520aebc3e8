//! The configuration as TOML, every key in it, with the source of each value beside it.

use std::fmt::Write;

use figment::value::{Dict, Value};

use super::problem::Place;
use super::profile::Profile;
use super::sources::Merged;

/// Renders `sections`.
pub(super) fn as_toml(profile: Profile, sections: &[(&'static str, Value)], merged: &Merged) -> String {
    let mut out = Text { out: String::new(), merged };
    out.line(&["profile".to_owned()], "profile", Some(&Value::from(profile.name())));
    // A list at the top stands before the first table, or it would be part of one.
    for (name, value) in sections.iter().filter(|(_, value)| matches!(value, Value::Array(..))) {
        out.line(&[(*name).to_owned()], name, Some(value));
    }
    for (name, value) in sections {
        if let Value::Dict(_, dict) = value {
            out.table(&mut vec![(*name).to_owned()], dict);
        }
    }
    out.out
}

struct Text<'m> {
    out: String,
    merged: &'m Merged,
}

impl Text<'_> {
    fn table(&mut self, path: &mut Vec<String>, dict: &Dict) {
        let _ = writeln!(self.out, "\n[{}]", path.iter().map(|part| key(part)).collect::<Vec<_>>().join("."));
        let (tables, values): (Vec<_>, Vec<_>) = dict.iter().partition(|(_, value)| matches!(value, Value::Dict(..)));
        for (name, value) in values {
            path.push(name.clone());
            self.line(path, name, Some(value).filter(|value| !matches!(value, Value::Empty(..))));
            path.pop();
        }
        for (name, value) in tables {
            if let Value::Dict(_, inner) = value {
                path.push(name.clone());
                self.table(path, inner);
                path.pop();
            }
        }
    }

    fn line(&mut self, path: &[String], name: &str, value: Option<&Value>) {
        let Some(value) = value else {
            let _ = writeln!(self.out, "# {} is not set", key(name));
            return;
        };
        let _ = match self.merged.set_by(path) {
            Place::Default => writeln!(self.out, "{} = {}", key(name), inline(value)),
            place => writeln!(self.out, "{} = {}  # {place}", key(name), inline(value)),
        };
    }
}

fn key(name: &str) -> String {
    toml_edit::Key::new(name).to_string()
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(_, text) => toml_edit::Value::from(text.as_str()).to_string(),
        Value::Char(_, letter) => toml_edit::Value::from(letter.to_string()).to_string(),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => {
            let whole = number.to_i128().map(|n| n.to_string()).or_else(|| number.to_u128().map(|n| n.to_string()));
            whole.or_else(|| number.to_f64().map(|n| n.to_string())).unwrap_or_default()
        }
        Value::Empty(..) => "\"\"".to_owned(),
        Value::Array(_, items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Dict(_, dict) => {
            let set = dict.iter().filter(|(_, value)| !matches!(value, Value::Empty(..)));
            let pairs = set.map(|(name, value)| format!("{} = {}", key(name), inline(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}
