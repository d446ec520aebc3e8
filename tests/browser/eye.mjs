// An eye for every page that a journey passes: accessibility, width, complaints.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { inspectTwice } from "./axe.mjs";
import { claim } from "./cast.mjs";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/**
 * Nothing that axe calls serious and nothing wider than the window, at 1280 and at 360 px. A page that looks the same as one
 * that was looked at before in this run, by its address and the ids on it, is passed over.
 */
export async function look(page) {
  try {
    const seen = await page.evaluate(() => ({
      place: location.port + location.pathname,
      ids: [...document.querySelectorAll("main [id]")].map(({ id }) => id.replace(/[-_][\w-]{12,}$/, "")),
      lang: document.documentElement.lang + document.documentElement.className,
    }));
    const face = createHash("sha256").update(JSON.stringify(seen)).digest("hex").slice(0, 24);
    if (claim(`look-${face}`)) await inspect(page);
  } catch (error) {
    // A page that goes on by itself is looked at where it stays.
    if (!/context was destroyed|navigat|has been closed/i.test(String(error))) throw error;
  }
}

async function inspect(page) {
  const size = page.viewportSize();
  const { origin, pathname } = new URL(page.url());
  const lang = await page.locator("html").getAttribute("lang");
  const name = `${origin}${pathname}, ${lang}`;
  await page.setViewportSize({ width: 1280, height: 800 });
  const { first, then } = await inspectTwice(page, RULES, () => page.setViewportSize({ width: 360, height: 800 }));
  assert.deepEqual(first, [], `${name}, 1280 px`);
  assert.deepEqual(then, [], `${name}, 360 px`);
  const left = await page.evaluate(() => document.body.innerText.match(/⟦[^⟧]*⟧|\{ ?\$\w+ ?\}/)?.[0]);
  assert.equal(left, undefined, `${name} has a text without words`);
  await page.setViewportSize(size);
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

/** For messages. */
export async function where(page) {
  const forms = await page.locator("form").evaluateAll((all) => all.map((form) => `#${form.id}`));
  const { origin, pathname } = new URL(page.url());
  return `${origin}${pathname} [${forms.join(" ")}]`;
}
