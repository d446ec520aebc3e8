import assert from "node:assert/strict";
import { decodeProtectedHeader, jwtVerify } from "jose";

import { checkHttps } from "../modules/discovery.js";
import { authorize } from "../support/authorize.js";
import { nodeKeys } from "../support/checks.js";
import { issuer, metadata } from "../support/demo.js";
import { withListener } from "../support/listener.js";
import { checkNobodyIsSignedIn, checkSignedOut, endSession, signedInAt, usual } from "../support/logout.js";
import { Party } from "../support/party.js";
import { plan } from "../support/plan.js";

const EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** Back-Channel Logout §2.4, §2.5: the request, the signature, every claim. */
async function checkLogoutToken(request, { party, idToken }) {
  assert.equal(request.method, "POST");
  assert.match(request.headers["content-type"], /^application\/x-www-form-urlencoded/);
  const form = new URLSearchParams(request.body);
  assert.deepEqual([...form.keys()], ["logout_token"], "the form has nothing else in it");
  const token = form.get("logout_token");
  const header = decodeProtectedHeader(token);
  assert.equal(header.typ, "logout+jwt");
  assert.equal(header.alg, party.registered.id_token_signed_response_alg ?? "RS256");
  const { payload } = await jwtVerify(token, await nodeKeys(), { issuer, audience: party.id, typ: "logout+jwt" });
  assert.deepEqual(payload.events, { [EVENT]: {} });
  assert.equal(payload.sid, idToken.sid);
  if (payload.sub !== undefined) assert.equal(payload.sub, idToken.sub);
  assert.ok(payload.jti);
  assert.ok(Math.abs(Date.now() / 1000 - payload.iat) < 300);
  assert.ok(payload.exp > payload.iat && payload.exp - payload.iat <= 120, "it lives two minutes at most");
  assert.equal(payload.nonce, undefined, "a logout token has no nonce");
  return payload;
}

const notified = (listener, path = "/backchannel_logout") => ({
  backchannel_logout_uri: listener.on(path, { status: 200 }),
  backchannel_logout_session_required: true,
});

plan("oidcc-backchannel-rp-initiated-logout-certification-test-plan", [
  {
    name: "oidcc-backchannel-logout-discovery-endpoint-verification",
    async run() {
      const server = await metadata();
      checkHttps(server);
      assert.equal(server.backchannel_logout_supported, true);
      assert.equal(server.backchannel_logout_session_supported, true);
      assert.ok(server.end_session_endpoint);
    },
  },
  {
    name: "oidcc-backchannel-rp-initiated-logout",
    run: () =>
      withListener(async (listener) => {
        const here = await signedInAt(notified(listener));
        const sent = usual(here);
        checkSignedOut(await here.browser.open(endSession(here.party, sent)), sent.state);
        await checkLogoutToken(await listener.next("/backchannel_logout"), here);
        await checkNobodyIsSignedIn(here.browser, here.party);
      }),
  },
]);

plan("back-channel logout, beyond the plan", [
  {
    name: "every service of the session is told, each of its own sid, and nobody twice",
    run: () =>
      withListener(async (listener) => {
        const first = await signedInAt(notified(listener, "/first"));
        const party = await Party.register(notified(listener, "/second"));
        const second = { party, ...(await authorize(party, { browser: first.browser })) };
        assert.ok(!second.seen.includes("login"), "known from the first");
        assert.notEqual(first.idToken.sid, second.idToken.sid, "a sid belongs to one client");
        await first.browser.open(endSession(first.party, usual(first)));
        const one = await checkLogoutToken(await listener.next("/first"), first);
        const two = await checkLogoutToken(await listener.next("/second"), second);
        assert.notEqual(one.jti, two.jti);
        assert.equal(listener.count("/first") + listener.count("/second"), 2);
      }),
  },
  {
    name: "a service that fails at first is told again, by a new token",
    run: () =>
      withListener(async (listener) => {
        const here = await signedInAt(notified(listener));
        let answers = 0;
        listener.on("/backchannel_logout", () => ({ status: (answers += 1) === 1 ? 503 : 200 }));
        await here.browser.open(endSession(here.party, usual(here)));
        const one = await checkLogoutToken(await listener.next("/backchannel_logout"), here);
        const two = await checkLogoutToken(await listener.next("/backchannel_logout", { within: 30 }), here);
        assert.notEqual(one.jti, two.jti);
      }),
  },
]);
