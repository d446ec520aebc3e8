// Who plays in the journeys: the demo's places and people, a person's hands at a browser, and an eye for every page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const folder = process.env.HUFU_DEMO_DIR;
assert.ok(folder, "HUFU_DEMO_DIR is not set; run the journeys with tests/browser/run.sh");
export const demo = JSON.parse(readFileSync(join(folder, "demo.json"), "utf8"));
export const issuer = demo.nodes[0].issuer.replace(/\/$/, "");
export const PASSWORD = "Tiger-tally-2026";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The services stand on hosts of their own: 127.0.0.11 is 办事, and so on. */
const HOSTS = { matters: "127.0.0.11", licences: "127.0.0.12", seals: "127.0.0.13", portal: "127.0.0.14" };

/** The address of the authorization endpoint. */
export async function authorizationEndpoint() {
  return (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()).authorization_endpoint;
}

/** The address of a service's page. */
export function service(name) {
  for (const { redirect_uris: uris } of demo.clients) {
    const found = uris.map((uri) => new URL(uri)).find(({ hostname }) => hostname === HOSTS[name]);
    if (found) return `${found.origin}/`;
  }
  throw new Error(`demo.json has no client at ${HOSTS[name]}`);
}

/** The address of the service that asks for the identity number. */
export function serviceThatAsksForTheNumber() {
  const client = demo.clients.find(({ scopes }) => [scopes].flat().join(" ").split(" ").includes("identity_number"));
  assert.ok(client, "no client of the demo asks for identity_number");
  return `${new URL(client.redirect_uris[0]).origin}/`;
}

/** A person with an account, a password and a verified name. */
export function verified() {
  return demo.users.find((user) => user.username && user.password && user.realname_level >= 2);
}

let newcomers = Math.floor(Math.random() * 400);

/** Somebody whom the authority knows and who has no account yet. */
export async function newcomer() {
  newcomers += 1;
  const response = await fetch(`${demo.authority.url.replace(/\/$/, "")}/v1/people?offset=${500 + newcomers}&limit=1`);
  assert.equal(response.status, 200);
  const [{ name, document_number: number, mobile }] = (await response.json()).people;
  const username = `u${Date.now().toString(36)}${newcomers}`;
  return { username, password: PASSWORD, name, document_number: number, mobile };
}

/** The installed Chromium; nothing of it leaves this machine. */
export function launch(...extra) {
  const quiet = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
  ];
  const still = ["--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: [...quiet, ...still, ...extra] });
}

/** Does something that leads to another page, and waits until that page is there. */
export async function arrive(page, act) {
  await Promise.all([page.waitForEvent("domcontentloaded"), act()]);
}

/** Presses a button or a link that leads to another page. */
export function press(page, target) {
  const locator = typeof target === "string" ? page.locator(target) : target;
  return arrive(page, () => locator.click());
}

/**
 * Fills whatever page the node shows until the person is back at `home` with somebody signed in there.
 * Returns the forms seen on the way: login, register, realname, consent, select.
 */
export async function passThrough(page, user, home, { register = false, tick = [], look = async () => {} } = {}) {
  const seen = [];
  for (let step = 0; step < 12; step += 1) {
    if (page.url().startsWith(home)) return seen;
    const form = await shown(page);
    assert.ok(form, `nothing to fill at ${await where(page)}`);
    assert.ok(!(form === seen.at(-1) && form !== "realname-done"), `stands still at ${await where(page)}`);
    await look(page, form);
    seen.push(form);
    await FILL[form](page, user, { register: register && !seen.includes("register"), tick });
  }
  throw new Error(`does not end: ${seen.join(" → ")}`);
}

const FORMS = [
  ["login", "#login-form"],
  ["register", "#register-form"],
  ["realname", "#realname-form"],
  ["realname-done", "#realname-continue"],
  ["consent", "#consent-form"],
  ["select", "#select-form"],
];

async function shown(page) {
  for (const [name, selector] of FORMS) if ((await page.locator(selector).count()) > 0) return name;
  return undefined;
}

const FILL = {
  async login(page, user, { register }) {
    if (register) return press(page, "#register-link");
    return signIn(page, user);
  },
  async register(page, user) {
    await page.fill("#register-form [name=username]", user.username);
    await page.fill("#register-form [name=mobile]", user.mobile);
    await page.fill("#register-form [name=password]", user.password);
    await page.fill("#register-form [name=password_again]", user.password);
    await page.check("#register-form [name=terms]");
    await press(page, "#register-submit");
  },
  async realname(page, user) {
    await page.fill("#realname-form [name=name]", user.name);
    await page.fill("#realname-form [name=document_number]", user.document_number);
    await press(page, "#realname-submit");
  },
  async "realname-done"(page) {
    const link = page.locator("a#realname-continue");
    await press(page, (await link.count()) ? link : page.locator("#realname-continue button"));
  },
  async consent(page, _user, { tick }) {
    for (const claim of tick) await page.check(`#consent-form [name=sensitive][value=${claim}]`);
    await press(page, "#consent-accept");
  },
  select: (page) => press(page, page.locator("#select-form [name=account]").first()),
};

export async function signIn(page, { username, password }) {
  await page.fill("#login-form [name=username]", username);
  await page.fill("#login-form [name=password]", password);
  await press(page, "#login-submit");
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
    await page.goto(`${issuer}/account`);
    await press(page, "#raise-level");
    await FILL.realname(page, user);
    await page.locator("#answer-matched").waitFor();
    await options.look?.(page, "realname-done");
    await FILL["realname-done"](page);
    await page.goto(home);
  }
  return { user, seen };
}

export const state = (page) => page.locator("#state").getAttribute("data-state");

export async function assertSignedIn(page) {
  assert.equal(await state(page), "signed-in", `at ${await where(page)}`);
  assert.ok((await page.locator("#who").innerText()).trim(), "the service greets somebody");
  assert.ok((await page.locator("#claims [data-claim=sub]").innerText()).trim(), "the service knows a subject");
}

export const claim = async (page, name) => (await page.locator(`#claims [data-claim=${name}]`).innerText()).trim();

/** Waits until a service no longer knows anybody; the node tells it within a second or so. */
export async function assertTold(page, home) {
  for (const end = Date.now() + 10_000; ; await page.waitForTimeout(200)) {
    await page.goto(home);
    if ((await state(page)) !== "signed-in") return;
    assert.ok(Date.now() < end, `${home} was not told of the logout`);
  }
}

/** For messages. */
export async function where(page) {
  const forms = await page.locator("form").evaluateAll((all) => all.map((form) => `#${form.id}`));
  const { origin, pathname } = new URL(page.url());
  return `${origin}${pathname} [${forms.join(" ")}]`;
}

/** Nothing that axe calls serious, nothing wider than the window, no script error, no broken policy. */
export async function assertWellMade(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => globalThis.axe.run({ runOnly: rules }), RULES);
  const bad = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const told = bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  assert.deepEqual(told, [], `axe at ${name}`);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `${name} is ${wider} px wider than the window`);
}

/** Gathers what a page complains about while it is used. An answer of 4xx is not a complaint. */
export function complaints(page) {
  const found = [];
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) found.push(message.text());
  });
  return found;
}
