// What people do with a browser: two tabs, the way back, a double click, a reload.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { account, citizen, inDays, newcomer, service, serviceThatAsksForTheNumber, untold, verified } from "./cast.mjs";
import {
  arrive,
  assertSignedIn,
  assertTold,
  begin,
  enter,
  identity,
  open,
  passThrough,
  press,
  register,
  registerVerified,
  signIn,
  signInAtHome,
} from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const MATTERS = service("matters");
const PORTAL = service("portal");
const FIRMS = service("firms");

const status = (page) => page.evaluate(() => performance.getEntriesByType("navigation")[0]?.responseStatus ?? 200);

describe("two tabs", { concurrency: 2 }, () => {
  inBothLanguages("two tabs: the second one goes on after the first has signed in", async (page, { context }) => {
    const user = verified();
    const second = await context.newPage();
    for (const [tab, home] of [
      [page, MATTERS],
      [second, PORTAL],
    ]) {
      await begin(tab, home);
    }
    await signIn(page, user);
    await passThrough(page, user, MATTERS);
    await assertSignedIn(page);
    await signIn(second, user);
    await passThrough(second, user, PORTAL);
    await assertSignedIn(second);
    await page.reload();
    await assertSignedIn(page);
  });

  inBothLanguages("two tabs of one service: the consent given in the first holds in the second", async (page, { context }) => {
    const home = serviceThatAsksForTheNumber();
    await registerVerified(page);
    await begin(page, home);
    const second = await context.newPage();
    await begin(second, home);
    await press(second, "#consent-accept");
    await assertSignedIn(second);
    await press(page, "#consent-accept");
    assert.ok((await status(page)) < 500);
    await page.goto(home);
    await assertSignedIn(page);
  });

  inBothLanguages("two tabs: what one ended, the other's form no longer does, and says where to go", async (page, { context }) => {
    const user = account();
    await register(page, user);
    const second = await context.newPage();
    await open(second, "/account/password");
    await open(page, "/logout");
    await press(page, "#logout-confirm");
    await second.fill("#current_password", user.password);
    await second.fill("#password", "Another-tally-2027");
    await second.fill("#password_again", "Another-tally-2027");
    await press(second, "#password-form button.primary");
    await second.locator("#login-form").waitFor();
    await signIn(second, user);
    await second.locator("#account").waitFor();
  });
});

describe("the way back", { concurrency: 2 }, () => {
  inBothLanguages("back after signing in: the old form does no harm and leads on", async (page) => {
    const user = verified();
    await begin(page, MATTERS);
    await signIn(page, user);
    await passThrough(page, user, MATTERS);
    await page.goBack();
    if (await page.locator("#login-form").count()) await signIn(page, user);
    assert.ok((await status(page)) < 500);
    await page.goto(MATTERS);
    await assertSignedIn(page);
  });

  inBothLanguages("back after signing out shows nothing of the account", async (page) => {
    const user = await registerVerified(page);
    await open(page, "/account/security");
    await open(page, "/account");
    await press(page, "#sign-out");
    await press(page, "#logout-confirm");
    for (let steps = 0; steps < 3; steps += 1) {
      await page.goBack();
      await page.waitForLoadState();
      assert.equal(await page.locator("#identity, #factors").count(), 0, page.url());
      assert.ok(!(await page.locator("body").innerText()).includes(user.username), page.url());
    }
  });

  inBothLanguages("back after the consent: the old form does no harm", async (page) => {
    const home = serviceThatAsksForTheNumber();
    await registerVerified(page);
    await begin(page, home);
    await press(page, "#consent-accept");
    await assertSignedIn(page);
    await page.goBack();
    if (await page.locator("#consent-form").count()) {
      await press(page, "#consent-deny");
      assert.ok((await status(page)) < 500);
    }
    await page.goto(home);
    await assertSignedIn(page);
  });
});

/** Presses twice, as people do who are used to it; the posts that were sent. */
async function pressTwice(page, target) {
  const sent = [];
  const count = (request) => request.method() === "POST" && sent.push(new URL(request.url()).pathname);
  page.on("request", count);
  await arrive(page, () => (typeof target === "string" ? page.locator(target) : target).dblclick());
  page.off("request", count);
  return sent;
}

describe("a double click", { concurrency: 2 }, () => {
  inBothLanguages("a double click signs in once", async (page) => {
    const user = verified();
    await begin(page, MATTERS);
    await page.fill("#login-form [name=username]", user.username);
    await page.fill("#login-form [name=password]", user.password);
    assert.equal((await pressTwice(page, "#login-submit")).length, 1);
    await passThrough(page, user, MATTERS);
    await assertSignedIn(page);
  });

  inBothLanguages("registers once, proves once, agrees once, ends once", async (page) => {
    const user = await newcomer();
    await open(page, "/register");
    await page.fill("#register-form [name=username]", user.username);
    await page.fill("#register-form [name=mobile]", user.mobile);
    for (const name of ["password", "password_again"]) await page.fill(`#register-form [name=${name}]`, user.password);
    await page.check("#register-form [name=terms]");
    assert.equal((await pressTwice(page, "#register-submit")).length, 1);
    await page.locator("#account").waitFor();

    await press(page, "#raise-level");
    await page.fill("#realname-form [name=name]", user.name);
    await page.fill("#realname-form [name=document_number]", user.document_number);
    assert.equal((await pressTwice(page, "#realname-submit")).length, 1);
    await page.locator("#answer-matched").waitFor();

    await begin(page, serviceThatAsksForTheNumber());
    assert.equal((await pressTwice(page, "#consent-accept")).length, 1);
    await assertSignedIn(page);

    await open(page, "/account");
    assert.equal((await pressTwice(page, page.locator("#consents form button").first())).length, 1);
    await page.locator("#notice").waitFor();

    await open(page, "/account/security/mobile");
    assert.equal((await pressTwice(page, "#mobile-submit")).length, 1);
    await page.locator("#code-sent").waitFor();

    await open(page, "/account/password");
    await page.fill("#current_password", user.password);
    for (const name of ["password", "password_again"]) await page.fill(`#password-form [name=${name}]`, "Another-tally-2027");
    assert.equal((await pressTwice(page, "#password-form button.primary")).length, 1);
    await signInAtHome(page, { ...user, password: "Another-tally-2027" });

    await open(page, "/logout");
    assert.equal((await pressTwice(page, "#logout-confirm")).length, 1);
    await page.locator("#logout-result").waitFor();
  });

  inBothLanguages("registers a company once, invites once, revokes once, changes once", async (page) => {
    const { boss, company } = await untold();
    await registerVerified(page, boss);
    await open(page, "/account/companies");
    await page.fill("#uscc", company.code);
    await page.fill("#company_name", company.name);
    assert.equal((await pressTwice(page, "#company-submit")).length, 1);
    assert.equal(await page.locator("#mandates li").count(), 1);

    await press(page, page.locator("#mandates a.button"));
    await page.fill("#agent_name", (await citizen(450)).name);
    await page.fill("#valid_until", inDays(30));
    assert.equal((await pressTwice(page, "#agent-submit")).length, 1);
    assert.equal(await page.locator("#agents > li").count(), 1);
    assert.equal((await pressTwice(page, page.locator("#agents button.danger"))).length, 1);
    await page.locator("#notice").waitFor();

    await begin(page, FIRMS);
    assert.equal((await pressTwice(page, identity(page, company.name))).length, 1);
    await page.waitForURL(`${FIRMS}**`);
    await assertSignedIn(page);
  });
});

describe("a reload", { concurrency: 2 }, () => {
  inBothLanguages("of what a form answered does it once more without harm, or shows it again", async (page) => {
    const user = await newcomer();
    await register(page, user);
    await page.reload();
    await page.locator("#account").waitFor();
    await press(page, "#raise-level");
    await page.fill("#realname-form [name=name]", user.name);
    await page.fill("#realname-form [name=document_number]", user.document_number);
    await press(page, "#realname-submit");
    await page.reload();
    await page.locator("#answer-matched").waitFor();
    await press(page, "#realname-continue");
    await enter(page, MATTERS, user);
    await page.reload();
    await assertSignedIn(page);
    await open(page, "/logout");
    await press(page, "#logout-confirm");
    await page.reload();
    await page.locator("#logout-result").waitFor();
    await assertTold(page, MATTERS);
    await open(page, "/sign-in");
    await signIn(page, { ...user, password: "wrong-Password-1" });
    await page.reload();
    assert.ok(await page.locator("#problems").innerText());
    await signIn(page, user);
    await page.locator("#account").waitFor();
  });

  inBothLanguages("of an invitation that was just made shows its code again, and does not invite twice", async (page) => {
    const { boss, company } = await untold();
    await registerVerified(page, boss);
    await open(page, "/account/companies");
    await page.fill("#uscc", company.code);
    await page.fill("#company_name", company.name);
    await press(page, "#company-submit");
    await press(page, page.locator("#mandates a.button"));
    const before = await page.locator("#agents > li").count();
    await page.fill("#agent_name", (await newcomer()).name);
    await page.fill("#valid_until", inDays(30));
    await press(page, "#agent-submit");
    const code = await page.locator("#invitation-code").innerText();
    await page.reload();
    assert.equal(await page.locator("#invitation-code").innerText(), code);
    await press(page, page.locator("a[href$='/account/companies']"));
    await press(page, page.locator("#mandates a.button"));
    assert.equal(await page.locator("#agents > li").count(), before + 1);
  });
});
