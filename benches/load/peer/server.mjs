// node oidc-provider in memory, with what the load program drives: ES256, one client for the code flow and one machine.
// Prints its port when it listens.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';

const key = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' };
// Standard output carries the port alone: nobody reads there afterwards, and a notice would end the process.
console.info = console.error;

// Connections that rest between two scenarios stay open.
const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 });

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const provider = new Provider(`http://localhost:${port}`, {
    jwks: { keys: [key] },
    clients: [
      {
        client_id: 'flow', client_secret: 'flow-secret', redirect_uris: ['https://client.example/callback'],
        grant_types: ['authorization_code', 'refresh_token'], id_token_signed_response_alg: 'ES256',
      },
      {
        client_id: 'machine', client_secret: 'machine-secret', redirect_uris: [], response_types: [],
        grant_types: ['client_credentials'], id_token_signed_response_alg: 'ES256',
      },
    ],
    cookies: { keys: ['the load program is the only visitor'] },
    scopes: ['openid', 'profile', 'matters.read'],
    claims: { openid: ['sub'], profile: ['preferred_username', 'updated_at'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, client) => (client.clientId === 'machine' ? 'https://matters.example/' : undefined),
        getResourceServerInfo: () => ({ scope: 'matters.read', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
      },
    },
    issueRefreshToken: () => true,
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, updated_at: 1 }) }),
  });
  server.on('request', provider.callback());
  console.log(port);
});
