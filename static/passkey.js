// Passkeys: a form that waits for one carries what to ask the browser for, and is sent with the browser's answer.
// Without this script the page says what to do instead.

const form = document.getElementById("passkey-form");
const button = document.getElementById("passkey-button");
const says = document.getElementById("passkey-status");

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** What to ask for, its base64url turned into bytes (WebAuthn §5.1.8, §5.1.9). */
function options() {
  const { publicKey } = JSON.parse(form.dataset.options);
  const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  publicKey.challenge = bytes(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
  if (publicKey.excludeCredentials) publicKey.excludeCredentials = known(publicKey.excludeCredentials);
  if (publicKey.allowCredentials) publicKey.allowCredentials = known(publicKey.allowCredentials);
  return publicKey;
}

/** The browser's answer as JSON (§5.1, RegistrationResponseJSON and AuthenticationResponseJSON). */
function answer({ id, rawId, type, response }) {
  const parts = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    parts.attestationObject = text(response.attestationObject);
    parts.transports = response.getTransports?.() ?? [];
  } else {
    parts.authenticatorData = text(response.authenticatorData);
    parts.signature = text(response.signature);
    if (response.userHandle) parts.userHandle = text(response.userHandle);
  }
  return JSON.stringify({ id, rawId: text(rawId), type, response: parts, clientExtensionResults: {} });
}

function say(what) {
  says.hidden = !what;
  says.textContent = what ? says.dataset[what] : "";
}

let waiting = new AbortController();

async function ask(mediation) {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const create = form.dataset.ceremony === "create";
  const wish = { publicKey: options(), signal, ...(mediation && { mediation }) };
  const found = await (create ? navigator.credentials.create(wish) : navigator.credentials.get(wish));
  if (!found) throw new DOMException("", "NotAllowedError");
  form.querySelector("[data-answer]").value = answer(found);
  form.requestSubmit();
}

/** Lets the browser offer passkeys where the user name is typed. */
async function offer() {
  const field = document.querySelector("input[autocomplete~=webauthn]");
  if (!field || !(await window.PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  try {
    await ask("conditional");
  } catch { /* chosen by the button instead, or never */ }
}

/** A page that stays open asks with a new challenge before the old one is over. */
function renew() {
  const life = Number(form.dataset.life) * 1000;
  setTimeout(async () => {
    try {
      const page = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      const fresh = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("passkey-form");
      // A page that came as the answer to a form has no address of its own: what is there now belongs to no sign-in.
      const flow = (from) => from.querySelector("[name=flow]")?.value;
      if (page.ok && fresh && flow(fresh) === flow(form)) {
        form.dataset.options = fresh.dataset.options;
        form.elements.challenge.value = fresh.querySelector("[name=challenge]").value;
        if (!button?.hasAttribute("aria-busy")) offer();
      }
    } catch { /* the network is away: the node says that it took too long */ }
    renew();
  }, life);
}

async function press(event) {
  event.preventDefault();
  if (form.elements.label && !form.reportValidity()) return;
  say("");
  button.setAttribute("aria-busy", "true");
  try {
    await ask();
  } catch (error) {
    button.removeAttribute("aria-busy");
    say(error.name === "InvalidStateError" ? "known" : error.name === "NotAllowedError" ? "cancelled" : "failed");
    offer();
  }
}

if (form && says) {
  document.documentElement.classList.add("scripted");
  if (!window.PublicKeyCredential || !window.isSecureContext) {
    if (!button?.href) say("unsupported");
  } else {
    if (button) {
      button.hidden = false;
      button.addEventListener("click", press);
    }
    addEventListener("pageshow", (event) => {
      button?.removeAttribute("aria-busy");
      if (event.persisted) location.reload();
    });
    renew();
    offer();
  }
}
