// Every page that there is, also those that no journey passes: accessible in the light and in the dark, no wider than the
// window, true to its content policy, in both languages. run.sh writes the gallery.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";

import { LANGUAGES, browser, complaints, folder, pageNames, serve } from "./gallery.mjs";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
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

/** What is wrong with a page, in words. */
async function faults(page, found, address) {
  found.length = 0;
  await page.goto(address);
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => globalThis.axe.run({ runOnly: rules, resultTypes: ["violations"] }), RULES);
  const bad = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return [
    ...bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`),
    ...(wider > 0 ? [`${wider} px too wide`] : []),
    ...found,
  ];
}

describe("the gallery", { concurrency: 2 }, () => {
  for (const [colorScheme, width] of [
    ["light", 1280],
    ["dark", 360],
  ]) {
    for (const language of LANGUAGES) {
      test(`${colorScheme}, ${width} px, ${language}`, { timeout: 600_000 }, async () => {
        const context = await chromium.newContext({ viewport: { width, height: 800 }, colorScheme, reducedMotion: "reduce" });
        const page = await context.newPage();
        const found = complaints(page);
        const all = {};
        for (const name of names) {
          const wrong = await faults(page, found, `${site.origin}/${language}/${name}.html`);
          if (wrong.length) all[name] = wrong;
        }
        assert.deepEqual(all, {});
        await context.close();
      });
    }
  }
});
