// The whole way: register, prove the name, sign in, be known elsewhere, sign out; mistakes; a text message instead of a password.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { account, codeFor, issuer, newcomer, service, verified } from "./cast.mjs";
import {
  answerInWords,
  arrive,
  assertSignedIn,
  assertTold,
  becomeKnown,
  begin,
  claimOf,
  enter,
  open,
  passThrough,
  press,
  register,
  send,
  signIn,
  signOut,
  state,
} from "./hands.mjs";
import { inBothLanguages, journey } from "./stage.mjs";

const MATTERS = service("matters");
const LICENCES = service("licences");
const PORTAL = service("portal");

/** Registers, proves her name, signs in at one service, is known at the next, signs out of both. */
async function wholeJourney(page) {
  const { seen } = await becomeKnown(page, MATTERS);
  assert.ok(seen.includes("register"));
  await assertSignedIn(page);
  const next = await enter(page, LICENCES);
  assert.deepEqual(next, [], "no form on the way to the next service");
  await page.goto(PORTAL);
  await press(page, "#silent");
  await assertSignedIn(page);
  assert.ok(await claimOf(page, "sub"));
  await page.goto(MATTERS);
  await press(page, "#signout");
  for (const home of [MATTERS, LICENCES, PORTAL]) await assertTold(page, home);
  await page.goto(LICENCES);
  await press(page, "#silent");
  assert.equal(await state(page), "silent-refused");
}

describe("the whole journey", { concurrency: 2 }, () => {
  inBothLanguages("register, real name, sign in, known at the next service, sign out: everybody is told", wholeJourney);
  inBothLanguages("the same without JavaScript", wholeJourney, { javaScriptEnabled: false });
  inBothLanguages("the same with third-party cookies blocked", wholeJourney, { flags: ["--test-third-party-cookie-phaseout"] });
});

describe("mistakes", () => {
  inBothLanguages("a wrong password looks the same for a known and an unknown user name", async (page, { says }) => {
    const told = [];
    for (const username of [verified().username, account().username]) {
      await begin(page, MATTERS);
      await signIn(page, { username, password: "wrong-Password-1" });
      const status = await page.evaluate(() => performance.getEntriesByType("navigation")[0].responseStatus);
      const focus = await page.evaluate(() => document.activeElement.id);
      assert.equal(await page.locator("#login-form [name=username]").inputValue(), username);
      assert.equal(await page.locator("#login-form [name=password]").inputValue(), "");
      told.push({ status, focus, text: await page.locator("#problems").innerText() });
    }
    assert.ok(told[0].text.includes(says("sign-in-wrong-pair")), told[0].text);
    assert.deepEqual(told[0], told[1]);
  });

  inBothLanguages("after many of them a question must be answered, in words or from a picture", async (page, { says }) => {
    const user = { ...account() };
    await register(page, user);
    await signOut(page);
    await begin(page, MATTERS);
    for (let tries = 0; tries < 3; tries += 1) await signIn(page, { ...user, password: "wrong-Password-1" });
    assert.ok(await page.locator("#challenge img").first().evaluate((picture) => picture.decode().then(() => picture.naturalWidth > 0)));
    await send(page, "#login-form", { password: user.password, answer: "100" });
    assert.ok((await page.locator("#problems").innerText()).includes(says("challenge-wrong")));
    const answer = await answerInWords(page);
    await send(page, "#login-form", { password: user.password, answer });
    if (await page.locator("#challenge").count()) {
      // The name pauses a little after failures: what was right is right a moment later.
      await retry(page, user);
    }
    await passThrough(page, user, MATTERS);
    await assertSignedIn(page);
  });

  inBothLanguages("registration says what to put right beside each field and in a list that has the focus", async (page, { says }) => {
    await open(page, "/register");
    await send(page, "#register-form", { username: "1", mobile: "123", password: "a" });
    assert.equal(await page.evaluate(() => document.activeElement.id), "problems");
    for (const field of ["username", "mobile", "password", "terms"]) {
      assert.ok(await page.locator(`#${field}-error`).innerText(), field);
      assert.equal(await page.locator(`#${field}`).getAttribute("aria-invalid"), "true");
    }
    assert.ok((await page.locator("#terms-error").innerText()).includes(says("register-terms-missing")));
    assert.equal(await page.locator("#register-form [name=username]").inputValue(), "1");
    assert.equal(await page.locator("#register-form [name=password]").inputValue(), "");
  });

  inBothLanguages("what the node no longer accepts can be begun again", async (page, { context }) => {
    await begin(page, MATTERS);
    // The form outlives its cookie, as when a browser cleans up over lunch.
    await context.clearCookies({ domain: new URL(issuer).hostname });
    await signIn(page, verified());
    if ((await page.locator("#state").count()) === 0 || (await state(page)) !== "signed-in") {
      const again = page.locator("#start-again, #error-back, #login-form").first();
      await again.waitFor();
      if (await page.locator("#start-again, #error-back").count()) await press(page, again);
      if (!page.url().startsWith(issuer)) await begin(page, MATTERS);
      await passThrough(page, verified(), MATTERS);
    }
    await assertSignedIn(page);
  });

  inBothLanguages("a made-up or empty flow is a page with a way on, never a blank one", async (page) => {
    for (const path of [
      "/sign-in?flow=made-up",
      "/consent?flow=",
      "/consent",
      "/real-name?flow=x",
      "/select-account?flow=x",
    ]) {
      const response = await page.goto(`${issuer}${path}`);
      assert.ok(response.status() < 500, `${path}: ${response.status()}`);
      assert.ok(await page.locator("main h1").first().innerText(), path);
      assert.ok((await page.locator("main a, main button").count()) > 0, `${path} has a way on`);
    }
  });
});

async function retry(page, user) {
  for (let tries = 0; tries < 5 && (await page.locator("#challenge").count()); tries += 1) {
    await page.waitForTimeout(1_000);
    const answer = await answerInWords(page);
    await send(page, "#login-form", { password: user.password, answer });
  }
}

describe("a text message instead of a password", { concurrency: 2 }, () => {
  inBothLanguages("a number is verified, then signs in at a service by the code that was sent", async (page, { context, says }) => {
    const user = await newcomer();
    await register(page, user);
    await press(page, "#security-link");
    await press(page, "#change-mobile");
    await press(page, "#mobile-submit");
    assert.ok((await page.locator("#code-sent").innerText()).includes(user.mobile), "to which number");
    await send(page, "#otp-form", { code: await codeFor(context, user.mobile) });
    assert.ok((await page.locator("#notice").innerText()).includes(says("security-mobile-verified")));
    await signOut(page);

    await begin(page, MATTERS);
    await press(page, "a[href*='/sign-in/sms']");
    await send(page, "#sms-form", { mobile: "123" });
    assert.ok(await page.locator("#mobile-error").innerText());
    await send(page, "#sms-form", { mobile: user.mobile });
    const code = await codeFor(context, user.mobile);
    await send(page, "#otp-form", { code: code === "000000" ? "111111" : "000000" });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-wrong")));
    await send(page, "#otp-form", { code });
    await passThrough(page, user, MATTERS);
    await assertSignedIn(page);
  });
});

describe("on the way", () => {
  inBothLanguages("leaving a sign-in goes back to the service, which says so", async (page) => {
    await begin(page, MATTERS);
    await press(page, "#leave");
    assert.equal(await state(page), "failed");
    assert.match(await page.locator("#state").innerText(), /access_denied/);
  });

  journey("the language can be changed in the middle, and stays", async (page) => {
    await begin(page, MATTERS);
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    await press(page, "#switch-language");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await signIn(page, { username: "x", password: "y" });
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await signIn(page, verified());
    await passThrough(page, verified(), MATTERS);
    await assertSignedIn(page);
  });

  inBothLanguages("elder mode can be chosen in the middle, has fewer items, and stays", async (page) => {
    await begin(page, MATTERS);
    assert.ok((await page.locator(".ways").count()) > 0);
    await press(page, "#switch-elder");
    assert.equal(await page.locator("html.elder .ways").count(), 0);
    await signIn(page, verified());
    await passThrough(page, verified(), MATTERS);
    await assertSignedIn(page);
    await open(page, "/account");
    assert.equal(await page.locator("html.elder").count(), 1);
    await arrive(page, () => page.click("#switch-elder"));
    assert.equal(await page.locator("html.elder").count(), 0);
  });
});
