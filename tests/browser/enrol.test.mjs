// A service demands a stronger login than the person has: she adds a factor on the way, shows it, and is there; or declines.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { service, totp } from "./cast.mjs";
import {
  addApp,
  assertSignedIn,
  authenticator,
  begin,
  beginAsking,
  chooseWay,
  claimOf,
  open,
  press,
  registerVerified,
  send,
  sendCode,
  state,
  waitForTheButton,
} from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const MATTERS = service("matters");
const L3 = "urn:hufu:acr:l3";
/** OpenID Connect Core §5.5.1.1: not below this. */
const DEMAND = JSON.stringify({ id_token: { acr: { essential: true, value: L3 } } });

/** Somebody at l3 with a password alone, known at the service; then the service demands more. */
async function demanded(page, locale) {
  const user = await registerVerified(page);
  const { name, document_number, mobile } = user;
  await open(page, "/real-name?items=three_items");
  await send(page, "#realname-form", { name, document_number, mobile });
  await page.locator("#answer-matched").waitFor();
  await begin(page, MATTERS);
  await assertSignedIn(page);
  await beginAsking(page, MATTERS, { claims: DEMAND, ui_locales: locale });
  await page.locator("#enrol").waitFor();
  return user;
}

async function assertStronger(page, ...methods) {
  await page.waitForURL(`${MATTERS}**`);
  await assertSignedIn(page);
  assert.equal(await claimOf(page, "acr"), L3);
  const amr = await claimOf(page, "amr");
  for (const method of methods) assert.ok(amr.includes(method), `${method} in ${amr}`);
}

describe("a factor added on the way", { concurrency: 2 }, () => {
  inBothLanguages("an authenticator app is added, and counts when it is shown", async (page, { locale, says }) => {
    await demanded(page, locale);
    assert.ok((await page.locator("#enrol").innerText()).includes(says("enrol-what")));
    await press(page, "#enrol-totp");
    await send(page, "#totp-setup", { code: "" });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-missing")));
    const secret = await addApp(page, "手机");
    await page.locator("#second-factor").waitFor();
    await send(page, "#otp-form", { code: totp(secret) });
    await assertStronger(page, "pwd", "otp");
    await open(page, "/account/security");
    assert.ok((await page.locator("#factors").innerText()).includes("手机"));
  });

  inBothLanguages("a mobile number is verified, and counts when a further code is shown", async (page, { locale }) => {
    const { mobile } = await demanded(page, locale);
    await press(page, "#enrol-mobile");
    await press(page, "#mobile-submit");
    await sendCode(page, mobile);
    await chooseWay(page, "sms");
    await sendCode(page, mobile);
    await assertStronger(page, "pwd", "sms");
  });

  inBothLanguages("a passkey is made, and counts when it is used", async (page, { context, locale }) => {
    await authenticator(page);
    await waitForTheButton(context);
    await demanded(page, locale);
    await press(page, "#enrol-passkey");
    await page.fill("#label", "虎符");
    await press(page, "#passkey-button");
    await page.locator("#second-factor").waitFor();
    await press(page, "#passkey-button");
    await assertStronger(page, "pwd", "hwk");
  });

  inBothLanguages("whoever goes back, or declines, has added nothing; the service is told", async (page, { locale }) => {
    await demanded(page, locale);
    await press(page, "#enrol-totp");
    await press(page, "#totp-setup a.button");
    await page.locator("#enrol").waitFor();
    await press(page, "#enrol-decline button");
    assert.equal(await state(page), "failed");
    assert.match(await page.locator("#state").innerText(), /unmet_authentication_requirements/);
    await open(page, "/account/security");
    assert.equal(await page.locator("#recovery-left").count(), 0);
    await begin(page, MATTERS);
    await assertSignedIn(page);
    assert.equal(await claimOf(page, "acr"), "urn:hufu:acr:l2", "what it had asked before it gets as before");
  });
});
