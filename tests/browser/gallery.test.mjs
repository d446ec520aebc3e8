// Accessibility of every page: node axe.mjs GALLERY [--only NAME,NAME]
//
// Runs axe-core (WCAG 2.2 A and AA, best practices) over every page of the gallery in both languages, light and dark, at 360
// and 1280 px. Ends with 1 on a finding that axe calls serious or critical; lesser ones are listed.

import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { LANGUAGES, browser, pageNames, serve } from "./gallery.mjs";

const { values, positionals: [gallery] } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
if (!gallery) {
  console.error("usage: node axe.mjs GALLERY [--only NAME,NAME]");
  process.exit(2);
}
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const only = values.only?.split(",");
const names = (await pageNames(gallery)).filter((name) => !only || only.includes(name));
const site = await serve(gallery);
const chromium = await browser();
const tally = { critical: 0, serious: 0, moderate: 0, minor: 0 };
let checked = 0;
for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 1280]) {
    const context = await chromium.newContext({ viewport: { width, height: 800 }, colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    for (const language of LANGUAGES) {
      for (const name of names) {
        await page.goto(`${site.origin}/${language}/${name}.html`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
        checked += 1;
        for (const { id, impact, help, nodes } of violations) {
          tally[impact] += 1;
          console.error(`${impact}: ${name} ${language} ${width} ${colorScheme}: ${id}: ${help}`);
          for (const node of nodes.slice(0, 3)) console.error(`    ${node.target.join(" ")}  ${node.any[0]?.message ?? ""}`);
        }
      }
    }
    await context.close();
  }
}
await chromium.close();
site.close();
console.log(`${checked} checks of ${names.length} pages: ${Object.entries(tally).map(([impact, n]) => `${n} ${impact}`).join(", ")}`);
process.exit(tally.critical || tally.serious ? 1 : 0);
