// Proving who one is: on the way to a service, with a document of any kind, by more items, a face or the network identity.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe } from "node:test";

import { account, bankCardOf, citizen, demo, furnished, newcomer, numberOf, papers, service, shownOnThePhone } from "./cast.mjs";
import { assertSignedIn, begin, claimOf, enter, open, press, register, registerVerified, send, signInAtHome } from "./hands.mjs";
import { inBothLanguages, journey } from "./stage.mjs";

const MATTERS = service("matters");
const LICENCES = service("licences");

describe("on the way to a service", { concurrency: 2 }, () => {
  inBothLanguages("a service that needs a verified name asks for it on the way, and the session stays", async (page) => {
    const user = await newcomer();
    const first = await enter(page, MATTERS, user, { register: true });
    assert.ok(!first.includes("realname"), "this service does not need a verified name");
    const sid = await page.locator("#sid").innerText();
    const seen = await enter(page, LICENCES, user);
    assert.ok(seen.includes("realname") && !seen.includes("login"), seen.join(" → "));
    assert.equal(await claimOf(page, "acr"), "urn:hufu:acr:l2");
    await page.goto(MATTERS);
    await assertSignedIn(page);
    assert.equal(await page.locator("#sid").innerText(), sid, "the first service notices nothing");
  });

  inBothLanguages("a number that cannot be right, one that nobody knows, and a wrong name are three answers", async (page, { says }) => {
    const [user, other] = [await newcomer(), await newcomer()];
    await enter(page, MATTERS, user, { register: true });
    await begin(page, LICENCES);
    const ask = (name, document_number) => send(page, "#realname-form", { name, document_number });
    await ask(
      user.name,
      user.document_number.replace(/.$/, (last) => (last === "1" ? "2" : "1")),
    );
    assert.ok((await page.locator("#document_number-error").innerText()).includes(says("real-name-number-checksum")));
    await ask(user.name, other.document_number);
    await page.locator("#answer-mismatch").waitFor();
    assert.ok((await page.locator("#answer-mismatch").innerText()).includes(says("real-name-mismatch")));
    // Well-formed, and nobody's: the demo's people are all of age.
    await ask(user.name, numberOf("110101", "20150301", "001"));
    await page.locator("#answer-unknown").waitFor();
    assert.ok((await page.locator("#answer-unknown").innerText()).includes(says("real-name-unknown")));
    await ask(user.name, user.document_number);
    await page.locator("#answer-matched").waitFor();
  });
});

/** Chooses a kind of document by the page's own form, and fills in name and number. */
async function prove(page, { document_type: kind, name, document_number }) {
  await open(page, "/real-name");
  await page.click("#main details summary");
  await page.selectOption("#document_type", kind);
  await press(page, "#realname-choose");
  assert.equal(await page.locator("#document_type").inputValue(), kind);
  assert.ok((await page.locator("#document_number-hint").innerText()).length > 4, "how the number looks is said");
  await send(page, "#realname-form", { name, document_number });
}

/** Proves a document in both languages of the page, and finds it masked in the account centre. */
async function proveInBoth(page, paper) {
  for (const again of [false, true]) {
    await prove(page, paper);
    await page.locator("#answer-matched").waitFor();
    const shown = await page.locator("main").innerText();
    assert.ok(!shown.includes(paper.name), "the name is masked");
    assert.ok(!shown.includes(paper.document_number), "the number is masked");
    if (!again) await press(page, "#switch-language");
  }
  await open(page, "/account");
  const identity = await page.locator("#identity").innerText();
  assert.ok(!identity.includes(paper.name) && !identity.includes(paper.document_number));
}

/** A service is told the whole name, every character of it. */
async function assertTold(page, { name }) {
  await begin(page, MATTERS);
  await assertSignedIn(page);
  assert.equal(await claimOf(page, "name"), name);
}

/** Whose account the demo is furnished with. */
const AT_HOME = { "hk-chan": "chandaiman", "taiwan-lin": "linbiyan", "foreign-smith": "johnsmith", "foreign-garcia": "mariagarcia" };

const all = await papers();
const strangers = all.filter(({ good, holder }) => good && !/^\d|-child$/.test(holder));
const travellers = all.filter(({ good, holder, mobile }) => good && /^\d/.test(holder) && mobile);

describe("documents of every kind", { concurrency: 2 }, () => {
  for (const holder of new Set(strangers.map((paper) => paper.holder))) {
    const theirs = strangers.filter((paper) => paper.holder === holder);
    const kinds = theirs.map(({ document_type: kind }) => kind.replaceAll("_", " "));
    journey(`${kinds.join(", ")}: ${theirs[0].name}`, async (page) => {
      if (AT_HOME[holder]) await signInAtHome(page, furnished(AT_HOME[holder]));
      else await register(page, account());
      for (const paper of theirs) await proveInBoth(page, paper);
      await assertTold(page, theirs[0]);
    });
  }

  journey("ordinary passport, exit permit: of one traveller, with his own card before them", async (page) => {
    const user = await citizen(14);
    const theirs = travellers.filter(({ holder }) => holder === user.document_number);
    assert.deepEqual(theirs.map(({ document_type: kind }) => kind).sort(), ["exit_permit_to_hong_kong_macao", "ordinary_passport"]);
    await register(page, user);
    for (const paper of [{ ...user, document_type: "resident_identity_card" }, ...theirs]) await proveInBoth(page, paper);
    await assertTold(page, user);
  });

  journey("temporary identity card, household register", async (page) => {
    const user = await newcomer();
    await register(page, user);
    for (const document_type of ["temporary_identity_card", "household_register"]) {
      await proveInBoth(page, { ...user, document_type });
    }
  });

  journey("an old number of fifteen digits finds the same person", async (page) => {
    const user = await newcomer(({ document_number: number }) => number.slice(6, 8) === "19");
    await register(page, user);
    const old = user.document_number.slice(0, 6) + user.document_number.slice(8, 17);
    await prove(page, { ...user, document_type: "resident_identity_card", document_number: old });
    await page.locator("#answer-matched").waitFor();
    await proveInBoth(page, { ...user, document_type: "resident_identity_card" });
  });

  inBothLanguages("one that was replaced, and one of another kind, are told apart", async (page, { says }) => {
    await register(page, account());
    const worn = all.find(({ good, document_type: kind }) => !good && kind === "taiwan_travel_permit");
    await prove(page, worn);
    assert.ok((await page.locator("#answer-invalid").innerText()).includes(says("real-name-invalid")));
    // The number of a residence permit, given as that of an identity card.
    const permit = all.find(({ document_type: kind }) => kind === "hong_kong_macao_taiwan_residence_permit");
    await prove(page, { ...permit, document_type: "resident_identity_card" });
    assert.ok((await page.locator("#document_number-error").innerText()).includes(says("document-residence-permit")));
  });
});

describe("higher levels", { concurrency: 2 }, () => {
  inBothLanguages("the mobile number beside the name, or a face, reaches l3; a wrong one reaches nothing", async (page, { says }) => {
    const user = await registerVerified(page);
    const { name, document_number } = user;
    await open(page, "/real-name?items=three_items");
    await send(page, "#realname-form", { name, document_number, mobile: "16400000001" });
    await page.locator("#answer-mismatch").waitFor();
    await open(page, "/real-name?items=face");
    assert.equal(await page.locator("#face_consent").isChecked(), false, "a consent of its own");
    await send(page, "#realname-form", { name, document_number, face: "guessed" });
    assert.ok((await page.locator("#face_consent-error").innerText()).includes(says("face-consent-missing")));
    await page.check("#face_consent");
    await send(page, "#realname-form", { name, document_number, face: "guessed" });
    assert.equal(await page.locator("#answer-matched").count(), 0);
    await open(page, "/account");
    assert.ok((await page.locator("#identity .level-mark").innerText()).includes("L2"));
    await open(page, "/real-name?items=face");
    await page.check("#face_consent");
    await send(page, "#realname-form", { name, document_number, face: await shownOnThePhone("face", user) });
    assert.ok((await page.locator("main").innerText()).includes(says("level-l3")));
    await press(page, "#realname-continue");
    assert.ok((await page.locator("#identity .level-mark").innerText()).includes("L3"));
  });

  inBothLanguages("a bank card beside name and number reaches l3; a wrong one reaches nothing, and none is kept", async (page, { says }) => {
    const user = await registerVerified(page);
    const { name, document_number, mobile } = user;
    const card = bankCardOf(mobile);
    const ask = async (bank_card) => {
      await open(page, "/real-name?items=four_items");
      await send(page, "#realname-form", { name, document_number, mobile, bank_card });
    };
    await ask(card.replace(/.$/, (last) => (last === "1" ? "2" : "1")));
    assert.ok((await page.locator("#bank_card-error").innerText()).includes(says("real-name-card-shape")));
    await ask("");
    assert.ok((await page.locator("#bank_card-error").innerText()).includes(says("real-name-card-shape")));
    await ask(bankCardOf("16400000001"));
    await page.locator("#answer-mismatch").waitFor();
    await open(page, "/account");
    assert.ok((await page.locator("#identity .level-mark").innerText()).includes("L2"));
    await ask(card);
    assert.ok((await page.locator("main").innerText()).includes(says("level-l3")));
    await press(page, "#realname-continue");
    assert.ok((await page.locator("#identity .level-mark").innerText()).includes("L3"));
    await press(page, "#data-link");
    const [file] = await Promise.all([page.waitForEvent("download"), page.click("#export")]);
    assert.ok(!(await readFile(await file.path(), "utf8")).includes(card), "the card was compared, and not kept");
  });

  inBothLanguages("the network identity gives a level and no name; its ticket is good once", async (page, { visitor, says }) => {
    const user = await newcomer();
    const phone = await visitor();
    await phone.goto(`${demo.authority.url.replace(/\/$/, "")}/phone`);
    await phone.fill("#document_number", user.document_number);
    await phone.click("button[value=network_identity]");
    const ticket = await phone.locator("#token").innerText();
    await register(page, account());
    await open(page, "/real-name?items=network_identity");
    assert.ok((await page.locator("main").innerText()).includes(says("real-name-what-network")));
    await send(page, "#realname-form", { ticket });
    await page.locator("#answer-matched").waitFor();
    await press(page, "#realname-continue");
    assert.ok((await page.locator("#identity .level-mark").innerText()).includes("L3"));
    await begin(page, LICENCES);
    await assertSignedIn(page);
    assert.equal(await page.locator("#claims [data-claim=name]").count(), 0, "the service learns no name");

    const other = await visitor();
    await register(other, account());
    await open(other, "/real-name?items=network_identity");
    await send(other, "#realname-form", { ticket });
    await other.locator("#answer-ticket").waitFor();
    assert.ok((await other.locator("#answer-ticket").innerText()).includes(says("real-name-ticket")));
  });
});
