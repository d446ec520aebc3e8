"""Registrations by SCIM, driven by scim2-client: a client and models that nobody here wrote (RFC 7643, RFC 7644)."""

import json
import os
import pathlib
import ssl
import subprocess

import httpx2
import pytest
import requests
from scim2_client import SCIMClientException
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Error, PatchOp, PatchOperation, SCIMException
from scim2_tester import check_server

REAL_NAME = "urn:hufu:params:scim:schemas:extension:realname:1.0:User"
SCOPES = "scim.read scim.write"
# What the tester fills in by chance is no name, no code and no date that this node would take: of these, discovery alone.
DISCOVERY = {"service-provider-config", "resource-types", "schemas"}


@pytest.fixture(scope="module")
def scim(demo):
    """A SCIM client with a token of an access party that the operator has registered."""
    folder = pathlib.Path(os.environ["HUFU_DEMO_DIR"])
    metadata = folder / "scim-party.json"
    metadata.write_text(
        json.dumps(
            {
                "client_name": "city",
                "grant_types": ["client_credentials"],
                "response_types": [],
                "redirect_uris": ["https://city.example.org/"],
                "scope": SCOPES,
            }
        ),
        "utf-8",
    )
    command = [os.environ["HUFU_BIN"], "clients", "add", "--config", folder / "hufu.toml", "--metadata", metadata]
    registered = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
    answer = requests.post(
        demo.metadata["token_endpoint"],
        data={"grant_type": "client_credentials", "scope": SCOPES},
        auth=(registered["client_id"], registered["client_secret"]),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    ca = os.environ.get("REQUESTS_CA_BUNDLE")
    http = httpx2.Client(
        base_url=demo.issuer.rstrip("/") + "/scim/v2",
        headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
        verify=ssl.create_default_context(cafile=ca),
        timeout=30,
    )
    client = SyncSCIMClient(http)
    client.discover()
    return client


def user(model, person, external):
    """Somebody, by the model that was made of the discovered schemas."""
    document = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", REAL_NAME],
        "externalId": external,
        "userName": f"name-{external}",
        "active": True,
        "name": {"formatted": person["name"]},
        REAL_NAME: {
            "documentType": "resident_identity_card",
            "documentNumber": person["document_number"],
            "assertedLevel": 3,
        },
    }
    return model.model_validate(document)


def test_what_there_is_is_told_as_the_standard_has_it(scim):
    results = check_server(scim, include_tags=DISCOVERY)
    wrong = [(result.title, result.reason) for result in results if result.status.name not in ("SUCCESS", "SKIPPED")]
    assert len(results) > 10
    assert not wrong


def test_a_person_is_registered_found_changed_and_closed(scim, demo):
    model = scim.get_resource_model("User")
    made = scim.create(user(model, demo.person, "e-1"), expected_status_codes=[201])
    assert isinstance(made, model)
    assert made.external_id == "e-1"
    told = made.model_dump(by_alias=True)
    assert demo.person["document_number"] not in json.dumps(told, default=str)
    again = scim.create(user(model, demo.person, "e-1"), expected_status_codes=[201])
    assert again.id == made.id
    read = scim.query(model, made.id)
    assert read.name.formatted == demo.person["name"]
    found = scim.query(model)
    assert [resource.id for resource in found.resources] == [made.id]
    patch = PatchOp[model](operations=[PatchOperation(op=PatchOperation.Op.replace_, path="active", value=False)])
    changed = scim.modify(model, made.id, patch)
    assert changed.active is False
    assert changed.meta.version != made.meta.version
    scim.delete(model, made.id)
    with pytest.raises((SCIMException, SCIMClientException)):
        scim.query(model, made.id)


def test_a_name_that_is_another_is_rejected_with_a_scim_error(scim, demo):
    other = next(user for user in demo.about["users"] if user["name"] != demo.person["name"])
    wrong = user(scim.get_resource_model("User"), {**demo.person, "name": other["name"]}, "e-2")
    answer = scim.create(wrong, raise_scim_errors=False)
    assert isinstance(answer, Error)
    assert (answer.status, answer.scim_type) == (400, "invalidValue")
    assert answer.detail.startswith("mismatch: ")
