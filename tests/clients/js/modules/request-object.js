// Requests as signed objects (OIDC Core §6, RFC 9101), by value and by reference.

import assert from "node:assert/strict";
import { SignJWT, UnsecuredJWT } from "jose";
import * as client from "openid-client";

import { answer } from "../support/authorize.js";
import { Browser } from "../support/browser.js";
import { checkErrorPage } from "../support/checks.js";
import { issuer, metadata } from "../support/demo.js";
import { Party } from "../support/party.js";

/** The part of a request that stands beside a request object (OIDC Core §6.1). */
export function outer(party, params) {
  const url = new URL(party.config.serverMetadata().authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: party.id,
    response_type: "code",
    scope: "openid",
    ...params,
  }).toString();
  return url;
}

export function signed(party, params, { keys = party.keys, ...claims } = {}) {
  return new SignJWT({ ...params, jti: client.randomState(), ...claims })
    .setProtectedHeader({ alg: keys.alg, kid: keys.kid, typ: "oauth-authz-req+jwt" })
    .setIssuer(party.id)
    .setAudience(issuer)
    .setIssuedAt()
    .setNotBefore("0 s")
    .setExpirationTime("5 min")
    .sign(keys.key);
}

export function unsigned(party, params) {
  return new UnsecuredJWT(params)
    .setIssuer(party.id)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime("5 min")
    .encode();
}

/** `none` is not on offer, and a request that uses it all the same gets no code. */
export async function refusedUnsigned(listener, asked) {
  const address = listener.url("/request.jwt");
  const party = await Party.register({ request_uris: [address] });
  const request = await party.ask(asked);
  listener.on("/request.jwt", { type: "application/oauth-authz-req+jwt", body: await unsigned(party, request.params) });
  const errors = ["invalid_request_object", "invalid_request_uri", "request_uri_not_supported"];
  await refused(party, { ...request, url: outer(party, { request_uri: address }) }, errors);
}

/** An unsigned object is neither offered nor taken. */
export async function refused(party, request, errors) {
  const { request_object_signing_alg_values_supported: algorithms } = await metadata();
  assert.ok(!algorithms.includes("none"));
  const { arrival, page } = await answer(new Browser(), request);
  if (page) return checkErrorPage({ page });
  // The state stands inside an object that nobody vouches for, and the address of the answer may be the only one known.
  assert.ok(errors.includes(arrival.get("error")), `error is ${arrival.get("error")}`);
  assert.equal(arrival.get("code"), null);
  return undefined;
}
