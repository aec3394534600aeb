import { Test } from '@nestjs/testing';
import { RequestMethod, VersioningType } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import * as jose from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JwksDocument, TempIDModule } from '../../src/index.js';
import { jwe, jws, TempIDJwksController } from '../../src/jwt/index.js';
import { PLATFORMS, type RunningApp, startApp } from '../support/http.js';
import { EC, ED, ed25519, HMAC_SECRET, serviceOf } from '../support/jwt.js';
import { P384, P521, RSA } from '../support/jwt-algorithms.js';
import { SECRET } from '../support/secrets.js';

const KEYS = [
  { kid: 'ed', privateKey: ED.privateKey },
  { kid: 'ec', privateKey: EC.privateKey },
  { kid: 'p384', privateKey: P384.privateKey },
  { kid: 'p521', privateKey: P521.privateKey },
  { kid: 'rs', privateKey: RSA.privateKey },
  { kid: 'ps', privateKey: RSA.privateKey, alg: 'PS256' as const },
  { kid: 'partner', publicKey: ed25519().publicKey },
  { kid: 'hmac', secret: HMAC_SECRET },
];
const FORMATS = [jws({ keys: KEYS }), jwe({ keys: [{ kid: 'enc', secret: 'e'.repeat(32) }] })];
const PUBLIC_MEMBERS = new Set(['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']);

describe('tempid.jwks()', () => {
  const tempid = serviceOf(jws({ keys: KEYS }), { formats: FORMATS });

  it('tempid.jwks() returns the public keys of those that sign here, and nothing private', async () => {
    const { keys } = await tempid.jwks();
    expect(keys.map(({ kid, alg }) => [kid, alg])).toEqual([
      ['ed', 'EdDSA'],
      ['ec', 'ES256'],
      ['p384', 'ES384'],
      ['p521', 'ES512'],
      ['rs', 'RS256'],
      ['ps', 'PS256'],
    ]);
    for (const key of keys) {
      for (const name of Object.keys(key)) expect(PUBLIC_MEMBERS).toContain(name);
      expect(key.use).toBe('sig');
    }
    const text = JSON.stringify(keys);
    for (const { privateKey } of [ED, EC, P384, P521, RSA]) {
      const { d, p, q, dp, dq, qi } = privateKey.export({ format: 'jwk' });
      const secrets = [d, p, q, dp, dq, qi].filter((secret) => secret !== undefined);
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
    expect(text).not.toContain(HMAC_SECRET.toString('base64url').slice(0, 20));
  });

  it('tempid.jwks() is empty with HS256 and without a JWT format', async () => {
    expect(await serviceOf(jws()).jwks()).toEqual({ keys: [] });
    expect(await serviceOf(jwe()).jwks()).toEqual({ keys: [] });
  });

  it('jose alone verifies with each key of tempid.jwks(), by the kid of the token', async () => {
    for (const key of KEYS.slice(0, 6)) {
      const { kid } = key;
      const { value } = await serviceOf(jws({ keys: [key] })).mint();
      const keySet = jose.createLocalJWKSet(await tempid.jwks());
      const { protectedHeader } = await jose.jwtVerify(value, keySet);
      expect(protectedHeader.kid).toBe(kid);
    }
  });
});

describe.each(PLATFORMS)('TempIDJwksController on %s', (platform) => {
  let running: RunningApp;
  const path = '/.well-known/jwks.json';

  beforeAll(async () => {
    running = await startApp(platform, [TempIDJwksController], {
      formats: FORMATS,
      format: 'jws',
      accept: ['jws', 'v3'],
    });
  });

  afterAll(() => running.app.close());

  it('TempIDJwksController serves the public keys as their media type, to be cached for a while', async () => {
    const { status, headers, body } = await running.send(path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    expect(body).toEqual(await running.tempid.jwks());
    expect((body as JwksDocument).keys).toHaveLength(6);
    expect(JSON.stringify(body)).not.toMatch(/"(d|k|p|q|dp|dq|qi|oth)":/);
  });

  it('another service verifies a token by TempIDJwksController with jose alone', async () => {
    const { value } = await running.tempid.mint({ purpose: 'invite', payload: { teamId: 7 } });
    const keySet = jose.createRemoteJWKSet(new URL(running.url + path));
    const { payload } = await jose.jwtVerify(value, keySet, { algorithms: ['EdDSA'] });
    expect(payload).toMatchObject({ pur: 'invite', ext: { teamId: 7 } });
  });

  it('TempIDJwksController stays at its path under a global prefix that leaves it out, and with versions', async () => {
    const module = await Test.createTestingModule({
      imports: [TempIDModule.forRoot({ secret: SECRET, formats: FORMATS })],
      controllers: [TempIDJwksController],
    }).compile();
    const app =
      platform === 'Fastify'
        ? module.createNestApplication(new FastifyAdapter(), { logger: false })
        : module.createNestApplication({ logger: false });
    // With a default version, a controller without any would be moved.
    app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    app.setGlobalPrefix('api', {
      exclude: [{ path: '.well-known/jwks.json', method: RequestMethod.GET }],
    });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    expect((await fetch(url + path)).status).toBe(200);
    expect((await fetch(`${url}/api${path}`)).status).toBe(404);
    await app.close();
  });
});
