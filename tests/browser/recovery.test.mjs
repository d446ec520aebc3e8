// An account that was lost: recovered by two ways and a wait, cancelled by whoever it belongs to, or appealed for.
//
// The demo's waiting time is ten seconds.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { codeFor, hufu, messageTo, newcomer, service, totp } from "./cast.mjs";
import {
  actProtected,
  addApp,
  assertTold,
  enter,
  open,
  press,
  registerVerified,
  send,
  sendCode,
  signIn,
  signInAtHome,
  signOut,
  verifyMobile,
} from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const PARKING = service("parking");
const NEW = { password: "Brought-back-2027" };

/** Types name and document, as somebody who is signed in nowhere. */
async function identify(page, { name, document_number }) {
  await open(page, "/recover");
  await send(page, "#recover-form", { name, document_number }, "#recover-submit");
}

/** Shows a code by text message, besides the name. */
async function showMobile(page, { mobile }) {
  await press(page, "#way-mobile");
  await send(page, "#mobile-form", { mobile }, "#mobile-submit");
  await sendCode(page, mobile);
}

/** Hands the application in; the recovery code. */
async function apply(page) {
  await press(page, "#recover-apply button");
  return (await page.locator("#recover-code").innerText()).trim();
}

/** Types a code where one goes on. */
async function lookUp(page, code) {
  await open(page, "/recover/status");
  await send(page, "#recover-code-form", { code }, "#recover-code-submit");
}

/** Looks until the waiting time is over, and sets the new password. */
async function finish(page, code) {
  for (const end = Date.now() + 30_000; (await page.locator("#password-form").count()) === 0; await page.waitForTimeout(2_000)) {
    assert.ok(Date.now() < end, "the waiting time does not end");
    await lookUp(page, code);
  }
  await send(page, "#password-form", { ...NEW, password_again: NEW.password }, "#password-submit");
  await page.locator("#recover-done").waitFor();
}

/** Somebody with a verified name and number, signed in. */
async function withNumber(page) {
  const user = await registerVerified(page);
  await verifyMobile(page, user);
  return user;
}

/** Applies to recover the account of `user`; the recovery code. */
async function applied(page, user) {
  await identify(page, user);
  await showMobile(page, user);
  return apply(page);
}

describe("a lost account", { concurrency: 2 }, () => {
  inBothLanguages("is recovered by name, a code and a wait; the old password and devices open nothing", async (page, { visitor, messageOf, says }) => {
    const user = await withNumber(page);
    await enter(page, PARKING, user);
    const elsewhere = await visitor();
    await open(elsewhere, "/sign-in");
    await press(elsewhere, "a[href*='/recover']");
    await press(elsewhere, "#recover-submit");
    assert.equal(await elsewhere.evaluate(() => document.activeElement.id), "problems");
    assert.ok((await elsewhere.locator("#name-error").innerText()).includes(says("real-name-name-missing")));
    await identify(elsewhere, user);
    assert.ok((await elsewhere.locator("#recover-second").innerText()).includes(says("recover-choose")));
    await press(elsewhere, "#way-mobile");
    await send(elsewhere, "#mobile-form", { mobile: "123" }, "#mobile-submit");
    assert.ok(await elsewhere.locator("#mobile-error").innerText());
    await send(elsewhere, "#mobile-form", { mobile: user.mobile }, "#mobile-submit");
    assert.ok((await elsewhere.locator("#code-sent").innerText()).includes(says("recover-sent")));
    const code = await codeFor(elsewhere.context(), user.mobile);
    await send(elsewhere, "#otp-form", { code: code === "000000" ? "111111" : "000000" });
    assert.ok((await elsewhere.locator("#problems").innerText()).includes(says("recover-wrong")));
    await send(elsewhere, "#otp-form", { code });
    const enough = await elsewhere.locator("#recover-second").innerText();
    for (const key of ["recover-shown", "recover-enough-minutes", "recover-consequence"]) assert.ok(enough.includes(says(key)), key);

    // The page for the code stands open before the wait begins, so that the wait is still seen.
    const later = await elsewhere.context().newPage();
    await lookUp(later, "zzzzz-zzzzz");
    assert.ok((await later.locator("#code-error").innerText()).includes(says("recover-code-wrong")));
    const found = await apply(elsewhere);
    await send(later, "#recover-code-form", { code: found }, "#recover-code-submit");
    assert.ok((await later.locator("#recover-waiting").innerText()).includes(says("recover-waiting")));
    assert.ok((await elsewhere.locator("main").innerText()).includes(says("recover-keep-code")));
    await messageTo(page.context(), user.mobile, messageOf("RecoveryBegun"));
    await finish(elsewhere, found);

    await messageTo(page.context(), user.mobile, messageOf("RecoveryFinished"));
    await assertTold(page, PARKING);
    await open(page, "/account");
    await signIn(page, user);
    assert.ok((await page.locator("#problems").innerText()).includes(says("sign-in-wrong-pair")));
    await press(elsewhere, "#recover-sign-in");
    await signIn(elsewhere, { ...user, ...NEW });
    await elsewhere.locator("#account").waitFor();
    await open(elsewhere, "/account/notices");
    const told = await elsewhere.locator("#notices").innerText();
    for (const key of ["notices-recovery-begun", "notices-recovery-finished"]) assert.ok(told.includes(says(key)), key);
    await lookUp(elsewhere, found);
    await elsewhere.locator("#recover-over").waitFor();
  });

  inBothLanguages("is not opened by another's name, nor by the password alone; by an app and the password it is", async (page, { visitor, says }) => {
    const [user, other] = [await registerVerified(page), await newcomer()];
    await open(page, "/account/security/totp");
    const secret = await addApp(page);
    await page.locator("#security #notice").waitFor();
    const elsewhere = await visitor();
    const show = async (way, code) => {
      await press(elsewhere, `#way-${way}`);
      await send(elsewhere, "#otp-form", { code });
    };
    await identify(elsewhere, { ...user, name: other.name });
    assert.ok((await elsewhere.locator("#recover-second").innerText()).includes(says("recover-choose")), "nothing is told of the name");
    await show("totp", totp(secret));
    assert.ok((await elsewhere.locator("#problems").innerText()).includes(says("recover-wrong")));
    await identify(elsewhere, user);
    await show("password", user.password);
    assert.ok((await elsewhere.locator("#recover-second").innerText()).includes(says("recover-shown")));
    assert.equal(await elsewhere.locator("#recover-apply").count(), 0, "name and password are known to others");
    await show("totp", totp(secret, 1));
    await finish(elsewhere, await apply(elsewhere));
    await press(elsewhere, "#recover-sign-in");
    await signIn(elsewhere, { ...user, ...NEW });
    await elsewhere.locator("#account").waitFor();
  });
});

describe("a recovery that is not hers", { concurrency: 2 }, () => {
  inBothLanguages("is cancelled by the code in the message, without signing in", async (page, { visitor, messageOf, says }) => {
    const user = await withNumber(page);
    const thief = await visitor();
    const found = await applied(thief, user);
    const text = await messageTo(page.context(), user.mobile, messageOf("RecoveryBegun"));
    const hers = await visitor();
    await open(hers, "/recover");
    await press(hers, "#recover-cancel-link");
    assert.ok((await hers.locator("main").innerText()).includes(says("recover-cancel-what")));
    const cancel = (code) => send(hers, "#cancel-form", { code }, "#cancel-submit");
    await cancel("zzzzz-zzzzz");
    assert.ok(await hers.locator("#code-error").innerText());
    await cancel(text.slice(-11));
    assert.ok((await hers.locator("#cancel-done").innerText()).includes(says("recover-cancelled")));
    await lookUp(thief, found);
    assert.ok((await thief.locator("#recover-over").innerText()).includes(says("recover-over")));
    await open(hers, "/recover/cancel");
    await cancel(text.slice(-11));
    await hers.locator("#cancel-over").waitFor();
    await messageTo(page.context(), user.mobile, messageOf("RecoveryCancelled"));
    await signInAtHome(hers, user);
    await hers.locator("#account").waitFor();
  });

  inBothLanguages("is shown after signing in and at the head of the account, and cancelled there", async (page, { visitor, says }) => {
    const user = await withNumber(page);
    await signOut(page);
    const thief = await visitor();
    const found = await applied(thief, user);
    await signInAtHome(page, user);
    const warning = await page.locator("#account-recovery").innerText();
    assert.ok(warning.includes(says("notices-recovery-begun")) && warning.includes(says("recover-account-what")));
    await press(page, "#recovery-keep button");
    const banner = page.locator("#account #recovery-banner");
    assert.ok((await banner.innerText()).includes(says("notices-recovery-begun")));
    await actProtected(page, user, async () => {
      await open(page, "/account");
      await press(page, banner.locator("a"));
      await press(page, "#recovery-cancel button");
    });
    assert.ok((await page.locator("#recovery-none").innerText()).includes(says("recover-cancelled-what")));
    await lookUp(thief, found);
    await thief.locator("#recover-over").waitFor();
    await press(page, "#recovery-on button");
    await page.locator("#account").waitFor();
    assert.equal(await banner.count(), 0);
    await open(page, "/account/notices");
    assert.ok((await page.locator("#notices").innerText()).includes(says("notices-recovery-cancelled")));
  });
});

/** Somebody whose name is verified and who has nothing else appeals, with a contact; the appeal's code. */
async function appealed(page, visitor, says) {
  const user = await registerVerified(page);
  const elsewhere = await visitor();
  await identify(elsewhere, user);
  await press(elsewhere, "#recover-none button");
  const appeal = (contact, text) => send(elsewhere, "#appeal-form", { contact, text }, "#appeal-submit");
  await appeal(user.mobile, "");
  assert.ok((await elsewhere.locator("#text-error").innerText()).includes(says("appeal-text-missing")));
  await appeal("", "𬭎䶮：手机和密码都丢了。");
  assert.ok((await elsewhere.locator("#contact-error").innerText()).includes(says("appeal-contact-missing")));
  await appeal(user.mobile, "𬭎䶮：手机和密码都丢了。");
  assert.ok((await elsewhere.locator("#appeal-filed").innerText()).includes(says("appeal-filed")));
  const code = (await elsewhere.locator("#appeal-code").innerText()).trim();
  await lookUp(elsewhere, code);
  assert.ok((await elsewhere.locator("#appeal-waiting").innerText()).includes(says("appeal-waiting")));
  return { user, elsewhere, code };
}

/** What an operator does with an appeal. */
const work = (what, id, operator) => hufu("appeals", what, id, "--operator", operator);

/** The appeal that gives this contact, as an operator finds it. */
async function appealOf(contact) {
  const lines = (await hufu("appeals", "list")).trim().split("\n");
  for (const [id] of lines.map((line) => line.split(/\s+/))) {
    const shown = JSON.parse(await work("show", id, "甲"));
    if (shown.contact === contact) return shown;
  }
  throw new Error("the appeal is not listed");
}

describe("an appeal", { concurrency: 2 }, () => {
  inBothLanguages("is accepted by two operators; its author waits, and sets a new password", async (page, { context, visitor, messageOf, says }) => {
    const { user, elsewhere, code } = await appealed(page, visitor, says);
    const { id, text } = await appealOf(user.mobile);
    assert.ok(text.startsWith("𬭎䶮"));
    await work("propose", id, "甲");
    await assert.rejects(work("accept", id, "甲"), "one operator is not two");
    await lookUp(elsewhere, code);
    await elsewhere.locator("#appeal-waiting").waitFor();
    await work("accept", id, "乙");
    await messageTo(context, user.mobile, messageOf("AppealAccepted"));
    await open(page, "/account");
    await page.locator("#recovery-banner").waitFor();
    await finish(elsewhere, code);
    await press(elsewhere, "#recover-sign-in");
    await signIn(elsewhere, { ...user, ...NEW });
    await elsewhere.locator("#account").waitFor();
    await open(elsewhere, "/account/notices");
    assert.ok((await elsewhere.locator("#notices").innerText()).includes(says("notices-appeal-accepted")));
  });

  inBothLanguages("is refused, which its author is told, and the account stays as it is", async (page, { context, visitor, messageOf, says }) => {
    const { user, elsewhere, code } = await appealed(page, visitor, says);
    const { id } = await appealOf(user.mobile);
    await work("refuse", id, "甲");
    await messageTo(context, user.mobile, messageOf("AppealRefused"));
    await lookUp(elsewhere, code);
    assert.ok((await elsewhere.locator("#appeal-refused").innerText()).includes(says("appeal-refused")));
    await assert.rejects(work("propose", id, "乙"), "what was refused is over");
    await open(page, "/account/notices");
    assert.ok((await page.locator("#notices").innerText()).includes(says("notices-appeal-refused")));
  });
});
