// What happens to an account is told on its page of notices, and by message to a number that is verified.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { messageTo, newcomer } from "./cast.mjs";
import { actProtected, addApp, open, press, register, send, signInAtHome, verifyMobile } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const proveName = async (page, { name, document_number }) => {
  await open(page, "/real-name");
  await send(page, "#realname-form", { name, document_number });
  await page.locator("#answer-matched").waitFor();
};

/** The lines of the page, the newest first. */
async function notices(page) {
  await open(page, "/account");
  await press(page, "#notices-link");
  return page.locator("#notices .rows > li").allInnerTexts();
}

describe("notices", { concurrency: 2 }, () => {
  inBothLanguages("each change is told on the page, the newest first, and by message once there is a number", async (page, { context, visitor, messageOf, says }) => {
    const user = await newcomer();
    await register(page, user);
    assert.deepEqual(await notices(page), []);
    assert.ok((await page.locator("#notices").innerText()).includes(says("notices-none")));

    // Before the number is verified there is the page alone.
    await proveName(page, user);
    const [first] = await notices(page);
    assert.ok(first.includes(says("notices-level-changed")) && !first.includes(says("notices-messaged")));

    await verifyMobile(page, user);
    await messageTo(context, user.mobile, messageOf("MobileChanged"));
    const before = (await notices(page)).length;
    await actProtected(page, user, () => open(page, "/account/security/totp"));
    await addApp(page, "手机");
    await open(page, "/account/password");
    const password = "Another-tally-2027";
    await send(page, "#password-form", { current_password: user.password, password, password_again: password });
    await page.locator("#account").waitFor();
    const elsewhere = await visitor();
    await signInAtHome(elsewhere, { ...user, password });
    await elsewhere.locator("#account").waitFor();

    const lines = await notices(elsewhere);
    const told = ["notices-new-device", "notices-password-changed", "notices-factor-added"];
    assert.equal(lines.length, before + told.length);
    for (const [at, key] of told.entries()) {
      assert.ok(lines[at].includes(says(key)) && lines[at].includes(says("notices-messaged")), `${key}: ${lines[at]}`);
    }
    for (const kind of ["NewDevice", "PasswordChanged", "FactorAdded"]) await messageTo(context, user.mobile, messageOf(kind));
    assert.ok(lines.at(-1).includes(says("notices-level-changed")), "nothing is forgotten");
  });

  inBothLanguages("are nobody else's, and nobody's who is not signed in", async (page, { visitor, says }) => {
    const user = await newcomer();
    await register(page, user);
    await proveName(page, user);
    assert.equal((await notices(page)).length, 1);
    const other = await visitor();
    await open(other, "/account/notices");
    await other.locator("#login-form").waitFor();
    await register(other, await newcomer());
    assert.deepEqual(await notices(other), []);
    assert.ok(!(await other.locator("main").innerText()).includes(says("notices-level-changed")));
  });
});
