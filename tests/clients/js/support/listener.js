// What a relying party serves to the node: keys, request objects, sector documents, logout notices.
//
// https with a certificate of the demo's own CA (tests/clients/run.sh makes it), on a free port of 127.0.0.1.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";

const certificate = process.env.HUFU_TEST_CERTIFICATE;
const key = process.env.HUFU_TEST_CERTIFICATE_KEY;

export class Listener {
  #handlers = new Map();
  #waiting = [];
  /** What came in, in order: {method, path, headers, body}. */
  requests = [];

  static async start() {
    const listener = new Listener();
    const handle = (request, response) => listener.#handle(request, response);
    listener.server = certificate
      ? https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, handle)
      : http.createServer(handle);
    await new Promise((resolve, reject) => {
      listener.server.once("error", reject);
      listener.server.listen(0, "127.0.0.1", resolve);
    });
    listener.origin = `${certificate ? "https" : "http"}://127.0.0.1:${listener.server.address().port}`;
    return listener;
  }

  url(path) {
    return `${this.origin}${path}`;
  }

  /** Answers a path; `reply` is {status, type, body} or a function of the request that returns it. */
  on(path, reply) {
    this.#handlers.set(path, reply);
    return this.url(path);
  }

  json(path, value) {
    return this.on(path, () => ({
      type: "application/json",
      body: JSON.stringify(typeof value === "function" ? value() : value),
    }));
  }

  /** The next request to a path, also one that has already come. */
  async next(path, { within = 20 } = {}) {
    const come = this.requests.find((request) => request.path === path && !request.taken);
    if (come) {
      come.taken = true;
      return come;
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nobody asked for ${path} within ${within} s`)), within * 1000);
      this.#waiting.push({ path, resolve: (request) => (clearTimeout(timer), resolve(request)) });
    });
  }

  count(path) {
    return this.requests.filter((request) => request.path === path).length;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #handle(incoming, response) {
    const parts = [];
    for await (const part of incoming) parts.push(part);
    const { pathname: path } = new URL(incoming.url, this.origin);
    const request = {
      method: incoming.method,
      path,
      headers: incoming.headers,
      body: Buffer.concat(parts).toString("utf8"),
    };
    this.requests.push(request);
    const handler = this.#handlers.get(path);
    const reply = (typeof handler === "function" ? handler(request) : handler) ?? { status: 404 };
    response.writeHead(reply.status ?? 200, {
      "content-type": reply.type ?? "text/plain",
      "cache-control": "no-store",
    });
    response.end(reply.body ?? "");
    const waiter = this.#waiting.findIndex((one) => one.path === path);
    if (waiter >= 0) {
      request.taken = true;
      this.#waiting.splice(waiter, 1)[0].resolve(request);
    }
  }
}

/** Runs something beside a listener. */
export async function withListener(work) {
  const listener = await Listener.start();
  try {
    return await work(listener);
  } finally {
    await listener.stop();
  }
}

assert.equal(Boolean(certificate), Boolean(key), "HUFU_TEST_CERTIFICATE and HUFU_TEST_CERTIFICATE_KEY come together");
