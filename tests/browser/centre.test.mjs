// One's own data: the history, what is held in plain and as a file, corrections, closing the account, a guardian's agreement.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe } from "node:test";

import { account, claim, codeFor, newcomer, papers, service, verified } from "./cast.mjs";
import {
  assertSignedIn,
  assertTold,
  begin,
  enter,
  open,
  passThrough,
  press,
  register,
  registerVerified,
  send,
  signIn,
  signInAtHome,
  signOut,
} from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const MATTERS = service("matters");
const PARKING = service("parking");

describe("one's own data", { concurrency: 2 }, () => {
  inBothLanguages("the history tells sign-ins, failures, checks and changes", async (page, { says }) => {
    const user = await registerVerified(page);
    await signOut(page);
    await open(page, "/sign-in");
    await signIn(page, { ...user, password: "wrong-Password-1" });
    await signIn(page, user);
    await press(page, "#history-link");
    const [latest] = await page.locator("#history-lines > li").all();
    assert.ok((await latest.innerText()).includes(says("history-way-password")));
    assert.ok((await latest.locator(".tag.wait").innerText()).includes("1"), "somebody tried in vain before");
    await press(page, ".tabs a[href*=checks]");
    assert.ok((await page.locator("#history-lines").innerText()).includes(says("history-answer-match")));
    assert.ok(!(await page.locator("main").innerText()).includes(user.document_number));
    await press(page, ".tabs a[href*=changes]");
    assert.ok((await page.locator("main").innerText()).length > 4);
  });

  inBothLanguages("an item is shown in plain for a while, which is noted, and all of it comes as a file", async (page, { says }) => {
    const user = await registerVerified(page);
    await press(page, "#data-link");
    const held = page.locator("#data-items");
    assert.ok(!(await held.innerText()).includes(user.name));
    await press(page, "#show-name");
    assert.ok((await held.innerText()).includes(user.name));
    assert.ok((await held.innerText()).includes(says("data-shown")));
    assert.ok(!(await held.innerText()).includes(user.document_number), "only what was asked for");
    const [file] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
    const exported = await readFile(await file.path(), "utf8");
    assert.ok(JSON.parse(exported) && exported.includes(user.document_number) && exported.includes(user.username));
    await open(page, "/account/history?show=changes");
    const noted = await page.locator("#history-lines").innerText();
    assert.ok(noted.includes(says("history-exported")) && noted.includes(says("history-unmasked")));
  });

  inBothLanguages("the user name is changed, and what one cannot change oneself is asked for", async (page, { says }) => {
    const user = await newcomer();
    await register(page, user);
    await press(page, "#data-link");
    await press(page, "#corrections-link");
    const rename = (username) => send(page, "#username-form", { username }, "#username-submit");
    await rename("1");
    assert.ok((await page.locator("#username-error").innerText()).includes(says("correction-username-malformed")));
    await rename(verified().username);
    assert.ok((await page.locator("#username-error").innerText()).includes(says("correction-username-taken")));
    const other = account();
    await rename(other.username);
    assert.ok((await page.locator("#notice").innerText()).includes(says("correction-username-done")));
    await press(page, "#correction-submit");
    assert.ok((await page.locator("#wish-error").innerText()).includes(says("correction-wish-missing")));
    await send(page, "#correction-form", { wish: "林𬭎䶮" }, "#correction-submit");
    assert.ok((await page.locator("#notice").innerText()).includes(says("correction-asked")));
    const asked = await page.locator("#correction-requests").innerText();
    assert.ok(asked.includes("林𬭎䶮") && asked.includes(says("correction-open")));
    await signOut(page);
    await signInAtHome(page, other);
    await page.locator("#account").waitFor();
  });

  inBothLanguages("closing ends everything at once, and whoever comes back may keep the account", async (page, { says }) => {
    const user = await registerVerified(page);
    await enter(page, PARKING, user);
    await open(page, "/account/data");
    await press(page, "#close-link");
    assert.equal(await page.locator("#close-services li").count(), 1, "who is told is said before");
    await press(page, "#close-submit");
    assert.ok((await page.locator("#closing-asked").innerText()).includes(says("closing-asked")));
    await assertTold(page, PARKING);
    await open(page, "/account");
    await signIn(page, user);
    await page.locator("#closing-waiting").waitFor();
    await press(page, "#closing-leave");
    assert.equal(await page.locator("#closing, #account").count(), 0);
    await begin(page, PARKING);
    await signIn(page, user);
    await press(page, "#closing-cancel");
    await page.locator("#closing-cancelled").waitFor();
    await press(page, "#closing-sign-in");
    await signIn(page, user);
    await page.locator("#account").waitFor();
    await open(page, "/account/history?show=changes");
    const noted = await page.locator("#history-lines").innerText();
    assert.ok(noted.includes(says("history-closing-asked")) && noted.includes(says("history-closing-cancelled")));
  });
});

describe("under fourteen", { concurrency: 1 }, () => {
  inBothLanguages("nothing is told of a child until the guardian has agreed, who may take it back", async (page, { visitor, says }) => {
    const child = (await papers()).find(({ holder }) => /-child$/.test(holder) && claim(holder));
    await register(page, account());
    await open(page, `/real-name?document_type=${child.document_type}`);
    await send(page, "#realname-form", { name: child.name, document_number: child.document_number });
    await page.locator("#answer-matched").waitFor();
    await begin(page, MATTERS);
    await page.locator("#guardian-needed").waitFor();

    // A guardian is somebody at l3 whose number is verified.
    const grown = await visitor();
    const parent = await newcomer();
    await register(grown, parent);
    await open(grown, "/real-name?items=three_items");
    const { name, document_number, mobile } = parent;
    await send(grown, "#realname-form", { name, document_number, mobile });
    await grown.locator("#answer-matched").waitFor();
    await open(grown, "/account/security/mobile");
    await press(grown, "#mobile-submit");
    await send(grown, "#otp-form", { code: await codeFor(grown.context(), mobile) });

    await press(page, "#guardian-go");
    await grown.waitForTimeout(1_100);
    await send(page, "#guardian-form", { guardian_name: name, mobile });
    await send(page, "#otp-form", { code: "" });
    assert.ok((await page.locator("#code-error").innerText()).includes(says("second-missing")));
    await send(page, "#otp-form", { code: await codeFor(page.context(), mobile) });
    assert.ok((await page.locator("#notice").innerText()).includes(says("guardian-asked-done")));

    const answer = async (which) => {
      await open(grown, "/account/guardian");
      await press(grown, grown.locator(`#guardianships button[value=${which}]`));
      if ((await grown.locator("#second-factor").count()) === 0) return;
      if (await grown.locator("#way-sms").count()) await press(grown, "#way-sms");
      else if (await grown.locator("#send-again").count()) await press(grown, "#send-again");
      await send(grown, "#otp-form", { code: await codeFor(grown.context(), mobile) });
      await open(grown, "/account/guardian");
      await press(grown, grown.locator(`#guardianships button[value=${which}]`));
    };
    await answer("accept");
    assert.ok((await grown.locator("#notice").innerText()).includes(says("guardian-accepted-done")));
    await begin(page, MATTERS);
    await passThrough(page, undefined, MATTERS);
    await assertSignedIn(page);
    await answer("end");
    assert.ok((await grown.locator("#notice").innerText()).includes(says("guardian-ended-done")));
    await assertTold(page, MATTERS);
  });
});
