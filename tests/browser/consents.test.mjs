// What a service wants to know: asked with its purpose, sensitive items each by a box of their own, refused, withdrawn.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { service, serviceThatAsksForTheNumber } from "./cast.mjs";
import { assertSignedIn, begin, claimOf, enter, open, press, registerVerified, state } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const SEALS = serviceThatAsksForTheNumber();
const PARKING = service("parking");

/** What the demo's seal service says it is for, and item by item. */
const PURPOSES = {
  "zh-CN": ["在线申领和使用电子印章", "确认印章持有人", "通知办理结果", "匹配您名下的印章"],
  en: ["applying for electronic seals", "to know who holds the seal", "to tell you the result", "to find the seals held in your name"],
};

describe("consent", { concurrency: 2 }, () => {
  inBothLanguages(
    "the identity number has a box of its own, which is not ticked; without it the rest is given",
    async (page, { locale, says }) => {
      const user = await registerVerified(page);
      await begin(page, SEALS);
      const asked = await page.locator("main").innerText();
      for (const purpose of PURPOSES[locale]) assert.ok(asked.includes(purpose), purpose);
      assert.ok(asked.includes(says("consent-sensitive")) && asked.includes(says("consent-optional")));
      assert.ok(!asked.includes(user.document_number) && !asked.includes(user.name), "it is masked");
      const box = page.locator("#consent-form [name=sensitive][value=identity_document]");
      assert.equal(await box.isChecked(), false);
      await press(page, "#consent-accept");
      await assertSignedIn(page);
      assert.equal(await page.locator("#claims [data-claim=identity_document]").count(), 0);
      assert.ok(!(await page.locator("#claims").innerText()).includes(user.document_number));
      assert.equal(await claimOf(page, "name"), user.name);
    },
  );

  inBothLanguages("ticked, the number is given too, and remembered; withdrawn, it is asked again", async (page, { says }) => {
    const user = await registerVerified(page);
    await enter(page, SEALS, user, { tick: ["identity_document"] });
    assert.ok((await claimOf(page, "identity_document")).includes(user.document_number));
    await press(page, "#signout");
    const again = await enter(page, SEALS, user);
    assert.ok(!again.includes("consent"), "it was given once");

    await open(page, "/account");
    const line = page.locator("#consents li", { hasText: says("consent-purpose") });
    await press(page, line.locator("button"));
    assert.ok((await page.locator("#notice").innerText()).includes(says("account-consent-withdrawn")));
    assert.equal(await line.count(), 0);
    await page.goto(SEALS);
    if ((await state(page)) === "signed-in") await press(page, "#signout");
    await begin(page, SEALS);
    const session = page.locator("#login-form");
    if (await session.count()) {
      await page.fill("#login-form [name=username]", user.username);
      await page.fill("#login-form [name=password]", user.password);
      await press(page, "#login-submit");
    }
    await page.locator("#consent-form").waitFor();
    assert.equal(await page.locator("#consent-form [name=sensitive]").isChecked(), false, "nothing is ticked beforehand");
  });

  inBothLanguages("refused: the service is told, and nobody is signed in there", async (page) => {
    await registerVerified(page);
    await begin(page, SEALS);
    await press(page, "#consent-deny");
    assert.equal(await state(page), "failed");
    assert.match(await page.locator("#state").innerText(), /access_denied/);
    // Another service, which asks for less, is not concerned.
    await begin(page, PARKING);
    await press(page, "#consent-accept");
    await assertSignedIn(page);
  });
});
