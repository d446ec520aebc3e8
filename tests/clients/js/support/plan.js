// Runs the modules of a plan as tests under their own names.

import { describe, test } from "node:test";

export function plan(name, modules) {
  describe(name, { concurrency: 4 }, () => {
    for (const { name: module, run } of modules) test(module, { timeout: 180_000 }, run);
  });
}
