//! The Content-Security-Policy under which every page works: no inline style, no script without the page's nonce, no frame.

/// Where the forms of a page may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormTargets {
    /// Only this node: the account centre, password change.
    ThisNode,
    /// Any site. Browsers apply `form-action` to every redirect that follows a post, and a sign-in redirects to the relying
    /// party and, level by level, beyond it to hosts that this node cannot know. `form_post` needs it too.
    Anywhere,
}

/// The header's value for a page whose scripts carry `nonce`.
#[must_use]
pub fn content_security_policy(nonce: &str, forms: FormTargets) -> String {
    let form_action = match forms {
        FormTargets::ThisNode => "; form-action 'self'",
        FormTargets::Anywhere => "",
    };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'nonce-{nonce}'; img-src 'self'; connect-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'{form_action}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_no_frames() {
        let policy = content_security_policy("abc", FormTargets::ThisNode);
        assert!(!policy.contains("unsafe"));
        assert!(policy.contains("script-src 'nonce-abc';"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(policy.ends_with("form-action 'self'"));
        assert!(!content_security_policy("abc", FormTargets::Anywhere).contains("form-action"));
    }
}
