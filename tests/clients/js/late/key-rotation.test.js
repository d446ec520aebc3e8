// Runs by itself after the other files: clients keep the keys that they fetched for a while.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { checkKeys } from "../modules/discovery.js";
import { authorize, seconds } from "../support/authorize.js";
import { Party } from "../support/party.js";
import { plan } from "../support/plan.js";

const command = process.env.HUFU_ROTATE_KEYS;

plan("oidcc-dynamic-certification-test-plan", [
  {
    name: "oidcc-server-rotate-keys",
    async run() {
      assert.ok(command, "HUFU_ROTATE_KEYS is the command that rotates the keys of the demo");
      const before = await checkKeys();
      const old = await authorize(await Party.register());
      execFileSync("/bin/sh", ["-c", command], { stdio: "inherit" });
      const known = new Set(before.map((key) => key.kid));
      const after = await untilKeys((keys) => keys.some((key) => !known.has(key.kid)));
      for (const { kid } of before)
        assert.ok(
          after.some((key) => key.kid === kid),
          "the old keys are still there",
        );
      // A token of before the rotation is still good, and a hint that is signed with the old key is understood.
      const party = await Party.register();
      const params = { prompt: "none", id_token_hint: old.tokens.id_token };
      await authorize(party, { browser: old.browser });
      await authorize(party, { params, browser: old.browser });
    },
  },
]);

/** A node may take a while to notice that another process has rotated its keys. */
async function untilKeys(enough) {
  for (const end = Date.now() + 60_000; ; await seconds(1)) {
    const keys = await checkKeys();
    if (enough(keys)) return keys;
    assert.ok(Date.now() < end, "no new key within a minute");
  }
}
