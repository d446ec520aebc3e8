// A browser, and journeys in it: each with a profile of its own, looked at on every page, in the languages that it is told in.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { chromium } from "playwright-core";

import { complaints } from "./eye.mjs";
import { messageOf, says } from "./wording.mjs";

/** The installed Chromium; nothing of it leaves this machine. */
export function launch(...extra) {
  const quiet = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
  ];
  const still = ["--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: [...quiet, ...still, ...extra] });
}

let running;
/** The browser of this file, started when it is first needed. */
const browser = () => (running ??= launch());
after(async () => (await running)?.close());

const unseen = new WeakSet();
/** Whether pages of this context are looked at; without scripts nothing can look. */
export const isSeen = (page) => !unseen.has(page.context());

/** The manners in which people come: each language at a width; every page is looked at in both widths. */
export const MANNERS = [
  { locale: "zh-CN", viewport: { width: 1280, height: 800 } },
  { locale: "en", viewport: { width: 360, height: 740 } },
];

/**
 * A test with a browser profile of its own; script errors and a broken content policy fail it. `options` are those of the
 * profile, and `flags` of a browser that is started for this journey alone.
 */
export function journey(name, play, { flags = [], ...options } = {}) {
  test(name, { timeout: 240_000 }, async () => {
    const profiles = [];
    const chromium = await (flags.length ? launch(...flags) : browser());
    const found = [];
    const visitor = async (more = {}) => {
      const wanted = { ...MANNERS[0], ...options, ...more };
      const context = await chromium.newContext(wanted);
      context.setDefaultTimeout(30_000);
      if (wanted.javaScriptEnabled === false) unseen.add(context);
      profiles.push(context);
      context.on("page", (page) => found.push(complaints(page)));
      return context.newPage();
    };
    const locale = options.locale ?? MANNERS[0].locale;
    try {
      const page = await visitor();
      const words = { says: (key) => says(locale, key), messageOf: (kind) => messageOf(locale, kind) };
      await play(page, { context: page.context(), visitor, locale, ...words });
      assert.deepEqual(found.flat(), [], "the pages complain");
    } finally {
      for (const context of profiles) await context.close();
      if (flags.length) await chromium.close();
    }
  });
}

/** A journey in Chinese on a desk and in English on a telephone. */
export function inBothLanguages(name, play, options = {}) {
  for (const manner of MANNERS) journey(`${name} (${manner.locale})`, play, { ...manner, ...options });
}
