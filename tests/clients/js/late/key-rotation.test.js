// Runs by itself after the other files: clients keep the keys that they fetched for a while.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import { checkKeys } from "../modules/discovery.js";
import { authorize, seconds, silently } from "../support/authorize.js";
import { checkAnswer, checkCode } from "../support/checks.js";
import { Party } from "../support/party.js";
import { plan } from "../support/plan.js";

const command = process.env.HUFU_ROTATE_KEYS;

plan("oidcc-dynamic-certification-test-plan", [
  {
    name: "oidcc-server-rotate-keys",
    async run() {
      assert.ok(command, "HUFU_ROTATE_KEYS is the command that rotates the keys of the demo");
      const before = await checkKeys();
      const party = await Party.register();
      const old = await authorize(party);
      execFileSync("/bin/sh", ["-c", command], { stdio: "inherit" });
      const known = new Set(before.map((key) => key.kid));
      const after = await untilKeys((keys) => keys.some((key) => !known.has(key.kid)));
      for (const { kid } of before)
        assert.ok(
          after.some((key) => key.kid === kid),
          "the old keys are still there",
        );
      // What is signed now is verified by a party that fetches the keys now; after a while the new key signs.
      for (const end = Date.now() + 60_000; ; await seconds(1)) {
        const { header } = await authorize(await Party.register(), { browser: old.browser });
        if (!known.has(header.kid)) break;
        assert.ok(Date.now() < end, "the new key does not sign within a minute");
      }
      // A token of before the rotation is still good, and a hint that is signed with the old key is understood.
      await party.userInfo(old.tokens);
      const request = await party.ask({ prompt: "none", id_token_hint: old.tokens.id_token });
      const arrival = await silently(old.browser, request);
      checkAnswer(arrival, party, request);
      checkCode(arrival);
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
