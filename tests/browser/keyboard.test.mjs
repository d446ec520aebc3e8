// Keyboard only, and one always sees where one is: sign in, consent, choose a company and another, sign out.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { furnished, registry, service, serviceThatAsksForTheNumber } from "./cast.mjs";
import { assertSignedIn, begin, claimOf, identity, passThrough, registerVerified, signOut, strike, tabTo } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const FIRMS = service("firms");

/** The way of the focus goes down the page, line by line. */
function assertInOrder(stops) {
  for (const [at, stop] of stops.entries()) {
    const before = stops[at - 1];
    if (!before || stop.what === "BODY" || before.what === "BODY") continue;
    const onward = stop.top > before.top - 24 || (stop.top > before.top - 60 && stop.left > before.left);
    assert.ok(onward, `the focus jumps back from ${before.what} to ${stop.what}`);
  }
}

describe("keyboard only", { concurrency: 2 }, () => {
  inBothLanguages("keyboard only: sign in and consent, and one always sees where one is", async (page) => {
    const home = serviceThatAsksForTheNumber();
    const user = await registerVerified(page);
    await signOut(page);
    await page.goto(home);
    await strike(page, "#signin");
    assertInOrder(await tabTo(page, "#login-form [name=username]"));
    await page.keyboard.type(user.username);
    const stops = await tabTo(page, "#login-form [name=password]");
    assert.equal(stops.length, 1, "the password comes next");
    await page.keyboard.type(user.password);
    await strike(page, "#login-submit");
    assertInOrder(await tabTo(page, "#consent-form [name=sensitive]"));
    await page.keyboard.press("Space");
    await strike(page, "#consent-accept");
    await assertSignedIn(page);
    assert.match(await page.locator("#claims").innerText(), /identity_document/);
    await strike(page, "#signout");
    assert.equal(await page.locator("#state").getAttribute("data-state"), "signed-out");
  });

  inBothLanguages("sent by Enter from a field, with a mistake the focus is on what is to be put right", async (page) => {
    await begin(page, FIRMS);
    await tabTo(page, "#login-form [name=username]");
    await page.keyboard.type(furnished("zhugeyan").username);
    await tabTo(page, "#login-form [name=password]");
    await Promise.all([page.waitForEvent("domcontentloaded"), page.keyboard.press("Enter")]);
    assert.equal(await page.evaluate(() => document.activeElement.id), "problems");
    await tabTo(page, "#problems a");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "password");
  });

  inBothLanguages("a company is chosen, and another, and oneself", async (page) => {
    const agent = furnished("zhugeyan");
    const acting = (await registry()).filter(({ representative }) =>
      [furnished("qinlei").name, furnished("zhenghaiyan").name].includes(representative),
    );
    const value = async (company) => identity(page, company).getAttribute("value");
    await begin(page, FIRMS);
    await passThrough(page, agent, FIRMS);
    const oneself = await claimOf(page, "sub");
    const seen = new Set([oneself]);
    for (const company of acting.slice(0, 2)) {
      await strike(page, "#switch");
      const wanted = `#identity-form [name=identity][value="${await value(company.name)}"]`;
      assertInOrder(await tabTo(page, wanted));
      await Promise.all([page.waitForURL(`${FIRMS}**`), page.keyboard.press("Enter")]);
      await assertSignedIn(page);
      seen.add(await claimOf(page, "sub"));
    }
    assert.equal(seen.size, 3, "two companies and oneself");
    await strike(page, "#switch");
    await tabTo(page, "#identity-form [name=identity][value=self]");
    await Promise.all([page.waitForURL(`${FIRMS}**`), page.keyboard.press("Enter")]);
    assert.equal(await claimOf(page, "sub"), oneself);
  });

  inBothLanguages("everything on the sign-in page can be reached, and the first stop leads past the head", async (page) => {
    await begin(page, FIRMS);
    const stops = await tabTo(page, "#leave");
    const names = stops.map(({ what }) => what);
    assert.equal(stops.length, new Set(stops.map(({ top, left }) => `${top},${left}`)).size, "no stop comes twice");
    for (const wanted of ["switch-elder", "switch-language", "username", "password", "login-submit", "register-link", "passkey-button"]) {
      assert.ok(names.includes(wanted), wanted);
    }
    await page.reload();
    await tabTo(page, "a.skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  });
});
