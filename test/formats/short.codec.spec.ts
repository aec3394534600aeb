import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { TempIDStoreUnavailableError } from '../../src/common/errors.js';
import { Refusal } from '../../src/common/refusal.js';
import { ShortCodec } from '../../src/formats/short.codec.js';
import { Keyring } from '../../src/keys/keyring.js';
import { resolveSecrets } from '../../src/keys/secrets.js';
import { OLD_SECRET, SECRET } from '../support/secrets.js';
import { idByHand, keptOf, sealShortByHand, shortCodec } from './short-by-hand.js';
import { BARE, FULL, sealAs } from './v3-by-hand.js';

interface Vector {
  readonly name: string;
  readonly secret: string;
  readonly token: string;
  readonly id: string;
  readonly nonce: string;
  readonly sealed: string;
}
const { cases }: { cases: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('../vectors/tempid-short.json', import.meta.url), 'utf8'),
);
/** CBOR libraries do not agree about -0. */
const EVERY = { ...FULL, payload: { userId: 42, tags: ['a', 1.5, null, { ü: true }] } };
const CLAIMS = new Map<string, readonly [Map<number, unknown>, typeof BARE]>([
  [
    'only what every token has',
    [
      new Map([
        [4, BARE.expiresAt],
        [6, 1_750_000_000],
      ]),
      BARE,
    ],
  ],
  [
    'every claim',
    [
      new Map<number, unknown>([
        [1, FULL.issuer],
        [2, FULL.subject],
        [3, FULL.audience],
        [4, FULL.expiresAt],
        [5, FULL.notBefore],
        [6, 1_750_000_000],
        [-1, FULL.purpose],
        [-2, FULL.maxUses],
        [-3, EVERY.payload],
        [-4, FULL.binding],
        [-5, 123],
      ]),
      EVERY,
    ],
  ],
]);
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TOKEN = `tid_${BASE62.slice(0, 22)}`;
const UNKNOWN = 'TEMPID_TAMPERED';

describe('the vectors of short tokens', () => {
  it('there is a vector of the fewest claims and one of all', () => {
    expect(cases.map(({ name }) => name)).toEqual([...CLAIMS.keys()]);
  });

  it.each(cases)('the vector is what the description of the format says: $name', (vector) => {
    const { name, secret, token, id, nonce, sealed } = vector;
    const [claims = new Map()] = CLAIMS.get(name) ?? [];
    expect(idByHand(token)).toBe(id);
    expect(sealShortByHand(token, claims, Buffer.from(nonce, 'hex'), secret)).toBe(sealed);
  });

  it.each(cases)(
    'ShortCodec reads the vector: $name',
    async ({ name, secret, token, id, sealed }) => {
      const [, claims = BARE] = CLAIMS.get(name) ?? [];
      const { rows, asked, read } = shortCodec(secret);
      rows.set(id, keptOf(claims, sealed));
      expect(await read(token)).toMatchObject({
        value: token,
        id,
        claims,
        sealed,
        isCountable: true,
      });
      expect(asked).toEqual([id]);
    },
  );
});

describe('ShortCodec mints', () => {
  it('ShortCodec mints 26 characters, each character of base62 in each place', () => {
    const { codec } = shortCodec();
    const places = Array.from({ length: 22 }, () => new Set<string>());
    const values = new Set<string>();
    // That one character is missing in one place has a chance of 22 * 62 * (61/62)^5000, 10^-32.
    for (let minted = 0; minted < 5_000; minted++) {
      const { value } = codec.encode(BARE);
      values.add(value);
      expect(value).toMatch(/^tid_[0-9A-Za-z]{22}$/);
      for (const [index, place] of places.entries()) place.add(value.charAt(4 + index));
    }
    expect(values.size).toBe(5_000);
    expect(places.map((place) => [...place].toSorted().join(''))).toEqual(places.map(() => BASE62));
  });

  it('ShortCodec mints ids that are hashes of the tokens and end in a letter or a digit', () => {
    const { codec } = shortCodec();
    // That 1,000 of them end well by chance has a chance of (31/32)^1000, 10^-14.
    for (let minted = 0; minted < 1_000; minted++) {
      const { value, id } = codec.encode(BARE);
      expect(id).toBe(idByHand(value));
      expect(id).toMatch(/^[\w-]{31}[A-Za-z0-9]$/);
    }
  });

  it('ShortCodec reads what it mints, with the issue time as the format carries it', async () => {
    const { mint, read } = shortCodec();
    for (const claims of [FULL, BARE, { ...BARE, issuedAt: Number(BARE.issuedAt) + 7 }]) {
      const minted = mint(claims);
      expect(minted.claims).toEqual(claims.purpose === null ? BARE : FULL);
      expect(await read(minted.value)).toEqual(minted);
    }
  });

  it('ShortCodec seals one claims in another way each time, without the token', async () => {
    const { codec, mint } = shortCodec();
    const { id, claims } = mint(FULL);
    const texts = [codec.seal(id, claims), codec.seal(id, claims)].map(({ sealed }) => sealed);
    expect(texts[0]).not.toBe(texts[1]);
    for (const sealed of texts) {
      expect(codec.open(id, keptOf(FULL, sealed))).toMatchObject({ id, sealed, claims: FULL });
    }
  });
});

describe('ShortCodec recognizes', () => {
  it.each([
    '',
    'tid_',
    TOKEN.slice(0, -1),
    `${TOKEN}0`,
    ` ${TOKEN}`,
    `${TOKEN}\n`,
    TOKEN.replace('tid_', 'TID_'),
    TOKEN.replace('tid_', 'tid-'),
    TOKEN.replace('tid_', ''),
    ...['-', '_', '=', '.', ' ', 'é', '٣', 'ａ', '\0'].map((each) => TOKEN.slice(0, -1) + each),
    `tid_${'0'.repeat(1_000_000)}`,
    'TEMP-V3.AAAA',
  ])('ShortCodec asks nothing about what does not look like a short token: %#', async (value) => {
    const { asked, read } = shortCodec();
    expect(await read(value)).toBe('TEMPID_FORMAT');
    expect(asked).toEqual([]);
  });

  it('ShortCodec asks once about what looks like one, by the hash of it', async () => {
    const { asked, read } = shortCodec();
    expect(await read(TOKEN)).toBe(UNKNOWN);
    expect(asked).toEqual([idByHand(TOKEN)]);
  });
});

describe('ShortCodec refuses', () => {
  it('ShortCodec gives one answer to all that it does not know or that was changed', async () => {
    const { codec, rows, mint } = shortCodec();
    const { value, id, sealed = '' } = mint(FULL);
    const other = mint(FULL);
    const reasons = new Set<string>();
    const refuse = async (token: string) => {
      const result = await codec.decode(token);
      if (!(result instanceof Refusal)) throw new Error('it was accepted');
      reasons.add(`${result.toError().code} ${result.reason}`);
    };
    await refuse(TOKEN);
    for (const wrong of [
      null,
      '',
      'A'.repeat(100),
      other.sealed ?? '',
      `${sealed.slice(0, -1)}${sealed.endsWith('A') ? 'B' : 'A'}`,
      sealShortByHand(value, new Map([[4, FULL.expiresAt]]), Buffer.alloc(24)),
      sealShortByHand(value, new Map(), Buffer.alloc(24), OLD_SECRET),
    ]) {
      rows.set(id, keptOf(FULL, wrong));
      await refuse(value);
    }
    rows.set(id, keptOf({ ...FULL, maxUses: 1 }, sealed));
    await refuse(value);
    expect([...reasons]).toHaveLength(1);
    expect([...reasons][0]).toMatch(/^TEMPID_TAMPERED /);
    rows.set(id, keptOf(FULL, sealed));
    expect(await codec.decode(value)).toMatchObject({ value });
  });

  it('ShortCodec refuses each change of a character of what is sealed', async () => {
    const { rows, mint, read } = shortCodec();
    const { value, id, sealed = '' } = mint(FULL);
    for (let index = 0; index < sealed.length; index++) {
      const changed = sealed.charAt(index) === 'x' ? 'y' : 'x';
      const kept = sealed.slice(0, index) + changed + sealed.slice(index + 1);
      for (const each of [kept, sealed.slice(0, index)]) {
        rows.set(id, keptOf(FULL, each));
        expect([index, await read(value)]).toEqual([index, UNKNOWN]);
      }
    }
  });

  it.each(['=', '==', 'A', 'AA', '\n', ' ', '!'])(
    'ShortCodec refuses what is sealed with %j behind it',
    async (end) => {
      const { rows, mint, read } = shortCodec();
      const { value, id, sealed = '' } = mint(FULL);
      rows.set(id, keptOf(FULL, sealed + end));
      expect(await read(value)).toBe(UNKNOWN);
      rows.set(id, keptOf(FULL, sealed));
      expect(await read(value)).toMatchObject({ value });
    },
  );

  it.each([
    ['purpose', { purpose: 'login' }],
    ['no purpose', { purpose: null }],
    ['subject', { subject: 'user-4' }],
    ['no subject', { subject: null }],
    ['audience', { audience: 'app.example.' }],
    ['no audience', { audience: null }],
    ['fewer uses', { maxUses: 1 }],
    ['any number of uses', { maxUses: 0 }],
    ['issue time', { issuedAt: Number(FULL.issuedAt) + 1 }],
    ['expiry', { expiresAt: FULL.expiresAt + 1 }],
    ['not before', { notBefore: Number(FULL.notBefore) - 1 }],
    ['no not before', { notBefore: null }],
    ['format', { format: 'v3' }],
  ])(
    'ShortCodec refuses a token of which the row says something else than was sealed: %s',
    async (_, column) => {
      const { rows, mint, read } = shortCodec();
      const { value, id, sealed = '' } = mint(FULL);
      rows.set(id, { ...keptOf(FULL, sealed), ...column });
      expect(await read(value)).toBe(UNKNOWN);
    },
  );

  it('ShortCodec refuses what is kept of another token', async () => {
    const { rows, mint, read } = shortCodec();
    const mine = mint(FULL);
    const other = mint(FULL);
    rows.set(mine.id, keptOf(FULL, other.sealed ?? null));
    expect(await read(mine.value)).toBe(UNKNOWN);
    expect(await read(other.value)).toEqual(other);
  });

  it('ShortCodec refuses what V3 has sealed, and V3 is given none of its keys', async () => {
    const { rows, read } = shortCodec();
    const claims = Buffer.from('a2041aee6b2800061a684ee180', 'hex');
    const id = idByHand(TOKEN);
    const results = [];
    for (const [info, label, context] of [
      ['tempid v3 encryption', 'TEMP-V3.', ''],
      ['tempid v3 encryption', 'tid_', id],
      ['tempid short encryption', 'TEMP-V3.', ''],
      ['tempid short encryption', 'tid_', ''],
      ['tempid short encryption', 'tid_', id],
    ] as const) {
      rows.set(
        id,
        keptOf(BARE, sealAs(SECRET, { info, label, context }, claims, Buffer.alloc(24))),
      );
      results.push(await read(TOKEN));
    }
    const right = results.pop();
    expect(results).toEqual(results.map(() => UNKNOWN));
    expect(right).toMatchObject({ claims: BARE });
  });
});

describe('ShortCodec and its secrets', () => {
  it('ShortCodec reads tokens of every secret, and seals with the newest', async () => {
    const rotated = shortCodec(SECRET, OLD_SECRET);
    const before = shortCodec(OLD_SECRET);
    const old = before.mint(FULL);
    rotated.rows.set(old.id, keptOf(FULL, old.sealed ?? null));
    expect(await rotated.read(old.value)).toEqual(old);
    const minted = rotated.mint(FULL);
    before.rows.set(minted.id, keptOf(FULL, minted.sealed ?? null));
    expect(await before.read(minted.value)).toBe(UNKNOWN);
    const { sealed } = rotated.codec.seal(old.id, FULL);
    before.rows.set(old.id, keptOf(FULL, sealed));
    expect(await before.read(old.value)).toBe(UNKNOWN);
  });

  it('a token, and all that is kept, open nothing with the secret of another application', async () => {
    const ours = shortCodec(SECRET);
    const theirs = shortCodec(OLD_SECRET);
    const minted = ours.mint(FULL);
    for (const [id, kept] of ours.rows) theirs.rows.set(id, kept);
    expect(await theirs.read(minted.value)).toBe(UNKNOWN);
    expect(await ours.read(minted.value)).toEqual(minted);
  });
});

it('ShortCodec rejects where nobody says what is kept, and calls no token bad', async () => {
  const codec = new ShortCodec(new Keyring(resolveSecrets(Buffer.from(SECRET))), async () => {
    throw new TempIDStoreUnavailableError('no answer');
  });
  await expect(codec.decode(TOKEN)).rejects.toThrow(TempIDStoreUnavailableError);
});
