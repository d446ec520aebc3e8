// A node besides the demo's, for what the demo is too lenient for: settings of its own, and the demo's authority.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

const folder = process.env.HUFU_DEMO_DIR;

/** A port of this machine that nobody listens on now. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The demo's configuration, at another address, with a store and keys of its own, and with lines added to sources. */
function configuration(issuer, own, sources) {
  const set = (text, key, value) => {
    const line = new RegExp(`^${key} = .*$`, "m");
    assert.match(text, line, `the demo's configuration has no ${key}`);
    return text.replace(line, `${key} = ${JSON.stringify(value)}`);
  };
  let text = readFileSync(join(folder, "hufu.toml"), "utf8");
  text = set(text, "issuer", issuer);
  text = set(text, "listen", [new URL(issuer).host.replace("localhost", "127.0.0.1")]);
  text = set(text, "sqlite", join(own, "hufu.sqlite"));
  text = set(text, "dir", join(own, "keys"));
  for (const [name, lines] of Object.entries(sources)) {
    const head = `name = "${name}"\n`;
    assert.ok(text.includes(head), `the demo has no source ${name}`);
    text = text.replace(head, `${head}${lines}\n`);
  }
  return text;
}

/**
 * Starts a node with these settings (`key: value`) and these further lines of sources (`name: TOML`); it believes
 * X-Forwarded-For, so that each journey comes from an address of its own. Resolves to { issuer, stop }.
 */
export async function startNode(settings, sources = {}) {
  const issuer = `http://localhost:${await freePort()}`;
  const own = mkdtempSync(join(folder, "node-"));
  const file = join(own, "hufu.toml");
  writeFileSync(file, configuration(issuer, own, sources));
  const all = { "server.trusted_proxies": "127.0.0.0/8", ...settings };
  const set = Object.entries(all).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  const node = spawn(process.env.HUFU_BIN, ["serve", "--config", file, ...set], { stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  for (const stream of [node.stdout, node.stderr]) stream.on("data", (bytes) => said.push(bytes));
  const ended = once(node, "exit");
  const isReady = () => fetch(`${issuer}/readyz`).then(({ ok }) => ok, () => false);
  for (const end = Date.now() + 20_000; !(await isReady()); await new Promise((go) => setTimeout(go, 100))) {
    const alive = node.exitCode === null && Date.now() < end;
    assert.ok(alive, `the node does not start: ${Buffer.concat(said)}`);
  }
  const stop = async () => {
    node.kill("SIGTERM");
    await ended;
    rmSync(own, { recursive: true });
  };
  return { issuer, stop };
}

let addresses = 0;

/** What a browser sends from an address that nobody else of this file comes from (RFC 5737). */
export function fromElsewhere() {
  addresses += 1;
  return { extraHTTPHeaders: { "x-forwarded-for": `203.0.113.${addresses}` } };
}
