// Signing out: what the relying party sends, and whether anybody is still signed in.

import assert from "node:assert/strict";
import * as client from "openid-client";

import { authorize, silently } from "./authorize.js";
import { Arrival } from "./browser.js";
import { checkError, checkErrorPage } from "./checks.js";
import { Party, SIGNED_OUT } from "./party.js";

export async function signedInAt(wanted = {}) {
  const party = await Party.register({ post_logout_redirect_uris: [SIGNED_OUT], ...wanted });
  return { party, ...(await authorize(party)) };
}

/** The logout request of a party; a parameter of `undefined` is left out. */
export function endSession(party, params) {
  const url = new URL(party.config.serverMetadata().end_session_endpoint);
  for (const [name, value] of Object.entries(params)) if (value !== undefined) url.searchParams.set(name, value);
  return url;
}

/** All that the suite sends by default. */
export function usual({ tokens }) {
  return {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: SIGNED_OUT,
    state: client.randomState().repeat(3),
  };
}

/** The answer is at the registered address, with the state as it was sent and nothing else. */
export function checkSignedOut(arrival, state) {
  assert.ok(arrival instanceof Arrival, "the person is sent back");
  assert.equal(arrival.address, SIGNED_OUT);
  assert.equal(arrival.get("state") ?? undefined, state);
  assert.deepEqual([...arrival.query.keys()], state === undefined ? [] : ["state"]);
}

export async function checkNobodyIsSignedIn(browser, party) {
  const request = await party.ask({ prompt: "none" });
  checkError(await silently(browser, request), party, request, "login_required");
}

export async function checkStillSignedIn(browser, party) {
  const request = await party.ask({ prompt: "none" });
  const arrival = await silently(browser, request);
  assert.ok(arrival.get("code"), `still signed in: ${arrival.get("error")}`);
}

/** The node asks first, tells the result on a page of its own, and sends nobody away. */
export async function checkConfirmedHere(browser, party, url) {
  const page = await browser.open(url);
  assert.ok(!(page instanceof Arrival), "nobody is sent away");
  assert.ok(page.has("#logout-form") && page.has("#logout-confirm") && page.has("#logout-cancel"), page.describe());
  await checkStillSignedIn(browser, party);
  const result = await browser.submit(page, "#logout-form", {}, "#logout-confirm");
  assert.ok(!(result instanceof Arrival), "nobody is sent away afterwards either");
  assert.ok(result.has("#logout-result"), result.describe());
  await checkNobodyIsSignedIn(browser, party);
}

/** An error page or the question whether to sign out, but no way to the relying party. */
export async function checkNotSentAway(browser, url) {
  const page = await browser.open(url);
  assert.ok(!(page instanceof Arrival), `sent to ${page.url?.origin}`);
  if (page.has("#logout-form")) {
    const result = await browser.submit(page, "#logout-form", {}, "#logout-confirm");
    assert.ok(!(result instanceof Arrival), "nobody is sent away afterwards either");
  } else {
    checkErrorPage({ page });
  }
}
