// What the running demo says about itself: the folder is in HUFU_DEMO_DIR (see tests/rig/demo.sh).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.HUFU_DEMO_DIR;
assert.ok(folder, "HUFU_DEMO_DIR is not set; run the suite with tests/clients/run.sh");

export const demo = JSON.parse(readFileSync(join(folder, "demo.json"), "utf8"));

/** The issuer under test: the first node. */
export const issuer = demo.nodes[0].issuer;

/** Lets a client register itself (RFC 7591 §3). */
export const initialAccessToken = demo.initial_access_token;

/** Persons with a password whose name is verified (level 2), the first by default. */
export function person(index = 0) {
  const persons = demo.users.filter((user) => user.password && user.realname_level >= 2);
  assert.ok(persons.length > index, `demo.json has only ${persons.length} persons with a verified name`);
  return persons[index];
}

/** A person whose name nobody has verified. */
export function personWithoutName() {
  const found = demo.users.find((user) => user.password && user.realname_level < 2 && user.document_number);
  assert.ok(found, "demo.json has no person without a verified name");
  return found;
}

/** The metadata that the node publishes, fetched once. */
export const metadata = once(async () => {
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  assert.equal(response.status, 200);
  return response.json();
});

function once(load) {
  let value;
  return () => (value ??= load());
}
