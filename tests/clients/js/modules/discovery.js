// What the node says about itself (OIDC Discovery §3, §4; RFC 8414).

import assert from "node:assert/strict";

import { issuer, metadata } from "../support/demo.js";

/** The conditions of oidcc-discovery-endpoint-verification. */
export async function checkDiscovery() {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(address);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/json/);
  const server = await response.json();
  assert.equal(server.issuer, issuer);
  const url = new URL(server.issuer);
  assert.equal(url.search + url.hash, "");
  for (const name of ["authorization", "token", "userinfo", "registration", "end_session"]) {
    assert.ok(URL.canParse(server[`${name}_endpoint`]), `${name}_endpoint`);
  }
  includes(server, "response_types_supported", ["code"]);
  includes(server, "subject_types_supported", ["public", "pairwise"]);
  includes(server, "id_token_signing_alg_values_supported", ["RS256", "ES256"]);
  includes(server, "userinfo_signing_alg_values_supported", ["RS256"]);
  includes(server, "request_object_signing_alg_values_supported", ["RS256", "ES256"]);
  includes(server, "grant_types_supported", ["authorization_code", "refresh_token", "client_credentials"]);
  includes(server, "scopes_supported", ["openid"]);
  includes(server, "claims_supported", ["sub"]);
  includes(server, "code_challenge_methods_supported", ["S256"]);
  assert.ok(!server.code_challenge_methods_supported.includes("plain"), "PKCE is S256 only");
  includes(server, "response_modes_supported", ["query", "fragment", "form_post"]);
  const methods = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"];
  includes(server, "token_endpoint_auth_methods_supported", methods);
  for (const name of ["request_parameter", "request_uri_parameter", "claims_parameter"]) {
    assert.equal(server[`${name}_supported`], true, name);
  }
  for (const scope of server.scopes_supported) assert.match(scope, /^[\x21\x23-\x5b\x5d-\x7e]+$/);
  for (const name of ["ui_locales_supported", "claims_locales_supported"]) {
    for (const locale of server[name] ?? []) assert.equal(Intl.getCanonicalLocales(locale)[0], locale, name);
  }
  checkHttps(server);
  return server;
}

/** Every endpoint of an https issuer is https. */
export function checkHttps(server) {
  for (const [name, value] of Object.entries(server)) {
    if (/_(endpoint|uri)$/.test(name)) assert.equal(new URL(value).protocol, "https:", name);
  }
}

/** Public keys only, each with a kid of its own (RFC 7517, RFC 7518 §6.3.2). */
export async function checkKeys() {
  const response = await fetch((await metadata()).jwks_uri);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^application\/(jwk-set\+)?json/);
  const { keys } = await response.json();
  for (const key of keys) {
    assert.ok(["RSA", "EC", "OKP"].includes(key.kty), key.kty);
    for (const secret of ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]) assert.equal(key[secret], undefined, secret);
    for (const part of ["n", "e", "x", "y"]) if (key[part] !== undefined) assert.match(key[part], /^[A-Za-z0-9_-]+$/);
    assert.ok(key.kid, "every key has a kid");
  }
  assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length, "the kids differ");
  for (const alg of ["RS256", "ES256"]) {
    assert.ok(
      keys.some((key) => key.alg === alg && key.use === "sig"),
      `a key for ${alg}`,
    );
  }
  return keys;
}

function includes(server, name, values) {
  assert.ok(Array.isArray(server[name]), `${name} is a list`);
  for (const value of values) assert.ok(server[name].includes(value), `${name} has ${value}`);
}
