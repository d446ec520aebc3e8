// When the authority does not answer. It answers nobody then, so these journeys are played alone, when the others are over.

import assert from "node:assert/strict";
import { after, describe } from "node:test";

import { authorityFails, newcomer, untold } from "./cast.mjs";
import { open, press, register, registerVerified, send, signOut } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

async function withoutAuthority(play, mode = "error500") {
  await authorityFails(mode);
  try {
    await play();
  } finally {
    await authorityFails("ok");
  }
}

after(() => authorityFails("ok"));

describe("an authority that is away", () => {
  inBothLanguages("is no wrong answer: what was typed is kept, and a minute later it is confirmed", async (page, { says }) => {
    const user = await newcomer();
    await register(page, user);
    await press(page, "#raise-level");
    await withoutAuthority(async () => {
      await send(page, "#realname-form", { name: user.name, document_number: user.document_number });
      assert.ok((await page.locator("#answer-unavailable").innerText()).includes(says("real-name-unavailable")));
      assert.equal(await page.locator("#document_number").inputValue(), user.document_number);
    });
    await press(page, "#realname-submit");
    await page.locator("#answer-matched").waitFor();
  });

  inBothLanguages("or has answered as often as it may, is told apart from a wrong answer and from one that is away", async (page, { says }) => {
    const user = await newcomer();
    await register(page, user);
    await press(page, "#raise-level");
    await withoutAuthority(async () => {
      await send(page, "#realname-form", { name: user.name, document_number: user.document_number });
      const answer = await page.locator("#answer-quota").innerText();
      assert.ok(answer.includes(says("real-name-quota")) && answer.includes(says("real-name-quota-advice")));
      assert.equal(await page.locator("#document_number").inputValue(), user.document_number);
      // Somebody who wants an account back is told so, too, and not of any account.
      await signOut(page);
      await open(page, "/recover");
      await send(page, "#recover-form", { name: user.name, document_number: user.document_number }, "#recover-submit");
      await page.locator("#answer-quota").waitFor();
    }, "quota");
    await press(page, "#recover-submit");
    await page.locator("#recover-second").waitFor();
  });

  inBothLanguages("leaves a company waiting, as a state that is shown and can be tried again or taken back", async (page, { says }) => {
    const { boss, company } = await untold();
    await registerVerified(page, boss);
    await open(page, "/account/companies");
    const apply = () => send(page, "#company-form", { uscc: company.code, company_name: company.name }, "#company-submit");
    await withoutAuthority(async () => {
      await apply();
      assert.ok((await page.locator("#notice").innerText()).includes(says("companies-done-pending")));
      assert.ok((await page.locator("#applications").innerText()).includes(says("companies-pending-what")));
      await press(page, "#applications button[value=withdraw]");
      assert.equal(await page.locator("#applications").count(), 0);
      await apply();
    });
    // A source that failed repeatedly is left alone for some seconds.
    for (let tries = 0; (await page.locator("#applications").count()) > 0; tries += 1) {
      assert.ok(tries < 6, "the registry answers again, and nobody asks it");
      if (tries > 0) await page.waitForTimeout(3_500);
      await press(page, "#applications button[value=retry]");
    }
    assert.ok((await page.locator("#mandates").innerText()).includes(company.name));
    assert.equal(await page.locator("#applications").count(), 0);
  });
});
