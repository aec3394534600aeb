import { randomBytes } from 'node:crypto';
import * as jose from 'jose';
import { describe, expect, it } from '@jest/globals';
import { jwe } from '../../src/jwt/index.js';
import { deriveKey } from '../../src/keys/secret.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { decodePart, serviceOf, whyNot } from '../support/jwt.js';
import { SECRET } from '../support/secrets.js';
import { createService } from '../support/service.js';

const KEY = randomBytes(32);

describe('A JWE', () => {
  it('a JWE is decrypted by jose alone with the key derived from the secret', async () => {
    const tempid = serviceOf(jwe({ header: { region: 'eu' } }), { issuer: 'us' });
    const { value } = await tempid.mint({ purpose: 'invite', payload: { teamId: 7 } });
    const [secret] = resolveSecrets(SECRET);
    const key = deriveKey(secret.key, 'tempid jwe A256GCM', 32);
    const { payload, protectedHeader } = await jose.jwtDecrypt(value, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
      issuer: 'us',
    });
    const kid = tempid.keys()[0]?.kid;
    expect(protectedHeader).toEqual({ alg: 'dir', enc: 'A256GCM', kid, typ: 'JWT', region: 'eu' });
    expect(payload).toMatchObject({
      jti: expect.stringMatching(/^[\w-]{32}$/),
      pur: 'invite',
      ext: { teamId: 7 },
    });
  });

  it('a JWE that jose made is read here', async () => {
    const tempid = serviceOf(jwe({ keys: [{ kid: 'k1', secret: KEY }] }));
    const value = await new jose.EncryptJWT({ pur: 'invite', ext: { teamId: 7 } })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'k1' })
      .setJti('their-id')
      .setIssuedAt()
      .setExpirationTime('1h')
      .encrypt(KEY);
    const token = await tempid.verifyOrThrow(value, { purpose: 'invite' });
    expect(token.payload).toEqual({ teamId: 7 });
    expect(await tempid.use(token)).toBe(true);
  });

  it('a JWE shows nothing of its claims, and no two are alike', async () => {
    const tempid = serviceOf(jwe());
    const tokens = await Promise.all(
      Array.from({ length: 50 }, () => tempid.mint({ payload: { name: 'Ada' } })),
    );
    const parts = tokens.map(({ value }) => value.split('.'));
    expect(new Set(parts.map(([, , nonce]) => nonce)).size).toBe(50);
    expect(new Set(tokens.map(({ id }) => id)).size).toBe(50);
    for (const [header, key, , text] of parts) {
      expect(key).toBe('');
      expect(Buffer.from(`${header}${text}`, 'base64url').toString()).not.toMatch(/Ada|exp|jti/);
    }
  });

  it('a JWE rotates with the secrets of the module, and with keys of its own', async () => {
    const [old, fresh] = ['o'.repeat(32), 'f'.repeat(32)];
    const module = { formats: [jwe()], format: 'jwe' } as const;
    const before = await createService({ ...module, secret: old }).mint();
    const after = createService({ ...module, secret: [fresh, old] });
    expect(await whyNot(after, before.value)).toBe('accepted');
    expect(await whyNot(after, (await after.mint()).value)).toBe('accepted');
    expect(await whyNot(createService({ ...module, secret: fresh }), before.value)).toMatch(
      /^TEMPID_TAMPERED: .* not configured here/,
    );

    const [k1, k2] = [
      { kid: 'k1', secret: KEY },
      { kid: 'k2', secret: randomBytes(32) },
    ];
    const own = await serviceOf(jwe({ keys: [k1] })).mint();
    const both = serviceOf(jwe({ keys: [k2, k1] }));
    expect(await whyNot(both, own.value)).toBe('accepted');
    expect(decodePart((await both.mint()).value, 0)['kid']).toBe('k2');
    expect(both.keys().slice(1)).toMatchObject([
      { kid: 'k2', format: 'jwe', role: 'mints', verified: 0 },
      { kid: 'k1', format: 'jwe', role: 'verifies', verified: 1 },
    ]);
    expect(await both.jwks()).toEqual({ keys: [] });
  });

  it.each([
    [[{ kid: 'k1', secret: randomBytes(31) }], 'exactly 32 are needed'],
    [[{ kid: 'k1', secret: randomBytes(64) }], 'exactly 32 are needed'],
    [[{ kid: 'k1', secret: 1 }], 'neither a string nor a Buffer'],
    [[{ kid: 'k1', privateKey: 'x' }], `must have 'kid', 'secret'`],
    [[{ kid: 'k1', secret: KEY, alg: 'dir' }], 'and nothing else'],
    [[], 'must be a list of keys'],
    [
      [
        { kid: 'k1', secret: KEY },
        { kid: 'k1', secret: KEY },
      ],
      'Key 2 of jwe has the kid of another key',
    ],
  ])('jwe refuses keys that are wrong at the start: %#', (keys, message) => {
    expect(() => serviceOf(jwe({ keys: keys as [] }))).toThrow(
      expect.objectContaining({
        code: 'TEMPID_CONFIGURATION',
        message: expect.stringContaining(message),
      }),
    );
  });
});
