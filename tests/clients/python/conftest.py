"""The running demo, and a relying party made of Authlib."""

import json
import os
import pathlib

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from node_browser import NodeBrowser

CALLBACK = "https://rp.example.org/callback"


class Demo:
    """What demo.json says, and the node's metadata and keys."""

    def __init__(self, folder):
        self.about = json.loads((pathlib.Path(folder) / "demo.json").read_text("utf-8"))
        self.issuer = self.about["nodes"][0]["issuer"]
        self.initial_access_token = self.about["initial_access_token"]
        address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        self.metadata = self.fetch(address)
        self.keys = KeySet.import_key_set(self.fetch(self.metadata["jwks_uri"]))

    @staticmethod
    def fetch(address):
        response = requests.get(address, timeout=30)
        assert response.status_code == 200
        return response.json()

    @property
    def person(self):
        """Somebody with a password and a verified name."""
        return next(user for user in self.about["users"] if user.get("password") and user["realname_level"] >= 2)

    def browser(self):
        return NodeBrowser(self.issuer)


class Party:
    """A relying party: registers itself, then asks, checks and redeems through Authlib."""

    def __init__(self, demo, method="client_secret_basic", **wanted):
        self.demo = demo
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, private=True)
        self.key.ensure_kid()
        metadata = {
            "client_name": "Authlib",
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": method,
            "jwks": {"keys": [self.key.as_dict(private=False)]},
            **wanted,
        }
        response = requests.post(
            demo.metadata["registration_endpoint"],
            json=metadata,
            headers={"Authorization": f"Bearer {demo.initial_access_token}"},
            timeout=30,
        )
        assert response.status_code == 201, response.text
        self.registered = response.json()
        self.client = OAuth2Session(
            self.registered["client_id"],
            self.key if method == "private_key_jwt" else self.registered.get("client_secret"),
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            code_challenge_method="S256",
            redirect_uri=CALLBACK,
            token_endpoint=demo.metadata["token_endpoint"],
            default_timeout=30,
        )
        if method == "private_key_jwt":
            endpoint = demo.metadata["token_endpoint"]
            signed = PrivateKeyJWT(endpoint, headers={"kid": self.key.kid})
            self.client.register_client_auth_method(signed)

    def sign_in(self, browser=None, scope="openid", **params):
        """The code flow with PKCE: returns the tokens and the checked claims of the ID token."""
        browser = browser or self.demo.browser()
        verifier, nonce = generate_token(48), generate_token()
        endpoint = self.demo.metadata["authorization_endpoint"]
        url, state = self.client.create_authorization_url(
            endpoint, code_verifier=verifier, nonce=nonce, scope=scope, **params
        )
        answer, _seen = browser.sign_in(url, self.demo.person)
        assert answer.startswith(CALLBACK + "?")
        tokens = self.client.fetch_token(authorization_response=answer, state=state, code_verifier=verifier)
        return tokens, self.check(tokens, nonce)

    def check(self, tokens, nonce=None):
        """Signature by the published keys, then Authlib's checks of the claims (OIDC Core §3.1.3.7)."""
        token = jwt.decode(tokens["id_token"], self.demo.keys, algorithms=["RS256", "ES256"])
        options = {
            "iss": {"essential": True, "value": self.demo.issuer},
            "aud": {"essential": True, "value": self.registered["client_id"]},
        }
        params = {"client_id": self.registered["client_id"], "access_token": tokens["access_token"]}
        if nonce:
            params["nonce"] = nonce
        claims = CodeIDToken(token.claims, token.header, options=options, params=params)
        claims.validate(leeway=10)
        return claims

    def user_info(self):
        response = self.client.get(self.demo.metadata["userinfo_endpoint"])
        assert response.status_code == 200
        return response.json()


@pytest.fixture(scope="session")
def demo():
    folder = os.environ.get("HUFU_DEMO_DIR")
    assert folder, "HUFU_DEMO_DIR is not set; run the suite with tests/clients/run.sh"
    return Demo(folder)


@pytest.fixture
def party(demo):
    """Makes relying parties: party(method, **metadata)."""

    def make(method="client_secret_basic", **wanted):
        return Party(demo, method, **wanted)

    return make
