// Pages that were left open too long: run.sh lets a sign-in live for a minute, and here people come back after it.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { newcomer, service, serviceThatAsksForTheNumber } from "./cast.mjs";
import { assertSignedIn, begin, passThrough, press, registerVerified, send, signIn } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const MATTERS = service("matters");
const LIFE = 61_000;

describe("after lunch", { concurrency: 8 }, () => {
  inBothLanguages("a sign-in begun before goes on all the same: the person signs in and is at the service", async (page) => {
    const user = await registerVerified(page);
    await page.context().clearCookies();
    await begin(page, MATTERS);
    await page.waitForTimeout(LIFE);
    await signIn(page, user);
    await passThrough(page, user, MATTERS);
    await assertSignedIn(page);
  });

  inBothLanguages("a consent left open is asked again, with nothing ticked", async (page) => {
    const home = serviceThatAsksForTheNumber();
    const user = await registerVerified(page);
    await begin(page, home);
    await page.check("#consent-form [name=sensitive]");
    await page.waitForTimeout(LIFE);
    await press(page, "#consent-accept");
    assert.equal(await page.locator("#consent-form [name=sensitive]").isChecked(), false);
    await passThrough(page, user, home);
    await assertSignedIn(page);
    assert.equal(await page.locator("#claims [data-claim=identity_document]").count(), 0);
  });

  inBothLanguages("a registration and a real name left open go on too", async (page) => {
    const user = await newcomer();
    await begin(page, service("licences"));
    await press(page, "#register-link");
    await page.fill("#register-form [name=username]", user.username);
    await page.waitForTimeout(LIFE);
    await page.check("#register-form [name=terms]");
    await send(page, "#register-form", { username: user.username, mobile: user.mobile, password: user.password, password_again: user.password });
    await passThrough(page, user, service("licences"), { register: true });
    await assertSignedIn(page);
  });
});
