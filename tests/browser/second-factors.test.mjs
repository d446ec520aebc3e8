// A second step: an authenticator app, recovery codes, a trusted device; asked at every sign-in or on the way to a service.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe } from "node:test";

import { codeFor, messageTo, newcomer, service, totp } from "./cast.mjs";
import {
  actProtected,
  addApp,
  arrive,
  assertSignedIn,
  begin,
  beginAsking,
  chooseWay,
  claimOf,
  open,
  passThrough,
  press,
  register,
  registerVerified,
  send,
  sendCode,
  signIn,
  signInAtHome,
  signOut,
  verifyMobile,
} from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const MATTERS = service("matters");

/** Somebody with an authenticator app, signed in. The code of the present half minute is used up. */
async function withApp(page) {
  const user = await newcomer();
  await register(page, user);
  await press(page, "#security-link");
  await press(page, "#add-totp");
  const shown = (await page.locator("#totp-secret").innerText()).trim();
  await send(page, "#totp-setup", { code: totp(shown, -40) });
  assert.ok(await page.locator("#code-error").innerText(), "a code of some time ago does not do");
  const secret = await addApp(page, "手机");
  assert.equal(secret, shown, "the secret is the same still");
  await page.locator("#security #notice").waitFor();
  return { user, secret };
}

/** Presses a button of the security page; whoever weakens or strengthens the account shows the app first. */
async function change(page, button, secret) {
  await press(page, button);
  if ((await page.locator("#second-factor").count()) === 0) return;
  await send(page, "#otp-form", { code: totp(secret) });
  await press(page, button);
}

describe("a second step", { concurrency: 2 }, () => {
  inBothLanguages("an app is added, codes are kept, and each signs in when it is always asked", async (page, { says }) => {
    const { user, secret } = await withApp(page);
    assert.ok((await page.locator("#notice").innerText()).includes(says("security-app-added")));
    await change(page, "#make-recovery-codes", secret);
    const codes = await page.locator("#recovery-codes li").allInnerTexts();
    assert.ok(codes.length >= 8 && new Set(codes).size === codes.length);
    const [file] = await Promise.all([page.waitForEvent("download"), page.click("#recovery-file")]);
    const kept = await readFile(await file.path(), "utf8");
    assert.deepEqual(kept.trim().split(/\s+/), codes.map((code) => code.trim()));
    await press(page, "#recovery-done");
    await press(page, "#always-ask");
    assert.ok((await page.locator("#security").innerText()).includes(says("security-always-on")));

    // By the app, on the way to a service.
    await signOut(page);
    await begin(page, MATTERS);
    await signIn(page, user);
    await chooseWay(page, "totp");
    await send(page, "#otp-form", { code: "" });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-missing")));
    await send(page, "#otp-form", { code: totp(secret, -40) });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-wrong")));
    await send(page, "#otp-form", { code: totp(secret, 1) });
    await passThrough(page, user, MATTERS);
    await assertSignedIn(page);

    // By a recovery code, which is good once.
    const signInWith = async (code) => {
      await signOut(page);
      await signInAtHome(page, user);
      await chooseWay(page, "recovery");
      await send(page, "#otp-form", { code });
    };
    await signInWith(codes[0]);
    await page.locator("#account").waitFor();
    await signInWith(codes[0]);
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-wrong")));
    await send(page, "#otp-form", { code: codes[1] });
    await page.locator("#account").waitFor();
    await open(page, "/account/security");
    assert.match(await page.locator("#recovery-left").innerText(), new RegExp(`${codes.length - 2}`));
  });

  inBothLanguages("a device that is trusted is not asked again, until it is not trusted any more", async (page, { visitor, says }) => {
    const { user, secret } = await withApp(page);
    await change(page, "#always-ask", secret);
    await signOut(page);
    await signInAtHome(page, user);
    await chooseWay(page, "totp");
    await page.check("#trust");
    await send(page, "#otp-form", { code: totp(secret, 1) });
    await page.locator("#account").waitFor();
    await signOut(page);
    await signInAtHome(page, user);
    await page.locator("#account").waitFor();

    const elsewhere = await visitor();
    await signInAtHome(elsewhere, user);
    await elsewhere.locator("#second-factor").waitFor();

    await press(page, "#security-link");
    await press(page, page.locator("#devices button"));
    assert.ok((await page.locator("#notice").innerText()).includes(says("security-distrusted")));
    await signOut(page);
    await signInAtHome(page, user);
    await page.locator("#second-factor").waitFor();
  });

  inBothLanguages("half a sign-in opens nothing", async (page) => {
    const { user, secret } = await withApp(page);
    await change(page, "#always-ask", secret);
    await signOut(page);
    await signInAtHome(page, user);
    await page.locator("#second-factor").waitFor();
    for (const path of ["/account", "/account/security", "/account/password"]) {
      await open(page, path);
      await page.locator("#login-form").waitFor();
    }
    await page.goto(MATTERS);
    await arrive(page, () => page.click("#silent"));
    assert.match(await page.locator("#state").innerText(), /login_required/);
  });
});

describe("a code by text message as the second step", { concurrency: 2 }, () => {
  inBothLanguages("is asked when it is always asked; one that is wrong, empty or sent before does not do", async (page, { context, says }) => {
    const user = await newcomer();
    await register(page, user);
    await verifyMobile(page, user);
    await actProtected(page, user, async () => {
      await open(page, "/account/security");
      await press(page, "#always-ask");
    });
    assert.ok((await page.locator("#security").innerText()).includes(says("security-always-on")));
    await signOut(page);
    await begin(page, MATTERS);
    await signIn(page, user);
    await page.locator("#second-factor").waitFor();
    assert.equal(await page.locator("#otp-form").count(), 0, "nothing is sent before it is asked for");
    await chooseWay(page, "sms");
    const sent = await page.locator("#code-sent").innerText();
    assert.ok(sent.includes(says("second-sent")) && !sent.includes(user.mobile), "the number is masked");
    const first = await codeFor(context, user.mobile);
    await send(page, "#otp-form", { code: first === "000000" ? "111111" : "000000" });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-wrong")));
    await send(page, "#otp-form", { code: "" });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-missing")));
    await page.waitForTimeout(1_100);
    await press(page, "#send-again");
    const second = await codeFor(context, user.mobile);
    await send(page, "#otp-form", { code: first });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-wrong")), "the first one is over");
    await send(page, "#otp-form", { code: second });
    await passThrough(page, user, MATTERS);
    await assertSignedIn(page);
  });

  inBothLanguages("lifts a login for a service that asks for more, in the same session", async (page, { locale }) => {
    const user = await registerVerified(page);
    await verifyMobile(page, user);
    const { name, document_number, mobile } = user;
    await open(page, "/real-name?items=three_items");
    await send(page, "#realname-form", { name, document_number, mobile });
    await page.locator("#answer-matched").waitFor();
    await begin(page, MATTERS);
    await assertSignedIn(page);
    const sid = await page.locator("#sid").innerText();
    await beginAsking(page, MATTERS, { acr_values: "urn:hufu:acr:l3", ui_locales: locale });
    await chooseWay(page, "sms");
    await sendCode(page, mobile);
    await page.waitForURL(`${MATTERS}**`);
    await assertSignedIn(page);
    assert.equal(await claimOf(page, "acr"), "urn:hufu:acr:l3");
    assert.equal(await page.locator("#sid").innerText(), sid);
  });

  inBothLanguages("ends with the number: removed after a code to it, it is told, and opens nothing", async (page, { context, messageOf, says }) => {
    const user = await newcomer();
    await register(page, user);
    await verifyMobile(page, user);
    await signOut(page);
    await signInAtHome(page, user);
    let asked = 0;
    await actProtected(page, user, async () => {
      asked += 1;
      await open(page, "/account/security");
      await press(page, "#remove-mobile");
    });
    assert.equal(asked, 2, "the password alone does not remove it");
    assert.ok((await page.locator("#notice").innerText()).includes(says("security-removed")));
    const factors = await page.locator("#factors").innerText();
    assert.ok(factors.includes(says("security-mobile-none")));
    assert.equal(await page.locator("#remove-mobile").count(), 0);
    await messageTo(context, user.mobile, messageOf("FactorRemoved"));
    await signOut(page);
    await open(page, "/sign-in/sms");
    await send(page, "#sms-form", { mobile: user.mobile });
    assert.ok((await page.locator("#code-sent").innerText()).includes(says("sms-sent")), "nothing is told of whose it is");
    await send(page, "#otp-form", { code: "000000" });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-wrong")));
    await signInAtHome(page, user);
    await page.locator("#account").waitFor();
  });
});
