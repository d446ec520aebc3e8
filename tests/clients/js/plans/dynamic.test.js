import assert from "node:assert/strict";
import { decodeProtectedHeader, jwtVerify } from "jose";
import * as client from "openid-client";

import { basicModules, refreshToken } from "../modules/basic.js";
import { checkDiscovery, checkKeys } from "../modules/discovery.js";
import { outer, refusedUnsigned, signed } from "../modules/request-object.js";
import { answer, authorize, seconds } from "../support/authorize.js";
import { Browser } from "../support/browser.js";
import { checkAnswer, checkErrorPage, nodeKeys } from "../support/checks.js";
import { issuer, metadata } from "../support/demo.js";
import { withListener } from "../support/listener.js";
import { CALLBACK, keyPair, Party } from "../support/party.js";
import { plan } from "../support/plan.js";

const register = (wanted = {}) => Party.register({ token_endpoint_auth_method: "private_key_jwt", ...wanted });
const unsignedIdToken = basicModules("query").find(({ name }) => name === "oidcc-idtoken-unsigned");

/** The registered address against the one in the request: they must be the same string. */
function redirectMismatch(registered, asked) {
  return async () => {
    const party = await register({ redirect_uris: [registered] });
    checkErrorPage(await answer(new Browser(), await party.ask({ redirect_uri: asked })));
  };
}

/** The sign-in page of a client with this metadata. */
async function signInPage(wanted) {
  const party = await register(wanted);
  const { url } = await party.ask();
  const page = await new Browser().open(url);
  assert.ok(page.has("#login-form"), page.describe());
  return page;
}

function linked(name) {
  return async () => {
    const address = `https://rp.example.org/${name}`;
    const page = await signInPage({ [name]: address });
    assert.ok(page.has(`a[href="${address}"]`), `the sign-in page links to the ${name}`);
  };
}

/** What the suite's condition says of this module without a code flow: implicit response types (OIDC Core §15.2). */
async function implicitTypes(t) {
  const server = await metadata();
  const wanted = ["code", "id_token", "id_token token"];
  const missing = wanted.filter((type) => !server.response_types_supported.includes(type));
  if (missing.length > 0) return t.skip(`the node does not offer response_type ${missing.join(", ")}`);
  assert.ok(server.grant_types_supported.includes("implicit"));
  return undefined;
}

plan("oidcc-dynamic-certification-test-plan", [
  {
    name: "oidcc-idtoken-rs256",
    async run() {
      const { header } = await authorize(await register({ id_token_signed_response_alg: "RS256" }));
      assert.equal(header.alg, "RS256");
      assert.ok(header.kid);
    },
  },
  unsignedIdToken,
  {
    name: "oidcc-userinfo-rs256",
    async run() {
      const party = await register({ userinfo_signed_response_alg: "RS256" });
      const { tokens, idToken } = await authorize(party);
      const response = await fetch((await metadata()).userinfo_endpoint, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type"), /^application\/jwt/);
      const token = await response.text();
      const { payload } = await jwtVerify(token, await nodeKeys(), {
        issuer,
        audience: party.id,
        algorithms: ["RS256"],
      });
      assert.equal(payload.sub, idToken.sub);
      assert.equal(payload.nonce, undefined);
      assert.equal(decodeProtectedHeader(token).alg, "RS256");
    },
  },
  {
    name: "oidcc-ensure-redirect-uri-in-authorization-request",
    async run() {
      const party = await register();
      checkErrorPage(await answer(new Browser(), await party.ask({ redirect_uri: undefined })));
    },
  },
  {
    name: "oidcc-redirect-uri-query-OK",
    async run() {
      const party = await register({ redirect_uris: [`${CALLBACK}?foo=bar`] });
      const { arrival } = await authorize(party);
      assert.equal(arrival.query.get("foo"), "bar");
    },
  },
  { name: "oidcc-redirect-uri-query-mismatch", run: redirectMismatch(`${CALLBACK}?foo=bar`, `${CALLBACK}?bar=foo`) },
  { name: "oidcc-redirect-uri-query-added", run: redirectMismatch(CALLBACK, `${CALLBACK}?foo=bar`) },
  {
    name: "oidcc-redirect-uri-regfrag",
    async run() {
      const refused = ["invalid_redirect_uri", "invalid_client_metadata", "invalid_request"];
      await assert.rejects(register({ redirect_uris: [`${CALLBACK}#foobar`] }), ({ error }) => refused.includes(error));
    },
  },
  {
    name: "oidcc-discovery-endpoint-verification",
    async run() {
      const server = await checkDiscovery();
      assert.ok(server.registration_endpoint);
      await checkKeys();
    },
  },
  { name: "oidcc-discovery-endpoint-verification: the response types of a dynamic provider", run: implicitTypes },
  {
    name: "oidcc-server",
    async run() {
      const party = await register();
      assert.ok(party.registered.registration_access_token && party.registered.registration_client_uri);
      await authorize(party);
    },
  },
  {
    name: "oidcc-registration-logo-uri",
    run: () =>
      withListener(async (listener) => {
        const logo = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>';
        const address = listener.on("/logo.svg", { type: "image/svg+xml", body: logo });
        const page = await signInPage({ logo_uri: address });
        const sources = page.root.querySelectorAll("img").map((image) => image.getAttribute("src"));
        assert.ok(sources.length > 0, "the sign-in page shows a logo");
        const origins = sources.map((source) => new URL(source, page.url).origin);
        assert.deepEqual(new Set(origins), new Set([page.url.origin]), "the relying party learns of nobody");
        const shown = await Promise.all(sources.map(async (source) => (await fetch(new URL(source, page.url))).text()));
        assert.ok(shown.includes(logo), "it is the logo of the relying party");
      }),
  },
  { name: "oidcc-registration-policy-uri", run: linked("policy_uri") },
  { name: "oidcc-registration-tos-uri", run: linked("tos_uri") },
  {
    name: "oidcc-registration-jwks-uri",
    run: () =>
      withListener(async (listener) => {
        const keys = await keyPair("RS256");
        const party = await register({ keys, jwks_uri: listener.json("/jwks", { keys: [keys.jwk] }) });
        await authorize(party);
        assert.ok(listener.count("/jwks") >= 1, "the node asked for the keys");
      }),
  },
  {
    name: "oidcc-registration-sector-uri",
    run: () =>
      withListener(async (listener) => {
        const uris = [CALLBACK, "https://other.example.org/callback"];
        const sector = listener.json("/redirect_uris.json", uris);
        const party = await register({ redirect_uris: uris, subject_type: "pairwise", sector_identifier_uri: sector });
        assert.equal(party.registered.sector_identifier_uri, sector);
        assert.equal(party.registered.subject_type, "pairwise");
        const { idToken } = await authorize(party);
        const open = await authorize(await register({ subject_type: "public" }));
        assert.notEqual(idToken.sub, open.idToken.sub, "the subject is this sector's own");
      }),
  },
  {
    name: "oidcc-registration-sector-bad",
    run: () =>
      withListener(async (listener) => {
        const sector = listener.json("/redirect_uris.json", ["https://other.example.org/callback"]);
        const wanted = { subject_type: "pairwise", sector_identifier_uri: sector };
        await assert.rejects(register(wanted), { error: "invalid_client_metadata", status: 400 });
      }),
  },
  { name: "oidcc-refresh-token-rp-key-rotation", run: () => withListener(keyRotationOfTheParty) },
  { name: "oidcc-request-uri-unsigned", run: () => withListener((listener) => refusedUnsigned(listener, {})) },
  {
    name: "oidcc-request-uri-signed-rs256",
    run: () =>
      withListener(async (listener) => {
        const address = listener.url(`/${client.randomState()}`);
        const party = await register({ request_uris: [address], request_object_signing_alg: "RS256" });
        const request = await party.ask();
        const body = await signed(party, request.params);
        listener.on(new URL(address).pathname, { type: "application/oauth-authz-req+jwt", body });
        const { arrival } = await answer(new Browser(), { ...request, url: outer(party, { request_uri: address }) });
        checkAnswer(arrival, party, request);
        await party.redeem(arrival, request);
        assert.ok(listener.count(new URL(address).pathname) >= 1, "the node fetched the request object");
      }),
  },
  {
    name: "oidcc-ensure-request-object-with-redirect-uri",
    run: basicModules("query").find(({ name }) => name === "oidcc-ensure-request-object-with-redirect-uri").run,
  },
  { name: "oidcc-refresh-token", run: () => refreshToken(register, {}) },
  {
    name: "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
    async run() {
      const party = await register();
      const assertion = { [client.modifyAssertion]: (_header, payload) => void (payload.aud = issuer) };
      await redeemWithAssertion(party, assertion);
    },
  },
  {
    name: "a client assertion for the token endpoint succeeds, one for an array or somebody else fails",
    async run() {
      const party = await register();
      const { token_endpoint: endpoint } = await metadata();
      const aimed = (aud) => ({ [client.modifyAssertion]: (_header, payload) => void (payload.aud = aud) });
      await redeemWithAssertion(party, aimed(endpoint));
      for (const aud of [[issuer, "https://other.example.org"], [endpoint], "https://other.example.org", undefined]) {
        await assert.rejects(redeemWithAssertion(party, aimed(aud)), { error: "invalid_client" }, `aud ${aud}`);
      }
    },
  },
]);

async function redeemWithAssertion(party, options) {
  const { key, kid } = party.keys;
  const method = client.PrivateKeyJwt({ key, kid }, options);
  const config = new client.Configuration(party.config.serverMetadata(), party.id, party.registered, method);
  await authorize(new Party(config, { redirectUri: party.redirectUri, keys: party.keys }));
}

/** The party changes its key and signs with the new one: the node fetches the key set again. */
async function keyRotationOfTheParty(listener) {
  const [old, fresh] = [await keyPair("RS256"), await keyPair("RS256")];
  let served = old;
  const jwks = listener.json("/jwks", () => ({ keys: [served.jwk] }));
  const party = await register({ keys: old, jwks_uri: jwks, grant_types: ["authorization_code", "refresh_token"] });
  const { tokens } = await authorize(party, { params: { scope: "openid offline_access", prompt: "consent" } });
  served = fresh;
  const method = client.PrivateKeyJwt({ key: fresh.key, kid: fresh.kid });
  const config = new client.Configuration(party.config.serverMetadata(), party.id, party.registered, method);
  const rotated = new Party(config, { keys: fresh });
  // A provider may limit how often it asks for a key set; the suite waits 60 s before it tries.
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      const renewed = await rotated.refresh(tokens.refresh_token);
      assert.ok(renewed.access_token);
      return;
    } catch (error) {
      if (error.error !== "invalid_client" || Date.now() > end) throw error;
      await seconds(5);
    }
  }
}
