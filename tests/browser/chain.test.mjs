// One person through the levels: from a service of the city up to the nation, known in another province, and out of all of them.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { demo, newcomer, service, verified } from "./cast.mjs";
import { assertSignedIn, assertTold, claimOf, passThrough, press, send, signIn, signInAtHome, state } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const CITY = service("city");
const NEIGHBOUR = service("neighbour");
const PROVINCE = service("province");
const MATTERS = service("matters");

/** The origin of the first node of a level. */
const node = (level) => new URL(demo.nodes.find((found) => found.level === level).issuer).origin;
const at = (page) => new URL(page.url()).origin;

/** Goes up, node after node, by the button of the node above. */
async function climb(page) {
  assert.equal(at(page), node("city"), "the city asks first");
  await press(page, "#upstream-button");
  assert.equal(at(page), node("province"));
  await press(page, "#upstream-button");
  assert.equal(at(page), node("nation"));
}

/** Comes down again: the identity number stays here, and a new account is looked at once at every node on the way. */
async function descend(page, home) {
  for (let pages = 0; at(page) !== new URL(home).origin; pages += 1) {
    assert.ok(pages < 4, `still at ${page.url()}`);
    const next = (await page.locator("#consent-form").count()) > 0 ? "#consent-accept" : "#activate-submit";
    await press(page, next);
  }
}

const wholeWay = async (page) => {
  await page.goto(CITY);
  await press(page, "#signin");
  await climb(page);
  await signIn(page, verified());
  await descend(page, CITY);
  await assertSignedIn(page);
  const subject = await claimOf(page, "sub");
  for (const home of [NEIGHBOUR, PROVINCE, MATTERS]) {
    await page.goto(home);
    await press(page, "#silent");
    assert.equal(at(page), new URL(home).origin, "no page on the way");
    await assertSignedIn(page);
    assert.ok(await claimOf(page, "sub"));
  }
  await page.goto(CITY);
  await assertSignedIn(page);
  assert.equal(await claimOf(page, "sub"), subject, "and she is who she was");
  await press(page, "#signout");
  for (const home of [CITY, NEIGHBOUR, PROVINCE, MATTERS]) await assertTold(page, home);
  await page.goto(NEIGHBOUR);
  await press(page, "#silent");
  assert.equal(await state(page), "silent-refused");
};

/** Registers at the city, whose sign-in is passed up to the province and on to the nation. */
const passedUp = async (page) => {
  await page.goto(CITY);
  await press(page, "#signin");
  const seen = await passThrough(page, await newcomer(), CITY, { register: true });
  assert.deepEqual(seen, ["login", "register"], "nothing of province and nation is shown");
  await assertSignedIn(page);
  for (const home of [PROVINCE, MATTERS, NEIGHBOUR]) {
    await page.goto(home);
    await press(page, "#silent");
    assert.equal(at(page), new URL(home).origin, "no page on the way");
    await assertSignedIn(page);
  }
  await page.goto(MATTERS);
  await press(page, "#signout");
  for (const home of [CITY, NEIGHBOUR, PROVINCE, MATTERS]) await assertTold(page, home);
};

/** Somebody else is signed in at the nation in the same browser: nobody is swapped unasked. */
const asked = async (page) => {
  await page.goto(CITY);
  await press(page, "#signin");
  const tab = await page.context().newPage();
  await signInAtHome(tab, verified());
  await tab.close();
  const user = await newcomer();
  await press(page, "#register-link");
  await page.check("#register-form [name=terms]");
  const { username, mobile, password } = user;
  await send(page, "#register-form", { username, mobile, password, password_again: password });
  assert.equal(at(page), node("nation"));
  await page.locator("#passage-other").waitFor();
  await press(page, "#passage-decline button");
  assert.equal(at(page), new URL(CITY).origin);
  await assertSignedIn(page);
};

describe("the levels of the platform", { concurrency: 1 }, () => {
  inBothLanguages("through city and province to the nation, known in another province, and out of all of them", wholeWay);
  inBothLanguages("the same with third-party cookies blocked", wholeWay, { flags: ["--test-third-party-cookie-phaseout"] });
  inBothLanguages("signed in at the city, known at province and nation, and out of all of them", passedUp);
  inBothLanguages("passed up with third-party cookies blocked", passedUp, { flags: ["--test-third-party-cookie-phaseout"] });
  inBothLanguages("another person's session at the nation is not swapped unasked", asked);
});
