// A relying party, played by openid-client: it registers itself, asks, checks the answer and redeems it.

import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "jose";
import * as client from "openid-client";

import { initialAccessToken, issuer } from "./demo.js";

/** Nobody listens there: the browser of these tests stops before. */
export const CALLBACK = "https://rp.example.org/callback";
export const SIGNED_OUT = "https://rp.example.org/signed-out";

/** A key pair of a relying party, with its public half as it is registered. */
export async function keyPair(alg = "RS256", kid = `rp-${client.randomState().slice(0, 8)}`) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { key: privateKey, kid, alg, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export class Party {
  constructor(config, { redirectUri = CALLBACK, keys } = {}) {
    client.enableNonRepudiationChecks(config);
    this.config = config;
    this.redirectUri = redirectUri;
    this.keys = keys;
  }

  get id() {
    return this.config.clientMetadata().client_id;
  }

  get registered() {
    return this.config.clientMetadata();
  }

  /** Registers a client (RFC 7591) and returns it ready for use. */
  static async register(wanted = {}) {
    const { token_endpoint_auth_method: method = "client_secret_basic", keys, ...rest } = wanted;
    const signing = keys ?? (await keyPair());
    const metadata = {
      client_name: "conformance",
      redirect_uris: [CALLBACK],
      response_types: ["code"],
      grant_types: ["authorization_code"],
      contacts: ["rp@example.org"],
      token_endpoint_auth_method: method,
      ...(rest.jwks_uri ? {} : { jwks: { keys: [signing.jwk] } }),
      ...rest,
    };
    const config = await client.dynamicClientRegistration(new URL(issuer), metadata, authentication(method, signing), {
      initialAccessToken,
    });
    return new Party(config, { redirectUri: metadata.redirect_uris[0], keys: signing });
  }

  /** A client that the demo has registered, by its entry in demo.json. */
  static async known(entry, method = "client_secret_basic") {
    const config = await client.discovery(
      new URL(issuer),
      entry.client_id,
      entry.client_secret,
      authentication(method, undefined, entry.client_secret),
    );
    return new Party(config, { redirectUri: entry.redirect_uris[0] });
  }

  /**
   * An authorization request. `pkce: false` leaves PKCE out; a parameter of `undefined` is left out, also of those that
   * stand there by themselves.
   */
  async ask(params = {}, { pkce = false } = {}) {
    const verifier = pkce ? client.randomPKCECodeVerifier() : undefined;
    const sent = {
      client_id: this.id,
      redirect_uri: this.redirectUri,
      response_type: "code",
      scope: "openid",
      state: client.randomState(),
      nonce: client.randomNonce(),
      ...(pkce && { code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" }),
      ...params,
    };
    for (const [name, value] of Object.entries(sent)) if (value === undefined) delete sent[name];
    const url = new URL(this.config.serverMetadata().authorization_endpoint);
    for (const [name, value] of Object.entries(sent)) {
      for (const one of [value].flat()) url.searchParams.append(name, one);
    }
    return { url, params: sent, state: sent.state, nonce: sent.nonce, maxAge: sent.max_age, verifier };
  }

  /** Checks the answer as openid-client does (state, iss, nonce, signature, …) and redeems the code. */
  redeem(arrival, request) {
    // openid-client drops the query of a redirect address, also the part that is registered.
    if (new URL(this.redirectUri).search) return this.#redeemForTheWholeAddress(arrival);
    return client.authorizationCodeGrant(this.config, arrival.asRequest, {
      expectedState: request.state,
      expectedNonce: request.nonce,
      pkceCodeVerifier: request.verifier,
      maxAge: request.maxAge === undefined ? undefined : Number(request.maxAge),
      idTokenExpected: true,
    });
  }

  #redeemForTheWholeAddress(arrival) {
    const params = { code: arrival.get("code"), redirect_uri: this.redirectUri };
    return client.genericGrantRequest(this.config, "authorization_code", params);
  }

  userInfo(tokens) {
    return client.fetchUserInfo(this.config, tokens.access_token, tokens.claims().sub);
  }

  refresh(token, params) {
    return client.refreshTokenGrant(this.config, token, params);
  }

  /** Posts a form to an endpoint as this client, and hands over the bare response. */
  async post(endpoint, params) {
    const url = this.config.serverMetadata()[endpoint];
    assert.ok(url, `the node publishes no ${endpoint}`);
    const body = new URLSearchParams(params);
    const headers = new Headers({ accept: "application/json" });
    const { client_id: id, client_secret: secret, token_endpoint_auth_method: method } = this.registered;
    const authenticate = authentication(method ?? "client_secret_basic", this.keys, secret);
    await authenticate(this.config.serverMetadata(), { client_id: id, client_secret: secret }, body, headers);
    return fetch(url, { method: "POST", headers, body });
  }

  /** Redeems a code without openid-client's checks: for answers that must be errors. */
  redeemBare(code, { verifier, redirectUri = this.redirectUri } = {}) {
    return this.post("token_endpoint", {
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      ...(verifier && { code_verifier: verifier }),
    });
  }
}

function authentication(method, keys, secret) {
  switch (method) {
    case "client_secret_basic":
      return client.ClientSecretBasic(secret);
    case "client_secret_post":
      return client.ClientSecretPost(secret);
    case "private_key_jwt":
      return client.PrivateKeyJwt({ key: keys.key, kid: keys.kid });
    case "none":
      return client.None();
    default:
      throw new Error(`unknown method ${method}`);
  }
}
