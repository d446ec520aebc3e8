// Token, introspection, revocation and UserInfo endpoints where the certification plans say nothing, or less.

import assert from "node:assert/strict";
import { decodeJwt, decodeProtectedHeader } from "jose";
import * as client from "openid-client";

import { answer, authorize } from "../support/authorize.js";
import { Browser } from "../support/browser.js";
import { checkCode, checkErrorJson, checkTokens, isInvalidToken } from "../support/checks.js";
import { demo, metadata } from "../support/demo.js";
import { endSession } from "../support/logout.js";
import { CALLBACK, Party, keyPair } from "../support/party.js";
import { plan } from "../support/plan.js";

const OFFLINE = { scope: "openid offline_access", prompt: "consent" };
const refreshing = (wanted) => Party.register({ grant_types: ["authorization_code", "refresh_token"], ...wanted });

async function offline() {
  const party = await refreshing();
  return { party, ...(await authorize(party, { params: OFFLINE })) };
}

const isActive = async (party, token) => (await client.tokenIntrospection(party.config, token)).active;

plan("authorization code", [
  {
    name: "of 20 redemptions at once exactly one succeeds",
    async run() {
      const party = await Party.register();
      const { arrival } = await answer(new Browser(), await party.ask());
      const code = checkCode(arrival);
      const answers = await Promise.all(Array.from({ length: 20 }, () => party.redeemBare(code)));
      assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      for (const response of answers.filter(({ status }) => status !== 200))
        await checkErrorJson(response, "invalid_grant");
    },
  },
  {
    name: "only for its client and its address",
    async run() {
      const [party, other] = [await Party.register(), await Party.register()];
      const code = async () => checkCode((await answer(new Browser(), await party.ask())).arrival);
      await checkErrorJson(await other.redeemBare(await code()), "invalid_grant");
      await checkErrorJson(await party.redeemBare(await code(), { redirectUri: `${CALLBACK}/x` }), "invalid_grant");
      await checkErrorJson(await party.redeemBare("made-up"), "invalid_grant");
    },
  },
  {
    name: "the answer is not stored anywhere",
    async run() {
      const party = await Party.register();
      const { arrival } = await answer(new Browser(), await party.ask());
      const response = await party.redeemBare(checkCode(arrival));
      assert.match(response.headers.get("cache-control"), /no-store/);
      checkTokens(await response.json());
    },
  },
]);

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

plan("token exchange (RFC 8693)", [
  {
    name: "a service calls another one on behalf of a person, and nobody else",
    async run() {
      const known = (id) => Party.known(demo.clients.find((one) => one.client_id === id));
      const [matters, licences] = [await known("demo-matters"), await known("demo-licences")];
      const { tokens, idToken } = await authorize(matters, { pkce: true, params: { scope: "openid realname" } });
      const wanted = { subject_token: tokens.access_token, subject_token_type: ACCESS_TOKEN };
      const exchange = (audience, more) =>
        client.genericGrantRequest(matters.config, EXCHANGE, { ...wanted, audience, ...more });
      const exchanged = await exchange("demo-licences");
      assert.equal(exchanged.issued_token_type, ACCESS_TOKEN);
      assert.equal(exchanged.token_type, "bearer");
      assert.equal(exchanged.refresh_token, undefined);
      assert.ok(exchanged.expires_in <= tokens.expires_in);
      const claims = decodeJwt(exchanged.access_token);
      assert.deepEqual([claims.aud, claims.act.sub, claims.scope], ["demo-licences", "demo-matters", "realname"]);
      assert.notEqual(claims.sub, idToken.sub);
      const seen = await client.tokenIntrospection(licences.config, exchanged.access_token);
      assert.deepEqual([seen.active, seen.act.sub], [true, "demo-matters"]);
      await assert.rejects(exchange("demo-seals"), { error: "invalid_target" });
      await assert.rejects(exchange("demo-licences", { scope: "realname phone" }), { error: "invalid_scope" });
      const refresh = { requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token" };
      await assert.rejects(exchange("demo-licences", refresh), { error: "invalid_request" });
      await checkErrorJson(
        await licences.post("token_endpoint", { grant_type: EXCHANGE, ...wanted, audience: "demo-matters" }),
        "unauthorized_client",
      );
      await client.tokenRevocation(matters.config, tokens.refresh_token);
      assert.equal((await client.tokenIntrospection(licences.config, exchanged.access_token)).active, false);
    },
  },
]);

plan("client authentication", [
  {
    name: "a wrong secret is 401 invalid_client, and says which scheme",
    async run() {
      const party = await Party.register();
      const url = party.config.serverMetadata().token_endpoint;
      const wrong = Buffer.from(`${party.id}:wrong`).toString("base64");
      const body = new URLSearchParams({ grant_type: "authorization_code", code: "x", redirect_uri: CALLBACK });
      const response = await fetch(url, { method: "POST", headers: { authorization: `Basic ${wrong}` }, body });
      assert.match(response.headers.get("www-authenticate") ?? "", /^Basic/i);
      await checkErrorJson(response, "invalid_client", [401]);
      const none = await fetch(url, { method: "POST", body });
      await checkErrorJson(none, ["invalid_client", "invalid_request"], [400, 401]);
    },
  },
  {
    name: "only the registered method, and only one at a time",
    async run() {
      const party = await Party.register();
      const url = party.config.serverMetadata().token_endpoint;
      const { client_id, client_secret } = party.registered;
      const body = { grant_type: "authorization_code", code: "x", redirect_uri: CALLBACK, client_id, client_secret };
      const posted = await fetch(url, { method: "POST", body: new URLSearchParams(body) });
      await checkErrorJson(posted, "invalid_client", [400, 401]);
      const both = await party.post("token_endpoint", body);
      await checkErrorJson(both, ["invalid_request", "invalid_client"], [400, 401]);
    },
  },
  {
    name: "a client assertion counts once",
    async run() {
      const keys = await keyPair();
      const wanted = { token_endpoint_auth_method: "private_key_jwt", keys, grant_types: ["client_credentials"] };
      const party = await Party.register({ ...wanted, redirect_uris: [], response_types: [] });
      const same = client.randomState();
      const method = client.PrivateKeyJwt(
        { key: keys.key, kid: keys.kid },
        { [client.modifyAssertion]: (_header, payload) => void (payload.jti = same) },
      );
      const config = new client.Configuration(party.config.serverMetadata(), party.id, party.registered, method);
      checkTokens(await client.clientCredentialsGrant(config));
      await assert.rejects(client.clientCredentialsGrant(config), { error: "invalid_client" });
    },
  },
]);

plan("refresh tokens", [
  {
    name: "rotate; the last one presented again at once gets the same successor",
    async run() {
      const { party, tokens } = await offline();
      const second = await party.refresh(tokens.refresh_token);
      checkTokens(second);
      assert.notEqual(second.refresh_token, tokens.refresh_token);
      const again = await party.refresh(tokens.refresh_token);
      assert.equal(again.refresh_token, second.refresh_token);
      assert.ok((await party.refresh(second.refresh_token)).access_token);
    },
  },
  {
    name: "twenty at once all get the same successor",
    async run() {
      const { party, tokens } = await offline();
      const answers = await Promise.all(Array.from({ length: 20 }, () => party.refresh(tokens.refresh_token)));
      assert.equal(new Set(answers.map((answered) => answered.refresh_token)).size, 1);
    },
  },
  {
    name: "an older one is reuse: it fails, and the whole family with it",
    async run() {
      const { party, tokens } = await offline();
      const second = await party.refresh(tokens.refresh_token);
      const third = await party.refresh(second.refresh_token);
      await assert.rejects(party.refresh(tokens.refresh_token), { error: "invalid_grant" });
      await assert.rejects(party.refresh(third.refresh_token), { error: "invalid_grant" });
      assert.equal(await isActive(party, third.access_token), false);
    },
  },
  {
    name: "offline_access counts only with prompt=consent",
    async run() {
      const { tokens } = await authorize(await refreshing(), { params: { scope: "openid offline_access" } });
      assert.ok(!(tokens.scope ?? "").split(" ").includes("offline_access"));
    },
  },
  {
    name: "an offline grant outlives the session",
    async run() {
      const { party, tokens, browser } = await offline();
      await browser.open(endSession(party, { id_token_hint: tokens.id_token }));
      assert.ok((await party.refresh(tokens.refresh_token)).access_token);
    },
  },
  {
    name: "the scope may shrink and never grow",
    async run() {
      const party = await refreshing();
      const { tokens } = await authorize(party, { params: { ...OFFLINE, scope: "openid offline_access phone" } });
      const less = await party.refresh(tokens.refresh_token, { scope: "openid" });
      assert.ok(!(less.scope ?? "").includes("phone"));
      const refused = party.refresh(less.refresh_token, { scope: "openid profile" });
      await assert.rejects(refused, { error: "invalid_scope" });
    },
  },
]);

plan("client credentials", [
  {
    name: "a token for the client itself: no ID token, no refresh token, no person",
    async run() {
      const party = await Party.register({
        grant_types: ["client_credentials"],
        response_types: [],
        redirect_uris: [],
      });
      const tokens = await client.clientCredentialsGrant(party.config);
      checkTokens(tokens);
      assert.equal(tokens.id_token, undefined);
      assert.equal(tokens.refresh_token, undefined);
      const response = await fetch((await metadata()).userinfo_endpoint, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      assert.ok([401, 403].includes(response.status));
    },
  },
  {
    name: "not for a client that did not register the grant, not for a public one",
    async run() {
      const party = await Party.register();
      await assert.rejects(client.clientCredentialsGrant(party.config), { error: "unauthorized_client" });
      const open = { token_endpoint_auth_method: "none", grant_types: ["client_credentials"], response_types: [] };
      await assert.rejects(Party.register(open), { error: "invalid_client_metadata" });
    },
  },
  {
    name: "an unknown grant is unsupported_grant_type, a missing one an invalid request",
    async run() {
      const party = await Party.register();
      await checkErrorJson(await party.post("token_endpoint", { grant_type: "pigeon" }), "unsupported_grant_type");
      await checkErrorJson(await party.post("token_endpoint", { code: "x" }), "invalid_request");
    },
  },
]);

plan("introspection and revocation", [
  {
    name: "a live token is active and says what it is for",
    async run() {
      const { party, tokens, idToken } = await offline();
      const access = await client.tokenIntrospection(party.config, tokens.access_token);
      assert.equal(access.active, true);
      assert.equal(access.client_id, party.id);
      assert.equal(access.sub, idToken.sub);
      assert.ok(access.scope.split(" ").includes("openid"));
      assert.ok(access.exp > Date.now() / 1000);
      assert.equal(await isActive(party, tokens.refresh_token), true);
    },
  },
  {
    name: "an unknown token is inactive and nothing more; nobody else may ask",
    async run() {
      const party = await Party.register();
      assert.deepEqual(await client.tokenIntrospection(party.config, "made-up"), { active: false });
      const url = party.config.serverMetadata().introspection_endpoint;
      const response = await fetch(url, { method: "POST", body: new URLSearchParams({ token: "x" }) });
      await checkErrorJson(response, ["invalid_client", "invalid_request"], [400, 401]);
    },
  },
  {
    name: "a public client may not ask, by its name or by a secret that it made up",
    async run() {
      const party = await Party.register({ token_endpoint_auth_method: "none" });
      const { tokens } = await authorize(party, { pkce: true });
      const url = party.config.serverMetadata().introspection_endpoint;
      for (const proof of [{ client_id: party.id }, { client_id: party.id, client_secret: "made-up" }]) {
        const body = new URLSearchParams({ token: tokens.access_token, ...proof });
        await checkErrorJson(await fetch(url, { method: "POST", body }), "invalid_client", [401]);
      }
    },
  },
  {
    name: "a revoked access token is inactive and useless at once",
    async run() {
      const { party, tokens } = await offline();
      await client.tokenRevocation(party.config, tokens.access_token);
      assert.equal(await isActive(party, tokens.access_token), false);
      await assert.rejects(party.userInfo(tokens), isInvalidToken);
    },
  },
  {
    name: "a revoked refresh token takes its access tokens along",
    async run() {
      const { party, tokens } = await offline();
      await client.tokenRevocation(party.config, tokens.refresh_token, { token_type_hint: "refresh_token" });
      await assert.rejects(party.refresh(tokens.refresh_token), { error: "invalid_grant" });
      assert.equal(await isActive(party, tokens.access_token), false);
    },
  },
  {
    name: "revoking what is unknown succeeds, revoking what is another's does nothing (RFC 7009 §2.1, §2.2)",
    async run() {
      const { party, tokens } = await offline();
      const other = await Party.register();
      const unknown = await party.post("revocation_endpoint", { token: "made-up" });
      assert.equal(unknown.status, 200);
      await other.post("revocation_endpoint", { token: tokens.refresh_token });
      assert.equal(await isActive(party, tokens.access_token), true);
      assert.ok((await party.refresh(tokens.refresh_token)).access_token);
    },
  },
]);

plan("access tokens and UserInfo", [
  {
    name: "a JWT access token has the type and the claims of RFC 9068",
    async run(t) {
      const party = await Party.register({ scope: "openid" });
      const { tokens, idToken } = await authorize(party);
      if (tokens.access_token.split(".").length !== 3) return t.skip("this client gets opaque access tokens");
      assert.equal(decodeProtectedHeader(tokens.access_token).typ, "at+jwt");
      const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1], "base64url"));
      for (const name of ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]) assert.ok(claims[name], name);
      assert.equal(claims.sub, idToken.sub);
      assert.ok(claims.exp - claims.iat <= 300, "five minutes at most");
      return undefined;
    },
  },
  {
    name: "UserInfo without a token, or with a bad one, is 401 and says why",
    async run() {
      const { tokens } = await authorize(await Party.register());
      const url = (await metadata()).userinfo_endpoint;
      const bare = await fetch(url);
      assert.equal(bare.status, 401);
      assert.match(bare.headers.get("www-authenticate"), /^Bearer/);
      assert.doesNotMatch(bare.headers.get("www-authenticate"), /error=/);
      const changed = tokens.access_token.slice(0, -4) + (tokens.access_token.endsWith("AAAA") ? "BBBB" : "AAAA");
      for (const token of ["made-up", changed, tokens.id_token]) {
        const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        assert.equal(response.status, 401);
        assert.match(response.headers.get("www-authenticate"), /^Bearer.*error="invalid_token"/);
      }
    },
  },
  {
    name: "UserInfo: a token in the address is not taken, one in two places is an invalid request",
    async run() {
      const { tokens } = await authorize(await Party.register());
      const url = (await metadata()).userinfo_endpoint;
      const { status } = await fetch(`${url}?access_token=${tokens.access_token}`);
      assert.ok([400, 401].includes(status), `status ${status}`);
      const twice = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${tokens.access_token}` },
        body: new URLSearchParams({ access_token: tokens.access_token }),
      });
      assert.equal(twice.status, 400);
    },
  },
]);
