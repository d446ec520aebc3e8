//! Registrations as real clients send them, and as attackers would.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::proto::oidc::SubjectType;

fn policy() -> RegistrationPolicy {
    RegistrationPolicy {
        subject_type: SubjectType::Pairwise,
        consent: ConsentMode::FirstUse,
        http_loopback: false,
        trusted: false,
        signing_algs: vec![SigningAlg::RS256, SigningAlg::ES256],
        open_scopes: ["openid", "profile"].map(str::to_owned).to_vec(),
    }
}

fn operator() -> RegistrationPolicy {
    RegistrationPolicy { trusted: true, ..policy() }
}

fn read(value: Value) -> Result<ClientMetadata, OAuthError> {
    let Value::Object(members) = value else { panic!("{value}") };
    ClientMetadata::read(members)
}

/// The least a client sends, with changes; `null` takes a member away.
fn register_with(changes: &Value, policy: &RegistrationPolicy) -> Result<ValidMetadata, OAuthError> {
    let mut request = json!({"redirect_uris": ["https://a.example/cb"], "client_name": "A"});
    request.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    read(request)?.validate(policy)
}

fn register(changes: &Value) -> ValidMetadata {
    register_with(changes, &policy()).unwrap_or_else(|error| panic!("{changes}: {error}"))
}

fn refusal(changes: &Value) -> OAuthError {
    match register_with(changes, &policy()) {
        Err(error) => error,
        Ok(_) => panic!("{changes} must be refused"),
    }
}

fn refused_member(changes: &Value) -> String {
    let error = refusal(changes);
    assert_eq!(error.code, ErrorCode::InvalidClientMetadata, "{changes}: {error}");
    error.description.split(':').next().unwrap().to_owned()
}

fn jwks() -> Value {
    json!({"keys": [{
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }]})
}

#[test]
fn defaults_are_those_of_openid_connect_registration() {
    let client = register(&json!({}));
    assert_eq!(client.id_token_signed_response_alg, SigningAlg::RS256);
    assert_eq!(client.token_endpoint_auth_method, ClientAuthMethod::ClientSecretBasic);
    assert_eq!(client.application_type, ApplicationType::Web);
    assert_eq!(client.response_types, [ResponseType::Code]);
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode]);
    assert!(client.allows_grant(GrantType::AuthorizationCode) && !client.allows_grant(GrantType::RefreshToken));
    assert_eq!(client.subject_type, SubjectType::Pairwise);
    assert_eq!(client.consent, ConsentMode::FirstUse);
    assert_eq!(client.access_token_format, AccessTokenFormat::Jwt);
    assert_eq!(client.sector(), Some("a.example"));
    assert!(!client.needs_pkce() && !client.reauthenticates_always());
}

#[test]
fn members_of_other_standards_are_passed_over_and_null_is_left_out() {
    let client = register(&json!({
        "tls_client_auth_subject_dn": "x", "id_token_encrypted_response_alg": null, "software_statement": 7,
        "client_id": "chosen-by-me", "client_secret": "mine", "logo_uri": null, "jwks": null, "weird#x": 1,
        "sector": {"host": "victim.example"},
    }));
    assert_eq!(client.sector(), Some("a.example"));
    let answer = client.as_registered().unwrap();
    let names: Vec<_> = answer.keys().map(String::as_str).collect();
    for absent in [
        "tls_client_auth_subject_dn",
        "client_id",
        "client_secret",
        "software_statement",
        "logo_uri",
        "jwks",
        "weird#x",
        "sector",
    ] {
        assert!(!names.contains(&absent), "{absent}");
    }
    assert_eq!(answer["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(answer["response_types"], json!(["code"]));
}

#[test]
fn names_and_links_may_have_languages() {
    let client = register(&json!({
        "client_name#zh-CN": "办事大厅", "client_name#en": "Matters", "policy_uri#zh-CN": "https://a.example/zh",
        "client_name#fr": null,
    }));
    let names = &client.localized;
    assert_eq!(names.get("client_name", "zh-cn"), Some("办事大厅"));
    assert_eq!(names.get("policy_uri", "zh-CN"), Some("https://a.example/zh"));
    assert_eq!(names.get("client_name", "fr"), None);
    assert_eq!((client.name("en"), client.name("fr")), (Some("Matters"), Some("A")));
    assert_eq!(client.as_registered().unwrap()["policy_uri#zh-CN"], "https://a.example/zh");
    assert_eq!(refused_member(&json!({"tos_uri#zh-CN": "javascript:alert(1)"})), "tos_uri");
    assert_eq!(refused_member(&json!({"client_name#zh-CN": "好\u{202e}"})), "client_name");
    for bad in [json!({"client_name#": "x"}), json!({"client_name#../x": "x"}), json!({"client_name#zh-CN": 1})] {
        assert_eq!(refusal(&bad).code, ErrorCode::InvalidClientMetadata);
    }
}

#[test]
fn a_stored_client_is_read_back_as_it_was() {
    let client = register(&json!({
        "scope": "openid phone", "client_name#zh-CN": "甲", "jwks": jwks(), "default_max_age": 60,
        "minimum_acr": "urn:hufu:acr:l2", "factors": ["pwd", "otp"], "reauthenticate": "always", "logout_on_expiry": true,
        "isolated": true, "purpose": "办理", "purposes": {"phone": {"en": "telling you"}}, "access_token_format": "opaque",
    }));
    assert!(client.reauthenticates_always() && client.logout_on_expiry && client.isolated);
    let stored = serde_json::to_string(&client).unwrap();
    assert_eq!(serde_json::from_str::<ValidMetadata>(&stored).unwrap(), client);
}

#[test]
fn purposes_are_told_in_the_language_that_is_wished_or_in_one_that_is_spoken() {
    let client = register(&json!({
        "purpose": "办理业务", "purpose#en": "handling your matter",
        "purposes": {"phone": {"zh-CN": "通知您", "en": "telling you"}, "profile": "称呼您"},
    }));
    assert_eq!((client.purpose("en"), client.purpose("fr")), (Some("handling your matter"), Some("办理业务")));
    assert_eq!(client.purposes.of("phone", "EN"), Some("telling you"));
    assert!(client.purposes.of("phone", "fr").is_some());
    assert_eq!((client.purposes.of("profile", "en"), client.purposes.of("name", "en")), (Some("称呼您"), None));
    let version = client.purpose_version();
    assert_eq!(version.len(), 16);
    for changes in [json!({"purpose": "别的"}), json!({"purposes": {"profile": "x"}}), json!({"purpose#en": "x"})] {
        assert_ne!(register(&changes).purpose_version(), version, "{changes}");
    }
    assert_eq!(register(&json!({})).purpose_version(), "");
}

#[test]
fn purposes_that_could_deceive_are_refused() {
    let long = "字".repeat(201);
    for changes in [
        json!({"purpose": long}),
        json!({"purpose": "办理\n点击同意"}),
        json!({"purpose#en": "x\u{202e}y"}),
        json!({"purposes": "办理"}),
        json!({"purposes": {"phone": long}}),
        json!({"purposes": {"phone": {"zh CN": "通知"}}}),
        json!({"purposes": {"两 个": "通知"}}),
        json!({"purposes": (0..11).map(|n| (format!("s{n}"), json!("x"))).collect::<serde_json::Map<_, _>>()}),
    ] {
        assert_eq!(refusal(&changes).code, ErrorCode::InvalidClientMetadata, "{changes}");
    }
}

#[test]
fn what_is_not_well_typed_is_refused() {
    for changes in [
        json!({"redirect_uris": "https://a.example"}),
        json!({"response_types": ["token"]}),
        json!({"response_types": ["none"]}),
        json!({"grant_types": ["password"]}),
        json!({"application_type": "desktop"}),
        json!({"subject_type": "PUBLIC"}),
        json!({"default_max_age": -1}),
        json!({"require_auth_time": "true"}),
        json!({"scope": "open\"id"}),
        json!({"minimum_acr": "urn:hufu:acr:l9"}),
        json!({"factors": ["telepathy"]}),
        json!({"token_endpoint_auth_method": "tls_client_auth"}),
        json!({"reauthenticate": "sometimes"}),
    ] {
        assert_eq!(refusal(&changes).code, ErrorCode::InvalidClientMetadata, "{changes}");
    }
}

/// Threat 17
#[test]
fn the_algorithm_none_is_refused_everywhere() {
    for member in [
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "request_object_signing_alg",
        "token_endpoint_auth_signing_alg",
    ] {
        assert_eq!(refusal(&json!({ member: "none" })).code, ErrorCode::InvalidClientMetadata, "{member}");
    }
}

/// Threat 3
#[test]
fn dangerous_uris_are_refused_in_every_member() {
    let bad = [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "https://a.example/#x",
        "https://*.a.example/",
        "http://a.example/",
        "https://user:pw@a.example/",
        "https://a.example\\evil",
        "/relative",
        "",
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "javascript://a.example/%0aalert(1)",
        "ftp://a.example/",
    ];
    let members = [
        "logo_uri",
        "client_uri",
        "policy_uri",
        "tos_uri",
        "jwks_uri",
        "sector_identifier_uri",
        "initiate_login_uri",
        "backchannel_logout_uri",
    ];
    for uri in bad {
        for member in members {
            assert_eq!(refused_member(&json!({ member: uri })), member, "{uri}");
        }
        for member in ["post_logout_redirect_uris", "request_uris"] {
            assert_eq!(refused_member(&json!({ member: ["https://a.example/ok", uri] })), member, "{uri}");
        }
        let refused = refusal(&json!({"redirect_uris": ["https://a.example/cb", uri]}));
        assert_eq!(refused.code, ErrorCode::InvalidRedirectUri, "{uri}");
    }
}

#[test]
fn plain_http_is_for_loopback_hosts_where_it_is_allowed() {
    let demo = RegistrationPolicy { http_loopback: true, ..policy() };
    let local = json!({
        "redirect_uris": ["http://127.0.0.11:9011/cb"], "backchannel_logout_uri": "http://127.0.0.11:9011/logout",
        "post_logout_redirect_uris": ["http://127.0.0.11:9011/"], "jwks_uri": "http://localhost:9011/jwks",
    });
    let client = register_with(&local, &demo).unwrap();
    assert_eq!(client.sector(), Some("127.0.0.11"));
    assert!(client.accepts_redirect_uri("http://127.0.0.11:9011/cb"));
    assert!(!client.accepts_redirect_uri("http://127.0.0.11:9012/cb"), "the port of a web client counts");
    assert!(register_with(&local, &policy()).is_err());
    assert!(register_with(&json!({"logo_uri": "http://10.0.0.1/"}), &demo).is_err());
}

#[test]
fn native_and_public_clients_need_pkce() {
    let client = register(&json!({
        "application_type": "native", "require_pkce": false,
        "redirect_uris": ["com.example.app:/cb", "http://127.0.0.1/cb"], "post_logout_redirect_uris": ["com.example.app:/bye"],
    }));
    assert_eq!(client.token_endpoint_auth_method, ClientAuthMethod::None);
    assert!(client.needs_pkce() && client.require_pkce);
    assert!(
        client.accepts_redirect_uri("http://127.0.0.1:50123/cb") && client.accepts_redirect_uri("com.example.app:/cb")
    );
    assert!(!client.accepts_redirect_uri("http://localhost:50123/cb"));
    assert!(client.accepts_post_logout_redirect_uri("com.example.app:/bye"));
    assert_eq!(client.sector(), None, "nobody owns a loopback address: the client is a sector of its own");
    assert!(register(&json!({"token_endpoint_auth_method": "none", "require_pkce": false})).needs_pkce());
    assert!(register(&json!({"require_pkce": true})).needs_pkce() && !register(&json!({})).needs_pkce());
}

#[test]
fn pairwise_subjects_need_one_sector() {
    let two = json!({"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]});
    assert_eq!(refused_member(&two), "sector_identifier_uri");
    let with = |changes: Value| {
        let mut all = two.clone();
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        all
    };
    assert_eq!(register(&with(json!({"subject_type": "public"}))).sector(), None);
    let named = register(&with(json!({"sector_identifier_uri": "https://sector.example/uris.json"})));
    assert_eq!(named.sector(), Some("sector.example"));
    let one = json!({"redirect_uris": ["https://a.example/cb", "https://a.example:8443/other"]});
    assert_eq!(register(&one).sector(), Some("a.example"));
    let machine = json!({"redirect_uris": null, "grant_types": ["client_credentials"]});
    assert_eq!(register(&machine).sector(), None);
}

/// Somebody registers a victim's host beside a scheme of their own, to be told the victim's subjects.
#[test]
fn a_sector_is_not_borrowed_by_a_native_client() {
    let mixed =
        json!({"application_type": "native", "redirect_uris": ["https://victim.example/cb", "com.evil.app:/cb"]});
    assert_eq!(refused_member(&mixed), "sector_identifier_uri");
}

/// Whoever was told some subjects of a sector is never told those of another.
#[test]
fn a_sector_is_fixed_once_and_kept() {
    let update = |earlier: &ValidMetadata, changes: Value| register(&changes).succeeding(earlier);
    let moved = |earlier: &ValidMetadata, changes: Value| {
        let error = update(earlier, changes.clone()).expect_err(&changes.to_string());
        assert_eq!(error.code, ErrorCode::InvalidClientMetadata, "{changes}");
    };
    let first = register(&json!({}));
    let stayed = update(&first, json!({"redirect_uris": ["https://a.example:8443/x"], "client_name": "B"})).unwrap();
    assert_eq!(stayed.sector(), Some("a.example"));
    moved(&first, json!({"redirect_uris": ["https://b.example/cb"]}));
    moved(&first, json!({"application_type": "native", "redirect_uris": ["com.evil.app:/cb"]}));
    let elsewhere = ["https://b.example/cb", "https://c.example/cb"];
    let listed_at =
        |host: &str| json!({"redirect_uris": elsewhere, "sector_identifier_uri": format!("https://{host}/l")});
    assert_eq!(update(&first, listed_at("a.example")).unwrap().sector(), Some("a.example"));
    moved(&first, listed_at("b.example"));
    let public = update(&first, json!({"subject_type": "public", "redirect_uris": ["https://b.example/cb"]})).unwrap();
    moved(&public, json!({"redirect_uris": ["https://b.example/cb"]}));
    let stored: ValidMetadata = serde_json::from_str(&serde_json::to_string(&public).unwrap()).unwrap();
    assert_eq!(update(&stored, json!({})).unwrap().sector(), Some("a.example"));
}

#[test]
fn a_client_that_is_its_own_sector_stays_so() {
    let app = register(&json!({"application_type": "native", "redirect_uris": ["com.example.app:/cb"]}));
    let on_the_web = register(&json!({})).succeeding(&app).unwrap();
    assert_eq!(on_the_web.sector(), None, "the subjects that it knows do not change");
    let named = register(&json!({"sector_identifier_uri": "https://victim.example/l"}));
    assert_eq!(named.succeeding(&app).unwrap_err().code, ErrorCode::InvalidClientMetadata);
}

#[test]
fn a_sector_is_fixed_when_there_is_one() {
    let machine = register(&json!({"redirect_uris": null, "grant_types": ["client_credentials"]}));
    assert_eq!(register(&json!({})).succeeding(&machine).unwrap().sector(), Some("a.example"));
    let public = register(&json!({"subject_type": "public"}));
    assert_eq!(register(&json!({})).succeeding(&public).unwrap().sector(), Some("a.example"));
}

#[test]
fn an_administrator_moves_a_client_and_its_subjects_stay() {
    let moved = register(&json!({"redirect_uris": ["https://b.example/cb"]})).keeping_sector(&register(&json!({})));
    assert_eq!(moved.sector(), Some("a.example"));
    assert!(moved.accepts_redirect_uri("https://b.example/cb"));
}

#[test]
fn grants_and_response_types_fit_each_other() {
    let machine = register(&json!({"redirect_uris": null, "grant_types": ["client_credentials"]}));
    assert!(machine.response_types.is_empty() && !machine.allows_grant(GrantType::AuthorizationCode));
    for bad in [
        json!({"response_types": ["id_token code"]}),
        json!({"response_types": ["code", "id_token"]}),
        json!({"grant_types": ["client_credentials"], "response_types": ["code"]}),
        json!({"grant_types": ["authorization_code"], "response_types": []}),
    ] {
        assert_eq!(refused_member(&bad), "response_types", "{bad}");
    }
    for bad in [json!({"grant_types": []}), json!({"grant_types": ["refresh_token"], "response_types": []})] {
        assert_eq!(refused_member(&bad), "grant_types", "{bad}");
    }
    for grant in ["implicit", "password", "urn:openid:params:grant-type:ciba"] {
        assert_eq!(refusal(&json!({"grant_types": [grant]})).code, ErrorCode::InvalidClientMetadata, "{grant}");
    }
}

#[test]
fn flows_by_redirect_need_a_redirect_uri() {
    for none in [json!({"redirect_uris": null}), json!({"redirect_uris": []})] {
        assert_eq!(refusal(&none).code, ErrorCode::InvalidRedirectUri);
    }
}

#[test]
fn authentication_by_key_needs_a_key() {
    let method = json!({"token_endpoint_auth_method": "private_key_jwt"});
    assert_eq!(refused_member(&method), "token_endpoint_auth_method");
    let with = |name: &str, value: Value| json!({"token_endpoint_auth_method": "private_key_jwt", name: value});
    register(&with("jwks", jwks()));
    register(&with("jwks_uri", json!("https://a.example/jwks")));
    let mut wrong = with("jwks", jwks());
    wrong["token_endpoint_auth_signing_alg"] = "RS256".into();
    assert_eq!(refused_member(&wrong), "token_endpoint_auth_method");
    wrong["token_endpoint_auth_signing_alg"] = "HS256".into();
    assert_eq!(refused_member(&wrong), "token_endpoint_auth_signing_alg");
    assert_eq!(refused_member(&with("jwks", json!({"keys": []}))), "token_endpoint_auth_method");
    let no_need = register(&json!({"token_endpoint_auth_signing_alg": "HS256"}));
    assert_eq!(no_need.token_endpoint_auth_signing_alg, None);
}

#[test]
fn a_client_without_authentication_gets_no_token_for_itself() {
    let bare =
        json!({"token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "client_credentials"]});
    assert_eq!(refused_member(&bare), "token_endpoint_auth_method");
    assert_eq!(
        refusal(&json!({"token_endpoint_auth_method": "client_secret_jwt"})).code,
        ErrorCode::InvalidClientMetadata
    );
}

#[test]
fn keys_come_by_value_or_by_reference_and_are_public() {
    assert_eq!(refused_member(&json!({"jwks": jwks(), "jwks_uri": "https://a.example/jwks"})), "jwks and jwks_uri");
    let mut private = jwks();
    private["keys"][0]["d"] = "AA".into();
    assert_eq!(refused_member(&json!({ "jwks": private })), "jwks");
    assert_eq!(refused_member(&json!({"jwks": {"keys": [{"kty": "oct", "k": "AA"}]}})), "jwks");
    assert_eq!(refused_member(&json!({"jwks": "https://a.example/jwks"})), "jwks");
}

#[test]
fn signatures_are_those_that_can_be_made_and_checked() {
    assert_eq!(
        register(&json!({"id_token_signed_response_alg": "ES256"})).id_token_signed_response_alg,
        SigningAlg::ES256
    );
    for alg in ["HS256", "EdDSA", "PS256"] {
        for member in ["id_token_signed_response_alg", "userinfo_signed_response_alg"] {
            assert_eq!(refused_member(&json!({ member: alg })), member, "this node does not sign with {alg}");
        }
    }
    let more = RegistrationPolicy { signing_algs: vec![SigningAlg::RS256, SigningAlg::EdDSA], ..policy() };
    let client = register_with(&json!({"id_token_signed_response_alg": "EdDSA"}), &more).unwrap();
    assert_eq!(client.id_token_signed_response_alg, SigningAlg::EdDSA);
    assert_eq!(refused_member(&json!({"request_object_signing_alg": "HS256"})), "request_object_signing_alg");
    assert_eq!(refused_member(&json!({"request_object_signing_alg": "ES256"})), "request_object_signing_alg");
    assert_eq!(refused_member(&json!({"require_signed_request_object": true})), "require_signed_request_object");
    let unusual = json!({"request_object_signing_alg": "RS512", "jwks_uri": "https://a.example/jwks"});
    assert_eq!(refused_member(&unusual), "request_object_signing_alg");
    register(&json!({"require_signed_request_object": true, "request_object_signing_alg": "ES256", "jwks": jwks()}));
}

#[test]
fn encryption_is_refused_and_not_passed_over() {
    for member in
        ["id_token_encrypted_response_alg", "userinfo_encrypted_response_alg", "request_object_encryption_alg"]
    {
        assert_eq!(refused_member(&json!({ member: "RSA-OAEP" })), member);
    }
}

#[test]
fn nobody_excuses_themselves_from_consent() {
    let law = json!({"consent": "statutory", "legal_basis": "国务院令第 682 号"});
    assert_eq!(refused_member(&law), "consent and legal_basis");
    assert_eq!(refused_member(&json!({"legal_basis": "x"})), "consent and legal_basis");
    assert_eq!(register_with(&law, &operator()).unwrap().consent, ConsentMode::Statutory);
    let without_law = register_with(&json!({"consent": "statutory"}), &operator()).unwrap_err();
    assert_eq!(without_law.code, ErrorCode::InvalidClientMetadata);
    assert_eq!(register(&json!({"consent": "always"})).consent, ConsentMode::Always);
    let platform = RegistrationPolicy { consent: ConsentMode::Statutory, ..policy() };
    assert_eq!(register_with(&json!({}), &platform).unwrap().consent, ConsentMode::Statutory);
}

#[test]
fn request_uris_may_carry_the_hash_of_their_content() {
    let hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    register(&json!({"request_uris": ["https://a.example/r", format!("https://a.example/r#{hash}")]}));
    for bad in ["https://a.example/r#x", "https://a.example/r#", "http://a.example/r", "urn:x:y"] {
        assert_eq!(refused_member(&json!({ "request_uris": [bad] })), "request_uris", "{bad}");
    }
}

#[test]
fn numbers_and_lengths_are_bounded() {
    let uris = |n: usize| (0..n).map(|i| format!("https://a.example/{i}")).collect::<Vec<_>>();
    assert!(register_with(&json!({"redirect_uris": uris(50)}), &policy()).is_ok());
    assert_eq!(refusal(&json!({"redirect_uris": uris(51)})).code, ErrorCode::InvalidRedirectUri);
    assert!(register_with(&json!({"post_logout_redirect_uris": uris(51)}), &policy()).is_err());
    assert!(register_with(&json!({"request_uris": uris(51)}), &policy()).is_err());
    assert!(register_with(&json!({"contacts": vec!["a@a.example"; 11]}), &policy()).is_err());
    assert!(register_with(&json!({"client_name": "长".repeat(200)}), &policy()).is_ok());
    for name in [
        "长".repeat(201),
        String::new(),
        "  ".into(),
        "a\nb".into(),
        "a\u{2066}b".into(),
        "a\0".into(),
        "a\u{2028}b".into(),
    ] {
        assert_eq!(refused_member(&json!({ "client_name": name })), "client_name");
    }
    let long = format!("https://a.example/{}", "x".repeat(2100));
    assert_eq!(refusal(&json!({"redirect_uris": [long]})).code, ErrorCode::InvalidRedirectUri);
}

#[test]
fn wishes_for_unknown_levels_are_passed_over() {
    let client =
        register(&json!({"default_acr_values": ["urn:x:gold", "urn:hufu:acr:l2"], "minimum_acr": "urn:hufu:acr:l1"}));
    assert_eq!(client.default_acr_values, [Acr::L2]);
    assert_eq!(client.minimum_acr, Some(Acr::L1));
}

#[test]
fn every_refusal_names_its_member_in_plain_characters() {
    let error = refusal(&json!({"redirect_uris": ["https://a.example/\"\u{8}<b>"]}));
    assert!(error.description.starts_with("redirect_uris: https://a.example/'?<b> holds characters"), "{error}");
}

proptest! {
    /// Threat 1: whatever was registered, only that is accepted.
    #[test]
    fn only_registered_uris_are_accepted(presented in r"(https://)?(a\.example|evil\.example|a\.example\.evil\.example)?[/a-z@:?#%.\\]{0,12}") {
        let client = register(&json!({"redirect_uris": ["https://a.example/cb", "https://a.example/other?x=1"]}));
        let registered = ["https://a.example/cb", "https://a.example/other?x=1"].contains(&presented.as_str());
        prop_assert_eq!(client.accepts_redirect_uri(&presented), registered);
        prop_assert!(!client.accepts_post_logout_redirect_uri(&presented));
    }

    #[test]
    fn any_object_is_read_or_refused(name in "(redirect_uris|scope|jwks|contacts|client_name#[a-z-]{0,9}|[a-z_]{1,12})", value in r#"(null|true|1|-1|1e9|"x"|\[\]|\{\}|\["x"\]|\[null\])"#) {
        let text = format!("{{\"{name}\":{value},\"redirect_uris\":[\"https://a.example/cb\"]}}");
        let Ok(object) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        if let Ok(valid) = read(object).and_then(|metadata| metadata.validate(&policy())) {
            let again = Value::Object(valid.as_registered().unwrap());
            prop_assert_eq!(read(again).unwrap().validate(&policy()).unwrap(), valid);
        }
    }
}
