// docs/CONFORMANCE.md and the tests say the same.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { basicModules } from "../modules/basic.js";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const basic = basicModules("query").map(({ name }) => name);

/** The names of the modules that a file tests. */
function tested(file) {
  if (["basic.test.js", "form-post-basic.test.js"].includes(file)) return basic;
  const text = read(readdirSync(new URL(".", import.meta.url)).includes(file) ? file : `../late/${file}`);
  const named = [...text.matchAll(/name: ["'](oidcc-[\w-]+)["']/g)].map(([, name]) => name);
  return text.includes("unsignedIdToken,") ? [...named, "oidcc-idtoken-unsigned"] : named;
}

/** The rows of the tables: module and file. */
const rows = [
  ...read("../../../../docs/CONFORMANCE.md").matchAll(/^\| (oidcc-[\w-]+) \| ([\w-]+\.test\.js) \| (.+) \|$/gm),
].map(([, name, file, conditions]) => ({ name, file, conditions }));

test("every module in the tables is tested in the file beside it", () => {
  assert.ok(rows.length >= 75, `${rows.length} rows`);
  for (const { name, file, conditions } of rows) {
    assert.ok(tested(file).includes(name), `${name} in ${file}`);
    assert.ok(conditions.length > 5, `${name} says what it asserts`);
  }
});

test("every test that is named after a module has a row", () => {
  for (const file of new Set([...rows.map((row) => row.file), "key-rotation.test.js"])) {
    for (const name of tested(file)) {
      assert.ok(
        rows.some((row) => row.name === name && row.file === file),
        `a row for ${name} in ${file}`,
      );
    }
  }
});
