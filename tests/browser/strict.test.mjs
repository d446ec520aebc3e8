// What the demo is too lenient for, at a node of its own: challenges for an address that does much, and sources that may
// not be asked.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { account, newcomer, papers } from "./cast.mjs";
import { answerInWords, open, press, send } from "./hands.mjs";
import { fromElsewhere, startNode } from "./nodes.mjs";
import { inBothLanguages } from "./stage.mjs";

const OUTAGE = { "zh-CN": "出入境证件库正在升级，明天恢复。", en: "The immigration register is being upgraded until tomorrow." };

let node;
before(async () => {
  const challenged = ["registrations", "codes", "proofs"].map((what) => [`accounts.limits.challenge_${what}_after`, "1"]);
  node = await startNode({ ...Object.fromEntries(challenged), "factors.codes.pause_seconds": 1 }, {
    "demo-immigration": `outage = { zh-CN = "${OUTAGE["zh-CN"]}", en = "${OUTAGE.en}" }`,
    "demo-service-members": "quota_per_day = 1",
  });
});
after(() => node?.stop());

const at = (path) => `${node.issuer}${path}`;

async function register(page, { username, mobile = "", password }, answer) {
  await page.check("#register-form [name=terms]");
  const fields = { username, mobile, password, password_again: password, ...answer };
  await send(page, "#register-form", fields, "#register-submit");
}

/** Somebody with an account at this node, in a browser at an address of its own. */
async function comer(visitor, user) {
  const page = await visitor(fromElsewhere());
  await open(page, at("/register"));
  assert.equal(await page.locator("#challenge").count(), 0, "the first of an address is asked nothing");
  await register(page, user);
  await page.locator("#account").waitFor();
  return page;
}

/** There is a picture, with words for whoever does not see it; its address. */
async function assertPosed(page) {
  const picture = page.locator("#challenge img").first();
  assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)), "the picture is there");
  assert.ok(await picture.getAttribute("alt"), "and says where else to look");
  const height = async (shown) => (await shown.boundingBox()).height;
  const small = await height(picture);
  await page.locator("#challenge-zoom summary").click();
  assert.ok((await height(page.locator("#challenge-large"))) >= 2 * small, "and can be seen at twice its size");
  await page.locator("#challenge-zoom summary").click();
  assert.ok(await answerInWords(page));
  return picture.getAttribute("src");
}

/** A form that must be answered: not without an answer, not with a wrong one; each time another question is posed. */
async function assertChallenged(page, told, trySending) {
  const posed = new Set([await assertPosed(page)]);
  for (const answer of ["", "100"]) {
    await trySending({ answer });
    assert.ok((await page.locator("#answer-error").innerText()).includes(told), `answered by "${answer}"`);
    posed.add(await assertPosed(page));
  }
  assert.equal(posed.size, 3);
  await trySending({ answer: await answerInWords(page) });
}

describe("a challenge", { concurrency: 2 }, () => {
  inBothLanguages("is posed to an address that registers much, in a picture and in words", async (_, { visitor, says }) => {
    const from = fromElsewhere();
    for (const due of [false, true]) {
      const page = await visitor(from);
      await open(page, at("/register"));
      assert.equal((await page.locator("#challenge").count()) > 0, due);
      const user = account();
      if (due) {
        await assertChallenged(page, says("challenge-wrong"), (answer) => register(page, user, answer));
      } else {
        await register(page, user);
      }
      await page.locator("#account").waitFor();
    }
    const elsewhere = await visitor(fromElsewhere());
    await open(elsewhere, at("/register"));
    assert.equal(await elsewhere.locator("#challenge").count(), 0, "nobody else is asked");
  });

  inBothLanguages("is posed to an address that asks for codes, whoever has the number", async (_, { visitor, says }) => {
    const page = await visitor(fromElsewhere());
    const { mobile } = await newcomer();
    const ask = (answer = {}) => send(page, "#sms-form", { mobile, ...answer }, "#sms-submit");
    await open(page, at("/sign-in/sms"));
    assert.equal(await page.locator("#challenge").count(), 0);
    await ask();
    await page.locator("#code-sent").waitFor();
    await open(page, at("/sign-in/sms"));
    await assertChallenged(page, says("challenge-again"), async (answer) => {
      await page.waitForTimeout(1_100);
      await ask(answer);
    });
    await page.locator("#code-sent").waitFor();
  });

  inBothLanguages("is posed where a name did not match, and what was typed is kept", async (_, { visitor, says }) => {
    const [user, other] = [await newcomer(), await newcomer()];
    const page = await comer(visitor, user);
    await open(page, at("/real-name"));
    const { name, document_number } = user;
    await send(page, "#realname-form", { name: other.name, document_number });
    await page.locator("#answer-mismatch").waitFor();
    await page.fill("#realname-form [name=name]", name);
    await page.fill("#realname-form [name=document_number]", document_number);
    await assertChallenged(page, says("challenge-again"), async (answer) => {
      assert.equal(await page.locator("#document_number").inputValue(), document_number);
      await send(page, "#realname-form", answer);
    });
    await page.locator("#answer-matched").waitFor();
  });
});

describe("a source that may not be asked", { concurrency: 2 }, () => {
  inBothLanguages("for an announced stop says so before and after, and other documents are confirmed", async (_, { visitor, locale, says }) => {
    const user = await newcomer();
    const page = await comer(visitor, user);
    const paper = (await papers()).find(({ good, document_type: kind }) => good && kind === "taiwan_travel_permit");
    await open(page, at(`/real-name?document_type=${paper.document_type}`));
    assert.ok((await page.locator("#realname-outage").innerText()).includes(OUTAGE[locale]));
    await send(page, "#realname-form", { name: paper.name, document_number: paper.document_number });
    const answer = await page.locator("#answer-unavailable").innerText();
    assert.ok(answer.includes(says("real-name-unavailable")) && answer.includes(OUTAGE[locale]));
    assert.equal(await page.locator("#document_number").inputValue(), paper.document_number);
    await open(page, at("/real-name"));
    assert.equal(await page.locator("#realname-outage").count(), 0);
    await send(page, "#realname-form", { name: user.name, document_number: user.document_number });
    await page.locator("#answer-matched").waitFor();
  });

  inBothLanguages("as its quota is spent is no wrong answer, and other documents are confirmed", async (_, { visitor, says }) => {
    const user = await newcomer();
    const page = await comer(visitor, user);
    const paper = (await papers()).find(({ document_type: kind }) => kind === "officer_card");
    // One question a day: whoever comes first has it, with another's name.
    for (let asked = 0; asked < 2 && (await page.locator("#answer-quota").count()) === 0; asked += 1) {
      await open(page, at(`/real-name?document_type=${paper.document_type}`));
      const challenge = (await page.locator("#challenge").count()) > 0 ? { answer: await answerInWords(page) } : {};
      await send(page, "#realname-form", { name: user.name, document_number: paper.document_number, ...challenge });
    }
    const answer = await page.locator("#answer-quota").innerText();
    assert.ok(answer.includes(says("real-name-quota")) && answer.includes(says("real-name-quota-advice")));
    assert.equal(await page.locator("#document_number").inputValue(), paper.document_number);
    await open(page, at("/real-name"));
    const challenge = (await page.locator("#challenge").count()) > 0 ? { answer: await answerInWords(page) } : {};
    await send(page, "#realname-form", { name: user.name, document_number: user.document_number, ...challenge });
    await page.locator("#answer-matched").waitFor();
  });
});
