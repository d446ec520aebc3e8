// Dynamic client registration and its management (RFC 7591, RFC 7592, OIDC Registration).

import assert from "node:assert/strict";
import * as client from "openid-client";

import { answer, authorize } from "../support/authorize.js";
import { Browser } from "../support/browser.js";
import { checkErrorJson, checkErrorPage, isInvalidToken } from "../support/checks.js";
import { initialAccessToken, metadata } from "../support/demo.js";
import { CALLBACK, Party, keyPair } from "../support/party.js";
import { plan } from "../support/plan.js";

async function post(body, { token = initialAccessToken } = {}) {
  return fetch((await metadata()).registration_endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

function managed(party, method, body, token = party.registered.registration_access_token) {
  return fetch(party.registered.registration_client_uri, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
}

const least = { redirect_uris: [CALLBACK] };

plan("registration", [
  {
    name: "the answer is 201 and has all that was registered",
    async run() {
      const response = await post({ ...least, client_name: "试验", "client_name#en": "trial", nonsense: 1 });
      assert.equal(response.status, 201);
      assert.match(response.headers.get("content-type"), /^application\/json/);
      assert.match(response.headers.get("cache-control"), /no-store/);
      const made = await response.json();
      assert.ok(made.client_id && made.client_secret && made.client_id_issued_at);
      assert.equal(typeof made.client_secret_expires_at, "number");
      assert.ok(made.registration_access_token && made.registration_client_uri);
      assert.equal(made.client_name, "试验");
      assert.deepEqual(made.redirect_uris, [CALLBACK]);
      assert.deepEqual(made.response_types, ["code"]);
      assert.deepEqual(made.grant_types, ["authorization_code"]);
      assert.equal(made.token_endpoint_auth_method, "client_secret_basic");
      assert.equal(made.id_token_signed_response_alg, "RS256");
      assert.equal(made.nonsense, undefined);
    },
  },
  {
    name: "needs the initial access token",
    async run() {
      for (const token of ["", "made-up"]) {
        const response = await post(least, { token });
        assert.equal(response.status, 401);
        assert.match(response.headers.get("www-authenticate"), /^Bearer/);
      }
    },
  },
  {
    name: "addresses that no relying party may have are refused",
    async run() {
      const addresses = [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://*.example.org/callback",
        "https://rp.example.org/callback#fragment",
        "http://rp.example.org/callback",
        "https://user:secret@rp.example.org/callback",
        "/callback",
        "not an address",
      ];
      for (const address of addresses) {
        const response = await post({ redirect_uris: [address] });
        await checkErrorJson(response, ["invalid_redirect_uri", "invalid_client_metadata"]);
      }
      for (const member of ["policy_uri", "tos_uri", "client_uri", "logo_uri", "jwks_uri", "backchannel_logout_uri"]) {
        const response = await post({ ...least, [member]: "javascript:alert(1)" });
        await checkErrorJson(response, "invalid_client_metadata");
      }
    },
  },
  {
    name: "metadata that cannot be met is refused",
    async run() {
      const { jwk } = await keyPair();
      const wrong = [
        {},
        { redirect_uris: [] },
        { redirect_uris: "https://rp.example.org/callback" },
        { ...least, token_endpoint_auth_method: "pigeon" },
        { ...least, token_endpoint_auth_method: "private_key_jwt" },
        { ...least, response_types: ["pigeon"] },
        { ...least, grant_types: ["pigeon"] },
        { ...least, id_token_signed_response_alg: "none" },
        { ...least, request_object_signing_alg: "none" },
        { ...least, id_token_signed_response_alg: "XX256" },
        { ...least, subject_type: "pigeon" },
        { ...least, jwks: { keys: [jwk] }, jwks_uri: "https://rp.example.org/jwks" },
        { ...least, jwks: { keys: [{ kty: "oct", k: "c2VjcmV0" }] } },
        { ...least, jwks: "keys" },
        { redirect_uris: [CALLBACK, "https://other.example.org/callback"], subject_type: "pairwise" },
      ];
      for (const body of wrong) {
        await checkErrorJson(await post(body), ["invalid_client_metadata", "invalid_redirect_uri"]);
      }
      await checkErrorJson(await post("{"), ["invalid_client_metadata", "invalid_request"]);
    },
  },
]);

plan("management of a registration (RFC 7592)", [
  {
    name: "read: what was registered",
    async run() {
      const party = await Party.register({ client_name: "read me" });
      const response = await managed(party, "GET");
      assert.equal(response.status, 200);
      const read = await response.json();
      assert.equal(read.client_id, party.id);
      assert.equal(read.client_name, "read me");
      assert.deepEqual(read.redirect_uris, [CALLBACK]);
      assert.ok(read.registration_client_uri);
    },
  },
  {
    name: "update: takes the place of what was there",
    async run() {
      const party = await Party.register({ client_name: "before", policy_uri: "https://rp.example.org/policy" });
      const moved = `${CALLBACK}/new`;
      const body = { client_id: party.id, client_name: "after", redirect_uris: [moved] };
      const response = await managed(party, "PUT", body);
      assert.equal(response.status, 200);
      const updated = await response.json();
      assert.equal(updated.client_name, "after");
      assert.equal(updated.policy_uri, undefined);
      checkErrorPage(await answer(new Browser(), await party.ask()));
      assert.equal(updated.registration_access_token, party.registered.registration_access_token, "RFC 7592 §3");
      const registered = { ...party.registered, ...updated };
      const config = new client.Configuration(
        party.config.serverMetadata(),
        party.id,
        registered,
        client.ClientSecretBasic(updated.client_secret ?? party.registered.client_secret),
      );
      await authorize(new Party(config, { redirectUri: moved }));
    },
  },
  {
    name: "update: refused when it names another client or cannot be met",
    async run() {
      const party = await Party.register();
      const wrong = [
        { client_id: "somebody-else", redirect_uris: [CALLBACK] },
        { client_id: party.id, redirect_uris: ["javascript:alert(1)"] },
      ];
      for (const body of wrong) {
        const refused = ["invalid_client_metadata", "invalid_redirect_uri", "invalid_request"];
        await checkErrorJson(await managed(party, "PUT", body), refused);
      }
      await authorize(party);
    },
  },
  {
    name: "delete: the client and its tokens are gone",
    async run() {
      const party = await Party.register();
      const { tokens } = await authorize(party);
      assert.equal((await managed(party, "DELETE")).status, 204);
      assert.equal((await managed(party, "GET")).status, 401);
      checkErrorPage(await answer(new Browser(), await party.ask()));
      await checkErrorJson(await party.redeemBare("x"), "invalid_client", [400, 401]);
      await assert.rejects(party.userInfo(tokens), isInvalidToken);
    },
  },
  {
    name: "each registration has a token of its own",
    async run() {
      const [party, other] = [await Party.register(), await Party.register()];
      for (const token of [other.registered.registration_access_token, initialAccessToken, "made-up"]) {
        const response = await managed(party, "GET", undefined, token);
        assert.ok([401, 403].includes(response.status), `status ${response.status}`);
      }
    },
  },
]);
