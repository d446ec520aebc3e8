// A second step: an authenticator app, recovery codes, a trusted device; asked at every sign-in or on the way to a service.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe } from "node:test";

import { newcomer, service, totp } from "./cast.mjs";
import { arrive, assertSignedIn, begin, open, passThrough, press, register, send, signIn, signInAtHome, signOut } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const MATTERS = service("matters");

/** Somebody with an authenticator app, signed in. The code of the present half minute is used up. */
async function withApp(page) {
  const user = await newcomer();
  await register(page, user);
  await press(page, "#security-link");
  await press(page, "#add-totp");
  const secret = (await page.locator("#totp-secret").innerText()).trim();
  // Near its end, a half minute is waited for: the code of the one before must still do.
  if (Date.now() % 30_000 > 22_000) await page.waitForTimeout(8_500);
  await send(page, "#totp-setup", { code: totp(secret, -40) });
  assert.ok(await page.locator("#code-error").innerText(), "a code of some time ago does not do");
  assert.equal((await page.locator("#totp-secret").innerText()).trim(), secret, "the secret is the same still");
  await send(page, "#totp-setup", { code: totp(secret, -1), label: "手机" });
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
    await choose(page, "totp");
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
      await choose(page, "recovery");
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
    await choose(page, "totp");
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

/** Chooses a way on the page that offers them; where there is one only, its field is there already. */
async function choose(page, way) {
  await page.locator("#second-factor").waitFor();
  if (await page.locator("#other-ways").count()) await press(page, "#other-ways");
  if (await page.locator(`#way-${way}`).count()) await press(page, `#way-${way}`);
}
