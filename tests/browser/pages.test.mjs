// Pages that no journey passes, and whether every page is well made: accessible and no wider than the window.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { authorizationEndpoint, demo, service } from "./cast.mjs";
import { arrive, open, press, registerVerified } from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

describe("every page", { concurrency: 2 }, () => {
  inBothLanguages("axe finds nothing serious, nothing is too wide", async (page) => {
    for (const path of ["/", "/terms", "/privacy", "/logout", "/sign-in?flow=x", "/no-such-page"]) await open(page, path);
    await arrive(page, async () => page.goto(`${await authorizationEndpoint()}?client_id=nobody`));
    await page.locator("#error").waitFor();
    for (const path of ["/register", "/sign-in"]) {
      await open(page, path);
      await press(page, path === "/register" ? "#register-submit" : "#login-submit");
      await page.locator("#problems").waitFor();
    }
    await registerVerified(page);
    for (const path of ["/", "/account", "/account/password", "/account/security", "/account/security/totp", "/account/companies", "/account/merge", "/scan?code=x"]) {
      await open(page, path);
    }
    for (const home of ["matters", "licences", "seals", "portal", "parking", "firms"]) {
      await arrive(page, () => page.goto(service(home)));
    }
    await press(page, "#guide");
    await page.locator("#demo-services").waitFor();
    await arrive(page, () => page.goto(`${demo.guide.replace(/\/$/, "")}/outbox`));
    await page.locator("#outbox").waitFor();
  });

  inBothLanguages("in elder mode too", async (page) => {
    await open(page, "/sign-in");
    await press(page, "#switch-elder");
    await registerVerified(page);
    for (const path of ["/", "/account", "/account/security", "/account/companies", "/logout", "/register", "/terms"]) await open(page, path);
    assert.equal(await page.locator("html.elder").count(), 1);
  });
});
