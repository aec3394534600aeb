import { createSecretKey } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { TempIDConfigurationError } from '../../src/common/errors.js';
import { Keyring } from '../../src/keys/keyring.js';
import { deriveKey, PerSecret, type Secret } from '../../src/keys/secret.js';
import { resolveSecrets, type SecretOption } from '../../src/keys/secrets.js';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const C = 'c'.repeat(32);
const HOW_TO_MAKE_ONE = `node -e "console.log(require('node:crypto').randomBytes(32)`;

const textsOf = (option: SecretOption | undefined, environment: NodeJS.ProcessEnv = {}) =>
  resolveSecrets(option, environment).map(({ key }) => key.export().toString());

afterEach(() => {
  jest.restoreAllMocks();
});

describe('resolveSecrets', () => {
  it.each(['ünïcødé 🔑 '.repeat(3), ` ${A}`, `${A}\n`, `\ufeff${A}\u00a0`])(
    'resolveSecrets reads %j as its UTF-8 bytes, with the white space at its ends',
    (secret) => {
      expect(textsOf(secret)).toEqual([secret]);
      expect(textsOf([secret, { secret: C }])).toEqual([secret, C]);
      expect(textsOf({ secret })).toEqual([secret]);
      expect(textsOf(undefined, { TEMPID_SECRET: secret })).toEqual([secret]);
    },
  );

  it('resolveSecrets keeps the order of a list: the newest is the first', () => {
    expect(textsOf([A, B, C])).toEqual([A, B, C]);
    expect(new Keyring(resolveSecrets([B, A])).newest.key.export().toString()).toBe(B);
  });

  it.each([`${A},${B}`, `,${A},,${B},`, ` ,${A},\n,${B}, \t`])(
    'resolveSecrets splits %j at its commas, and takes nothing but white space for no secret',
    (option) => {
      expect(textsOf(option)).toEqual([A, B]);
    },
  );

  it('resolveSecrets leaves white space in what commas separate', () => {
    expect(textsOf(` ${A} , ${B}\n`)).toEqual([` ${A} `, ` ${B}\n`]);
  });

  it('resolveSecrets splits the strings of a list at their commas too', () => {
    expect(textsOf([`${A},${B}`, C])).toEqual([A, B, C]);
  });

  it('resolveSecrets leaves bytes as they are, with commas, spaces and what is no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(` ,${A}, `), Buffer.of(0xff, 0x00)]);
    const copy = Buffer.from(bytes);
    const [[one], [, listed]] = [
      resolveSecrets(bytes, {}),
      resolveSecrets([A, Uint8Array.from(bytes)], {}),
    ];
    bytes.fill(0);
    expect(one.key.export()).toEqual(copy);
    expect(listed?.key.export()).toEqual(copy);
  });

  it('resolveSecrets takes the secrets of TEMPID_SECRET where the option is left out', () => {
    expect(textsOf(undefined, { TEMPID_SECRET: `${A},${B}` })).toEqual([A, B]);
  });

  it('resolveSecrets prefers the option to TEMPID_SECRET', () => {
    expect(textsOf(C, { TEMPID_SECRET: A })).toEqual([C]);
  });

  it('resolveSecrets reads the environment of the process unless it is given one', () => {
    jest.replaceProperty(process, 'env', { TEMPID_SECRET: B });
    expect(resolveSecrets(undefined).map(({ key }) => key.export().toString())).toEqual([B]);
  });

  it.each([
    ['a string', 'z'.repeat(31), 1, 31],
    ['bytes', Buffer.alloc(31, 'z'), 1, 31],
    ['no bytes', Buffer.alloc(0), 1, 0],
    ['one of a list', [A, 'zzz'], 2, 3],
    ['what a comma separates', `${A}, zzzz`, 2, 5],
  ])(
    'resolveSecrets refuses %s under 32 bytes and says how to make a good one',
    (_, option, which, length) => {
      expect(() => resolveSecrets(option, {})).toThrow(
        expect.objectContaining({
          code: 'TEMPID_CONFIGURATION',
          message: expect.stringContaining(`Secret ${which} has ${length} bytes; at least 32`),
        }),
      );
      expect(() => resolveSecrets(option, {})).toThrow(HOW_TO_MAKE_ONE);
    },
  );

  it('resolveSecrets counts bytes and not characters', () => {
    expect(textsOf('é'.repeat(16))).toEqual(['é'.repeat(16)]);
    expect(() => resolveSecrets('é'.repeat(15) + 'x', {})).toThrow('has 31 bytes');
  });

  it.each([undefined, '', ' , ', []])(
    'resolveSecrets refuses to start in production with the secret %j',
    (option) => {
      expect(() => resolveSecrets(option, { NODE_ENV: 'production' })).toThrow(
        expect.objectContaining({
          code: 'TEMPID_CONFIGURATION',
          message: expect.stringContaining('TEMPID_SECRET'),
        }),
      );
      expect(() => resolveSecrets(option, { NODE_ENV: 'production' })).toThrow(HOW_TO_MAKE_ONE);
    },
  );

  it('resolveSecrets makes one random secret for the process elsewhere, and warns once', () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const [first] = resolveSecrets(undefined, {});
    const [second] = resolveSecrets('', { NODE_ENV: 'development' });
    const [third] = resolveSecrets(undefined, { TEMPID_SECRET: ' ', NODE_ENV: 'test' });
    expect(first.key.symmetricKeySize).toBe(32);
    expect(first.key.export()).not.toEqual(Buffer.alloc(32));
    expect([second.key.equals(first.key), third.key.equals(first.key)]).toEqual([true, true]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('Set TEMPID_SECRET'));
    for (const encoding of ['utf8', 'hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(warn).not.toHaveBeenCalledWith(
        expect.stringContaining(first.key.export().toString(encoding)),
      );
    }
  });

  it.each([
    ['a short string', 'hunter2'],
    ['short bytes', Buffer.from('hunter2')],
    ['a list with a number', [A, 'hunter2-hunter2-hunter2-hunter2-hunter2', 7]],
    ['an object', { secrets: 'hunter2-hunter2-hunter2-hunter2-hunter2' }],
    ['an entry with more in it', { secret: 'hunter2-hunter2-hunter2-hunter2-hunter2', kid: 'x' }],
    ['a list with null', ['hunter2-hunter2-hunter2-hunter2-hunter2', null]],
    ['a short entry', { secret: 'hunter2', notAfter: new Date() }],
    ['an entry that ends never', { secret: `hunter2${A}`, notAfter: new Date(Number.NaN) }],
    ['an entry that ends in text', { secret: `hunter2${A}`, notAfter: '2030' }],
    ['a function', () => 'hunter2'],
    ['a nested list', [['hunter2-hunter2-hunter2-hunter2-hunter2']]],
  ])('resolveSecrets names no secret in its error about %s', (_, option) => {
    const message = errorOf(() => Reflect.apply(resolveSecrets, undefined, [option, {}]));
    expect(message).toMatch(/secret/i);
    expect(message).not.toMatch(/hunter2|aaa/);
  });
});

function errorOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof TempIDConfigurationError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('deriveKey', () => {
  it('deriveKey is HKDF-SHA-256 with an empty salt: test case 3 of RFC 5869', () => {
    const key = deriveKey(createSecretKey(Buffer.alloc(22, 0x0b)), '', 42);
    expect(key.toString('hex')).toBe(
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    );
  });

  it('deriveKey gives other bytes for another purpose', () => {
    const [{ key: secret }] = resolveSecrets(A, {});
    expect(deriveKey(secret, 'one', 32)).not.toEqual(deriveKey(secret, 'two', 32));
  });
});

describe('A secret with notAfter', () => {
  const at = (moment: number) => jest.spyOn(Date, 'now').mockReturnValue(moment);
  const entry = (secret: string | Buffer, end: number) => ({ secret, notAfter: new Date(end) });

  it('a secret with notAfter may be one secret, one of a list, bytes, or several of a string with commas', () => {
    const ends = (option: SecretOption) =>
      resolveSecrets(option, {}).map(({ key, notAfter }) => [key.export().toString(), notAfter]);
    expect(ends(entry(A, 5_000))).toEqual([[A, 5_000]]);
    expect(ends([{ secret: C }, entry(Buffer.from(A), 5_000), B])).toEqual([
      [C, Infinity],
      [A, 5_000],
      [B, Infinity],
    ]);
    expect(ends(entry(`${A},${B}`, 5_000))).toEqual([
      [A, 5_000],
      [B, 5_000],
    ]);
  });

  it('a secret neither mints nor verifies from its notAfter on', () => {
    at(1_000);
    const secrets = resolveSecrets([entry(A, 5_000), B], {});
    const [a, b] = secrets;
    const keyring = new Keyring(secrets);
    const state = () => [
      keyring.newest === a,
      keyring.find(() => true) === a,
      keyring.withKid(a.kid.readUInt32BE()) === a,
      a.isTrusted(),
    ];
    at(4_999);
    expect(state()).toEqual([true, true, true, true]);
    at(5_000);
    expect(state()).toEqual([false, false, false, false]);
    expect([keyring.newest, keyring.find(() => true)]).toEqual([b, b]);
    expect(keyring.report().map(({ role }) => role)).toEqual(['ended', 'mints']);
  });

  it('a secret with a notAfter that is over is refused where no other is left', () => {
    at(5_000);
    expect(() => new Keyring(resolveSecrets([entry(A, 5_000), entry(B, 4_000)], {}))).toThrow(
      expect.objectContaining({
        code: 'TEMPID_CONFIGURATION',
        message: `The 'notAfter' of every secret has passed.`,
      }),
    );
  });

  it('a list with an ended secret makes and replaces a keyring by what is left', () => {
    at(5_000);
    const [ended, live] = [entry(A, 5_000), entry(B, 6_000)];
    const keyring = new Keyring(resolveSecrets([ended, live], {}));
    expect(keyring.newest.key.export().toString()).toBe(B);
    expect(keyring.replace(resolveSecrets([live, ended], {}))).toBe(true);
    expect(keyring.report().map(({ role }) => role)).toEqual(['mints', 'ended']);
  });

  it('a keyring whose last secret has ended mints nothing, and says so', () => {
    at(1_000);
    const keyring = new Keyring(resolveSecrets(entry(A, 5_000), {}));
    at(5_000);
    expect(() => keyring.newest).toThrow(
      expect.objectContaining({
        code: 'TEMPID_CONFIGURATION',
        message: `The 'notAfter' of every secret has passed: there is none to make a token with.`,
      }),
    );
    expect(keyring.find(() => true)).toBeUndefined();
  });
});

describe('Keyring.replace', () => {
  it('Keyring.replace replaces all secrets or none', () => {
    const keyring = new Keyring(resolveSecrets([A, B], {}));
    const before = keyring.report();
    expect(() => keyring.replace(resolveSecrets([C, A, C], {}))).toThrow('Secret 3 has the key id');
    const over = { secret: C, notAfter: new Date(0) };
    expect(() => keyring.replace(resolveSecrets(over, {}))).toThrow('every secret has passed');
    expect(keyring.report()).toEqual(before);

    const next = resolveSecrets([C, A], {});
    expect(keyring.replace(next)).toBe(true);
    expect(keyring.newest).toBe(next[0]);
    expect(keyring.report().map(({ kid }) => kid)).toEqual(
      next.map(({ kid }) => kid.toString('base64url')),
    );
  });

  it('Keyring.replace keeps counts and derived keys of a secret that stays, and forgets one that goes', () => {
    const [a, b] = resolveSecrets([A, B], {}) as [Secret, Secret];
    const keyring = new Keyring([a, b]);
    const derive = jest.fn(({ kid }: Secret) => kid.toString('hex'));
    const keys = new PerSecret(derive);
    for (const secret of [a, b, a]) keys.of(secret);
    expect(derive).toHaveBeenCalledTimes(2);
    b.noteVerified(1_000);

    keyring.replace(resolveSecrets([C, B], {}));
    expect(keyring.find((secret) => secret.key.equals(b.key))).toBe(b);
    expect(keyring.report()[1]).toMatchObject({ role: 'verifies', verified: 1 });
    keys.of(b);
    expect(derive).toHaveBeenCalledTimes(2);
    expect([a.isTrusted(), keyring.withKid(a.kid.readUInt32BE())]).toEqual([false, undefined]);
  });

  it('Keyring.replace returns whether a secret, the order or a notAfter has changed', () => {
    const keyring = new Keyring(resolveSecrets([A, B], {}));
    const replace = (option: SecretOption) => keyring.replace(resolveSecrets(option, {}));
    const ending = { secret: B, notAfter: new Date(Date.now() + 60_000) };
    expect(replace([A, B])).toBe(false);
    expect(replace([B, A])).toBe(true);
    expect(replace([A, ending])).toBe(true);
    expect(replace([A, { ...ending }])).toBe(false);
    expect(keyring.report()[1]?.notAfter).toEqual(ending.notAfter);
    expect(replace([A, B])).toBe(true);
    expect(keyring.report()[1]?.notAfter).toBeNull();
    expect(replace([A])).toBe(true);
  });

  it('a Keyring shows no secret when it is printed', () => {
    const printed = inspect(new Keyring(resolveSecrets([A, B], {})), {
      showHidden: true,
      depth: 9,
    });
    expect(printed + inspect(resolveSecrets([A], {}), { depth: 9 })).not.toMatch(/aaa|bbb|61 61/);
  });
});
