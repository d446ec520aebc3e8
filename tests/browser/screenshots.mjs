// A picture of every page: node screenshots.mjs GALLERY PICTURES [--only NAME,NAME] [--dark]
//
// GALLERY is what `cargo run --example gallery -- GALLERY` wrote. Pictures are PICTURES/<page>.<language>.<width>.png at 360
// and 1280 px. Ends with 1 when a page scrolls sideways, breaks its Content-Security-Policy, or has a script error.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LANGUAGES, browser, complaints, pageNames, serve } from "./gallery.mjs";

const WIDTHS = [360, 1280];
const { values, positionals: [gallery, pictures] } = parseArgs({ allowPositionals: true, options: { only: { type: "string" }, dark: { type: "boolean" } } });
if (!gallery || !pictures) {
  console.error("usage: node screenshots.mjs GALLERY PICTURES [--only NAME,NAME] [--dark]");
  process.exit(2);
}
await mkdir(pictures, { recursive: true });
const only = values.only?.split(",");
const names = (await pageNames(gallery)).filter((name) => !only || only.includes(name));
const site = await serve(gallery);
const chromium = await browser();
let taken = 0;
const faults = [];
for (const width of WIDTHS) {
  const context = await chromium.newContext({ viewport: { width, height: 800 }, colorScheme: values.dark ? "dark" : "light", reducedMotion: "reduce" });
  const page = await context.newPage();
  const found = complaints(page);
  for (const language of LANGUAGES) {
    for (const name of names) {
      found.length = 0;
      await page.goto(`${site.origin}/${language}/${name}.html`);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      const where = `${name} ${language} ${width}`;
      if (sideways > 0) faults.push(`${where}: ${sideways} px too wide`);
      faults.push(...found.map((text) => `${where}: ${text}`));
      await page.screenshot({ path: join(pictures, `${name}.${language}.${width}.png`), fullPage: true });
      taken += 1;
    }
  }
  await context.close();
}
await chromium.close();
site.close();
for (const fault of faults) console.error(fault);
console.log(`${taken} pictures of ${names.length} pages in ${pictures}`);
process.exit(faults.length ? 1 : 0);
