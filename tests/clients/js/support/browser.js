// A browser without a screen and without scripts: cookies, redirects, forms.
//
// It stays at the node. When the node sends it elsewhere (by redirect, or by a form that posts the answer), it stops and
// hands over what the relying party would have received: an Arrival.

import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import { CookieJar } from "tough-cookie";

import { issuer } from "./demo.js";
import { Page } from "./page.js";

const node = new URL(issuer).origin;
const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

/** What arrives at a relying party. */
export class Arrival {
  constructor(url, { method, form, relay }) {
    this.url = new URL(url);
    this.method = method;
    /** The page whose form posted the answer, with response_mode=form_post. */
    this.relay = relay;
    this.form = form;
    this.query = this.url.searchParams;
    this.fragment = new URLSearchParams(this.url.hash.slice(1));
  }

  /** Where the answer stands: form, fragment or query. */
  get mode() {
    if (this.form) return "form_post";
    return this.fragment.size > 0 ? "fragment" : "query";
  }

  get params() {
    return { form_post: this.form, fragment: this.fragment, query: this.query }[this.mode];
  }

  get(name) {
    return this.params.get(name);
  }

  /** The address without the answer in it. */
  get address() {
    const url = new URL(this.url);
    url.hash = "";
    if (this.mode === "query") for (const name of ANSWER) url.searchParams.delete(name);
    return url.href;
  }

  /** For openid-client, which reads an answer from the query of an address or from a posted form. */
  get asRequest() {
    if (this.mode === "form_post") return new Request(this.url, { method: "POST", body: this.form });
    const url = new URL(this.url);
    if (this.mode === "fragment") [url.search, url.hash] = [this.fragment.toString(), ""];
    return url;
  }
}

const ANSWER = ["code", "state", "iss", "session_state", "error", "error_description", "error_uri"];

export class Browser {
  constructor({ language = "zh-CN" } = {}) {
    this.language = language;
    this.jar = new CookieJar(undefined, { prefixSecurity: "strict" });
  }

  /** Goes to an address as if by a link at another site, or posts a form there from another site. */
  open(url, { form } = {}) {
    return this.#go(new URL(url), { method: form ? "POST" : "GET", form, from: "elsewhere" });
  }

  /** Goes to an address of the node from one of its own pages. */
  follow(url) {
    return this.#go(new URL(url, node), { method: "GET", from: node });
  }

  /**
   * Sends a form of a page with its hidden fields, `values` over them, and the pressed `button` (a selector).
   * A value of `undefined` leaves the field out.
   */
  submit(page, selector, values = {}, button = undefined) {
    const { url, method, form } = page.filled(selector, values, button);
    if (method === "GET") url.search = form.toString();
    return this.#go(url, { method, form: method === "POST" ? form : undefined, from: page.url.origin });
  }

  async #go(url, { method, form, from }) {
    for (let hops = 0; hops < 12; hops += 1) {
      if (url.origin !== node) return new Arrival(url, { method, form });
      const response = await this.#request(url, { method, form, from });
      if (![301, 302, 303, 307, 308].includes(response.status)) return this.#landed(url, response);
      assert.ok(response.headers.location, `${response.status} without Location`);
      url = new URL(response.headers.location, url);
      if (response.status < 307) ({ method, form } = { method: "GET", form: undefined });
    }
    throw new Error(`too many redirects, the last to ${url.origin}${url.pathname}`);
  }

  #landed(url, response) {
    const page = new Page(url, response);
    const relay = page.formThatLeaves(node);
    if (!relay) return page;
    const filled = page.filled(relay);
    return new Arrival(filled.url, { method: filled.method, form: filled.form, relay: page });
  }

  async #request(url, { method, form, from }) {
    const site = from === url.origin ? "strict" : method === "GET" ? "lax" : "none";
    const cookie = await this.jar.getCookieString(url.href, { sameSiteContext: site });
    const body = form?.toString();
    const headers = {
      accept: "text/html,application/xhtml+xml",
      "accept-language": this.language,
      "user-agent": "Mozilla/5.0 (hufu clients test)",
      "sec-fetch-site": from === url.origin ? "same-origin" : "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
      ...(cookie && { cookie }),
      ...(body !== undefined && {
        origin: from === "elsewhere" ? "https://elsewhere.example" : from,
        "content-type": "application/x-www-form-urlencoded",
        "content-length": Buffer.byteLength(body),
      }),
    };
    const response = await send(url, { method, headers, body });
    for (const line of response.headers["set-cookie"] ?? []) {
      await this.jar.setCookie(line, url.href, { sameSiteContext: site === "none" ? "lax" : site });
    }
    return response;
  }
}

function send(url, { method, headers, body }) {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(
      url,
      { method, headers, agent: agents[url.protocol], timeout: 30_000 },
      (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            text: Buffer.concat(parts).toString("utf8"),
          }),
        );
      },
    );
    request.on("timeout", () => request.destroy(new Error(`no answer from ${url.pathname} within 30 s`)));
    request.on("error", reject);
    request.end(body);
  });
}
