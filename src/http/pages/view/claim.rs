//! Claims (OIDC Core §5.1 and ours) by the names that people know them by.

use crate::http::pages::PageContext;

/// The name of `claim` in the page's language; the claim itself when it has none.
#[must_use]
pub fn name(ctx: &PageContext, claim: &str) -> String {
    let key = match claim {
        "name" | "realname" => "claim-name",
        "masked_name" => "claim-masked-name",
        "realname_level" => "claim-level",
        "realname_time" => "claim-time",
        "user_type" => "claim-user-type",
        "phone" | "phone_number" => "claim-mobile",
        "email" => "claim-email",
        "address" => "claim-address",
        "profile" => "claim-profile",
        "identity_number" | "identity_document" => "claim-identity-number",
        "face" => "claim-face",
        other => return other.to_owned(),
    };
    ctx.t(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pages::Lang;

    #[test]
    fn a_claim_has_a_name_that_people_know_or_its_own() {
        let ctx = PageContext::sample(Lang::ZhCn);
        assert_eq!(name(&ctx, "identity_document"), "身份证号码");
        assert_eq!(name(&ctx, "seal_permit"), "seal_permit");
    }
}
