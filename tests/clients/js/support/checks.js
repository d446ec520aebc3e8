// What must be true of every answer, as the conformance suite checks it in every module.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";

import { Arrival } from "./browser.js";
import { issuer, metadata } from "./demo.js";

const SKEW = 300;

let keys;

/** The node's published keys; `jose` fetches them again when a kid is unknown. */
export async function nodeKeys() {
  keys ??= createRemoteJWKSet(new URL((await metadata()).jwks_uri), { cooldownDuration: 0 });
  return keys;
}

/** Signature by the key that the header names, and the claims that every ID token has (OIDC Core §2, §3.1.3.7). */
export async function checkIdToken(party, token, request = {}, accessToken = undefined) {
  const header = decodeProtectedHeader(token);
  assert.ok(header.kid, "the ID token names its key");
  assert.notEqual(header.alg, "none");
  const { payload } = await jwtVerify(token, await nodeKeys(), { issuer, audience: party.id, clockTolerance: SKEW });
  const now = Date.now() / 1000;
  assert.equal(payload.iss, issuer);
  if (Array.isArray(payload.aud) && payload.aud.length > 1) assert.equal(payload.azp, party.id);
  assert.ok(Number.isInteger(payload.exp) && payload.exp > now - SKEW, "exp");
  assert.ok(Number.isInteger(payload.iat) && payload.iat < now + SKEW && payload.iat > now - SKEW, "iat");
  assert.match(payload.sub, /^[\x20-\x7e]{1,255}$/);
  assert.equal(payload.nonce, request.nonce, "nonce");
  if (payload.auth_time !== undefined) assert.ok(Number.isInteger(payload.auth_time) && payload.auth_time < now + SKEW);
  if (payload.updated_at !== undefined) assert.equal(typeof payload.updated_at, "number");
  if (payload.at_hash !== undefined && accessToken) assert.equal(payload.at_hash, halfHash(accessToken, header.alg));
  return { header, payload };
}

function halfHash(text, alg) {
  const digest = createHash(`sha${alg.slice(-3) === "DSA" ? 512 : alg.slice(-3)}`)
    .update(text)
    .digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}

/** An answer at the registered address, in the asked mode, from the issuer, with the state that was sent. */
export function checkAnswer(arrival, party, request) {
  assert.ok(arrival instanceof Arrival, "an answer arrives");
  assert.equal(arrival.address, new URL(party.redirectUri).href);
  const mode = request.params.response_mode ?? "query";
  assert.equal(arrival.mode, mode);
  if (mode === "form_post") {
    assert.equal(arrival.method, "POST");
    assert.equal(arrival.query.get("code"), null, "no code in the address");
    assert.equal(arrival.query.get("error"), null, "no error in the address");
    assert.match(arrival.relay.headers["content-type"], /^text\/html/);
    assert.match(arrival.relay.headers["cache-control"], /no-store/);
  }
  for (const name of arrival.params.keys()) {
    assert.equal(arrival.params.getAll(name).length, 1, `${name} comes once`);
  }
  assert.equal(arrival.get("state") ?? undefined, request.state, "state");
  assert.equal(arrival.get("iss"), issuer, "iss (RFC 9207)");
}

export function checkCode(arrival) {
  assert.equal(arrival.get("error"), null, arrival.get("error_description") ?? "no error");
  const code = arrival.get("code");
  assert.ok(code.length >= 20, "the code is long enough");
  assert.ok(entropy(code) >= 96, "the code cannot be guessed (RFC 6749 §10.10)");
  return code;
}

/** An error answer at the relying party (RFC 6749 §4.1.2.1). */
export function checkError(arrival, party, request, errors) {
  checkAnswer(arrival, party, request);
  assert.ok([errors].flat().includes(arrival.get("error")), `error is ${arrival.get("error")}, not ${errors}`);
  assert.equal(arrival.get("code"), null);
  const known = [
    "error",
    "error_description",
    "error_uri",
    "state",
    "iss",
    ...new URL(party.redirectUri).searchParams.keys(),
  ];
  for (const name of arrival.params.keys()) assert.ok(known.includes(name), `unexpected ${name}`);
  if (arrival.get("error_description") !== null) {
    assert.match(arrival.get("error_description"), /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
  }
}

/** A page that tells the person of an error and sends nobody anywhere. */
export function checkErrorPage({ page, arrival }) {
  assert.ok(!arrival, `no answer may leave the node: ${arrival?.url.origin} ${arrival?.get("error")}`);
  assert.ok(page.status >= 400 && page.status < 500, `status ${page.status}`);
  assert.match(page.headers["content-type"], /^text\/html/);
  assert.ok(page.has("#error"), page.describe());
  assert.ok(page.words("#error-code"), "the page names the error");
  assert.ok(page.words("#error-reference"), "the page has a reference number");
}

/** An error answer of a back-channel endpoint (RFC 6749 §5.2). */
export async function checkErrorJson(response, errors, statuses = [400]) {
  const text = await response.text();
  assert.ok([statuses].flat().includes(response.status), `status ${response.status}: ${text}`);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  const body = JSON.parse(text);
  assert.ok([errors].flat().includes(body.error), `error is ${body.error}, not ${errors}`);
  if (body.error_description !== undefined) assert.match(body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
  return body;
}

/** The client library's word for an access token that the server no longer takes (RFC 6750 §3.1), and for nothing else. */
export function isInvalidToken(error) {
  assert.equal(error.status, 401, String(error));
  assert.equal(error.cause?.[0]?.parameters?.error, "invalid_token", String(error));
  return true;
}

/** A token answer (RFC 6749 §5.1). */
export function checkTokens(tokens) {
  assert.ok(tokens.access_token);
  assert.equal(tokens.token_type.toLowerCase(), "bearer");
  assert.ok(Number.isInteger(tokens.expires_in) && tokens.expires_in > 0, "expires_in");
  assert.match(tokens.access_token, /^[\x20-\x7e]+$/);
  if (tokens.refresh_token !== undefined) assert.match(tokens.refresh_token, /^[\x20-\x7e]+$/);
}

/** Shannon entropy of the characters, in bits for the whole text. */
export function entropy(text) {
  const counts = new Map();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits * text.length;
}
