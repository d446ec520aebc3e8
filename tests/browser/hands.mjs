// A person's hands at a browser: pressing, filling, tabbing, touching a key; and what stands on a service's page.

import assert from "node:assert/strict";

import { codeFor, issuer, newcomer, totp } from "./cast.mjs";
import { look, where } from "./eye.mjs";
import { isSeen } from "./stage.mjs";

/** Does something that leads to another page, waits until that page is there, and looks at it. */
export async function arrive(page, act) {
  await Promise.all([page.waitForEvent("domcontentloaded"), act()]);
  if (isSeen(page)) await look(page);
}

/** Presses a button or a link that leads to another page. */
export function press(page, target) {
  const locator = typeof target === "string" ? page.locator(target) : target;
  return arrive(page, () => locator.click());
}

/** Opens an address of the node, or a whole address. */
export const open = (page, path) => arrive(page, () => page.goto(new URL(path, issuer).href));

/** Fills fields of a form by their names and sends it. */
export async function send(page, form, fields, button) {
  for (const [name, value] of Object.entries(fields)) await page.fill(`${form} [name=${name}]`, value);
  await press(page, button ?? page.locator(`${form} button.primary`));
}

/**
 * Fills whatever page the node shows until the person is back at `home` with somebody signed in there.
 * Returns the forms seen on the way: login, register, realname, consent, identity, select.
 */
export async function passThrough(page, user, home, { register = false, tick = [], as } = {}) {
  const seen = [];
  for (let step = 0; step < 12; step += 1) {
    if (page.url().startsWith(home)) return seen;
    const form = await shown(page);
    assert.ok(form, `nothing to fill at ${await where(page)}`);
    assert.ok(!(form === seen.at(-1) && form !== "realname-done"), `stands still at ${await where(page)}`);
    seen.push(form);
    await FILL[form](page, user, { register: register && !seen.includes("register"), tick, as });
  }
  throw new Error(`does not end: ${seen.join(" → ")}`);
}

const FORMS = [
  ["login", "#login-form"],
  ["register", "#register-form"],
  ["realname", "#realname-form"],
  ["realname-done", "#realname-continue"],
  ["consent", "#consent-form"],
  ["identity", "#identity-form"],
  ["select", "#select-form"],
];

async function shown(page) {
  for (const [name, selector] of FORMS) if ((await page.locator(selector).count()) > 0) return name;
  return undefined;
}

const FILL = {
  login: (page, user, { register }) => (register ? press(page, "#register-link") : signIn(page, user)),
  async register(page, { username, mobile, password }) {
    await page.check("#register-form [name=terms]");
    await send(page, "#register-form", { username, mobile: mobile ?? "", password, password_again: password });
  },
  realname: (page, { name, document_number }) => send(page, "#realname-form", { name, document_number }),
  async "realname-done"(page) {
    const link = page.locator("a#realname-continue");
    await press(page, (await link.count()) ? link : page.locator("#realname-continue button"));
  },
  async consent(page, _user, { tick }) {
    for (const claim of tick) await page.check(`#consent-form [name=sensitive][value=${claim}]`);
    await press(page, "#consent-accept");
  },
  identity: (page, _user, { as }) => press(page, identity(page, as)),
  select: (page) => press(page, page.locator("#select-form [name=account]").first()),
};

/** The button of an identity: of a company by its name, or oneself. */
export function identity(page, company) {
  const all = page.locator("#identity-form [name=identity]");
  return company ? all.filter({ hasText: company }) : page.locator("#identity-form [name=identity][value=self]");
}

export async function signIn(page, { username, password }) {
  await send(page, "#login-form", { username, password });
}

/** Registers on the node's own page; the person is signed in then. */
export async function register(page, user) {
  await open(page, "/register");
  await FILL.register(page, user);
  await page.locator("#account").waitFor();
}

/** Signs in on the node's own page. */
export async function signInAtHome(page, user) {
  await open(page, "/sign-in");
  await signIn(page, user);
}

/** Registers and proves the real name, from the account centre. */
export async function registerVerified(page, user) {
  user ??= await newcomer();
  await register(page, user);
  await press(page, "#raise-level");
  await FILL.realname(page, user);
  await page.locator("#answer-matched").waitFor();
  await FILL["realname-done"](page);
  return user;
}

/** Sends the code that came to a number, and the pause after which the node sends another. */
export async function sendCode(page, mobile) {
  await send(page, "#otp-form", { code: await codeFor(page.context(), mobile) });
  await page.waitForTimeout(1_100);
}

/** Verifies the mobile number that was given at registration. */
export async function verifyMobile(page, { mobile }) {
  await open(page, "/account/security/mobile");
  await press(page, "#mobile-submit");
  await sendCode(page, mobile);
  await page.locator("#security #notice").waitFor();
}

/** Adds the authenticator app whose secret the page shows, by the code before the present one, which is left; the secret. */
export async function addApp(page, label = "") {
  const secret = (await page.locator("#totp-secret").innerText()).trim();
  // Near its end, a half minute is waited for: the code of the one before must still do.
  if (Date.now() % 30_000 > 22_000) await page.waitForTimeout(8_500);
  await send(page, "#totp-setup", { code: totp(secret, -1), label });
  return secret;
}

/** Chooses a second way on the page that offers them; where there is one only, its field may be there already. */
export async function chooseWay(page, way) {
  await page.locator("#second-factor").waitFor();
  if (await page.locator("#other-ways").count()) await press(page, "#other-ways");
  if (await page.locator(`#way-${way}`).count()) await press(page, `#way-${way}`);
}

/** Does what the account's protection must be shown for: whoever is asked for it shows a code by text message first. */
export async function actProtected(page, { mobile }, act) {
  await act();
  if ((await page.locator("#second-factor").count()) === 0) return;
  await chooseWay(page, "sms");
  await sendCode(page, mobile);
  await act();
}

/** The answer to the question of a challenge, "how much is three plus five?", as somebody gives it who does not see the picture. */
export async function answerInWords(page) {
  const question = await page.locator("#challenge-question").innerText();
  const words = [..."零一二三四五六七八九"];
  const english = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
  const [, one, other] = /([零一二三四五六七八九])加([零一二三四五六七八九])|(?:is )(\w+) plus (\w+)/
    .exec(question)
    .filter((part, at) => at === 0 || part);
  const number = (word) => Math.max(words.indexOf(word), english.indexOf(word));
  return String(number(one) + number(other));
}

export async function signOut(page) {
  await open(page, "/logout");
  await press(page, "#logout-confirm");
}

/** Opens a service and presses sign in. */
export async function begin(page, home) {
  await page.goto(home);
  await press(page, "#signin");
}

/** Opens a service and presses sign in, then does what the node asks. */
export async function enter(page, home, user, options) {
  await begin(page, home);
  const seen = await passThrough(page, user, home, options);
  await assertSignedIn(page);
  return seen;
}

/** An account with a verified name, made on the way to a service, then the real name from the account centre. */
export async function becomeKnown(page, home, options = {}) {
  const user = await newcomer();
  const seen = await enter(page, home, user, { register: true, ...options });
  if (!seen.includes("realname")) {
    await open(page, "/account");
    await press(page, "#raise-level");
    await FILL.realname(page, user);
    await page.locator("#answer-matched").waitFor();
    await FILL["realname-done"](page);
    await page.goto(home);
  }
  return { user, seen };
}

/** Presses sign in at a service that asks for more than it is registered for: further parameters of the request. */
export async function beginAsking(page, home, parameters) {
  const { headers } = await page.request
    .get(`${home}signin`, { maxRedirects: 0 })
    .then((response) => ({ headers: response.headers() }));
  const request = new URL(headers.location);
  for (const [name, value] of Object.entries(parameters)) request.searchParams.set(name, value);
  await arrive(page, () => page.goto(request.href));
}

export const state = (page) => page.locator("#state").getAttribute("data-state");

export async function assertSignedIn(page) {
  assert.equal(await state(page), "signed-in", `at ${await where(page)}`);
  assert.ok((await page.locator("#who").innerText()).trim(), "the service greets somebody");
  assert.ok((await page.locator("#claims [data-claim=sub]").innerText()).trim(), "the service knows a subject");
}

export const claimOf = async (page, name) => (await page.locator(`#claims [data-claim=${name}]`).innerText()).trim();

/** Waits until a service no longer knows anybody; the node tells it within a second or so. */
export async function assertTold(page, home) {
  for (const end = Date.now() + 10_000; ; await page.waitForTimeout(100)) {
    await page.goto(home);
    if ((await state(page)) !== "signed-in") return;
    assert.ok(Date.now() < end, `${home} was not told of the logout`);
  }
}

/** Presses Tab until an element has the focus, and looks that each stop on the way can be seen. Returns the stops. */
export async function tabTo(page, selector) {
  const stops = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate((wanted) => {
      const element = document.activeElement;
      const shows = (it) => {
        const style = getComputedStyle(it);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
      };
      // A radio button drawn by its label shows the focus there.
      const label = element.labels?.[0];
      const visible = element === document.body || shows(element) || (label ? shows(label) : false);
      const box = (label ?? element).getBoundingClientRect();
      const top = box.top + scrollY;
      return { there: element.matches(wanted), visible, what: element.id || element.name || element.tagName, top, left: box.left };
    }, selector);
    assert.ok(here.visible, `the focus cannot be seen on ${here.what}`);
    stops.push(here);
    if (here.there) return stops;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

/** Goes to an element by the keyboard and presses it there. */
export async function strike(page, selector, key = "Enter") {
  await tabTo(page, selector);
  await arrive(page, () => page.keyboard.press(key));
}

/** A key in the device: it is touched by itself, unless told otherwise. */
export async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    credentials: async () => (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    verifies: (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    isTouched: (enabled) => cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
    forget: () => cdp.send("WebAuthn.clearCredentials", { authenticatorId }),
  };
}

/** A browser that does not offer passkeys by itself; Chromium's virtual device answers such an offer at once. */
export function waitForTheButton(context) {
  return context.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
}
