// Who plays in the journeys: the demo's places, people, papers and companies, and what is sent to people's phones.
//
// Several files of journeys run side by side against one demo, so whoever is not there for everybody is claimed first.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const folder = process.env.HUFU_DEMO_DIR;
assert.ok(folder, "HUFU_DEMO_DIR is not set; run the journeys with tests/browser/run.sh");
export const demo = JSON.parse(readFileSync(join(folder, "demo.json"), "utf8"));
export const issuer = demo.nodes[0].issuer.replace(/\/$/, "");
export const PASSWORD = "Tiger-tally-2026";
const authority = demo.authority.url.replace(/\/$/, "");

/** The services stand on hosts of their own: 127.0.0.11 is 办事, and so on. */
const HOSTS = {
  matters: "127.0.0.11",
  licences: "127.0.0.12",
  seals: "127.0.0.13",
  portal: "127.0.0.14",
  parking: "127.0.0.15",
  firms: "127.0.0.16",
  province: "127.0.0.5",
  city: "127.0.0.6",
  neighbour: "127.0.0.7",
  partner: "127.0.0.8",
};

/** Whether something is this caller's and nobody else's, over all files of one run. */
export function claim(what) {
  mkdirSync(join(folder, "claimed"), { recursive: true });
  try {
    mkdirSync(join(folder, "claimed", what));
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

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

/** A person with an account, a password and a verified name; others sign in as her too, so nothing of hers is changed. */
export function verified() {
  return demo.users.find((user) => user.username && user.password && user.realname_level >= 2);
}

/** Somebody whom the demo is furnished with. */
export function furnished(username) {
  const user = demo.users.find((other) => other.username === username);
  assert.ok(user, `the demo has no ${username}`);
  return user;
}

let named = 0;

/** A user name that nobody has, and a password; enough to register. */
export function account() {
  named += 1;
  return { username: `u${process.pid.toString(36)}x${Date.now().toString(36)}${named}`, password: PASSWORD };
}

async function ask(path, options) {
  const response = await fetch(`${authority}${path}`, options);
  assert.equal(response.ok, true, `${path}: ${response.status}`);
  return response.json();
}

/** One of the population, by place. */
export async function citizen(place) {
  const [{ name, document_number: number, mobile }] = (await ask(`/v1/people?offset=${place}&limit=1`)).people;
  return { ...account(), name, document_number: number, mobile };
}

/** Somebody whom the authority knows and who has no account yet. */
export async function newcomer(fits = () => true) {
  for (let place = 500; place < 4_000; place += 1) {
    if (!claim(`citizen-${place}`)) continue;
    const person = await citizen(place);
    if (fits(person)) return person;
  }
  throw new Error("everybody has an account");
}

/** The documents of people without an identity card, and those of travellers. */
export const papers = () => ask("/v1/papers");

/** What the registry of companies holds. */
export const registry = () => ask("/v1/companies");

/** A company that nobody has registered, with its representative, who has no account yet. */
export async function untold() {
  const known = new Set(demo.users.filter(({ username }) => username).map(({ document_number: number }) => number));
  for (const company of await registry()) {
    const { representative: name, document_number, status, code } = company;
    if (status !== "active" || known.has(document_number) || !claim(`company-${code}`)) continue;
    return { boss: { ...account(), name, document_number }, company };
  }
  throw new Error("every company is registered");
}

/** How the authority is to fail from now on: see `hufu authority`. */
export const authorityFails = (mode) =>
  ask("/v1/faults", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ mode }) });

/** What a person's phone shows after a face check, or in the app of the network identity service. */
export async function shownOnThePhone(purpose, { document_type = "resident_identity_card", document_number }) {
  const body = JSON.stringify({ document_type, document_number, purpose });
  return (await ask("/v1/phone", { method: "POST", headers: { "content-type": "application/json" }, body })).token;
}

/** What was sent to a number, the newest first, read from the demo's page of messages as people do. */
async function messagesTo(page, mobile) {
  await page.goto(`${demo.guide.replace(/\/$/, "")}/outbox`);
  const lines = await page.locator("#outbox > div").evaluateAll((all) =>
    all.map((line) => [line.querySelector("dt").textContent, line.querySelector("dd").textContent]),
  );
  return lines.filter(([to]) => to.startsWith(mobile)).map(([, text]) => text);
}

/** What `find` finds in the messages to a number; it is waited for. */
async function received(context, mobile, find, what) {
  const page = await context.newPage();
  try {
    for (const end = Date.now() + 15_000; ; await page.waitForTimeout(100)) {
      const found = find(await messagesTo(page, mobile));
      if (found) return found;
      assert.ok(Date.now() < end, `${what} did not come to ${mobile}`);
    }
  } finally {
    await page.close();
  }
}

const used = new Map();

/** The code in the newest message to a number. A code that was read before is an old message: the new one is waited for. */
export async function codeFor(context, mobile) {
  const codes = (texts) => texts.map((text) => text.match(/(?<!\d)\d{6}(?!\d)/)?.[0]).filter(Boolean);
  const fresh = (texts) => [codes(texts)[0]].find((code) => code !== used.get(mobile));
  const code = await received(context, mobile, fresh, "a new code");
  used.set(mobile, code);
  return code;
}

/** The newest message to a number that says this; it is waited for. */
export const messageTo = (context, mobile, said) =>
  received(context, mobile, (texts) => texts.find((text) => text.includes(said)), `"${said}"`);

/** The bank card of whoever has this mobile number: see `bank_card_of` of the demo's authority. */
export function bankCardOf(mobile) {
  const body = `6299${mobile}000`;
  // ISO/IEC 7812-1 Annex B: from the right, every second digit counts twice.
  const sum = [...body].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return body + String((10 - (sum % 10)) % 10);
}

/** What an operator of the node types: `hufu` with the demo's configuration. Resolves to what it prints, and fails as it fails. */
export async function hufu(...words) {
  const { HUFU_BIN } = process.env;
  assert.ok(HUFU_BIN, "HUFU_BIN is not set; run the journeys with tests/browser/run.sh");
  const { stdout } = await promisify(execFile)(HUFU_BIN, [...words, "--config", join(folder, "hufu.toml")], { timeout: 60_000 });
  return stdout;
}

/** What an authenticator app shows for a secret in base32 (RFC 6238), now or some steps of 30 s away. */
export function totp(secret, steps = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replaceAll(/[\s=]/g, "").toUpperCase()]
    .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", key).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** A resident identity number with the right check character (GB 11643). */
export function numberOf(area, birthday, sequence) {
  const body = area + birthday + sequence;
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (2 ** (17 - index) % 11), 0);
  return body + "10X98765432"[sum % 11];
}

/** A day some days from now, as date fields write it. */
export const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
