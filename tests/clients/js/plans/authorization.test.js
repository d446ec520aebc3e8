// The authorization endpoint where the certification plans say nothing, or less.

import assert from "node:assert/strict";
import * as client from "openid-client";

import { outer, signed } from "../modules/request-object.js";
import { answer, authorize, silently } from "../support/authorize.js";
import { Browser } from "../support/browser.js";
import { checkAnswer, checkCode, checkError, checkErrorJson, checkErrorPage } from "../support/checks.js";
import { demo, metadata, person } from "../support/demo.js";
import { keyPair, Party } from "../support/party.js";
import { plan } from "../support/plan.js";

const browser = () => new Browser();
const denied = async (party, request, errors, from = browser()) => {
  const { arrival, page } = await answer(from, request);
  assert.ok(!page, page?.describe());
  checkError(arrival, party, request, errors);
};

/** An error, told on a page or to the relying party, and in no case a code. */
async function refused(party, request, errors) {
  const { arrival, page } = await answer(browser(), request);
  if (page) return checkErrorPage({ page });
  assert.ok(errors.includes(arrival.get("error")), `error is ${arrival.get("error")}`);
  return assert.equal(arrival.get("code"), null);
}

/** The person leaves the sign-in. */
async function leave(from, request) {
  const page = await from.open(request.url);
  return from.submit(page, "form.leave", {}, "#leave");
}

plan("clients and PKCE", [
  {
    name: "a client of demo.json signs a person in",
    async run() {
      const entry = demo.clients.find((one) => one.client_secret && one.redirect_uris.length > 0);
      const party = await Party.known(entry);
      const { idToken } = await authorize(party, { pkce: true });
      assert.equal([idToken.aud].flat()[0], entry.client_id);
    },
  },
  {
    name: "private_key_jwt with an ES256 key",
    run: async () =>
      void (await authorize(
        await Party.register({ token_endpoint_auth_method: "private_key_jwt", keys: await keyPair("ES256") }),
      )),
  },
  {
    name: "a public client must use PKCE, and needs nothing else",
    async run() {
      const party = await Party.register({ token_endpoint_auth_method: "none" });
      assert.equal(party.registered.client_secret, undefined);
      await authorize(party, { pkce: true });
      await denied(party, await party.ask(), "invalid_request");
    },
  },
  {
    name: "PKCE: only S256, and the verifier must be the right one",
    async run() {
      const party = await Party.register();
      const plain = { code_challenge: client.randomPKCECodeVerifier(), code_challenge_method: "plain" };
      await denied(party, await party.ask(plain), "invalid_request");
      await denied(party, await party.ask({ code_challenge: plain.code_challenge }), "invalid_request");
      for (const verifier of [undefined, client.randomPKCECodeVerifier()]) {
        const request = await party.ask({}, { pkce: true });
        const { arrival } = await answer(browser(), request);
        await checkErrorJson(await party.redeemBare(checkCode(arrival), { verifier }), "invalid_grant");
      }
    },
  },
  {
    name: "PKCE: a verifier for a request without a challenge fails",
    async run() {
      const party = await Party.register();
      const { arrival } = await answer(browser(), await party.ask());
      const verifier = client.randomPKCECodeVerifier();
      await checkErrorJson(await party.redeemBare(checkCode(arrival), { verifier }), "invalid_grant");
    },
  },
  {
    name: "an unknown client never gets an answer",
    async run() {
      const party = await Party.register();
      checkErrorPage(await answer(browser(), await party.ask({ client_id: "nobody" })));
      checkErrorPage(await answer(browser(), await party.ask({ client_id: undefined })));
    },
  },
]);

plan("ID tokens and claims", [
  {
    name: "ES256 by registration",
    async run() {
      const { header } = await authorize(await Party.register({ id_token_signed_response_alg: "ES256" }));
      assert.equal(header.alg, "ES256");
    },
  },
  {
    name: "acr is one that the node offers, amr says how, sid names the session",
    async run() {
      const { idToken } = await authorize(await Party.register());
      assert.ok((await metadata()).acr_values_supported.includes(idToken.acr));
      assert.ok(idToken.amr.includes("pwd"));
      assert.equal(typeof idToken.sid, "string");
    },
  },
  {
    name: "auth_time comes with max_age and when it is asked as an essential claim",
    async run() {
      const claims = JSON.stringify({ id_token: { auth_time: { essential: true } } });
      for (const params of [{ max_age: "600" }, { claims }]) {
        const { idToken } = await authorize(await Party.register(), { params });
        assert.equal(typeof idToken.auth_time, "number");
      }
    },
  },
  {
    name: "claims asked of the ID token are in it, those asked of UserInfo are there",
    async run() {
      const claims = JSON.stringify({ id_token: { preferred_username: null }, userinfo: { phone_number: null } });
      const { idToken, userInfo } = await authorize(await Party.register(), { params: { claims } });
      assert.equal(typeof idToken.preferred_username, "string");
      assert.equal(typeof userInfo.phone_number, "string");
      assert.equal(idToken.phone_number, undefined);
      assert.equal(userInfo.preferred_username, undefined);
    },
  },
  {
    name: "a claims parameter that is no JSON object is an invalid request",
    async run() {
      const party = await Party.register();
      for (const claims of ["{", "[]", '"name"']) await denied(party, await party.ask({ claims }), "invalid_request");
    },
  },
  {
    name: "the real name comes by scope, the identity number only by a box of its own",
    async run() {
      const user = person();
      const party = await Party.register();
      const params = { scope: "openid realname identity_number", prompt: "consent" };
      const kept = await authorize(party, { params, user });
      assert.equal(kept.userInfo.name, user.name);
      assert.equal(kept.userInfo.identity_document, undefined);
      const given = await authorize(party, { params, user, sensitive: ["identity_document"] });
      assert.equal(given.userInfo.identity_document.number, user.document_number);
    },
  },
  {
    name: "an essential acr that is met is named, one that cannot be met is an error and no page",
    async run() {
      const party = await Party.register();
      const wanted = (values) => ({ claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }) });
      const { idToken, browser: here } = await authorize(party, { params: wanted(["urn:hufu:acr:l2"]) });
      assert.equal(idToken.acr, "urn:hufu:acr:l2");
      const request = await party.ask({ ...wanted(["urn:hufu:acr:l4"]), prompt: "none" });
      checkError(await silently(here, request), party, request, "interaction_required");
    },
  },
]);

plan("prompts and hints", [
  {
    name: "prompt=consent asks again, and a refusal is access_denied",
    async run() {
      const party = await Party.register();
      const { browser: here } = await authorize(party);
      const again = await authorize(party, { params: { prompt: "consent" }, browser: here });
      assert.ok(again.seen.includes("consent"));
      const request = await party.ask({ prompt: "consent" });
      const { arrival } = await answer(here, request, { consent: "deny" });
      checkError(arrival, party, request, "access_denied");
    },
  },
  {
    name: "prompt=select_account lets the person choose",
    async run() {
      const party = await Party.register();
      const { browser: here, idToken } = await authorize(party);
      const chosen = await authorize(party, { params: { prompt: "select_account" }, browser: here });
      assert.ok(chosen.seen.includes("select"));
      assert.equal(chosen.idToken.sub, idToken.sub);
      const params = { prompt: "select_account" };
      const other = await authorize(party, { params, browser: here, account: "another", user: person(1) });
      assert.ok(other.seen.includes("login"));
      assert.notEqual(other.idToken.sub, idToken.sub);
    },
  },
  {
    name: "prompt=create begins with registration",
    async run() {
      const party = await Party.register();
      const page = await browser().open((await party.ask({ prompt: "create" })).url);
      assert.ok(page.has("#register-form"), page.describe());
    },
  },
  {
    name: "prompt=none beside another prompt is an invalid request",
    async run() {
      const party = await Party.register();
      await denied(party, await party.ask({ prompt: "none login" }), "invalid_request");
    },
  },
  {
    name: "known at one service, silently known at the next",
    async run() {
      const first = await Party.register();
      const second = await Party.register();
      const { browser: here } = await authorize(first);
      const { seen } = await authorize(second, { browser: here });
      assert.ok(!seen.includes("login"));
      const { seen: then } = await authorize(second, { params: { prompt: "none" }, browser: here });
      assert.deepEqual(then, []);
    },
  },
  {
    name: "prompt=none without consent is consent_required, too old a sign-in login_required",
    async run() {
      const { browser: here } = await authorize(await Party.register());
      const fresh = await Party.register();
      const unasked = await fresh.ask({ prompt: "none", scope: "openid profile phone" });
      checkError(await silently(here, unasked), fresh, unasked, "consent_required");
      const old = await fresh.ask({ prompt: "none", max_age: "0" });
      checkError(await silently(here, old), fresh, old, "login_required");
    },
  },
  {
    name: "prompt=none with the hint of another person is login_required",
    async run() {
      const party = await Party.register();
      const other = await authorize(party, { user: person(1) });
      const mine = await authorize(party);
      const request = await party.ask({ prompt: "none", id_token_hint: other.tokens.id_token });
      checkError(await silently(mine.browser, request), party, request, "login_required");
    },
  },
]);

plan("request objects", [
  ...["RS256", "ES256"].map((alg) => ({
    name: `by value, signed by ${alg}`,
    async run() {
      const party = await Party.register({ request_object_signing_alg: alg, keys: await keyPair(alg) });
      const request = await party.ask({ max_age: "600" });
      const url = outer(party, { request: await signed(party, request.params) });
      const { arrival } = await answer(browser(), { ...request, url });
      checkAnswer(arrival, party, request);
      await party.redeem(arrival, request);
    },
  })),
  {
    name: "what stands in the object counts, not what stands beside it",
    async run() {
      const party = await Party.register();
      const request = await party.ask();
      const beside = { state: "beside", nonce: "beside", prompt: "none" };
      const url = outer(party, { ...beside, request: await signed(party, { ...request.params, prompt: "login" }) });
      const { arrival } = await answer(browser(), { ...request, url });
      checkAnswer(arrival, party, request);
      await party.redeem(arrival, request);
    },
  },
  {
    name: "signed by somebody else, for somebody else, or out of date: refused",
    async run() {
      const party = await Party.register();
      const { params, ...request } = await party.ask();
      const stranger = { ...(await keyPair()), kid: party.keys.kid };
      const past = Math.floor(Date.now() / 1000) - 3600;
      const objects = [
        await signed(party, params, { keys: stranger }),
        (await signed(party, params)).replace(/.$/, (last) => (last === "A" ? "Q" : "A")),
        await signed({ id: "somebody-else", keys: party.keys }, params),
        "not a JWT",
      ];
      const old = new client.Configuration(party.config.serverMetadata(), party.id, party.registered, client.None());
      const expired = await client.buildAuthorizationUrlWithJAR(
        old,
        params,
        { key: party.keys.key, kid: party.keys.kid },
        {
          [client.modifyAssertion]: (_header, payload) =>
            void Object.assign(payload, { iat: past, nbf: past, exp: past + 60 }),
        },
      );
      objects.push(expired.searchParams.get("request"));
      for (const object of objects) {
        await refused(party, { ...request, params, url: outer(party, { request: object }) }, [
          "invalid_request_object",
        ]);
      }
    },
  },
  {
    name: "pushed (PAR): used once, by the client that pushed it",
    async run() {
      const party = await Party.register();
      const other = await Party.register();
      const request = await party.ask({}, { pkce: true });
      const url = await client.buildAuthorizationUrlWithPAR(party.config, request.params);
      assert.match(url.searchParams.get("request_uri"), /^urn:ietf:params:oauth:request_uri:/);
      const foreign = new URL(url);
      foreign.searchParams.set("client_id", other.id);
      await refused(other, { ...request, url: foreign }, [
        "invalid_request_uri",
        "invalid_request",
        "invalid_request_object",
      ]);
      const { arrival } = await answer(browser(), { ...request, url });
      checkAnswer(arrival, party, request);
      await party.redeem(arrival, request);
      await refused(party, { ...request, url }, ["invalid_request_uri", "invalid_request"]);
    },
  },
  {
    name: "pushed (PAR): checked when it is pushed",
    async run() {
      const party = await Party.register();
      const { params } = await party.ask();
      const push = (changed) => party.post("pushed_authorization_request_endpoint", { ...params, ...changed });
      await checkErrorJson(await push({ redirect_uri: "https://evil.example/" }), [
        "invalid_request",
        "invalid_redirect_uri",
      ]);
      const nested = await push({ request_uri: "urn:ietf:params:oauth:request_uri:x" });
      await checkErrorJson(nested, ["invalid_request", "request_uri_not_supported"]);
      await checkErrorJson(await push({ response_type: "nonsense" }), ["unsupported_response_type", "invalid_request"]);
      const answered = await push({});
      assert.equal(answered.status, 201);
      assert.ok((await answered.json()).expires_in > 0);
    },
  },
]);

plan("response modes and malformed requests", [
  ...["query", "fragment", "form_post"].map((mode) => ({
    name: `response_mode=${mode}, for an answer and for an error`,
    async run() {
      const party = await Party.register();
      const { arrival, browser: here } = await authorize(party, { params: { response_mode: mode } });
      assert.equal(arrival.mode, mode);
      const request = await party.ask({ response_mode: mode, prompt: "consent" });
      const { arrival: error } = await answer(here, request, { consent: "deny" });
      checkError(error, party, request, "access_denied");
      const left = await party.ask({ response_mode: mode, prompt: "login" });
      checkError(await leave(here, left), party, left, "access_denied");
      const wrong = await party.ask({ response_mode: mode, response_type: "token" });
      await denied(party, wrong, ["unsupported_response_type", "unauthorized_client"]);
    },
  })),
  {
    name: "an unknown response_mode or response_type is told to the relying party",
    async run() {
      const party = await Party.register();
      const mode = await party.ask({ response_mode: "pigeon" });
      await refused(party, mode, ["invalid_request", "unsupported_response_mode"]);
      const type = await party.ask({ response_type: "pigeon" });
      await denied(party, type, ["unsupported_response_type", "invalid_request", "unauthorized_client"]);
    },
  },
  {
    name: "a parameter that comes twice is an invalid request",
    async run() {
      const party = await Party.register();
      for (const name of ["state", "nonce", "scope", "client_id", "redirect_uri", "prompt"]) {
        const request = await party.ask({ prompt: "login" });
        request.url.searchParams.append(name, request.url.searchParams.get(name));
        await refused(party, request, ["invalid_request"]);
      }
    },
  },
  {
    name: "redirect addresses that only look alike never get an answer",
    async run() {
      const party = await Party.register();
      const registered = new URL(party.redirectUri);
      const alike = [
        `${registered.href}/`,
        `${registered.href}#fragment`,
        `${registered.href}?`,
        registered.href.replace("rp.example.org", "rp.example.org.evil.example"),
        registered.href.replace("rp.example.org", "rp.example.org@evil.example"),
        registered.href.replace("https:", "http:"),
        registered.href.replace("/callback", "/../callback"),
        registered.href.replace("callback", "%63allback"),
        registered.href.toUpperCase(),
        "javascript:alert(1)",
        "",
      ];
      for (const address of alike) {
        const { arrival, page } = await answer(browser(), await party.ask({ redirect_uri: address }));
        checkErrorPage({ arrival, page });
      }
    },
  },
]);
