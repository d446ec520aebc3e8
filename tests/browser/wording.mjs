// The wording of the pages, read from where it is written, so that a journey can be told in both languages.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../templates/locales/", import.meta.url));
const messages = readFileSync(new URL("../../src/messages/wording.rs", import.meta.url), "utf8");
const texts = new Map();

function read(locale) {
  const found = new Map();
  for (const file of readdirSync(join(folder, locale))) {
    for (const line of readFileSync(join(folder, locale, file), "utf8").split("\n")) {
      const [, key, text] = /^([a-z][a-z0-9-]*) = (.*)$/.exec(line) ?? [];
      if (key) found.set(key, text);
    }
  }
  return found;
}

/** What a page says under this key, up to the first value that is put into it. */
export function says(locale, key) {
  if (!texts.has(locale)) texts.set(locale, read(locale));
  const text = texts.get(locale).get(key);
  if (!text) throw new Error(`nothing is said under ${key}`);
  return text.split("{")[0].trim();
}

/** What a message says of something that has happened, as `RecoveryBegun`. */
export function messageOf(locale, kind) {
  const arm = new RegExp(`\\(NoticeKind::${kind}, ${locale === "en"}\\) => \\{?\\s*"([^"]+)"`);
  const [, text] = arm.exec(messages) ?? [];
  if (!text) throw new Error(`no message tells of ${kind}`);
  return text;
}
