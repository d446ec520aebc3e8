// One authorization from the request to the tokens, with every check that is always true.

import assert from "node:assert/strict";

import { Browser } from "./browser.js";
import { checkAnswer, checkCode, checkIdToken, checkTokens } from "./checks.js";
import { person } from "./demo.js";
import { walk } from "./person.js";

/**
 * Sends the request, lets the person do what is asked of her, checks answer, tokens, ID token and UserInfo.
 *
 * Returns what happened: `seen` (the forms on the way), `arrival`, `tokens`, `idToken` (its claims), `header`, `request`
 * and the `browser`, in which a second authorization finds the session of the first.
 */
export async function authorize(
  party,
  { params = {}, pkce = false, user = person(), browser = new Browser(), post = false, ...ways } = {},
) {
  const request = await party.ask(params, { pkce });
  const { arrival, page, seen } = await answer(browser, request, { user, post, ...ways });
  assert.ok(!page, `no answer, but ${page?.describe()}`);
  checkAnswer(arrival, party, request);
  checkCode(arrival);
  const tokens = await party.redeem(arrival, request);
  checkTokens(tokens);
  const { header, payload } = await checkIdToken(party, tokens.id_token, request, tokens.access_token);
  const userInfo = await party.userInfo(tokens);
  assert.equal(userInfo.sub, payload.sub);
  return { request, arrival, seen, tokens, idToken: payload, header, userInfo, browser, user };
}

/** Sends the request and returns the answer, whatever it is. */
export async function answer(browser, request, { user = person(), post = false, ...ways } = {}) {
  const start = post
    ? await browser.open(bare(request.url), { form: new URLSearchParams(request.url.searchParams) })
    : await browser.open(request.url);
  return walk(browser, start, { user, ...ways });
}

function bare(url) {
  const address = new URL(url);
  address.search = "";
  return address;
}

/** A request that must be answered without any page. */
export async function silently(browser, request) {
  const { arrival, page, seen } = await walk(browser, request.url, {});
  assert.ok(!page, `a page, where nobody may be asked: ${page?.describe()}`);
  assert.deepEqual(seen, []);
  return arrival;
}

/** Lets the clock of the tokens, which counts seconds, move on. */
export function seconds(count) {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
