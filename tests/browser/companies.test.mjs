// Acting for a company: registered by its legal representative, agents invited and revoked, the company chosen and changed.

import assert from "node:assert/strict";
import { describe } from "node:test";

import { furnished, inDays, newcomer, registry, service, untold } from "./cast.mjs";
import {
  assertSignedIn,
  assertTold,
  begin,
  claimOf,
  enter,
  identity,
  open,
  passThrough,
  press,
  registerVerified,
  send,
  signInAtHome,
} from "./hands.mjs";
import { inBothLanguages } from "./stage.mjs";

const FIRMS = service("firms");
const MATTERS = service("matters");

const companies = await registry();

const typeCompany = (page, uscc, company_name) => send(page, "#company-form", { uscc, company_name }, "#company-submit");

/** The representative, verified, and the company, registered. */
async function founded(page) {
  const { boss, company } = await untold();
  await registerVerified(page, boss);
  await open(page, "/account/companies");
  await typeCompany(page, company.code, company.name);
  await page.locator("#notice").waitFor();
  return { company };
}

/** Invites somebody, by account or, without one, by a code that is shown. */
async function invite(page, { name, login = "", until = inDays(30), matters = "" }) {
  await open(page, "/account/companies");
  await press(page, page.locator("#mandates a.button"));
  await send(page, "#agent-form", { agent_name: name, agent_login: login, valid_until: until, matters });
}

/** The line of a company on the page of one's companies. */
const line = (page, name) => page.locator("#mandates li", { hasText: name });

describe("a company", { concurrency: 2 }, () => {
  inBothLanguages("is registered by its representative, who invites an agent; the agent acts for it, changes to herself, and is revoked", async (page, { visitor, says }) => {
    const { company } = await founded(page);
    assert.ok((await page.locator("#notice").innerText()).includes(says("companies-done-registered")));
    assert.ok((await line(page, company.name).innerText()).includes(says("role-legal-representative")));
    const agent = await visitor();
    const person = await registerVerified(agent);
    await invite(page, { name: person.name, login: person.username, matters: "tax:file" });
    assert.ok((await page.locator("#notice").innerText()).includes(says("agents-done-invited")));
    const listed = await page.locator("#agents").innerText();
    assert.ok(listed.includes(says("agents-invited")) && !listed.includes(person.name), "the name is masked");

    await open(agent, "/account/companies");
    await press(agent, agent.locator("#invitations button[value=accept]"));
    assert.ok((await agent.locator("#notice").innerText()).includes(says("companies-done-accepted")));
    assert.ok((await line(agent, company.name).innerText()).includes("tax:file"));

    // Sign in as the company: both are told to the service.
    await begin(agent, FIRMS);
    await press(agent, identity(agent, company.name));
    await passThrough(agent, person, FIRMS);
    await assertSignedIn(agent);
    const acting = { sub: await claimOf(agent, "sub"), sid: await agent.locator("#sid").innerText() };
    assert.ok((await claimOf(agent, "entity")).includes(company.code));
    assert.equal(await claimOf(agent, "role"), "agent");
    const actor = JSON.parse(await claimOf(agent, "act")).sub;
    assert.notEqual(actor, acting.sub);

    // And back to herself, without signing in again.
    await press(agent, "#switch");
    await press(agent, identity(agent));
    await agent.waitForURL(`${FIRMS}**`);
    await assertSignedIn(agent);
    assert.equal(await claimOf(agent, "sub"), actor, "the person is who acted for the company");
    assert.equal(await agent.locator("#claims [data-claim=entity]").count(), 0);
    assert.notEqual(await agent.locator("#sid").innerText(), acting.sid);
    await press(agent, "#switch");
    await press(agent, identity(agent, company.name));
    await agent.waitForURL(`${FIRMS}**`);
    assert.equal(await claimOf(agent, "sub"), acting.sub, "the same company as before");

    // Revoked: over at once, at the service too, and gone from the choice; the person's own session stays.
    await open(page, "/account/companies");
    await press(page, page.locator("#mandates a.button"));
    await press(page, "#agents button.danger");
    assert.ok((await page.locator("#notice").innerText()).includes(says("agents-done-revoked")));
    await assertTold(agent, FIRMS);
    await begin(agent, FIRMS);
    assert.equal(await identity(agent, company.name).count(), 0);
    await open(agent, "/account/companies");
    assert.equal(await line(agent, company.name).count(), 0);
  });

  inBothLanguages("invites somebody without an account by a code: good once, and for that name only", async (page, { visitor, says }) => {
    const { company } = await founded(page);
    const person = await newcomer();
    await invite(page, { name: person.name });
    const code = (await page.locator("#invitation-code").innerText()).trim();
    const other = await visitor();
    await registerVerified(other);
    await open(other, "/account/companies");
    await send(other, "#invitation-form", { code }, "#invitation-submit");
    assert.ok((await other.locator("#problems").innerText()).includes(says("companies-other-name")));
    const agent = await visitor();
    await registerVerified(agent, person);
    await open(agent, "/account/companies");
    await send(agent, "#invitation-form", { code: "guessed" }, "#invitation-submit");
    assert.ok((await agent.locator("#problems").innerText()).includes(says("companies-code-wrong")));
    await send(agent, "#invitation-form", { code }, "#invitation-submit");
    assert.ok((await line(agent, company.name).innerText()).includes(says("role-agent")));
    await send(agent, "#invitation-form", { code }, "#invitation-submit");
    assert.ok(await agent.locator("#problems").innerText());
    // Preferred, it is named first; given back, it is gone.
    await press(agent, line(agent, company.name).locator("form[action$=prefer] button"));
    assert.ok((await line(agent, company.name).innerText()).includes(says("identity-preferred")));
    await begin(agent, FIRMS);
    assert.ok((await agent.locator("#identity-form button").first().innerText()).includes(company.name));
    await open(agent, "/account/companies");
    await press(agent, "#prefer-self");
    await press(agent, line(agent, company.name).locator("button.danger"));
    assert.ok((await agent.locator("#notice").innerText()).includes(says("companies-done-given-back")));
    assert.equal(await line(agent, company.name).count(), 0);
  });

  inBothLanguages("is not registered by anybody else, nor one that is closed or unknown", async (page, { says }) => {
    await registerVerified(page);
    await open(page, "/account/companies");
    const foreign = companies.find(({ status }) => status === "active");
    const closed = companies.find(({ status }) => status === "deregistered");
    const refused = async (code, name, field, key) => {
      await typeCompany(page, code, name);
      assert.ok((await page.locator(`#${field}-error, #problems`).first().innerText()).includes(says(key)), key);
      assert.equal(await page.locator("#uscc").inputValue(), code, "what was typed is still there");
    };
    await refused("", foreign.name, "uscc", "company-code-length");
    await refused(foreign.code.slice(0, -1), foreign.name, "uscc", "company-code-length");
    await refused(foreign.code.replace(/.$/, (last) => (last === "0" ? "1" : "0")), foreign.name, "uscc", "company-code-checksum");
    await refused(`I${foreign.code.slice(1)}`, foreign.name, "uscc", "company-code-character");
    await refused(foreign.code, "<script>", "company_name", "company-name-wrong");
    await refused(foreign.code, foreign.name, "uscc", "company-mismatch");
    await refused(closed.code, closed.name, "uscc", "company-mismatch");
    await refused("91350100M000100Y43", foreign.name, "uscc", "company-unknown");
  });

  inBothLanguages("that was revoked is told so to its own representative", async (page, { says }) => {
    const closed = companies.find(({ status }) => status === "revoked");
    const boss = furnishedWith(closed.document_number);
    await signInAtHome(page, boss);
    await open(page, "/account/companies");
    await typeCompany(page, closed.code, closed.name);
    assert.ok((await page.locator("#problems").innerText()).includes(says("company-closed")));
  });

  inBothLanguages("needs a person whose own name is verified first", async (page, { says }) => {
    await signInAtHome(page, furnished("cuiwenjun"));
    await open(page, "/account/companies");
    assert.ok((await page.locator("#companies").innerText()).includes(says("companies-unverified")));
    await press(page, "#raise-level");
    await page.locator("#realname-form").waitFor();
  });

  inBothLanguages("invitations that make no sense are put right beside their fields", async (page, { says }) => {
    await signInAtHome(page, furnished("qinlei"));
    await invite(page, { name: "", until: inDays(-1) });
    assert.ok((await page.locator("#agent_name-error").innerText()).includes(says("agent-name-wrong")));
    await send(page, "#agent-form", { agent_name: "王小明", valid_until: inDays(-1) });
    assert.ok((await page.locator("#valid_until-error").innerText()).includes(says("agent-until-wrong")));
    await send(page, "#agent-form", { agent_name: "王小明", valid_until: inDays(10), matters: "<b>" });
    assert.ok((await page.locator("#matters-error").innerText()).includes(says("agent-matters-wrong")));
    assert.equal(await page.locator("#agent_name").inputValue(), "王小明");
  });
});

/** Somebody of the demo, by the number of the document. */
function furnishedWith(number) {
  return furnished(["qinlei", "zhenghaiyan", "zhugeyan"].find((name) => furnished(name).document_number === number));
}

describe("an agent of two companies", { concurrency: 2 }, () => {
  inBothLanguages("chooses at the service, and only where companies are served", async (page) => {
    const agent = furnished("zhugeyan");
    const [first, second] = companies.filter(({ representative }) => [furnished("qinlei").name, furnished("zhenghaiyan").name].includes(representative));
    const seen = await enter(page, FIRMS, agent, { as: first.name });
    assert.ok(seen.includes("identity"));
    const one = await claimOf(page, "sub");
    await press(page, "#switch");
    await press(page, identity(page, second.name));
    await page.waitForURL(`${FIRMS}**`);
    const other = await claimOf(page, "sub");
    assert.notEqual(one, other);
    assert.ok(await claimOf(page, "agent_valid_until"));
    await begin(page, MATTERS);
    await assertSignedIn(page);
    assert.equal(await page.locator("#claims [data-claim=entity]").count(), 0, "a service for people sees the person");
  });

  inBothLanguages("whose time is over has nothing to choose but themselves", async (page) => {
    const agent = furnished("former_agent");
    await begin(page, FIRMS);
    await passThrough(page, agent, FIRMS);
    await assertSignedIn(page);
    assert.equal(await page.locator("#claims [data-claim=entity]").count(), 0);
  });
});
