// What a person does on the node's pages until she is back at the relying party.

import assert from "node:assert/strict";

import { Arrival } from "./browser.js";

/**
 * Walks from a page (or an address) to the relying party.
 *
 * `user` signs in; `consent` is `accept` or `deny`; `sensitive` lists the boxes to tick. Returns the arrival and the
 * forms seen on the way (`login`, `consent`, `select`, `realname`); stops with `page` where there is no form to fill.
 */
export async function walk(browser, start, { user, consent = "accept", sensitive = [], account = undefined } = {}) {
  let here = start instanceof URL || typeof start === "string" ? await browser.open(start) : start;
  const seen = [];
  for (let step = 0; step < 8; step += 1) {
    if (here instanceof Arrival) return { arrival: here, seen };
    const form = FORMS.find(({ id }) => here.has(id));
    if (!form) return { page: here, seen };
    assert.notEqual(seen.at(-1), form.name, `stands still: ${here.describe()} ${here.words("[role=alert]") ?? ""}`);
    seen.push(form.name);
    here = await form.fill(browser, here, { user, consent, sensitive, account });
  }
  throw new Error(`does not end: ${seen.join(" → ")}`);
}

const FORMS = [
  { name: "login", id: "#login-form", fill: signIn },
  { name: "consent", id: "#consent-form", fill: agree },
  { name: "select", id: "#select-form", fill: choose },
  { name: "realname", id: "#realname-form", fill: proveName },
  { name: "realname-done", id: "#realname-continue", fill: (browser, page) => goOn(browser, page) },
];

export function signIn(browser, page, { user }) {
  assert.ok(user, `nobody is there to sign in: ${page.describe()}`);
  return browser.submit(page, "#login-form", { username: user.username, password: user.password }, "#login-submit");
}

function agree(browser, page, { consent, sensitive }) {
  const button = consent === "accept" ? "#consent-accept" : "#consent-deny";
  const ticked = page.has("#consent-form [name=sensitive]") ? { sensitive } : {};
  return browser.submit(page, "#consent-form", ticked, button);
}

function choose(browser, page, { account }) {
  const offered = page.root.querySelectorAll("#select-form [name=account]").map((field) => field.getAttribute("value"));
  assert.ok(offered.length > 0, "nothing to choose from");
  return browser.submit(page, "#select-form", { account: account ?? offered[0] });
}

function proveName(browser, page, { user }) {
  return browser.submit(page, "#realname-form", { name: user.name, document_number: user.document_number });
}

function goOn(browser, page) {
  return browser.submit(page, "#realname-continue");
}
