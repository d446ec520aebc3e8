// Ways to sign in besides the password, in a real browser: passkeys by Chromium's virtual authenticator, scanning with a second
// browser as the phone. HUFU_DEMO_DIR as in journeys.test.mjs.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";

import {
  arrive,
  assertSignedIn,
  assertWellMade,
  begin,
  complaints,
  enter,
  issuer,
  launch,
  newcomer,
  press,
  service,
  signIn,
} from "./cast.mjs";

const MATTERS = service("matters");
const SETUP = `${issuer}/account/security/passkey`;

let chromium;
before(async () => void (chromium = await launch()));
after(() => chromium?.close());

function journey(name, play, options = {}) {
  test(name, { timeout: 120_000 }, async () => {
    const context = await chromium.newContext({ locale: "zh-CN", viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(15_000);
    try {
      const page = await context.newPage();
      const found = complaints(page);
      await play(page, context);
      assert.deepEqual(found, [], "the pages complain");
    } finally {
      await context.close();
    }
  });
}

/** A key in the device: it is touched by itself, unless told otherwise. */
async function authenticator(page, context) {
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    verifies: (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    isTouched: (enabled) => cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
  };
}

/** Somebody with an account and a passkey, signed in nowhere. */
async function withPasskey(page, context) {
  const device = await authenticator(page, context);
  const user = await newcomer();
  await enter(page, MATTERS, user, { register: true });
  await page.goto(SETUP);
  await assertWellMade(page, "making a passkey");
  await page.fill("#label", "虎符");
  await press(page, "#passkey-button");
  await page.locator("#security").waitFor();
  assert.ok((await page.locator("#factors").innerText()).includes("虎符"));
  await signOut(page);
  return { user, device };
}

async function signOut(page) {
  await page.goto(`${issuer}/logout`);
  await press(page, "#logout-confirm");
}

/** A browser that does not offer passkeys by itself; Chromium's virtual device answers such an offer at once. */
function waitForTheButton(context) {
  return context.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
}

for (const locale of ["zh-CN", "en"]) {
  describe(`passkeys, ${locale}`, () => {
    journey(
      "one is made, and signs in at a service without a user name",
      async (page, context) => {
        const { device } = await withPasskey(page, context);
        const [made] = await device.credentials();
        assert.equal(made.isResidentCredential, true);
        assert.equal(made.rpId, "localhost");
        assert.ok(made.userHandle.length >= 40, "a random handle");
        await waitForTheButton(context);
        await begin(page, MATTERS);
        await assertWellMade(page, "sign in with passkeys");
        await press(page, "#passkey-button");
        await page.waitForURL(`${MATTERS}**`);
        await assertSignedIn(page);
      },
      { locale },
    );

    journey(
      "it is asked for before the protection of the account is changed, and that is a step up",
      async (page, context) => {
        const { user } = await withPasskey(page, context);
        await waitForTheButton(context);
        await page.goto(`${issuer}/sign-in`);
        await signIn(page, user);
        await page.goto(SETUP);
        await page.locator("#second-factor").waitFor();
        await assertWellMade(page, "a passkey as second factor");
        await press(page, "#passkey-button");
        await page.locator("#security").waitFor();
      },
      { locale, viewport: { width: 360, height: 740 } },
    );
  });
}

journey("the browser offers a passkey where the user name is typed, without any button", async (page, context) => {
  await withPasskey(page, context);
  await page.goto(MATTERS);
  await page.locator("#signin").click({ noWaitAfter: true });
  await page.locator("#state[data-state=signed-in]").waitFor();
  await assertSignedIn(page);
});

describe("passkeys that do not succeed", () => {
  journey("keyboard only; a device that has one is not given a second", async (page, context) => {
    const { device } = await withPasskey(page, context);
    await waitForTheButton(context);
    await page.goto(`${issuer}/sign-in`);
    await reach(page, "#passkey-button");
    await arrive(page, () => page.keyboard.press("Enter"));
    await page.locator("#account").waitFor();
    await page.goto(SETUP);
    await reach(page, "#passkey-button");
    await page.keyboard.press("Enter");
    await page.locator("#passkey-status:not([hidden])").waitFor();
    assert.match(await page.locator("#passkey-status").innerText(), /已经有此账号的通行密钥/);
    assert.equal((await device.credentials()).length, 1);
  });

  journey("a device that does not know its user is told, and the password still works", async (page, context) => {
    const { user, device } = await withPasskey(page, context);
    await device.verifies(false);
    await page.goto(`${issuer}/sign-in`);
    await page.locator("#passkey-button").click();
    await page.locator("#passkey-status:not([hidden])").waitFor();
    assert.match(await page.locator("#passkey-status").innerText(), /没有完成操作/);
    await assertWellMade(page, "after a cancelled passkey");
    await signIn(page, user);
    await page.locator("#account").waitFor();
  });

  journey("a passkey asked for by another page of the same machine opens nothing here", async (page, context) => {
    const { device } = await withPasskey(page, context);
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

  journey("a page that stays open asks anew before its challenge is over", async (page) => {
    await page.clock.install();
    await page.goto(`${issuer}/sign-in`);
    const challenge = () => page.locator("#passkey-form [name=challenge]").evaluate(({ value }) => value);
    const before = await challenge();
    await page.clock.fastForward(9 * 60 * 1000 + 1000);
    for (const end = Date.now() + 10_000; (await challenge()) === before; await new Promise((go) => setTimeout(go, 100))) {
      assert.ok(Date.now() < end, "the challenge is still the old one");
    }
  });

  test("without scripts the page says so, and the other ways work", { timeout: 60_000 }, async () => {
    const context = await chromium.newContext({ locale: "zh-CN", javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${issuer}/sign-in`);
    await press(page, "#passkey-button");
    assert.match(await page.locator("#passkey-needs-script").innerText(), /没有开启 JavaScript/);
    await press(page, "#by-password");
    await page.locator("#login-form").waitFor();
    await context.close();
  });
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

/** Goes on by the tabulator until the element has the focus. */
async function reach(page, selector) {
  for (let step = 0; step < 40; step += 1) {
    await page.keyboard.press("Tab");
    if (await page.locator(selector).evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail(`${selector} cannot be reached by keyboard`);
}

/** Somebody who is signed in on a phone of her own. */
async function phoneOf(options) {
  const context = await chromium.newContext({ viewport: { width: 360, height: 740 }, ...options });
  context.setDefaultTimeout(15_000);
  const phone = await context.newPage();
  const found = complaints(phone);
  await enter(phone, MATTERS, await newcomer(), { register: true });
  return { phone, close: () => context.close(), found };
}

/** Shows a code on the way to a service: the address in it and the number beside it. */
async function showCode(page) {
  await begin(page, MATTERS);
  await press(page, "a[href*='/sign-in/scan']");
  await page.locator("#qr-code").waitFor();
  return {
    address: (await page.locator("#scan-address").innerText()).trim(),
    number: (await page.locator("#scan-number").innerText()).trim(),
  };
}

const MANNERS = [
  ["zh-CN", true],
  ["en", true],
  ["zh-CN", false],
];

for (const [locale, javaScriptEnabled] of MANNERS) {
  describe(`scanning, ${locale}${javaScriptEnabled ? "" : ", without scripts"}`, () => {
    journey(
      "a phone approves what the screen shows, and the screen goes on by itself",
      async (page) => {
        const { phone, close, found } = await phoneOf({ locale, javaScriptEnabled });
        const { address, number } = await showCode(page);
        if (javaScriptEnabled) await assertWellMade(page, "the code");
        await phone.goto(address);
        if (javaScriptEnabled) await assertWellMade(phone, "the question on the phone");
        assert.ok(await phone.locator("#scan-service").innerText());
        await phone.check(`#scan-form [name=number][value="${number}"]`, { force: true });
        await press(phone, "#scan-allow");
        await phone.locator("#scan-told[data-told=approved]").waitFor();
        if (!javaScriptEnabled) {
          await page.locator("#scan-continue").waitFor();
          await press(page, "#scan-continue-submit");
        }
        await page.waitForURL(`${MATTERS}**`);
        await assertSignedIn(page);
        assert.deepEqual(found, []);
        await close();
      },
      { locale, javaScriptEnabled },
    );

    journey(
      "a wrong number ends it, and a new code can be had",
      async (page) => {
        const { phone, close } = await phoneOf({ locale, javaScriptEnabled });
        const { address, number } = await showCode(page);
        await phone.goto(address);
        const wrong = phone.locator(`#scan-form [name=number]:not([value="${number}"])`).first();
        await wrong.check({ force: true });
        await press(phone, "#scan-allow");
        await phone.locator("#scan-told[data-told=wrong-number]").waitFor();
        await page.locator("#scan-ended").waitFor();
        if (javaScriptEnabled) await assertWellMade(page, "a code that is over");
        await press(page, "#scan-again");
        await page.locator("#qr-code").waitFor();
        await close();
      },
      { locale, javaScriptEnabled },
    );
  });
}

test("on the phone everything can be done by keyboard", { timeout: 120_000 }, async () => {
  const { phone, close } = await phoneOf({ locale: "zh-CN" });
  const context = await chromium.newContext({ locale: "zh-CN" });
  const { address, number } = await showCode(await context.newPage());
  await phone.goto(address);
  const choices = await phone.locator("#scan-form [name=number]").evaluateAll((all) => all.map(({ value }) => value));
  await phone.keyboard.press("Tab");
  await reach(phone, `#number-${choices[0]}`);
  await phone.keyboard.press("Space");
  for (let step = 0; step < choices.indexOf(number); step += 1) await phone.keyboard.press("ArrowRight");
  await reach(phone, "#scan-allow");
  await arrive(phone, () => phone.keyboard.press("Enter"));
  await phone.locator("#scan-told[data-told=approved]").waitFor();
  await close();
  await context.close();
});
