// The modules of the plans "basic" and "form post basic", each under its own name. `mode` is what they differ in.

import assert from "node:assert/strict";
import * as client from "openid-client";

import { answer, authorize, seconds, silently } from "../support/authorize.js";
import { Browser } from "../support/browser.js";
import { checkAnswer, checkCode, checkError, checkErrorJson, checkErrorPage, entropy, isInvalidToken } from "../support/checks.js";
import { metadata, person } from "../support/demo.js";
import { withListener } from "../support/listener.js";
import { CALLBACK, Party } from "../support/party.js";
import { outer, refused, refusedUnsigned, signed, unsigned } from "./request-object.js";

/** OIDC Core §3.1.2.6: what may be said when somebody would have to be asked. */
export const ASKING_NEEDED = [
  "login_required",
  "interaction_required",
  "account_selection_required",
  "consent_required",
];

/** The claims of a scope (OIDC Core §5.4). */
const CLAIMS = {
  profile: [
    ...["name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture"],
    ...["website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"],
  ],
  email: ["email", "email_verified"],
  address: ["address"],
  phone: ["phone_number", "phone_number_verified"],
};

/** auth_time comes only where it is asked. */
const AUTH_TIME = { claims: JSON.stringify({ id_token: { auth_time: { essential: true } } }) };

const TYPES = { email_verified: "boolean", phone_number_verified: "boolean", updated_at: "number", address: "object" };

/** Every module: its name and what it does. */
export function basicModules(mode) {
  const asked = mode === "query" ? {} : { response_mode: mode };
  const register = (wanted) => Party.register(wanted);
  const happy = async (params = {}, ways = {}) =>
    authorize(await register(), { params: { ...asked, ...params }, ...ways });

  // Two authorizations in one browser; `second` are the parameters of the second, or make them from the first.
  const twice = async (first, second) => {
    const party = await register();
    const one = await authorize(party, { params: { ...asked, ...first } });
    const params = typeof second === "function" ? second(one) : second;
    const two = await authorize(party, { params: { ...asked, ...params }, browser: one.browser });
    return [one, two];
  };

  const sameSignIn = ([one, two]) => {
    assert.deepEqual(two.seen, [], "nobody is asked again");
    assert.equal(two.idToken.sub, one.idToken.sub);
    assert.equal(two.idToken.auth_time, one.idToken.auth_time);
  };

  const scope = (names) => async (t) => {
    const { scopes_supported: supported } = await metadata();
    const missing = names.filter((name) => !supported.includes(name));
    if (missing.length > 0) return t.skip(`the node does not offer ${missing.join(", ")}`);
    const { userInfo, idToken } = await happy({ scope: ["openid", ...names].join(" ") });
    for (const [name, claims] of Object.entries(CLAIMS)) {
      const given = claims.filter((claim) => userInfo[claim] !== undefined);
      if (!names.includes(name)) assert.deepEqual(given, [], `nothing of ${name} was asked`);
      for (const claim of given) assert.equal(typeof userInfo[claim], TYPES[claim] ?? "string", claim);
      for (const claim of claims) assert.equal(idToken[claim], undefined, `${claim} belongs to UserInfo`);
    }
    if (names.includes("profile")) assert.ok(userInfo.preferred_username && userInfo.updated_at, "profile");
    if (names.includes("phone")) assert.ok(userInfo.phone_number, "phone");
    if (userInfo.birthdate) assert.match(userInfo.birthdate, /^\d{4}(-\d\d-\d\d)?$/);
    return undefined;
  };

  const userInfoBy = (request) => async () => {
    const { tokens, idToken } = await happy();
    const response = await request((await metadata()).userinfo_endpoint, tokens.access_token);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^application\/json/);
    assert.equal((await response.json()).sub, idToken.sub);
  };

  const reuse = async (wait) => {
    const party = await register();
    const { arrival, tokens } = await authorize(party, { params: asked });
    await seconds(wait);
    await checkErrorJson(await party.redeemBare(arrival.get("code")), "invalid_grant");
    await assert.rejects(party.userInfo(tokens), isInvalidToken, "the tokens of a code that came twice are revoked (RFC 6749 §4.1.2)");
  };

  return [
    {
      name: "oidcc-server",
      async run() {
        const { arrival, idToken, header } = await happy();
        assert.ok(entropy(arrival.get("code")) >= 96);
        assert.equal(idToken.name, undefined, "scope openid alone gives no name");
        assert.equal(header.alg, "RS256");
        assert.ok(idToken.sid, "the ID token names the session (OIDC Back-Channel Logout §2.1)");
      },
    },
    {
      name: "oidcc-response-type-missing",
      async run() {
        const party = await register();
        const request = await party.ask({ response_type: undefined });
        const { arrival, page } = await answer(new Browser(), request);
        if (page) checkErrorPage({ page });
        else checkError(arrival, party, request, ["invalid_request", "unsupported_response_type"]);
      },
    },
    {
      name: "oidcc-idtoken-signature",
      async run() {
        const { header } = await happy();
        assert.ok(header.kid);
        assert.equal(header.alg, "RS256", "the default (OIDC Registration §2)");
      },
    },
    {
      name: "oidcc-idtoken-unsigned",
      async run() {
        const { id_token_signing_alg_values_supported: algorithms } = await metadata();
        assert.ok(!algorithms.includes("none"));
        await assert.rejects(register({ id_token_signed_response_alg: "none" }), { error: "invalid_client_metadata" });
      },
    },
    {
      name: "oidcc-userinfo-get",
      run: userInfoBy((url, token) => fetch(url, { headers: { authorization: `Bearer ${token}` } })),
    },
    {
      name: "oidcc-userinfo-post-header",
      run: userInfoBy((url, token) => fetch(url, { method: "POST", headers: { authorization: `Bearer ${token}` } })),
    },
    {
      name: "oidcc-userinfo-post-body",
      run: userInfoBy((url, token) =>
        fetch(url, { method: "POST", body: new URLSearchParams({ access_token: token }) }),
      ),
    },
    {
      name: "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
      async run() {
        const { idToken } = await happy({ nonce: undefined });
        assert.equal(idToken.nonce, undefined);
      },
    },
    { name: "oidcc-scope-profile", run: scope(["profile"]) },
    { name: "oidcc-scope-email", run: scope(["email"]) },
    { name: "oidcc-scope-address", run: scope(["address"]) },
    { name: "oidcc-scope-phone", run: scope(["phone"]) },
    { name: "oidcc-scope-all", run: scope(["profile", "email", "address", "phone"]) },
    {
      name: "oidcc-ensure-other-scope-order-succeeds",
      async run() {
        const { userInfo } = await happy({ scope: "phone openid" });
        assert.ok(userInfo.phone_number);
      },
    },
    { name: "oidcc-display-page", run: async () => void (await happy({ display: "page" })) },
    { name: "oidcc-display-popup", run: async () => void (await happy({ display: "popup" })) },
    {
      name: "oidcc-prompt-login",
      async run() {
        const party = await register();
        const params = { ...asked, ...AUTH_TIME };
        const one = await authorize(party, { params });
        await seconds(1.1);
        const two = await authorize(party, { params: { ...params, prompt: "login" }, browser: one.browser });
        assert.ok(two.seen.includes("login"), "the person signs in again");
        assert.ok(two.idToken.auth_time > one.idToken.auth_time);
        assert.equal(two.idToken.sub, one.idToken.sub);
      },
    },
    {
      name: "oidcc-prompt-none-not-logged-in",
      async run() {
        const party = await register();
        const state = client.randomState().repeat(3).slice(0, 128);
        const request = await party.ask({ ...asked, prompt: "none", state });
        const arrival = await silently(new Browser(), request);
        checkError(arrival, party, request, ASKING_NEEDED);
        assert.equal(arrival.get("error"), "login_required");
        assert.equal(arrival.get("state").length, 128);
      },
    },
    {
      name: "oidcc-prompt-none-logged-in",
      run: async () => sameSignIn(await twice({}, { prompt: "none" })),
    },
    {
      name: "oidcc-max-age-1",
      async run() {
        const party = await register();
        const one = await authorize(party, { params: { ...asked, ...AUTH_TIME } });
        await seconds(2);
        const two = await authorize(party, { params: { ...asked, max_age: "1" }, browser: one.browser });
        assert.ok(two.seen.includes("login"), "the person signs in again");
        assert.ok(two.idToken.auth_time > one.idToken.auth_time);
        assert.ok(two.idToken.auth_time > Date.now() / 1000 - 30);
      },
    },
    {
      name: "oidcc-max-age-10000",
      async run() {
        const both = await twice({ max_age: "15000" }, { max_age: "10000" });
        for (const { idToken } of both) assert.equal(typeof idToken.auth_time, "number");
        sameSignIn(both);
      },
    },
    {
      name: "oidcc-ensure-request-with-unknown-parameter-succeeds",
      run: async () => void (await happy({ extra: "foobar" })),
    },
    {
      name: "oidcc-id-token-hint",
      async run() {
        sameSignIn(await twice({}, (one) => ({ prompt: "none", id_token_hint: one.tokens.id_token })));
      },
    },
    {
      name: "oidcc-login-hint",
      async run() {
        const user = person();
        const party = await register();
        const request = await party.ask({ ...asked, login_hint: user.username });
        const browser = new Browser();
        const page = await browser.open(request.url);
        assert.equal(page.attribute("#login-form [name=username]", "value"), user.username);
        await authorize(party, { params: { ...asked, login_hint: "buffy@example.org" }, user });
      },
    },
    {
      name: "oidcc-ui-locales",
      async run() {
        const party = await register();
        for (const [wanted, shown] of [
          ["en", "en"],
          ["zh-CN", "zh-CN"],
          ["se en", "en"],
        ]) {
          const request = await party.ask({ ...asked, ui_locales: wanted });
          const page = await new Browser({ language: "fr" }).open(request.url);
          assert.equal(page.language, shown, `ui_locales=${wanted}`);
        }
        await authorize(party, { params: { ...asked, ui_locales: "se" } });
      },
    },
    { name: "oidcc-claims-locales", run: async () => void (await happy({ claims_locales: "se" })) },
    {
      name: "oidcc-ensure-request-with-acr-values-succeeds",
      async run() {
        const { acr_values_supported: offered } = await metadata();
        assert.ok(offered.length > 0);
        const { idToken } = await happy({ acr_values: offered.join(" ") });
        assert.ok(offered.includes(idToken.acr), `acr is ${idToken.acr}`);
      },
    },
    { name: "oidcc-codereuse", run: () => reuse(0) },
    { name: "oidcc-codereuse-30seconds", run: () => reuse(30) },
    {
      name: "oidcc-ensure-registered-redirect-uri",
      async run() {
        const party = await register();
        const request = await party.ask({ ...asked, redirect_uri: `${CALLBACK}/${client.randomState()}` });
        checkErrorPage(await answer(new Browser(), request));
      },
    },
    { name: "oidcc-ensure-post-request-succeeds", run: async () => void (await happy({}, { post: true })) },
    {
      name: "oidcc-server-client-secret-post",
      async run() {
        const { token_endpoint_auth_methods_supported: methods } = await metadata();
        assert.ok(methods.includes("client_secret_post"));
        await authorize(await register({ token_endpoint_auth_method: "client_secret_post" }), { params: asked });
      },
    },
    {
      name: "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
      run: () => withListener((listener) => refusedUnsigned(listener, asked)),
    },
    {
      name: "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
      async run() {
        const party = await register();
        const request = await party.ask(asked);
        const bare = { ...request, url: outer(party, { request: await unsigned(party, request.params) }) };
        await refused(party, bare, ["invalid_request_object", "request_not_supported"]);
      },
    },
    {
      name: "oidcc-claims-essential",
      async run() {
        const claims = JSON.stringify({ userinfo: { name: { essential: true } } });
        const { userInfo, idToken } = await happy({ claims });
        assert.equal(typeof userInfo.name, "string");
        assert.equal(idToken.name, undefined, "it was asked of UserInfo only");
      },
    },
    {
      name: "oidcc-ensure-request-object-with-redirect-uri",
      async run() {
        const party = await register({ request_object_signing_alg: "RS256" });
        const request = await party.ask(asked);
        const url = outer(party, {
          request: await signed(party, request.params),
          redirect_uri: `${CALLBACK}/elsewhere`,
          ...asked,
        });
        const { arrival, page } = await answer(new Browser(), { ...request, url });
        if (page) return checkErrorPage({ page });
        checkAnswer(arrival, party, request);
        checkCode(arrival);
        await party.redeem(arrival, request);
        return undefined;
      },
    },
    {
      name: "oidcc-refresh-token",
      run: () => refreshToken(register, asked),
    },
    {
      name: "oidcc-ensure-request-with-valid-pkce-succeeds",
      run: async () => void (await happy({}, { pkce: true })),
    },
  ];
}

/** OIDC Core §12.2, and that a refresh token belongs to its client. */
export async function refreshToken(register, asked, wanted = {}) {
  const grants = { grant_types: ["authorization_code", "refresh_token"], ...wanted };
  const params = { ...asked, scope: "openid offline_access", prompt: "consent" };
  const [first, second] = [await register(grants), await register(grants)];
  const one = await authorize(first, { params });
  assert.match(one.tokens.refresh_token, /^[\x20-\x7e]{20,}$/);
  assert.ok(entropy(one.tokens.refresh_token) >= 96);
  await seconds(1);
  const renewed = await first.refresh(one.tokens.refresh_token, { scope: "openid offline_access" });
  assert.notEqual(renewed.access_token, one.tokens.access_token);
  assert.ok(renewed.id_token, "a refresh brings a new ID token");
  const claims = renewed.claims();
  for (const name of ["iss", "sub", "aud", "azp", "auth_time"])
    assert.deepEqual(claims[name], one.idToken[name], name);
  assert.ok(claims.iat > one.idToken.iat, "iat is the time of this ID token");
  assert.equal((await first.userInfo({ ...renewed, claims: () => one.idToken })).sub, one.idToken.sub);
  const two = await authorize(second, { params });
  const stolen = { grant_type: "refresh_token", refresh_token: two.tokens.refresh_token };
  await checkErrorJson(await first.post("token_endpoint", stolen), "invalid_grant");
}
