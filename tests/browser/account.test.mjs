// The account centre: where one is signed in, and the end of it; the password; two accounts of one person.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { account, newcomer, service } from "./cast.mjs";
import {
  assertSignedIn,
  assertTold,
  enter,
  open,
  press,
  register,
  registerVerified,
  send,
  signIn,
  signInAtHome,
} from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const MATTERS = service("matters");
const PORTAL = service("portal");

describe("devices and sessions", { concurrency: 2 }, () => {
  inBothLanguages("one is ended from another device, and its services with it", async (page, { visitor, says }) => {
    const user = account();
    await register(page, user);
    const other = await visitor();
    await enter(other, MATTERS, user);
    await enter(page, PORTAL, user);
    await open(page, "/account");
    const lines = page.locator("#sessions .rows > li");
    assert.equal(await lines.count(), 2);
    await press(page, lines.filter({ hasNotText: says("account-this-one") }).locator("button"));
    assert.ok((await page.locator("#notice").innerText()).includes(says("account-session-ended")));
    assert.equal(await lines.count(), 1);
    await assertTold(other, MATTERS);
    await open(other, "/account");
    await other.locator("#login-form").waitFor();
    await page.goto(PORTAL);
    await assertSignedIn(page);
  });

  inBothLanguages("the others are ended, then all", async (page, { visitor, says }) => {
    const user = account();
    await register(page, user);
    const others = [await visitor(), await visitor()];
    for (const other of others) await enter(other, MATTERS, user);
    await open(page, "/account");
    await press(page, "#end-others");
    assert.ok((await page.locator("#notice").innerText()).includes(says("account-others-ended")));
    assert.equal(await page.locator("#end-others").count(), 0);
    for (const other of others) await assertTold(other, MATTERS);
    await enter(page, PORTAL, user);
    await open(page, "/account");
    await press(page, "#end-all");
    await page.locator("#login-form").waitFor();
    await assertTold(page, PORTAL);
  });
});

describe("signing out", { concurrency: 2 }, () => {
  inBothLanguages("signing out at the node lists the services and shows each one's result", async (page, { says }) => {
    const user = account();
    await register(page, user);
    await enter(page, MATTERS, user);
    await enter(page, PORTAL, user);
    await open(page, "/account");
    await press(page, "#sign-out");
    assert.equal(await page.locator("main .lines li").count(), 2);
    await press(page, "#logout-cancel");
    await page.locator("#account").waitFor();
    await press(page, "#sign-out");
    await press(page, "#logout-confirm");
    await page.locator("#logout-result:not([data-renew])").waitFor({ timeout: 20_000 });
    const told = page.locator("#logout-result tbody tr .tag.good");
    assert.ok((await told.count()) >= 2, "two services were told");
    assert.ok((await told.first().innerText()).includes(says("logout-told")));
    for (const home of [MATTERS, PORTAL]) await assertTold(page, home);
  });
});

describe("the password", { concurrency: 2 }, () => {
  inBothLanguages("is changed; the other devices are signed out, the old one opens nothing", async (page, { visitor, says }) => {
    const user = account();
    await register(page, user);
    const other = await visitor();
    await signInAtHome(other, user);
    await open(page, "/account");
    await press(page, "#change-password");
    const change = (current_password, password, password_again = password) =>
      send(page, "#password-form", { current_password, password, password_again });
    await change("wrong-Password-1", "Another-tally-2027");
    assert.ok((await page.locator("#current_password-error").innerText()).includes(says("password-current-wrong")));
    await change(user.password, "password123");
    assert.ok((await page.locator("#password-error").innerText()).length > 4);
    await change(user.password, "Another-tally-2027", "Another-tally-2028");
    assert.ok((await page.locator("#problems").innerText()).includes(says("password-differs")));
    await change(user.password, user.password);
    assert.ok((await page.locator("#password-error").innerText()).includes(says("password-same")));
    await change(user.password, "Another-tally-2027");
    assert.ok((await page.locator("#account #notice").innerText()).includes(says("account-password-changed")));
    await open(other, "/account");
    await other.locator("#login-form").waitFor();
    await signIn(other, user);
    assert.ok((await other.locator("#problems").innerText()).includes(says("sign-in-wrong-pair")));
    await signIn(other, { ...user, password: "Another-tally-2027" });
    await other.locator("#account").waitFor();
  });
});

describe("two accounts of one person", { concurrency: 2 }, () => {
  inBothLanguages("are found by the document and merged after a sign-in to both", async (page, { says }) => {
    const first = await registerVerified(page);
    await press(page, "#sign-out");
    await press(page, "#logout-confirm");
    const second = { ...account() };
    await register(page, second);
    await press(page, "#raise-level");
    await send(page, "#realname-form", { name: first.name, document_number: first.document_number });
    assert.ok((await page.locator("#answer-other").innerText()).includes(says("real-name-other")));
    await press(page, "#realname-merge");
    assert.ok((await page.locator("main").innerText()).includes(second.username), "which account ends is said");
    await press(page, "#merge-wish button");
    await press(page, "#merge-sign-in");
    await signIn(page, first);
    const asked = await page.locator("#merge-form").locator("xpath=..").innerText();
    assert.ok(asked.includes(second.username) && asked.includes(first.username));
    await press(page, "#merge-form button");
    assert.ok((await page.locator("#merge-done").innerText()).includes(says("merge-done")));
    await open(page, "/account");
    assert.ok((await page.locator("#identity").innerText()).includes(first.username));
  });

  inBothLanguages("are not merged when the other says no", async (page, { says }) => {
    const first = await registerVerified(page);
    await press(page, "#sign-out");
    await press(page, "#logout-confirm");
    const second = account();
    await register(page, second);
    await press(page, "#raise-level");
    await send(page, "#realname-form", { name: first.name, document_number: first.document_number });
    await press(page, "#realname-merge");
    await press(page, "#merge-wish button");
    await press(page, "#merge-sign-in");
    await signIn(page, first);
    await press(page, "#merge-decline button");
    assert.ok((await page.locator("#merge-nothing").innerText()).includes(says("merge-nothing")));
    await press(page, "main a.button");
    await open(page, "/logout");
    await press(page, "#logout-confirm");
    await signInAtHome(page, second);
    await page.locator("#account").waitFor();
  });
});

inBothLanguages("what is shown of a person is masked", async (page) => {
  const user = await registerVerified(page, await newcomer());
  const shown = await page.locator("main").innerText();
  for (const secret of [user.name, user.document_number, user.mobile]) assert.ok(!shown.includes(secret), secret);
});
