// What static/hufu.js adds, and that nothing is lost without it.
//
// A form is sent once; a password can be shown and is hidden again when sent; a list of problems takes the focus; the logout
// result renews itself until nothing is pending; with scripts off the forms and the browser's own refresh do the work.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { browser, complaints, folder as gallery, serve } from "./gallery.mjs";

const posts = [];
const finished = await readFile(join(gallery, "en", "logout-result-done.html"));
let renewals = 0;
const site = await serve(gallery, (request, response) => {
  if (request.method === "POST") {
    let body = "";
    request.on("data", (part) => { body += part; });
    request.on("end", () => { posts.push(new URLSearchParams(body)); response.writeHead(204).end(); });
    return true;
  }
  if (request.url.endsWith("/en/logout-result.html") && renewals++ > 0) {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(finished);
    return true;
  }
  if (request.url === "/answered-after-every-post") {
    response.writeHead(200).end();
    return true;
  }
  return false;
});
const chromium = await browser();
const steps = {
  async "a form is sent once, with the button that was pressed"(page) {
    await page.goto(`${site.origin}/en/consent.html`);
    await page.check("input[name=sensitive]");
    await page.evaluate(() => { const button = document.getElementById("consent-accept"); button.click(); button.click(); });
    await page.waitForSelector("#consent-accept[aria-busy=true]");
    await page.evaluate(() => fetch("/answered-after-every-post"));
    assert.equal(posts.length, 1);
    assert.equal(posts[0].get("decision"), "accept");
    assert.equal(posts[0].get("sensitive"), "identity_document");
  },
  async "a password can be shown, and is hidden again when it is sent"(page) {
    await page.goto(`${site.origin}/en/sign-in.html`);
    await page.fill("#password", "correct horse");
    await page.getByRole("button", { name: "Show Password" }).click();
    assert.equal(await page.getAttribute("#password", "type"), "text");
    await page.click("#login-submit");
    assert.equal(await page.getAttribute("#password", "type"), "password");
  },
  async "a list of problems takes the focus"(page) {
    await page.goto(`${site.origin}/en/register-refused.html`);
    assert.equal(await page.evaluate(() => document.activeElement.id), "problems");
    await page.click("#problems a[href='#mobile']");
    assert.equal(await page.evaluate(() => document.activeElement.id), "mobile");
  },
  async "the logout result renews itself until nothing is pending"(page) {
    renewals = 0;
    await page.goto(`${site.origin}/en/logout-result.html`);
    await page.waitForSelector("#logout-result:not([data-renew])", { timeout: 10_000 });
    assert.match(await page.textContent("#logout-summary"), /All .*2.* services/);
  },
  async "everything can be reached with the keyboard"(page) {
    await page.goto(`${site.origin}/en/sign-in-full.html`);
    await page.evaluate(() => document.activeElement.blur());
    const seen = new Set();
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press("Tab");
      seen.add(await page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute("href")));
    }
    for (const wanted of ["#main", "switch-elder", "switch-language", "username", "password", "login-submit", "register-link", "leave"]) {
      assert.ok(seen.has(wanted), `${wanted} is reached`);
    }
  },
};
const withoutScripts = {
  async "without scripts a form is sent all the same"(page) {
    await page.goto(`${site.origin}/en/sign-in.html`);
    await page.fill("#username", "wangming");
    await page.fill("#password", "correct horse");
    const before = posts.length;
    await Promise.all([page.waitForResponse((response) => response.status() === 204), page.click("#login-submit", { noWaitAfter: true })]);
    assert.equal(posts.length, before + 1);
    assert.deepEqual([...posts.at(-1).keys()].sort(), ["csrf", "flow", "password", "username"]);
  },
  async "without scripts the browser renews the logout result"(page) {
    renewals = 0;
    await page.goto(`${site.origin}/en/logout-result.html`);
    await page.waitForSelector("#logout-result:not([data-renew])", { timeout: 10_000 });
  },
};
for (const [javaScriptEnabled, group] of [[true, steps], [false, withoutScripts]]) {
  for (const [name, step] of Object.entries(group)) {
    test(name, { timeout: 120_000 }, async () => {
      const context = await chromium.newContext({ javaScriptEnabled });
      const page = await context.newPage();
      const found = complaints(page);
      posts.length = 0;
      await step(page);
      assert.deepEqual(found, []);
      await context.close();
    });
  }
}
after(async () => {
  await chromium.close();
  site.close();
});
