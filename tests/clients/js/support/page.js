// One page as a browser without scripts understands it: elements by selector, forms with what they would send.

import assert from "node:assert/strict";
import { parse } from "node-html-parser";

export class Page {
  constructor(url, { status, headers, text }) {
    this.url = url;
    this.status = status;
    this.headers = headers;
    this.text = text;
    this.root = parse(text);
  }

  has(selector) {
    return this.root.querySelector(selector) !== null;
  }

  /** The words of an element; undefined when it is not there. */
  words(selector) {
    return this.root.querySelector(selector)?.textContent.trim();
  }

  attribute(selector, name) {
    return this.root.querySelector(selector)?.getAttribute(name);
  }

  get language() {
    return this.attribute("html", "lang");
  }

  /** The id of the form whose action is at another origin: an answer on its way to a relying party. */
  formThatLeaves(origin) {
    return this.root
      .querySelectorAll("form")
      .find((form) => this.#action(form).origin !== origin && form.getAttribute("method")?.toLowerCase() === "post");
  }

  /** What a form sends, and where to. */
  filled(selector, values = {}, button = undefined) {
    const form = typeof selector === "string" ? this.root.querySelector(selector) : selector;
    assert.ok(form, `no ${selector} on ${this.describe()}`);
    const fields = new URLSearchParams();
    for (const control of form.querySelectorAll("input, select, textarea")) {
      for (const value of sent(control)) fields.append(control.getAttribute("name"), value);
    }
    for (const [name, value] of Object.entries(values)) {
      fields.delete(name);
      for (const one of [value].flat()) if (one !== undefined) fields.append(name, one);
    }
    const pressed = button && this.root.querySelector(button);
    if (button) assert.ok(pressed, `no ${button} on ${this.describe()}`);
    if (pressed?.getAttribute("name")) fields.append(pressed.getAttribute("name"), pressed.getAttribute("value") ?? "");
    const action = pressed?.getAttribute("formaction");
    return {
      url: action ? new URL(action, this.url) : this.#action(form),
      method: (form.getAttribute("method") ?? "get").toUpperCase(),
      form: fields,
    };
  }

  /** For messages: which page this is, without what it shows about a person. */
  describe() {
    const code = this.words("#error-code");
    const forms = this.root.querySelectorAll("form").map((form) => `#${form.id}`);
    return `${this.status} ${this.url.pathname} [${forms.join(" ")}]${code ? ` error ${code}` : ""}`;
  }

  #action(form) {
    return new URL(form.getAttribute("action") ?? "", this.url);
  }
}

function sent(control) {
  if (!control.getAttribute("name") || control.hasAttribute("disabled")) return [];
  if (control.tagName === "TEXTAREA") return [control.textContent];
  if (control.tagName === "SELECT") {
    const options = control.querySelectorAll("option");
    const chosen = options.find((option) => option.hasAttribute("selected")) ?? options[0];
    return chosen ? [chosen.getAttribute("value") ?? chosen.textContent] : [];
  }
  const type = (control.getAttribute("type") ?? "text").toLowerCase();
  if (["submit", "button", "image", "reset", "file"].includes(type)) return [];
  if (["checkbox", "radio"].includes(type)) {
    return control.hasAttribute("checked") ? [control.getAttribute("value") ?? "on"] : [];
  }
  return [control.getAttribute("value") ?? ""];
}
