// Signing in by scanning with a phone: two browsers, one of them the phone. Approved, refused, a wrong number, a relay.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { newcomer, service, verified } from "./cast.mjs";
import { arrive, assertSignedIn, begin, passThrough, press, register, state, tabTo } from "./hands.mjs";
import { MANNERS, inBothLanguages, journey } from "./stage.mjs";

const MATTERS = service("matters");
const PHONE = { viewport: { width: 360, height: 740 } };

/** Somebody who is signed in on a phone of her own. */
async function phoneOf(visitor) {
  const phone = await visitor(PHONE);
  await register(phone, await newcomer());
  return phone;
}

/** Shows a code on the way to a service: the address in it and the number beside it. */
async function showCode(page) {
  await begin(page, MATTERS);
  await press(page, "a[href*='/sign-in/scan']");
  await page.locator("#qr-code").waitFor();
  return {
    address: (await page.locator("#scan-address").innerText()).trim(),
    number: (await page.locator("#scan-number").innerText()).trim(),
  };
}

/** What the QR code leads to. */
const scan = (phone, address) => arrive(phone, () => phone.goto(address));

const choose = (phone, number) => phone.check(`#scan-form [name=number][value="${number}"]`, { force: true });

for (const manner of [...MANNERS, { ...MANNERS[0], javaScriptEnabled: false }]) {
  const { locale, javaScriptEnabled = true } = manner;
  describe(`scanning, ${locale}${javaScriptEnabled ? "" : ", without scripts"}`, { concurrency: 2 }, () => {
    journey(
      "a phone approves what the screen shows, and the screen goes on by itself",
      async (page, { visitor }) => {
        const phone = await phoneOf(visitor);
        const { address, number } = await showCode(page);
        await scan(phone, address);
        assert.ok(await phone.locator("#scan-service").innerText());
        await choose(phone, number);
        await press(phone, "#scan-allow");
        await phone.locator("#scan-told[data-told=approved]").waitFor();
        if (!javaScriptEnabled) {
          await page.locator("#scan-continue").waitFor();
          await press(page, "#scan-continue-submit");
        }
        await page.waitForURL(`${MATTERS}**`);
        await assertSignedIn(page);
      },
      manner,
    );

    journey(
      "a wrong number ends it, and a new code can be had",
      async (page, { visitor }) => {
        const phone = await phoneOf(visitor);
        const { address, number } = await showCode(page);
        await scan(phone, address);
        const wrong = phone.locator(`#scan-form [name=number]:not([value="${number}"])`).first();
        await wrong.check({ force: true });
        await press(phone, "#scan-allow");
        await phone.locator("#scan-told[data-told=wrong-number]").waitFor();
        await page.locator("#scan-ended").waitFor();
        await press(page, "#scan-again");
        await page.locator("#qr-code").waitFor();
      },
      manner,
    );
  });
}

describe("a phone that is careful", { concurrency: 2 }, () => {
  inBothLanguages("refuses, and the screen says so", async (page, { visitor, says }) => {
    const phone = await phoneOf(visitor);
    const { address } = await showCode(page);
    await scan(phone, address);
    await press(phone, "#scan-allow");
    assert.ok((await phone.locator("#number-error").innerText()).includes(says("approve-number-missing")));
    await press(phone, "#scan-refuse");
    await phone.locator("#scan-told[data-told=refused]").waitFor();
    await page.locator("#scan-ended").waitFor();
    assert.ok((await page.locator("#scan-ended").innerText()).includes(says("scan-refused")));
    await scan(phone, address);
    await phone.locator("#scan-told[data-told=over]").waitFor();
  });

  inBothLanguages("is signed in first", async (page, { visitor }) => {
    const phone = await visitor(PHONE);
    const { address } = await showCode(page);
    await scan(phone, address);
    await phone.locator("#scan-told[data-told=nobody]").waitFor();
    await press(phone, "#scan-sign-in");
    await phone.locator("#login-form").waitFor();
  });

  inBothLanguages("a relayed code: whoever was sent it sees a stranger's device, and has no number to choose", async (page, { visitor, says }) => {
    // A thief shows the code of his own sign-in to somebody who is signing in elsewhere.
    const thief = page;
    const stolen = await showCode(thief);
    const victim = await visitor();
    const own = await showCode(victim);
    const phone = await phoneOf(visitor);
    await scan(phone, stolen.address);
    assert.ok((await phone.locator("main .notice").innerText()).includes(says("approve-warning")));
    const offered = await phone.locator("#scan-form [name=number]").evaluateAll((all) => all.map(({ value }) => value));
    assert.ok(offered.includes(stolen.number) && new Set(offered).size === 3, offered.join());
    // The number on the victim's own screen is another one, or none of the three.
    const wrong = offered.find((number) => number !== stolen.number && number === own.number) ?? offered.find((number) => number !== stolen.number);
    await choose(phone, wrong);
    await press(phone, "#scan-allow");
    await phone.locator("#scan-told[data-told=wrong-number]").waitFor();
    await thief.locator("#scan-ended").waitFor();
    // It is over for the right number too.
    await scan(phone, stolen.address);
    await phone.locator("#scan-told[data-told=over]").waitFor();
    // And the victim's own code still works.
    await scan(phone, own.address);
    await choose(phone, own.number);
    await press(phone, "#scan-allow");
    await victim.waitForURL(`${MATTERS}**`);
    await assertSignedIn(victim);
  });

  inBothLanguages("what was approved goes on in the browser that showed the code, and in no other", async (page, { visitor }) => {
    const phone = await phoneOf(visitor);
    const { address, number } = await showCode(page);
    const shown = page.url();
    // The screen is closed before its owner approves, and the thief has its address.
    await page.close();
    await scan(phone, address);
    await choose(phone, number);
    await press(phone, "#scan-allow");
    const thief = await visitor();
    await arrive(thief, () => thief.goto(shown));
    assert.ok(thief.url().includes("/sign-in/scan"));
    assert.equal(await thief.locator("#scan-approved").count(), 0, "nothing was approved here");
    await press(thief, "#by-password");
    await passThrough(thief, verified(), MATTERS);
    assert.notEqual(await state(thief), "signed-in", "the service asked for no answer here");
  });

  inBothLanguages("everything can be done by keyboard", async (page, { visitor }) => {
    const phone = await phoneOf(visitor);
    const { address, number } = await showCode(page);
    await scan(phone, address);
    const choices = await phone.locator("#scan-form [name=number]").evaluateAll((all) => all.map(({ value }) => value));
    await tabTo(phone, `#number-${choices[0]}`);
    await phone.keyboard.press("Space");
    for (let step = 0; step < choices.indexOf(number); step += 1) await phone.keyboard.press("ArrowRight");
    await tabTo(phone, "#scan-allow");
    await arrive(phone, () => phone.keyboard.press("Enter"));
    await phone.locator("#scan-told[data-told=approved]").waitFor();
  });
});
