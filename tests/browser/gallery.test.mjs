// Every page that there is, also those that no journey passes: accessible in the light and in the dark, no wider than the
// window, true to its content policy, in both languages. run.sh writes the gallery.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { inspectTwice } from "./axe.mjs";
import { LANGUAGES, browser, complaints, folder, pageNames, serve } from "./gallery.mjs";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDE = { width: 1280, height: 800 };
const names = await pageNames(folder);

let site;
let chromium;
before(async () => {
  site = await serve(folder);
  chromium = await browser();
});
after(async () => {
  await chromium.close();
  site.close();
});

/** What is wrong with a page, in words: light and wide, and dark and narrow. */
async function faults(page, found, address) {
  found.length = 0;
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(WIDE);
  await page.goto(address);
  const { first, then } = await inspectTwice(page, RULES, async () => {
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await page.setViewportSize({ ...WIDE, width: 360 });
  });
  return [...first.map((fault) => `light, 1280 px: ${fault}`), ...then.map((fault) => `dark, 360 px: ${fault}`), ...found];
}

describe("the gallery", { concurrency: 2 }, () => {
  for (const language of LANGUAGES) {
    test(`light at 1280 px, dark at 360 px, ${language}`, { timeout: 600_000 }, async () => {
      const page = await (await chromium.newContext()).newPage();
      const found = complaints(page);
      const all = {};
      for (const name of names) {
        const wrong = await faults(page, found, `${site.origin}/${language}/${name}.html`);
        if (wrong.length) all[name] = wrong;
      }
      assert.deepEqual(all, {});
      await page.context().close();
    });
  }
});
