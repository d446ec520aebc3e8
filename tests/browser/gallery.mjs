// What screenshots.mjs and the tests of the gallery share: the gallery behind a small web server, and a browser.
//
// The server sends the Content-Security-Policy of a real node, so that a page that breaks it shows up here, and forbids
// forms to be sent, so that a page that sends itself stays where it is.

import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml" };
const NONCE = "c2FtcGxlLW5vbmNl";
const POLICY = `default-src 'none'; style-src 'self'; script-src 'nonce-${NONCE}'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-same-origin`;

/** Where run.sh has written the gallery. */
export const folder = process.env.HUFU_GALLERY;

export const LANGUAGES = ["zh-CN", "en"];

/**
 * Serves the folder on a free port of the loopback; resolves to { origin, close }. `answer(request, response)` may answer
 * first, by returning true; with it, forms may be sent.
 */
export async function serve(folder, answer) {
  const policy = answer ? POLICY.replace("sandbox ", "sandbox allow-forms ") : POLICY;
  const server = createServer(async (request, response) => {
    if (answer?.(request, response)) return;
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    try {
      const bytes = await readFile(join(folder, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-security-policy": policy });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** The names of the pages in the gallery, without ".html". */
export async function pageNames(folder) {
  const files = await readdir(join(folder, LANGUAGES[0]));
  return files.filter((file) => file.endsWith(".html")).map((file) => file.slice(0, -5)).sort();
}

/** The installed Chromium: $CHROMIUM, or /usr/bin/chromium. */
export function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** Gathers what a page complains about: script errors, refused resources, broken policy. */
export function complaints(page) {
  const found = [];
  page.on("console", (message) => { if (message.type() === "error" && !/^Blocked form submission|the server responded with a status of 404/.test(message.text())) found.push(message.text()); });
  page.on("pageerror", (error) => found.push(String(error)));
  return found;
}
