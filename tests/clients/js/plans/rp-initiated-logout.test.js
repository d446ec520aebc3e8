import assert from "node:assert/strict";
import { SignJWT, UnsecuredJWT, decodeJwt } from "jose";

import { checkHttps } from "../modules/discovery.js";
import { authorize } from "../support/authorize.js";
import { checkErrorPage, isInvalidToken } from "../support/checks.js";
import { metadata, person } from "../support/demo.js";
import {
  checkConfirmedHere,
  checkNobodyIsSignedIn,
  checkNotSentAway,
  checkSignedOut,
  checkStillSignedIn,
  endSession,
  signedInAt,
  usual,
} from "../support/logout.js";
import { SIGNED_OUT, keyPair } from "../support/party.js";
import { plan } from "../support/plan.js";

/** Signs in, then goes to the end of the session with what `change` makes of the usual parameters. */
async function leaving(change = () => ({})) {
  const here = await signedInAt();
  const sent = { ...usual(here), ...(await change(here)) };
  return { ...here, sent, url: endSession(here.party, sent) };
}

const nothing = { id_token_hint: undefined, post_logout_redirect_uri: undefined, state: undefined };

plan("oidcc-rp-initiated-logout-certification-test-plan", [
  {
    name: "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    async run() {
      const server = await metadata();
      checkHttps(server);
      assert.ok(server.end_session_endpoint);
    },
  },
  {
    name: "oidcc-rp-initiated-logout",
    async run() {
      const { browser, party, sent, url } = await leaving();
      assert.ok(sent.state.length >= 128);
      checkSignedOut(await browser.open(url), sent.state);
      await checkNobodyIsSignedIn(browser, party);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    async run() {
      const { browser, url } = await leaving(() => ({ post_logout_redirect_uri: `${SIGNED_OUT}/elsewhere` }));
      await checkNotSentAway(browser, url);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-modified-id-token-hint",
    async run() {
      const { browser, party, url } = await leaving(({ tokens }) => ({
        id_token_hint: new UnsecuredJWT(decodeJwt(tokens.id_token)).encode(),
      }));
      checkErrorPage({ page: await browser.open(url) });
      await checkStillSignedIn(browser, party);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-no-id-token-hint",
    async run() {
      const { browser, party, url } = await leaving(() => ({ id_token_hint: undefined }));
      await checkConfirmedHere(browser, party, url);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-no-params",
    async run() {
      const { browser, party, url } = await leaving(() => nothing);
      await checkConfirmedHere(browser, party, url);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    async run() {
      const { browser, party, url } = await leaving(() => ({ post_logout_redirect_uri: undefined }));
      const page = await browser.open(url);
      // With a hint of this very session the node may end it at once; it may also ask first.
      const result = page.has("#logout-form")
        ? await browser.submit(page, "#logout-form", {}, "#logout-confirm")
        : page;
      assert.ok(result.has("#logout-result"), result.describe());
      await checkNobodyIsSignedIn(browser, party);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-no-state",
    async run() {
      const { browser, party, url } = await leaving(() => ({ state: undefined }));
      checkSignedOut(await browser.open(url), undefined);
      await checkNobodyIsSignedIn(browser, party);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-only-state",
    async run() {
      const { browser, party, url } = await leaving(({ state }) => ({ ...nothing, state }));
      await checkConfirmedHere(browser, party, url);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    async run() {
      const { browser, url } = await leaving(() => ({ post_logout_redirect_uri: `${SIGNED_OUT}?foo=bar` }));
      await checkNotSentAway(browser, url);
    },
  },
  {
    name: "oidcc-rp-initiated-logout-bad-id-token-hint",
    async run() {
      const { key, kid } = await keyPair();
      const { browser, party, url } = await leaving(async ({ tokens }) => ({
        id_token_hint: await new SignJWT(decodeJwt(tokens.id_token))
          .setProtectedHeader({ alg: "RS256", kid })
          .sign(key),
      }));
      checkErrorPage({ page: await browser.open(url) });
      await checkStillSignedIn(browser, party);
    },
  },
]);

plan("logout, beyond the plan", [
  {
    name: "cancelling the question leaves the session as it is",
    async run() {
      const { browser, party, url } = await leaving(() => nothing);
      const page = await browser.open(url);
      await browser.submit(page, "#logout-form", {}, "#logout-cancel");
      await checkStillSignedIn(browser, party);
    },
  },
  {
    name: "a hint of another session does not end this one without a question",
    async run() {
      const other = await signedInAt();
      const mine = await authorize(other.party, { user: person(1) });
      const page = await mine.browser.open(endSession(other.party, usual(other)));
      assert.ok(page.has?.("#logout-form"), "the node asks first");
      await checkStillSignedIn(mine.browser, other.party);
    },
  },
  {
    name: "the logout request may be posted (RP-Initiated Logout §2)",
    async run() {
      const { browser, party, sent } = await leaving();
      const arrival = await browser.open(endSession(party, {}), { form: new URLSearchParams(sent) });
      checkSignedOut(arrival, sent.state);
      await checkNobodyIsSignedIn(browser, party);
    },
  },
  {
    name: "the tokens of the session end with it, at once",
    async run() {
      const { browser, party, tokens, url } = await leaving();
      await browser.open(url);
      await assert.rejects(party.userInfo(tokens), isInvalidToken);
    },
  },
]);
