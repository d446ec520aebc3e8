"""The node through Authlib, a library that its authors did not write."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

OFFLINE = {"scope": "openid offline_access", "prompt": "consent"}
REFRESHING = {"grant_types": ["authorization_code", "refresh_token"]}


def test_both_metadata_documents_are_valid(demo):
    openid = OpenIDProviderMetadata(demo.fetch(get_well_known_url(demo.issuer, external=True)))
    openid.validate()
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(demo.issuer))
    path = urlsplit(demo.issuer).path.rstrip("/")
    oauth = AuthorizationServerMetadata(demo.fetch(f"{origin}/.well-known/oauth-authorization-server{path}"))
    oauth.validate()
    assert openid["issuer"] == oauth["issuer"] == demo.issuer


def test_the_keys_are_for_both_algorithms(demo):
    assert {"RS256", "ES256"} <= {key.alg for key in demo.keys.keys}


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"])
def test_code_flow_with_pkce(party, method):
    here = party(method)
    _tokens, claims = here.sign_in()
    assert here.user_info()["sub"] == claims["sub"]


def test_es256_by_registration(party):
    _tokens, claims = party(id_token_signed_response_alg="ES256").sign_in()
    assert claims.header["alg"] == "ES256"


def test_the_answer_names_its_issuer(demo, party):
    here = party()
    url, state = here.client.create_authorization_url(demo.metadata["authorization_endpoint"], scope="openid")
    answer, _seen = demo.browser().sign_in(url, demo.person)
    params = parse_qs(urlsplit(answer).query)
    assert params["state"] == [state]
    assert params["iss"] == [demo.issuer]


def test_known_at_the_next_service(demo, party):
    browser = demo.browser()
    party().sign_in(browser)
    here = party()
    url, _state = here.client.create_authorization_url(demo.metadata["authorization_endpoint"], scope="openid")
    _answer, seen = browser.sign_in(url, demo.person)
    assert "login-form" not in seen


def test_max_age_brings_auth_time(party):
    _tokens, claims = party().sign_in(max_age=600)
    assert isinstance(claims["auth_time"], int)


def test_a_wrong_verifier_is_refused(demo, party):
    here = party()
    endpoint = demo.metadata["authorization_endpoint"]
    url, state = here.client.create_authorization_url(endpoint, code_verifier=generate_token(48), scope="openid")
    answer, _seen = demo.browser().sign_in(url, demo.person)
    with pytest.raises(OAuthError, match="invalid_grant"):
        here.client.fetch_token(authorization_response=answer, state=state, code_verifier=generate_token(48))


@pytest.mark.parametrize("method", ["client_secret_basic", "private_key_jwt"])
def test_refresh_rotates(party, method):
    here = party(method, **REFRESHING)
    tokens, claims = here.sign_in(**OFFLINE)
    renewed = here.client.refresh_token(refresh_token=tokens["refresh_token"])
    assert renewed["access_token"] != tokens["access_token"]
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert here.user_info()["sub"] == claims["sub"]


def test_introspection_and_revocation(demo, party):
    here = party(**REFRESHING)
    tokens, claims = here.sign_in(**OFFLINE)
    introspect = demo.metadata["introspection_endpoint"]
    live = here.client.introspect_token(introspect, token=tokens["access_token"]).json()
    assert live["active"] is True
    assert live["sub"] == claims["sub"]
    revoked = here.client.revoke_token(demo.metadata["revocation_endpoint"], token=tokens["refresh_token"])
    assert revoked.status_code == 200
    assert here.client.introspect_token(introspect, token=tokens["access_token"]).json() == {"active": False}
    with pytest.raises(OAuthError, match="invalid_grant"):
        here.client.refresh_token(refresh_token=tokens["refresh_token"])


def test_client_credentials(demo, party):
    here = party("private_key_jwt", grant_types=["client_credentials"], response_types=[], redirect_uris=[])
    tokens = here.client.fetch_token(grant_type="client_credentials")
    assert tokens["token_type"].lower() == "bearer"
    assert "id_token" not in tokens
    assert "refresh_token" not in tokens


def test_a_registration_can_be_read_and_deleted(party):
    here = party()
    address = here.registered["registration_client_uri"]
    headers = {"Authorization": f"Bearer {here.registered['registration_access_token']}"}
    read = requests.get(address, headers=headers, timeout=30)
    assert read.status_code == 200
    assert read.json()["client_id"] == here.registered["client_id"]
    assert requests.delete(address, headers=headers, timeout=30).status_code == 204
    assert requests.get(address, headers=headers, timeout=30).status_code == 401
