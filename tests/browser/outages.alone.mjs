// When the authority does not answer. It answers nobody then, so these journeys are played alone, when the others are over.

import assert from "node:assert/strict";
import { after, describe } from "node:test";

import { authorityFails, citizen, claim, newcomer, registry } from "./cast.mjs";
import { open, press, register, registerVerified, send } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const companies = await registry();

async function withoutAuthority(play) {
  await authorityFails("error500");
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

  inBothLanguages("leaves a company waiting, as a state that is shown and can be tried again or taken back", async (page, { says }) => {
    const boss = await citizen(8);
    const of = (person) => companies.filter(({ document_number: number, status }) => number === person.document_number && status === "active");
    let found;
    for (let place = 8; place <= 13 && !found; place += 1) {
      const person = await citizen(place);
      const [company] = of(person);
      if (company && claim(`company-${company.code}`)) found = { person, company };
    }
    assert.ok(found, `nobody is left to register a company, from ${boss.name} on`);
    const { person, company } = found;
    await registerVerified(page, person);
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
