// What people do, in a real browser, against a running demo: HUFU_DEMO_DIR (see run.sh).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import {
  arrive,
  assertSignedIn,
  assertTold,
  assertWellMade,
  authorizationEndpoint,
  becomeKnown,
  begin,
  claim,
  complaints,
  enter,
  issuer,
  launch,
  newcomer,
  passThrough,
  press,
  service,
  serviceThatAsksForTheNumber,
  signIn,
  state,
  verified,
} from "./cast.mjs";

const MATTERS = service("matters");
const LICENCES = service("licences");
const PORTAL = service("portal");

let chromium;
before(async () => void (chromium = await launch()));
after(() => chromium?.close());

/** A test with a browser profile of its own; script errors and a broken content policy fail it. */
function journey(name, play, options = {}) {
  test(name, { timeout: 120_000 }, async () => {
    const context = await chromium.newContext({ locale: "zh-CN", viewport: { width: 1280, height: 800 }, ...options });
    context.setDefaultTimeout(15_000);
    try {
      const page = await context.newPage();
      const found = complaints(page);
      await play(page, context);
      assert.deepEqual(found, [], "the pages complain");
    } finally {
      await context.close();
    }
  });
}

/** Registers, proves her name, signs in at one service, is known at the next, signs out of both. */
async function wholeJourney(page, options) {
  const { seen } = await becomeKnown(page, MATTERS, options);
  assert.ok(seen.includes("register"));
  await assertSignedIn(page);
  const next = await enter(page, LICENCES, undefined, options);
  assert.deepEqual(next, [], "no form on the way to the next service");
  await page.goto(PORTAL);
  await press(page, "#silent");
  await assertSignedIn(page);
  assert.ok(await claim(page, "sub"));
  await page.goto(MATTERS);
  await press(page, "#signout");
  for (const home of [MATTERS, LICENCES, PORTAL]) await assertTold(page, home);
  await page.goto(LICENCES);
  await press(page, "#silent");
  assert.equal(await state(page), "silent-refused");
}

describe("the whole journey", { concurrency: 2 }, () => {
  journey("register, real name, sign in, known at the next service, sign out: everybody is told", wholeJourney);
  journey("the same without JavaScript", wholeJourney, { javaScriptEnabled: false });
  journey("the same on a telephone, in English", wholeJourney, { locale: "en", viewport: { width: 360, height: 740 } });

  test("the same with third-party cookies blocked", { timeout: 120_000 }, async () => {
    const strict = await launch("--test-third-party-cookie-phaseout");
    try {
      const page = await (await strict.newContext({ locale: "zh-CN" })).newPage();
      page.setDefaultTimeout(15_000);
      await wholeJourney(page);
    } finally {
      await strict.close();
    }
  });
});

describe("step-up", () => {
  journey("a service that needs a verified name asks for it on the way, and the session stays", async (page) => {
    const user = await newcomer();
    const first = await enter(page, MATTERS, user, { register: true });
    assert.ok(!first.includes("realname"), "this service does not need a verified name");
    const sid = await page.locator("#sid").innerText();
    const seen = await enter(page, LICENCES, user);
    assert.ok(seen.includes("realname") && !seen.includes("login"), seen.join(" → "));
    assert.equal(await claim(page, "acr"), "urn:hufu:acr:l2");
    await page.goto(MATTERS);
    await assertSignedIn(page);
    assert.equal(await page.locator("#sid").innerText(), sid, "the first service notices nothing");
  });

  journey("a number that cannot be right, one that nobody knows, and a wrong name are three answers", async (page) => {
    const [user, other] = [await newcomer(), await newcomer()];
    await enter(page, MATTERS, user, { register: true });
    await begin(page, LICENCES);
    const ask = async (name, number) => {
      await page.fill("#realname-form [name=name]", name);
      await page.fill("#realname-form [name=document_number]", number);
      await press(page, "#realname-submit");
    };
    await ask(
      user.name,
      user.document_number.replace(/.$/, (last) => (last === "1" ? "2" : "1")),
    );
    assert.ok(await page.locator("#document_number-error").innerText());
    await ask(user.name, other.document_number);
    await page.locator("#answer-mismatch").waitFor();
    // Well-formed, and nobody's: the demo's people are all of age.
    await ask(user.name, numberOf("110101", "20150301", "001"));
    await page.locator("#answer-unknown").waitFor();
    await ask(user.name, user.document_number);
    await page.locator("#answer-matched").waitFor();
  });
});

/** A resident identity number with the right check character (GB 11643). */
function numberOf(area, birthday, sequence) {
  const body = area + birthday + sequence;
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (2 ** (17 - index) % 11), 0);
  return body + "10X98765432"[sum % 11];
}

describe("consent", () => {
  journey(
    "the identity number has a box of its own, which is not ticked; without it the rest is given",
    async (page) => {
      const home = serviceThatAsksForTheNumber();
      const { user } = await becomeKnown(page, MATTERS);
      await begin(page, home);
      const box = page.locator("#consent-form [name=sensitive][value=identity_document]");
      assert.equal(await box.isChecked(), false);
      await press(page, "#consent-accept");
      await assertSignedIn(page);
      assert.equal(await page.locator("#claims [data-claim=identity_document]").count(), 0);
      assert.ok(!(await page.locator("#claims").innerText()).includes(user.document_number));
    },
  );

  journey("refused: the service is told, and nobody is signed in there", async (page) => {
    const home = serviceThatAsksForTheNumber();
    await becomeKnown(page, MATTERS);
    await begin(page, home);
    await press(page, "#consent-deny");
    assert.equal(await state(page), "failed");
    assert.match(await page.locator("#state").innerText(), /access_denied/);
  });
});

describe("mistakes", () => {
  journey("a wrong password looks the same for a known and an unknown user name", async (page) => {
    const told = [];
    for (const username of [verified().username, `nobody${Date.now().toString(36)}`]) {
      await begin(page, MATTERS);
      await signIn(page, { username, password: "wrong-Password-1" });
      const status = await page.evaluate(() => performance.getEntriesByType("navigation")[0].responseStatus);
      const focus = await page.evaluate(() => document.activeElement.id);
      assert.equal(await page.locator("#login-form [name=username]").inputValue(), username);
      assert.equal(await page.locator("#login-form [name=password]").inputValue(), "");
      told.push({ status, focus, text: await page.locator("#problems").innerText() });
    }
    assert.ok(told[0].text);
    assert.deepEqual(told[0], told[1]);
  });

  journey("registration says what to put right beside each field and in a list that has the focus", async (page) => {
    await page.goto(`${issuer}/register`);
    await page.fill("#register-form [name=username]", "1");
    await page.fill("#register-form [name=mobile]", "123");
    await page.fill("#register-form [name=password]", "a");
    await press(page, "#register-submit");
    assert.equal(await page.evaluate(() => document.activeElement.id), "problems");
    for (const field of ["username", "mobile", "password", "terms"]) {
      assert.ok(await page.locator(`#${field}-error`).innerText(), field);
      assert.equal(await page.locator(`#${field}`).getAttribute("aria-invalid"), "true");
    }
    assert.equal(await page.locator("#register-form [name=username]").inputValue(), "1");
    assert.equal(await page.locator("#register-form [name=password]").inputValue(), "");
  });

  journey("what the node no longer accepts can be begun again", async (page, context) => {
    await begin(page, MATTERS);
    // The form outlives its cookie, as when a browser cleans up over lunch.
    await context.clearCookies({ domain: new URL(issuer).hostname });
    await signIn(page, verified());
    if ((await page.locator("#state").count()) === 0 || (await state(page)) !== "signed-in") {
      const again = page.locator("#start-again, #error-back, #login-form").first();
      await again.waitFor();
      if (await page.locator("#start-again, #error-back").count()) await press(page, again);
      if (!page.url().startsWith(issuer)) await begin(page, MATTERS);
      await passThrough(page, verified(), MATTERS);
    }
    await assertSignedIn(page);
  });

  journey("a made-up or empty flow is a page with a way on, never a blank one", async (page) => {
    for (const path of [
      "/sign-in?flow=made-up",
      "/consent?flow=",
      "/consent",
      "/real-name?flow=x",
      "/select-account?flow=x",
    ]) {
      const response = await page.goto(`${issuer}${path}`);
      assert.ok(response.status() < 500, `${path}: ${response.status()}`);
      assert.ok(await page.locator("main h1").first().innerText(), path);
      assert.ok((await page.locator("main a, main button").count()) > 0, `${path} has a way on`);
    }
  });
});

describe("hands and habits", () => {
  journey("keyboard only: sign in and consent, and one always sees where one is", async (page) => {
    const home = serviceThatAsksForTheNumber();
    const { user } = await becomeKnown(page, MATTERS);
    await page.context().clearCookies();
    await page.goto(home);
    await tabTo(page, "#signin");
    await arrive(page, () => page.keyboard.press("Enter"));
    await tabTo(page, "#login-form [name=username]");
    await page.keyboard.type(user.username);
    await tabTo(page, "#login-form [name=password]");
    await page.keyboard.type(user.password);
    await tabTo(page, "#login-submit");
    await arrive(page, () => page.keyboard.press("Enter"));
    await tabTo(page, "#consent-form [name=sensitive]");
    await page.keyboard.press("Space");
    await tabTo(page, "#consent-accept");
    await arrive(page, () => page.keyboard.press("Enter"));
    await assertSignedIn(page);
    assert.match(await page.locator("#claims").innerText(), /identity_document/);
  });

  journey("two tabs: the second one goes on after the first has signed in", async (page, context) => {
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

  journey("back after signing in: the old form does no harm and leads on", async (page) => {
    const user = verified();
    await begin(page, MATTERS);
    await signIn(page, user);
    await passThrough(page, user, MATTERS);
    await page.goBack();
    if (await page.locator("#login-form").count()) await signIn(page, user);
    const status = await page.evaluate(() => performance.getEntriesByType("navigation")[0]?.responseStatus ?? 200);
    assert.ok(status < 500, `status ${status}`);
    await page.goto(MATTERS);
    await assertSignedIn(page);
  });

  journey("a double click signs in once", async (page) => {
    const sent = [];
    page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
    const user = verified();
    await begin(page, MATTERS);
    await page.fill("#login-form [name=username]", user.username);
    await page.fill("#login-form [name=password]", user.password);
    await page.dblclick("#login-submit");
    await page.waitForURL((url) => !url.pathname.endsWith("/sign-in"));
    await passThrough(page, user, MATTERS);
    await assertSignedIn(page);
    assert.equal(sent.filter((url) => url.includes("/sign-in")).length, 1);
  });

  journey("leaving a sign-in goes back to the service, which says so", async (page) => {
    await begin(page, MATTERS);
    await press(page, "#leave");
    assert.equal(await state(page), "failed");
    assert.match(await page.locator("#state").innerText(), /access_denied/);
  });

  journey("the language can be changed in the middle, and stays", async (page) => {
    await begin(page, MATTERS);
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    await press(page, "#switch-language");
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await signIn(page, { username: "x", password: "y" });
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await signIn(page, verified());
    await passThrough(page, verified(), MATTERS);
    await assertSignedIn(page);
  });

  journey("signing out at the node lists the services and shows each one's result", async (page) => {
    const user = verified();
    await enter(page, MATTERS, user);
    await enter(page, PORTAL, user);
    await page.goto(`${issuer}/account`);
    await press(page, "#sign-out");
    await press(page, "#logout-confirm");
    await page.locator("#logout-result").waitFor();
    await page.locator("#logout-result:not([data-renew])").waitFor({ timeout: 20_000 });
    assert.ok((await page.locator("#logout-result tbody tr .tag.good").count()) >= 2, "two services were told");
    for (const home of [MATTERS, PORTAL]) await assertTold(page, home);
  });
});

/** Presses Tab until an element has the focus, and looks that each stop on the way can be seen. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate((wanted) => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const visible = style.outlineStyle !== "none" || style.boxShadow !== "none" || element === document.body;
      return { there: element.matches(wanted), visible, what: element.id || element.tagName };
    }, selector);
    assert.ok(here.visible, `the focus cannot be seen on ${here.what}`);
    if (here.there) return;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

describe("every page", { concurrency: 2 }, () => {
  for (const locale of ["zh-CN", "en"]) {
    for (const width of [360, 1280]) {
      const options = { locale, viewport: { width, height: 800 } };
      journey(`axe finds nothing serious, nothing is too wide: ${locale}, ${width} px`, everyPage, options);
    }
  }
});

async function everyPage(page) {
  const look = (here, name) => assertWellMade(here, name);
  const { user } = await becomeKnown(page, MATTERS, { look });
  await look(page, "service");
  for (const path of ["/", "/account", "/account/password", "/terms", "/privacy", "/logout", "/sign-in?flow=x"]) {
    await page.goto(`${issuer}${path}`);
    await look(page, path);
  }
  await page.goto(`${await authorizationEndpoint()}?client_id=nobody`);
  await page.locator("#error").waitFor();
  await look(page, "error");
  await enter(page, serviceThatAsksForTheNumber(), user, { look });
  await page.goto(`${issuer}/account`);
  await press(page, "#sign-out");
  await press(page, "#logout-confirm");
  await page.locator("#logout-result").waitFor();
  await look(page, "logout result");
  for (const path of ["/register", "/sign-in"]) {
    await page.goto(`${issuer}${path}`);
    await press(page, path === "/register" ? "#register-submit" : "#login-submit");
    await page.locator("#problems").waitFor();
    await look(page, `${path} with problems`);
  }
  await page.goto(MATTERS);
  await press(page, "#guide");
  await page.locator("#demo-services").waitFor();
  await look(page, "guide");
}
