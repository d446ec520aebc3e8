import assert from "node:assert/strict";

import { checkDiscovery, checkKeys } from "../modules/discovery.js";
import { issuer, metadata } from "../support/demo.js";
import { plan } from "../support/plan.js";

plan("oidcc-config-certification-test-plan", [
  {
    name: "oidcc-discovery-endpoint-verification",
    async run() {
      await checkDiscovery();
      await checkKeys();
    },
  },
]);

plan("OAuth 2.0 authorization server metadata (RFC 8414)", [
  {
    name: "the document stands at the inserted address and says the same",
    async run() {
      const { origin, pathname } = new URL(issuer);
      const path = pathname === "/" ? "" : pathname;
      const response = await fetch(`${origin}/.well-known/oauth-authorization-server${path}`);
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type"), /^application\/json/);
      const server = await response.json();
      const openid = await metadata();
      assert.equal(server.issuer, issuer);
      for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"]) {
        assert.deepEqual(server[name], openid[name], name);
      }
      for (const name of ["introspection_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint"]) {
        assert.ok(URL.canParse(server[name]), name);
      }
      assert.equal(server.authorization_response_iss_parameter_supported, true);
    },
  },
]);
