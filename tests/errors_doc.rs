//! `docs/ERRORS.md` against the source: a code that can be answered has a row that explains it.

use std::fs;
use std::path::Path;

use hufu::proto::facade::ticket::Gateway;
use hufu::proto::facade::{FacadeError, exchange, ticket};
use hufu::proto::oauth::{ErrorCode, OAuthError};

/// A file of the project; empty when it is not there, which no test here passes.
fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default()
}

/// The rows of the tables under one heading, cell by cell.
fn rows(document: &str, heading: &str) -> Vec<Vec<String>> {
    let section = document.split("\n## ").find(|part| part.starts_with(heading)).unwrap_or_default();
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    lines.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The stable codes that a source file answers with: every text of lower-case words between quotes after `marker`.
fn codes_in(source: &str, marker: &str) -> Vec<String> {
    let is_code = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let after = source.split(marker).skip(1).filter_map(|rest| rest.lines().next());
    after.filter_map(|line| line.split('"').nth(1)).filter(is_code).map(str::to_owned).collect()
}

#[test]
fn every_oauth_code_is_explained_with_its_status() {
    let rows = rows(&read("docs/ERRORS.md"), "OAuth and OpenID Connect codes");
    assert_eq!(rows.len(), ErrorCode::ALL.len(), "one row a code");
    for code in ErrorCode::ALL {
        let name = format!("`{}`", code.as_str());
        let row = rows.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("{name} has no row"));
        assert_eq!(row.len(), 5, "{name}");
        assert_eq!(row[1], code.http_status().to_string(), "the status of {name}");
        assert!(row[3].len() > 10, "{name} says what it means");
    }
}

#[test]
fn every_error_under_prompt_none_is_one_of_ours() {
    let document = read("docs/ERRORS.md");
    let section = document.split("\n## ").find(|part| part.starts_with("Under prompt=none")).unwrap();
    let errors: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with("| ") && line.ends_with("` |"))
        .filter_map(|line| line.rsplit('`').nth(1))
        .collect();
    assert!(errors.len() >= 6, "{errors:?}");
    for error in errors {
        assert!(ErrorCode::ALL.iter().any(|code| code.as_str() == error), "{error}");
    }
}

/// The gate and the authority answer with codes of their own; each is in its table.
#[test]
fn every_code_beside_oauth_is_explained() {
    let document = read("docs/ERRORS.md");
    let sources = [
        ("The gate", "src/http/middleware/refusal.rs", "=> ", 6),
        ("The authority", "src/demo/authority/problem.rs", "(StatusCode::", 14),
        ("The verification service", "src/http/api/verifications.rs", "StatusCode::", 6),
        ("The verification service", "src/verification/question.rs", "=> ", 9),
        ("User information", "src/http/api/users.rs", "refused(", 3),
        ("Registrations", "src/registrations/judge.rs", "ScimError::", 12),
        ("Registrations", "src/registrations/mod.rs", "ScimError::", 4),
        ("Registrations", "src/registrations/content.rs", "ScimError::", 2),
        ("Registrations", "src/registrations/query.rs", "ScimError::", 1),
        ("Registrations", "src/registrations/bulk.rs", "ScimType::InvalidValue, ", 1),
        ("Registrations", "src/proto/scim/bulk.rs", "ScimError::", 3),
        ("Registrations", "src/proto/scim/schema.rs", "ScimError::", 2),
        ("Registrations", "src/http/scim/answer.rs", "ScimError::", 3),
    ];
    for (heading, source, marker, at_least) in sources {
        let (codes, rows) = (codes_in(&read(source), marker), rows(&document, heading));
        assert!(codes.len() >= at_least, "{source}: {codes:?}");
        for code in codes {
            let name = format!("`{code}`");
            assert!(rows.iter().any(|row| row[0] == name), "{name} has no row under {heading:?}");
        }
    }
}

/// Each wire of a façade has its own words, and every one of them is explained.
#[test]
fn every_code_of_a_facade_is_explained() {
    let document = read("docs/ERRORS.md");
    let section = document.split("\n## ").find(|part| part.starts_with("Façades")).unwrap();
    let engine = OAuthError::new(ErrorCode::ServerError, "a fault of ours");
    let errors = [
        FacadeError::Format("malformed"),
        FacadeError::UnknownService,
        FacadeError::NotGranted,
        FacadeError::Suspended,
        FacadeError::Signature,
        FacadeError::Clock,
        FacadeError::Replayed,
        FacadeError::NotATicket,
        FacadeError::TicketOver,
        FacadeError::OthersTicket,
        FacadeError::TokenOver,
        FacadeError::NobodyToTell,
        FacadeError::Engine(engine),
    ];
    for error in &errors {
        let (result, text) = ticket::result(error);
        let gateway = match ticket::gateway(error) {
            Gateway::Unauthorized(message) => message,
            Gateway::Coded(code, _) => code,
        };
        let (code, _) = exchange::code(error);
        for told in [format!("`{result}`"), format!("`{gateway}`"), format!("`{code}`")] {
            assert!(section.contains(&told), "{told} is not explained");
        }
        let said = text.split('，').next().unwrap();
        assert!(section.contains(said), "{said} is not explained");
    }
}
