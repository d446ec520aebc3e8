// Passkeys, by Chromium's virtual authenticator: made, used, asked for as a step up, refused, removed.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe } from "node:test";

import { issuer, newcomer, service } from "./cast.mjs";
import {
  arrive,
  assertSignedIn,
  authenticator,
  begin,
  beginAsking,
  claimOf,
  open,
  press,
  register,
  send,
  signIn,
  signInAtHome,
  signOut,
  strike,
  tabTo,
  waitForTheButton,
} from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const MATTERS = service("matters");
const SETUP = "/account/security/passkey";

/** Somebody with an account and a passkey, signed in nowhere. */
async function withPasskey(page) {
  const device = await authenticator(page);
  const user = await newcomer();
  await register(page, user);
  await open(page, SETUP);
  await page.fill("#label", "虎符");
  await press(page, "#passkey-button");
  await page.locator("#security").waitFor();
  assert.ok((await page.locator("#factors").innerText()).includes("虎符"));
  await signOut(page);
  return { user, device };
}

describe("passkeys", { concurrency: 2 }, () => {
  inBothLanguages("one is made, and signs in at a service without a user name", async (page, { context }) => {
    const { device } = await withPasskey(page);
    const [made] = await device.credentials();
    assert.equal(made.isResidentCredential, true);
    assert.equal(made.rpId, "localhost");
    assert.ok(made.userHandle.length >= 40, "a random handle");
    await waitForTheButton(context);
    await begin(page, MATTERS);
    await press(page, "#passkey-button");
    await page.waitForURL(`${MATTERS}**`);
    await assertSignedIn(page);
  });

  inBothLanguages("it is asked for before the protection of the account is changed, and that is a step up", async (page, { context }) => {
    const { user } = await withPasskey(page);
    await waitForTheButton(context);
    await signInAtHome(page, user);
    await open(page, SETUP);
    await page.locator("#second-factor").waitFor();
    await press(page, "#passkey-button");
    await page.locator("#security").waitFor();
  });

  inBothLanguages("a service that asks for more gets it by passkey on the way, in the same session", async (page, { context, locale }) => {
    const { user } = await withPasskey(page);
    await waitForTheButton(context);
    await signInAtHome(page, user);
    // Three items raise the name to l3; with the password alone, the service still sees l2.
    // A first name is bound by what protects the account.
    await open(page, "/real-name");
    await press(page, "#passkey-button");
    await open(page, "/real-name?document_type=resident_identity_card&items=three_items");
    await send(page, "#realname-form", { name: user.name, document_number: user.document_number, mobile: user.mobile });
    await page.locator("#answer-matched").waitFor();
    await signOut(page);
    await signInAtHome(page, user);
    await begin(page, MATTERS);
    await assertSignedIn(page);
    const sid = await page.locator("#sid").innerText();
    await beginAsking(page, MATTERS, { acr_values: "urn:hufu:acr:l3", ui_locales: locale });
    await page.locator("#second-factor").waitFor();
    await press(page, "#passkey-button");
    await page.waitForURL(`${MATTERS}**`);
    await assertSignedIn(page);
    assert.equal(await claimOf(page, "acr"), "urn:hufu:acr:l3");
    assert.equal(await page.locator("#sid").innerText(), sid, "the session stays");
  });

  inBothLanguages("a removed one opens nothing any more, and the page says where to go", async (page, { context, says }) => {
    const { user } = await withPasskey(page);
    await waitForTheButton(context);
    await open(page, "/sign-in");
    await press(page, "#passkey-button");
    await page.locator("#account").waitFor();
    await press(page, "#security-link");
    await press(page, page.locator("#factors li", { hasText: "虎符" }).locator("> form button"));
    assert.ok((await page.locator("#notice").innerText()).includes(says("security-removed")));
    assert.ok(!(await page.locator("#factors").innerText()).includes("虎符"));
    await signOut(page);
    await open(page, "/sign-in");
    await press(page, "#passkey-button");
    assert.ok((await page.locator("#problems").innerText()).includes(says("passkey-wrong")));
    await press(page, "#by-password");
    await signIn(page, user);
    await page.locator("#account").waitFor();
  });

  inBothLanguages("the browser offers a passkey where the user name is typed, without any button", async (page) => {
    await withPasskey(page);
    await page.goto(MATTERS);
    await page.locator("#signin").click({ noWaitAfter: true });
    await page.locator("#state[data-state=signed-in]").waitFor();
    await assertSignedIn(page);
  });
});

describe("passkeys that do not succeed", { concurrency: 2 }, () => {
  inBothLanguages("keyboard only; a device that has one is not given a second", async (page, { context, says }) => {
    const { device } = await withPasskey(page);
    await waitForTheButton(context);
    await open(page, "/sign-in");
    await strike(page, "#passkey-button");
    await page.locator("#account").waitFor();
    await open(page, SETUP);
    await tabTo(page, "#passkey-button");
    await page.keyboard.press("Enter");
    await page.locator("#passkey-status:not([hidden])").waitFor();
    assert.ok((await page.locator("#passkey-status").innerText()).includes(says("passkey-known")));
    assert.equal((await device.credentials()).length, 1);
  });

  inBothLanguages("a device that does not know its user is told, and the password still works", async (page, { says }) => {
    const { user, device } = await withPasskey(page);
    await device.verifies(false);
    await open(page, "/sign-in");
    await page.locator("#passkey-button").click();
    await page.locator("#passkey-status:not([hidden])").waitFor();
    assert.ok((await page.locator("#passkey-status").innerText()).includes(says("passkey-cancelled")));
    await signIn(page, user);
    await page.locator("#account").waitFor();
  });

  inBothLanguages("a passkey asked for by another page of the same machine opens nothing here", async (page) => {
    const { device } = await withPasskey(page);
    const elsewhere = createServer((_, response) => response.setHeader("content-type", "text/html").end("<title>x"));
    await new Promise((ready) => elsewhere.listen(0, "localhost", ready));
    try {
      await device.isTouched(false);
      await page.goto(`${issuer}/sign-in`);
      const { publicKey } = JSON.parse(await page.locator("#passkey-form").getAttribute("data-options"));
      await page.goto(`http://localhost:${elsewhere.address().port}/`);
      await device.isTouched(true);
      const answer = await page.evaluate(ask, publicKey);
      await page.goto(`${issuer}/sign-in/passkey`);
      const own = await page.evaluate(() => JSON.parse(document.getElementById("passkey-form").dataset.options));
      await page.goto(`http://localhost:${elsewhere.address().port}/`);
      const relayed = await page.evaluate(ask, own.publicKey);
      await page.goBack();
      for (const sent of [answer, relayed]) {
        await page.evaluate((text) => {
          document.querySelector("[data-answer]").value = text;
        }, sent);
        await arrive(page, () => page.evaluate(() => document.getElementById("passkey-form").submit()));
        await page.locator("#problems").waitFor();
      }
    } finally {
      elsewhere.close();
    }
  });

  inBothLanguages("a page that stays open asks anew before its challenge is over", async (page) => {
    await page.clock.install();
    await page.goto(`${issuer}/sign-in`);
    const challenge = () => page.locator("#passkey-form [name=challenge]").evaluate(({ value }) => value);
    const before = await challenge();
    await page.clock.fastForward(9 * 60 * 1000 + 1000);
    for (const end = Date.now() + 10_000; (await challenge()) === before; await new Promise((go) => setTimeout(go, 100))) {
      assert.ok(Date.now() < end, "the challenge is still the old one");
    }
  });

  inBothLanguages(
    "without scripts the page says so, and the other ways work",
    async (page, { says }) => {
      await page.goto(`${issuer}/sign-in`);
      await page.locator("#passkey-button").click();
      assert.ok((await page.locator("#passkey-needs-script").innerText()).includes(says("passkey-needs-script")));
      await page.locator("#by-password").click();
      await page.locator("#login-form").waitFor();
    },
    { javaScriptEnabled: false },
  );
});

/** What a page elsewhere does with the options of ours. */
async function ask(publicKey) {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const options = { ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: [] };
  const { id, rawId, type, response } = await navigator.credentials.get({ publicKey: options });
  const parts = {
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    userHandle: text(response.userHandle),
  };
  return JSON.stringify({ id, rawId: text(rawId), type, response: parts, clientExtensionResults: {} });
}
